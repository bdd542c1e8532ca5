// Package admintest runs features with real sign-in, sessions, pump and
// database, for tests of console and phone pages.
package admintest

import (
	"context"
	"hash/fnv"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/qunzhu/qunzhu/internal/audit"
	"github.com/qunzhu/qunzhu/internal/auth"
	"github.com/qunzhu/qunzhu/internal/clock"
	"github.com/qunzhu/qunzhu/internal/community"
	"github.com/qunzhu/qunzhu/internal/connector"
	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/desk/admin"
	"github.com/qunzhu/qunzhu/internal/event"
	"github.com/qunzhu/qunzhu/internal/feature"
	"github.com/qunzhu/qunzhu/internal/hub"
	"github.com/qunzhu/qunzhu/internal/i18n"
	"github.com/qunzhu/qunzhu/internal/job"
	"github.com/qunzhu/qunzhu/internal/metric"
	"github.com/qunzhu/qunzhu/internal/seal"
	"github.com/qunzhu/qunzhu/internal/settings"
	"github.com/qunzhu/qunzhu/internal/web"
	"github.com/qunzhu/qunzhu/internal/web/webtest"
)

// Now is where the clocks of a Bench stand at first.
var Now = time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)

// Zone is the workspace's.
var Zone = time.FixedZone("Asia/Shanghai", 8*3600)

// Password of every operator that Operator makes.
const Password = "correct horse"

// Migrations are those of the platform and the spine.
func Migrations() []db.Migrations {
	return append([]db.Migrations{audit.Migrations(), auth.Migrations(), settings.Migrations()}, hub.SpineMigrations()...)
}

// Bench is a server with its parts.
type Bench struct {
	T     testing.TB
	DB    *db.DB
	Deps  *feature.Deps
	Hub   *hub.Hub
	Clock *clock.Domain // domain time
	Wall  *clock.Domain // what sessions and links take for real time
	Site  *webtest.Site
	// Catalog knows which keys were asked for in vain.
	Catalog *i18n.Catalog
}

// Start serves the features that makers hand over; admin, which signs people in,
// is always one of them.
func Start(t testing.TB, d *db.DB, connectors []connector.Connector, makers ...func(*feature.Deps) feature.Feature) *Bench {
	t.Helper()
	b := &Bench{T: t, DB: d, Clock: clock.NewDomain(Now), Wall: clock.NewDomain(Now)}
	sealer, err := seal.New(seal.NewKey())
	b.must(err)
	b.Deps = &feature.Deps{DB: d, Clock: b.Clock, Zone: Zone, Store: connector.NewStore(sealer), Metrics: metric.NewRegistry(clock.NewDomain(Now), Zone),
		Signer: auth.NewSigner(sealer.Secrets("links"), b.Wall), Queue: job.NewQueue(b.Clock), Live: web.NewLive(),
		Log: slog.New(slog.DiscardHandler), BaseURL: "https://qz.example.com"}
	features := []feature.Feature{admin.New(b.Deps)}
	for _, m := range makers {
		features = append(features, m(b.Deps))
	}
	b.wire(features, sealer, connectors)
	b.serve(features)
	return b
}

func (b *Bench) wire(features []feature.Feature, sealer *seal.Sealer, connectors []connector.Connector) {
	locales := append(web.Locale(), auth.Locale, audit.Locale, settings.Locale)
	permissions := []auth.Permission{{Name: "desk:view", Roles: []auth.Role{auth.Editor, auth.Moderator, auth.Analyst}}}
	var forms []settings.Form
	for _, f := range features {
		if f.Locale != nil {
			locales = append(locales, f.Locale)
		}
		permissions = append(permissions, f.Permissions...)
		forms = append(forms, f.Settings...)
	}
	var err error
	b.Catalog, err = i18n.Load(locales...)
	b.must(err)
	b.Deps.Catalog = b.Catalog
	policy, err := auth.NewPolicy(permissions...)
	b.must(err)
	b.Deps.Auth = auth.New(b.DB, policy, auth.WithClock(b.Wall), auth.WithHashCost(auth.HashCost{MemoryKiB: 64, Passes: 1, Threads: 1}))
	b.Deps.Sessions = auth.NewSessions(b.Deps.Auth, false)
	b.Deps.Settings, err = settings.New(sealer, forms...)
	b.must(err)
	b.Hub = hub.New(hub.Options{
		DB: b.DB, Clock: b.Clock, Zone: Zone, Store: b.Deps.Store, Connectors: connectors, Reactors: hub.SpineReactors(),
		Leases: job.NewLeases(b.DB, "test", clock.Real{}), Log: b.Deps.Log,
		Print: func(s string) uint64 { h := fnv.New64a(); _, _ = h.Write([]byte(s)); return h.Sum64() },
	})
	b.T.Cleanup(b.Hub.Close)
	b.Deps.Hub = b.Hub
}

