package app

import (
	"context"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/qunzhu/qunzhu/internal/community"
	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/desk/admin"
	"github.com/qunzhu/qunzhu/internal/hub"
	"github.com/qunzhu/qunzhu/internal/i18n"
	"github.com/qunzhu/qunzhu/internal/web"
)

// routes builds the handler of everything that is served.
func (s *server) routes(catalog *i18n.Catalog, o serverOptions) (http.Handler, error) {
	proxies, err := web.ParseProxies(o.proxies)
	if err != nil {
		return nil, usageError{err}
	}
	options := web.Options{
		Catalog: catalog, Log: s.log, Now: o.clock.Now, Speed: o.speed, Zone: func() *time.Location { return o.zone },
		Sessions: admin.Gate{Sessions: s.deps.Sessions}, Shell: s.shell(), Live: s.deps.Live, Secure: secure(o.baseURL), TrustedProxies: proxies,
		Middleware: []func(http.Handler) http.Handler{s.deps.Sessions.LoadAndSave},
	}
	for _, f := range s.features {
		options.Nav = append(options.Nav, f.Nav...)
		options.Panels = append(options.Panels, f.Panels...)
		if len(f.Templates.Names) > 0 {
			options.Templates = append(options.Templates, f.Templates)
		}
	}
	r, err := web.NewRouter(options)
	if err != nil {
		return nil, err
	}
	s.router = r
	for _, f := range s.features {
		if f.Routes != nil {
			f.Routes(r)
		}
	}
	s.mountAPI(r, catalog)
	r.Handle("/hooks/{connector}/{connection}", http.HandlerFunc(s.hub.Receive), web.Unlimited())
	r.Handle("GET /healthz", http.HandlerFunc(alive), web.Unlimited())
	r.Handle("GET /readyz", http.HandlerFunc(s.ready), web.Unlimited())
	r.Handle("GET /metrics", promhttp.Handler(), web.Unlimited())
	return r.Handler()
}

func (s *server) shell() web.Shell {
	return web.Shell{
		Workspace: admin.WorkspaceName(s.deps),
		Communities: func(ctx context.Context, a web.Actor) ([]web.Community, error) {
			list, err := community.Communities(ctx, s.ws.db, a.Scope("desk:view"))
			out := make([]web.Community, len(list))
			for i, c := range list {
				out[i] = web.Community{ID: c.ID, Name: c.Name}
			}
			return out, err
		},
		Freshness: s.freshness,
	}
}

// freshness says how old the newest word of each connection is.
func (s *server) freshness(ctx context.Context, p *i18n.Printer) (web.Freshness, error) {
	conns, err := s.ws.store.List(ctx, s.ws.db)
	if err != nil || len(conns) == 0 {
		return web.Freshness{}, err
	}
	now := s.deps.Clock.Now()
	f := web.Freshness{Href: "/sources"}
	for _, c := range conns {
		cursors, err := s.ws.store.Cursors(ctx, s.ws.db, c.ID)
		if err != nil {
			return f, err
		}
		last, err := hub.LastReceived(ctx, s.ws.db, c.ID)
		if err != nil {
			return f, err
		}
		for _, cur := range cursors {
			if cur.RanAt.After(last) {
				last = cur.RanAt
			}
			f.Stale = f.Stale || cur.Failures > 2
		}
		if last.IsZero() {
			continue
		}
		if f.Text != "" {
			f.Text += " · "
		}
		f.Text += c.Name + " " + p.Ago(last, now)
		f.Stale = f.Stale || c.State != "active"
	}
	return f, nil
}

// alive answers while the process lives.
func alive(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("ok\n")) }

// ready answers 200 when the database answers and its migrations are done; the
// platforms are not asked.
func (s *server) ready(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
	defer cancel()
	if _, err := db.Int(ctx, s.ws.db, "SELECT count(*) FROM hub_cursors"); err != nil {
		http.Error(w, "the database does not answer", http.StatusServiceUnavailable)
		return
	}
	alive(w, r)
}
