package imports_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/qunzhu/qunzhu/internal/audit"
	"github.com/qunzhu/qunzhu/internal/auth"
	"github.com/qunzhu/qunzhu/internal/clock"
	"github.com/qunzhu/qunzhu/internal/community"
	"github.com/qunzhu/qunzhu/internal/connector"
	"github.com/qunzhu/qunzhu/internal/connectors/chatimport"
	"github.com/qunzhu/qunzhu/internal/connectors/manual"
	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/db/dbtest"
	"github.com/qunzhu/qunzhu/internal/desk/importing"
	"github.com/qunzhu/qunzhu/internal/desk/imports"
	"github.com/qunzhu/qunzhu/internal/event"
	"github.com/qunzhu/qunzhu/internal/feature"
	"github.com/qunzhu/qunzhu/internal/hub"
	"github.com/qunzhu/qunzhu/internal/i18n"
	"github.com/qunzhu/qunzhu/internal/job"
	"github.com/qunzhu/qunzhu/internal/seal"
	"github.com/qunzhu/qunzhu/internal/settings"
	"github.com/qunzhu/qunzhu/internal/web"
	"github.com/qunzhu/qunzhu/internal/web/webtest"
)

var (
	shanghai = time.FixedZone("Asia/Shanghai", 8*3600)
	evening  = time.Date(2026, 5, 1, 21, 30, 0, 0, shanghai)
)

type bench struct {
	t       *testing.T
	db      *db.DB
	clock   *clock.Domain
	deps    *feature.Deps
	feature feature.Feature
	site    *webtest.Site
	catalog *i18n.Catalog
}

func each(t *testing.T, f func(b *bench)) {
	t.Helper()
	migrations := append(hub.SpineMigrations(), audit.Migrations(), settings.Migrations(), importing.Migrations())
	dbtest.Each(t, migrations, func(t *testing.T, d *db.DB) { f(setup(t, d)) })
}

// grants are the communities in which the operator of a test may do everything;
// nil is the whole workspace.
type grants []string

func (g grants) can(_, communityID string) bool {
	return g == nil || communityID != "" && strings.Contains(strings.Join(g, " "), communityID)
}

func (g grants) scope(string) web.Scope {
	if g == nil {
		return auth.Everywhere()
	}
	return auth.Scope{IDs: g}
}

func setup(t *testing.T, d *db.DB) *bench {
	t.Helper()
	sealer, err := seal.New(seal.NewKey())
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{t: t, db: d, clock: clock.NewDomain(evening)}
	store := connector.NewStore(sealer)
	b.deps = &feature.Deps{DB: d, Clock: b.clock, Zone: shanghai, Store: store, Queue: job.NewQueue(b.clock), Log: slog.New(slog.DiscardHandler)}
	b.feature = imports.New(b.deps)
	if b.deps.Settings, err = settings.New(sealer, b.feature.Settings...); err != nil {
		t.Fatal(err)
	}
	b.deps.Hub = hub.New(hub.Options{DB: d, Clock: b.clock, Zone: shanghai, Store: store, Connectors: []connector.Connector{manual.Connector{}},
		Reactors: hub.SpineReactors(), Leases: job.NewLeases(d, "test", clock.Real{}),
		Print: func(s string) uint64 { h := fnv.New64a(); _, _ = h.Write([]byte(s)); return h.Sum64() }})
	t.Cleanup(b.deps.Hub.Close)
	if b.catalog, err = i18n.Load(append(web.Locale(), b.feature.Locale, chatimport.Locale)...); err != nil {
		t.Fatal(err)
	}
	b.site = b.signIn(nil)
	return b
}

// signIn opens the console as an operator with the given grants.
func (b *bench) signIn(g grants) *webtest.Site {
	b.t.Helper()
	r, err := web.NewRouter(web.Options{Catalog: b.catalog, Log: b.deps.Log, Now: b.clock.Now, Zone: func() *time.Location { return shanghai },
		Sessions: webtest.As{ID: "op", Name: "李敏", Login: "limin", Can: g.can, Scope: g.scope},
		Shell: web.Shell{Communities: func(ctx context.Context, a web.Actor) ([]web.Community, error) {
			list, err := community.Communities(ctx, b.db, a.Scope(""))
			var out []web.Community
			for _, c := range list {
				out = append(out, web.Community{ID: c.ID, Name: c.Name})
			}
			return out, err
		}},
		Nav: b.feature.Nav, Templates: []web.Templates{b.feature.Templates}, Limits: web.Limits{AddressRate: 1e6, AddressBurst: 1e6, ActorRate: 1e6, ActorBurst: 1e6}})
	if err != nil {
		b.t.Fatal(err)
	}
	b.feature.Routes(r)
	h, err := r.Handler()
	if err != nil {
		b.t.Fatal(err)
	}
	return webtest.Start(b.t, h)
}