func (b *Bench) serve(features []feature.Feature) {
	o := web.Options{Catalog: b.Catalog, Log: b.Deps.Log, Now: b.Clock.Now, Zone: func() *time.Location { return Zone },
		Sessions: admin.Gate{Sessions: b.Deps.Sessions}, Live: b.Deps.Live, Middleware: []func(http.Handler) http.Handler{b.Deps.Sessions.LoadAndSave},
		Shell: web.Shell{Workspace: admin.WorkspaceName(b.Deps), Communities: func(ctx context.Context, a web.Actor) ([]web.Community, error) {
			list, err := community.Communities(ctx, b.DB, a.Scope("desk:view"))
			var out []web.Community
			for _, c := range list {
				out = append(out, web.Community{ID: c.ID, Name: c.Name})
			}
			return out, err
		}}}
	for _, f := range features {
		o.Nav = append(o.Nav, f.Nav...)
		if len(f.Templates.Names) > 0 {
			o.Templates = append(o.Templates, f.Templates)
		}
	}
	r, err := web.NewRouter(o)
	b.must(err)
	home := true
	for _, f := range features {
		f.Routes(r)
	}
	for _, known := range r.Routes() {
		home = home && known.Pattern != "GET /{$}"
	}
	if home {
		r.Get("/{$}", "", func(c *web.Ctx) error {
			return c.Bytes("text/html", []byte(`<link rel="icon" href="data:,">home of `+c.Actor.Login))
		})
	}
	h, err := r.Handler()
	b.must(err)
	b.Site = webtest.Start(b.T, h)
}

func (b *Bench) must(err error) {
	b.T.Helper()
	if err != nil {
		b.T.Fatal(err)
	}
}

// Operator makes an operator who signs in with Password, and returns the id.
func (b *Bench) Operator(login string, grants ...auth.Grant) string {
	b.T.Helper()
	id, err := b.Deps.Auth.CreateOperator(context.Background(), auth.System("test"),
		auth.NewOperator{Login: login, Name: login, Password: Password, Grants: grants})
	b.must(err)
	return id
}

// Manager makes a manager of the workspace.
func (b *Bench) Manager(login string) string {
	return b.Operator(login, auth.Grant{Role: auth.Manager})
}

// Browser is a new browser, signed in as login; without one, as nobody.
func (b *Bench) Browser(login string) *webtest.Site {
	b.T.Helper()
	site := webtest.Visit(b.T, b.Site.URL)
	if login != "" {
		site.Login(login, Password)
	}
	return site
}

// Community makes a community.
func (b *Bench) Community(name string) string {
	b.T.Helper()
	e := hub.NewCommunity(Now, name, event.Community{Name: name, Type: community.Service})
	b.Record(e)
	return e.Community
}

// Record appends events and waits until they are dispatched.
func (b *Bench) Record(events ...event.Event) {
	b.T.Helper()
	_, err := b.Hub.Record(context.Background(), events...)
	b.must(err)
}

// Audited are the actions in the audit so far, the latest first.
func (b *Bench) Audited() []string {
	b.T.Helper()
	items, _, err := audit.List(context.Background(), b.DB, audit.Filter{}, "", 200)
	b.must(err)
	var out []string
	for _, i := range items {
		out = append(out, i.Action)
	}
	return out
}

// HasAudited fails the test unless the audit holds the actions, and is intact.
func (b *Bench) HasAudited(actions ...string) {
	b.T.Helper()
	have := b.Audited()
	for _, a := range actions {
		if !slices.Contains(have, a) {
			b.T.Errorf("%s is not in the audit: %v", a, have)
		}
	}
	_, err := audit.VerifyChain(context.Background(), b.DB)
	b.must(err)
}

// EveryLanguage opens pages in each language; none may have holes, or inline
// styles and scripts, which the content policy blocks.
func EveryLanguage(t testing.TB, b *Bench, site *webtest.Site, paths ...string) {
	t.Helper()
	for _, path := range paths {
		for _, lang := range i18n.Langs {
			join := "?"
			if strings.Contains(path, "?") {
				join = "&"
			}
			res := site.Get(path + join + "lang=" + string(lang))
			if res.StatusCode != http.StatusOK {
				t.Errorf("GET %s in %s: %d\n%s", path, lang, res.StatusCode, res.Text)
				continue
			}
			for _, hole := range []string{"⟦", "ZgotmplZ", "%!", "<no value>"} {
				if i := strings.Index(res.Text, hole); i >= 0 {
					t.Errorf("%s in %s has a hole: %s", path, lang, res.Text[i:min(len(res.Text), i+80)])
				}
			}
			if n := res.Doc(t).Find("[style], style, script:not([src]), [onclick]").Length(); n > 0 {
				t.Errorf("%s has %d inline styles or scripts", path, n)
			}
		}
	}
}
