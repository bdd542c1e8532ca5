package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"syscall"
	"time"

	"github.com/qunzhu/qunzhu/internal/auth"
	"github.com/qunzhu/qunzhu/internal/clock"
	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/desk/phone"
	"github.com/qunzhu/qunzhu/internal/effect"
	"github.com/qunzhu/qunzhu/internal/feature"
	"github.com/qunzhu/qunzhu/internal/hub"
	"github.com/qunzhu/qunzhu/internal/i18n"
	"github.com/qunzhu/qunzhu/internal/id"
	"github.com/qunzhu/qunzhu/internal/job"
	"github.com/qunzhu/qunzhu/internal/metric"
	"github.com/qunzhu/qunzhu/internal/settings"
	"github.com/qunzhu/qunzhu/internal/web"
)

// serverOptions are what the command line decides about a server.
type serverOptions struct {
	clock   clock.Clock // domain time
	speed   func() float64
	zone    *time.Location
	baseURL string
	proxies string
	log     *slog.Logger
}

// server is the whole program on one database, put together but not running.
type server struct {
	ws       *workspace
	deps     *feature.Deps
	features []feature.Feature
	hub      *hub.Hub
	runner   *job.Runner
	router   *web.Router
	handler  http.Handler
	log      *slog.Logger
}

// newServer puts the features together. What can be wrong with them is an error
// here, before the first request.
func newServer(ctx context.Context, ws *workspace, o serverOptions) (*server, error) {
	s := &server{ws: ws, log: o.log}
	policy, err := policyOf()
	if err != nil {
		return nil, err
	}
	s.deps = newDeps(ws, policy, o)
	s.features = features(s.deps)
	catalog, err := i18n.Load(locales(s.features)...)
	if err != nil {
		return nil, err
	}
	s.deps.Catalog = catalog
	var forms []settings.Form
	for _, f := range s.features {
		forms = append(forms, f.Settings...)
	}
	if s.deps.Settings, err = settings.New(ws.sealer, forms...); err != nil {
		return nil, err
	}
	if err := s.fillMetrics(); err != nil {
		return nil, err
	}
	s.hub = s.newHub(o, catalog)
	s.deps.Hub = s.hub
	if s.runner, err = s.newRunner(o); err != nil {
		return nil, err
	}
	s.handler, err = s.routes(catalog, o)
	return s, err
}

func newDeps(ws *workspace, policy *auth.Policy, o serverOptions) *feature.Deps {
	service := auth.New(ws.db, policy)
	return &feature.Deps{
		DB: ws.db, Clock: o.clock, Zone: o.zone, Store: ws.store, Metrics: metric.NewRegistry(o.clock, o.zone), Auth: service,
		Sessions: auth.NewSessions(service, secure(o.baseURL)), Signer: auth.NewSigner(ws.sealer.Secrets("links"), clock.Real{}),
		Queue: job.NewQueue(o.clock), Live: web.NewLive(), Log: o.log, BaseURL: o.baseURL,
	}
}

func secure(baseURL string) bool { return len(baseURL) > 8 && baseURL[:8] == "https://" }

func (s *server) fillMetrics() error {
	for _, f := range s.features {
		for _, m := range f.Metrics {
			if err := s.deps.Metrics.Register(m); err != nil {
				return fmt.Errorf("metric %s: %w", m.Key, err)
			}
		}
	}
	return nil
}

func (s *server) newHub(o serverOptions, catalog *i18n.Catalog) *hub.Hub {
	print := s.ws.sealer.Keyed("message")
	return hub.New(hub.Options{
		DB: s.ws.db, Clock: o.clock, Zone: o.zone, Store: s.ws.store, Connectors: connectors(s.ws, o),
		Reactors: reactors(s.features), Leases: job.NewLeases(s.ws.db, owner(), clock.Real{}),
		Print:    func(text string) uint64 { return print.Sum64(text) },
		Annotate: annotate(s.features),
		Link:     phone.LinkFunc(s.deps),
		Present:  phone.Present(catalog.Printer(i18n.Chinese, o.zone)),

		Live: func(topics ...string) {
			for _, t := range topics {
				s.deps.Live.Publish(t)
			}
		},
		Log: s.log,
	})
}