// post sends a form and returns where the answer leads; an answer that leads
// nowhere fails the test.
func (b *bench) post(path string, form url.Values) string {
	b.t.Helper()
	res := b.site.Post(path, form)
	to := res.Header.Get("Location")
	if res.StatusCode != http.StatusSeeOther {
		b.t.Fatalf("POST %s: %d\n%s", path, res.StatusCode, text(b.t, res))
	}
	return to
}

// refused sends a form that must be shown again with complaints, and returns
// the page's text.
func (b *bench) refused(path string, form url.Values) string {
	b.t.Helper()
	res := b.site.Post(path, form)
	if res.StatusCode != http.StatusUnprocessableEntity {
		b.t.Fatalf("POST %s: %d, want 422\n%s", path, res.StatusCode, text(b.t, res))
	}
	return text(b.t, res)
}

func text(t testing.TB, res webtest.Response) string {
	t.Helper()
	return strings.Join(strings.Fields(res.Doc(t).Find("main").Text()), " ")
}

// upload sends a file as a browser does.
func (b *bench) upload(name string, content []byte) string {
	b.t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	part, err := w.CreateFormFile("file", name)
	if err != nil {
		b.t.Fatal(err)
	}
	if _, err := part.Write(content); err != nil {
		b.t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		b.t.Fatal(err)
	}
	res := b.site.Do(http.MethodPost, "/sources/imports/file", body.String(), "Content-Type", w.FormDataContentType(), "Origin", b.site.URL, "Sec-Fetch-Site", "same-origin")
	if res.StatusCode != http.StatusSeeOther {
		b.t.Fatalf("upload: %d\n%s", res.StatusCode, text(b.t, res))
	}
	return res.Header.Get("Location")
}

// work runs the feature's jobs until done reports true.
func (b *bench) work(done func() bool) {
	b.t.Helper()
	runner, err := job.NewRunner(b.db, b.feature.Jobs, b.feature.Schedules, job.Options{Workers: 1, Poll: 5 * time.Millisecond, Clock: b.clock, Zone: shanghai})
	if err != nil {
		b.t.Fatal(err)
	}
	runner.Start(context.Background())
	deadline := time.Now().Add(20 * time.Second)
	for !done() && time.Now().Before(deadline) {
		time.Sleep(5 * time.Millisecond)
	}
	if err := runner.Stop(context.Background()); err != nil {
		b.t.Error(err)
	}
	if !done() {
		b.t.Fatal("the jobs did not get there")
	}
}

func (b *bench) row(query string, args ...any) string {
	b.t.Helper()
	return strings.Join(dbtest.Dump(b.t, b.db, query, args...), " ")
}

func (b *bench) is(what, got string, want any) {
	b.t.Helper()
	if got != fmt.Sprint(want) {
		b.t.Errorf("%s: got %q, want %q", what, got, fmt.Sprint(want))
	}
}

// community makes a community.
func (b *bench) community(name string) string {
	b.t.Helper()
	e := hub.NewCommunity(evening.Add(-time.Hour), name, event.Community{Name: name, Type: community.Service})
	if _, err := b.deps.Hub.Record(context.Background(), e); err != nil {
		b.t.Fatal(err)
	}
	return e.Community
}

// group adds a group that is kept by hand.
func (b *bench) group(communityID, name string) string {
	b.t.Helper()
	g, err := imports.NewService(b.deps).Adopt(context.Background(), communityID, name, importing.Actor{})
	if err != nil {
		b.t.Fatal(err)
	}
	return g.ID
}

func (b *bench) verify() {
	b.t.Helper()
	v := hub.Verifier{Migrations: hub.SpineMigrations(), Reactors: hub.SpineReactors(), Projections: hub.SpineProjections(), Batch: 7}
	if _, err := v.Verify(context.Background(), b.deps.Hub, "", func(d hub.Difference) { b.t.Errorf("difference %+v", d) }); err != nil {
		b.t.Fatal(err)
	}
}

func chat(day string, n int) string {
	var out strings.Builder
	fmt.Fprintf(&out, "—————  %s  —————\n\n", day)
	for i := range n {
		fmt.Fprintf(&out, "妈妈%d  16:%02d\n\n今天第%d个问题怎么办\n\n", i%3, i%60, i)
	}
	return out.String()
}

func service(b *bench) *importing.Service { return imports.NewService(b.deps) }

func mustJSON(t testing.TB, v any) json.RawMessage {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
