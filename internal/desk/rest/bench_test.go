package rest_test

import (
	"context"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/qunzhu/qunzhu/internal/activity"
	"github.com/qunzhu/qunzhu/internal/api"
	"github.com/qunzhu/qunzhu/internal/audit"
	"github.com/qunzhu/qunzhu/internal/auth"
	"github.com/qunzhu/qunzhu/internal/clock"
	"github.com/qunzhu/qunzhu/internal/community"
	"github.com/qunzhu/qunzhu/internal/connector"
	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/db/dbtest"
	"github.com/qunzhu/qunzhu/internal/desk"
	"github.com/qunzhu/qunzhu/internal/desk/admin/tasks"
	"github.com/qunzhu/qunzhu/internal/desk/importing"
	"github.com/qunzhu/qunzhu/internal/desk/rest"
	"github.com/qunzhu/qunzhu/internal/event"
	"github.com/qunzhu/qunzhu/internal/feature"
	"github.com/qunzhu/qunzhu/internal/hub"
	"github.com/qunzhu/qunzhu/internal/i18n"
	"github.com/qunzhu/qunzhu/internal/id"
	"github.com/qunzhu/qunzhu/internal/job"
	"github.com/qunzhu/qunzhu/internal/metric"
	"github.com/qunzhu/qunzhu/internal/seal"
	"github.com/qunzhu/qunzhu/internal/web"
)

var (
	zone  = time.FixedZone("Asia/Shanghai", 8*3600)
	start = time.Date(2026, 11, 2, 9, 0, 0, 0, zone)
)

// bench is a server of the spine's resources with the pump beneath it.
type bench struct {
	t       *testing.T
	db      *db.DB
	deps    *feature.Deps
	clock   *clock.Domain
	handler http.Handler
	catalog *i18n.Catalog
	// home and other are two communities, each with a connection and a group.
	home, other         string
	group, foreign      string
	reader, writer, own string // tokens: of the workspace, and of home alone
}

func each(t *testing.T, f func(t *testing.T, b *bench)) {
	migrations := append([]db.Migrations{audit.Migrations(), auth.Migrations(), api.Migrations()}, hub.SpineMigrations()...)
	dbtest.Each(t, append(migrations, importing.Migrations()), func(t *testing.T, d *db.DB) { f(t, setup(t, d)) })
}

func setup(t *testing.T, d *db.DB) *bench {
	t.Helper()
	b := &bench{t: t, db: d, clock: clock.NewDomain(start)}
	sealer, err := seal.New(seal.NewKey())
	b.must(err)
	b.deps = &feature.Deps{DB: d, Clock: b.clock, Zone: zone, Store: connector.NewStore(sealer), Metrics: metric.NewRegistry(b.clock, zone),
		Queue: job.NewQueue(b.clock), Live: web.NewLive(), Log: slog.New(slog.DiscardHandler)}
	b.must(b.deps.Metrics.Register(daily))
	b.deps.Hub = hub.New(hub.Options{
		DB: d, Clock: b.clock, Zone: zone, Store: b.deps.Store, Reactors: hub.SpineReactors(), Leases: job.NewLeases(d, "test", clock.Real{}),
		Print: func(s string) uint64 { h := fnv.New64a(); _, _ = h.Write([]byte(s)); return h.Sum64() }, Log: b.deps.Log,
		Annotate: func(m hub.Message) json.RawMessage {
			if strings.Contains(m.Text, "加V") {
				return json.RawMessage(`{"reasons":[{"word":"加V"}]}`)
			}
			return nil
		},
	})
	t.Cleanup(b.deps.Hub.Close)
	b.serve()
	b.seed()
	return b
}

// daily is a metric of known numbers.
var daily = metric.Definition{
	Key: "daily_messages", NameKey: "api.tag.groups", UnitKey: "u", FormulaKey: "f", Version: 3, Comparator: metric.Above, Threshold: 15,
	Scopes: []metric.Scope{metric.Group, metric.Community},
	Compute: func(_ context.Context, _ db.Q, r metric.Request) (map[string]metric.Value, error) {
		return map[string]metric.Value{r.Group: {Numerator: metric.Number(105), Denominator: metric.Number(7), Coverage: 1, Sources: []string{event.FromArchive}}}, nil
	},
}

func (b *bench) serve() {
	features := []feature.Feature{desk.New(b.deps), tasks.New(b.deps), rest.New(b.deps)}
	locales := append(web.Locale(), api.Locale(), auth.Locale, activity.Locale, metric.Locale)
	var permissions []auth.Permission
	for _, f := range features {
		locales, permissions = append(locales, f.Locale), append(permissions, f.Permissions...)
	}
	var err error
	b.catalog, err = i18n.Load(locales...)
	b.must(err)
	b.deps.Catalog = b.catalog
	policy, err := auth.NewPolicy(permissions...)
	b.must(err)
	b.deps.Auth = auth.New(b.db, policy, auth.WithHashCost(auth.HashCost{MemoryKiB: 64, Passes: 1, Threads: 1}))
	group, handler := api.New(api.Options{Version: "test", DB: b.db, Catalog: b.catalog, Authenticate: b.deps.Auth.Authenticate, Zone: zone, Log: b.deps.Log})
	for _, f := range features {
		if f.API != nil {
			f.API(group)
		}
	}
	b.handler = handler
}

func (b *bench) seed() {
	b.home, b.group = b.place("w1", "星禾亲子", "wr1")
	b.other, b.foreign = b.place("w2", "别家", "wr2")
	b.reader, b.writer = b.token(auth.ReadScope, ""), b.token(auth.WriteScope, "")
	b.own = b.token(auth.WriteScope, b.home)
}