// owner names this process among the holders of leases.
func owner() string {
	host, err := os.Hostname()
	if err != nil {
		host = "host"
	}
	return fmt.Sprintf("%s:%d:%s", host, os.Getpid(), id.New(time.Now())[20:])
}

func reactors(features []feature.Feature) []effect.Reactor {
	out := hub.SpineReactors()
	for _, f := range features {
		out = append(out, f.Reactors...)
	}
	return out
}

func projections(features []feature.Feature) []hub.Projection {
	out := hub.SpineProjections()
	for _, f := range features {
		out = append(out, f.Projections...)
	}
	return out
}

// annotate asks the features in order; the first that has something to say of a
// message decides its verdict.
func annotate(features []feature.Feature) func(hub.Message) json.RawMessage {
	return func(m hub.Message) json.RawMessage {
		for _, f := range features {
			if f.Annotate == nil {
				continue
			}
			if v := f.Annotate(m); v != nil {
				return v
			}
		}
		return nil
	}
}

func (s *server) newRunner(o serverOptions) (*job.Runner, error) {
	var handlers []job.Handler
	var schedules []job.Schedule
	for _, f := range s.features {
		handlers = append(handlers, f.Jobs...)
		schedules = append(schedules, f.Schedules...)
	}
	return job.NewRunner(s.ws.db, handlers, schedules, job.Options{Workers: 2, Zone: o.zone, Clock: o.clock})
}

func locales(features []feature.Feature) []fs.FS {
	out := append([]fs.FS{}, web.Locale()...)
	out = append(out, spineLocales()...)
	for _, f := range features {
		if f.Locale != nil {
			out = append(out, f.Locale)
		}
	}
	return out
}

// listen opens a TCP address.
func listen(ctx context.Context, addr string) (net.Listener, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("the address %s is in use: stop the program that has it, or choose another with --addr", addr)
	case err != nil:
		return nil, fmt.Errorf("cannot listen on %s, choose another address with --addr, for example 127.0.0.1:8080: %w", addr, err)
	}
	return listener, nil
}

// serve listens on addr and runs until ctx ends; ready is called with the
// address when pages are answered.
func (s *server) serve(ctx context.Context, addr string, ready func(net.Addr)) error {
	listener, err := listen(ctx, addr)
	if err != nil {
		return err
	}
	httpServer := web.Server(addr, s.handler)
	httpServer.RegisterOnShutdown(s.deps.Live.Close)
	failed := make(chan error, 1)
	go func() { failed <- httpServer.Serve(listener) }()
	if ready != nil {
		ready(listener.Addr())
	}
	select {
	case err = <-failed:
	case <-ctx.Done():
	}
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	if serr := httpServer.Shutdown(stop); err == nil {
		err = serr
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// work runs the pump and the jobs until ctx ends.
func (s *server) work(ctx context.Context) {
	s.runner.Start(ctx)
	if err := s.hub.Run(ctx); err != nil && ctx.Err() == nil {
		s.log.ErrorContext(ctx, "the pump stopped", "error", err)
	}
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	if err := s.runner.Stop(stop); err != nil {
		s.log.WarnContext(stop, "jobs were still running", "error", err)
	}
}

// allMigrations are those of the program, the spine first.
func allMigrations() []db.Migrations {
	out := []db.Migrations{}
	out = append(out, platformMigrations()...)
	out = append(out, hub.SpineMigrations()...)
	for _, f := range features(&feature.Deps{}) {
		if f.Migrations != nil {
			out = append(out, *f.Migrations)
		}
	}
	return out
}