// place makes a community with a connection and a group of the owner u-owner,
// the admin u-deputy and the members m1 and m2; m1 came, left and came again.
func (b *bench) place(connection, name, external string) (home, group string) {
	b.t.Helper()
	ctx := context.Background()
	created := hub.NewCommunity(start, name, event.Community{Name: name, Type: community.Service})
	b.record(created)
	c := connector.Connection{ID: connection, Kind: "wecom", Name: name, State: connector.Active, Default: created.Community, Created: start,
		Secrets: map[string]string{"secret": "s3cr3t"}}
	b.must(b.deps.Store.Put(ctx, b.db, c))
	owner, admins := "u-owner", []string{"u-deputy"}
	drafts := []connector.Draft{{Kind: event.GroupAdopted, Group: external, At: start, Key: "adopt",
		Body: event.Group{Connection: connection, Platform: "wecom", External: external, Name: &name, Owner: &owner, Admins: &admins, LaunchedAt: &start}}}
	join := func(person, kind, scene, inviter string, minute int) {
		drafts = append(drafts, connector.Draft{Kind: event.MemberJoined, Group: external, Member: person, MemberKind: kind, Name: "名" + person,
			At: start.Add(time.Duration(minute) * time.Minute), Key: person + scene,
			Body: event.Joined{How: event.ByCallback, Kind: kind, Scene: scene, State: "ch-" + scene, Inviter: inviter}})
	}
	join("u-owner", event.Staff, "direct", "", 0)
	join("u-deputy", event.Staff, "direct", "", 0)
	join("m1", event.Member, "qr", "", 1)
	join("m2", event.Member, "invited", "m1", 2)
	drafts = append(drafts, connector.Draft{Kind: event.MemberLeft, Group: external, Member: "m1", At: start.Add(30 * time.Minute), Key: "left",
		Body: event.Left{How: event.ByCallback, Scene: "removed"}})
	join("m1", event.Member, "link", "u-owner", 60)
	for i, text := range []string{"孩子夜里总醒怎么办呀", "低价加V了解"} {
		drafts = append(drafts, connector.Draft{Kind: event.MessagePosted, Group: external, Member: "m2", MemberKind: event.Member, Name: "名m2", Text: text,
			At: start.Add(time.Duration(70+i*5) * time.Minute), Key: text, Body: event.Posted{Source: event.FromArchive, Type: "text", Kind: event.Member, Ref: fmt.Sprint("ref", i)}})
	}
	b.clock.Set(start.Add(2 * time.Hour))
	b.must(b.deps.Hub.Ingest(ctx, c, drafts))
	b.must(b.deps.Hub.Drain(ctx))
	return created.Community, community.GroupID(connection, external)
}

// task opens a task in a group about m1 and returns its id.
func (b *bench) task(home, group string) string {
	b.t.Helper()
	taskID := id.New(b.clock.Now())
	b.record(event.Event{Community: home, Group: group, Kind: event.TaskOpened, At: b.clock.Now(), ID: id.At(b.clock.Now(), taskID),
		Body: event.Encode(event.Task{Task: taskID, Kind: "member.remove", Deadline: b.clock.Now().Add(time.Hour)}), Words: event.Words{Text: "请移出"}})
	return taskID
}

func (b *bench) record(events ...event.Event) {
	b.t.Helper()
	_, err := b.deps.Hub.Record(context.Background(), events...)
	b.must(err)
}

func (b *bench) token(scope auth.TokenScope, home string) string {
	b.t.Helper()
	secret, _, err := b.deps.Auth.CreateToken(context.Background(), auth.System("test"), auth.NewToken{Name: "t", Scope: scope, CommunityID: home})
	b.must(err)
	return secret
}

func (b *bench) must(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) call(method, token, path, body string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+token)
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	b.handler.ServeHTTP(w, r)
	return w
}

// get reads a resource that is there.
func get[T any](b *bench, token, path string) T {
	b.t.Helper()
	var v T
	w := b.call("GET", token, "/api/v1"+path, "")
	if w.Code != http.StatusOK {
		b.t.Fatalf("GET %s: %d %s", path, w.Code, w.Body)
	}
	b.must(json.Unmarshal(w.Body.Bytes(), &v))
	return v
}

// all reads a list one item at a time, to its end.
func all[T any](b *bench, token, path string) []T {
	b.t.Helper()
	sep := "?"
	if strings.Contains(path, "?") {
		sep = "&"
	}
	var out []T
	for cursor := ""; ; {
		page := get[api.Page[T]](b, token, path+sep+"limit=1&cursor="+cursor)
		if len(page.Items) != 1 {
			b.t.Fatalf("GET %s: a page of %d", path, len(page.Items))
		}
		out = append(out, page.Items...)
		if cursor = page.Next; cursor == "" {
			return out
		}
		if len(out) > 500 {
			b.t.Fatalf("GET %s has no end", path)
		}
	}
}

// refused checks that a request is answered with a problem.
func (b *bench) refused(w *httptest.ResponseRecorder, status int, fields ...string) {
	b.t.Helper()
	var p api.Problem
	b.must(json.Unmarshal(w.Body.Bytes(), &p))
	var got []string
	for _, f := range p.Errors {
		got = append(got, f.Field)
	}
	if w.Code != status || strings.Join(got, " ") != strings.Join(fields, " ") || strings.Contains(w.Body.String(), "⟦") {
		b.t.Errorf("answered %d %s; expected %d %v", w.Code, w.Body, status, fields)
	}
}
