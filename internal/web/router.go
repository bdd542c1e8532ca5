package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"golang.org/x/time/rate"

	"github.com/qunzhu/qunzhu/internal/fault"
	"github.com/qunzhu/qunzhu/internal/i18n"
	"github.com/qunzhu/qunzhu/internal/web/static"
)

// Handler answers one request of a person. A returned error becomes an error
// page, a fragment or a problem document; nothing may have been written then.
type Handler func(c *Ctx) error

// Router collects the routes and turns them into one http.Handler. It is filled
// at start and does not change afterwards.
type Router struct {
	catalog  *i18n.Catalog
	log      *slog.Logger
	now      func() time.Time
	speed    func() float64
	zone     func() *time.Location
	sessions Sessions
	shell    Shell
	navItems []NavItem
	panels   []Panel
	live     *Live
	renderer *renderer
	assets   *static.Assets
	secure   bool

	options   Options
	byActor   *limiter
	byAddress *limiter
	routes    []route
	problems  []error
}

// RouteInfo describes a registered page, for tests that visit all of them.
type RouteInfo struct {
	Pattern    string // "GET /groups/{id}"
	Permission string
	Public     bool
}

type route struct {
	RouteInfo
	handler   http.Handler
	maxBody   int64
	limiter   *limiter // of this route alone; may be nil
	unlimited bool
	page      bool
}

const defaultMaxBody = 1 << 20

// NewRouter parses all templates and checks the options; an error here means
// the program was put together wrongly.
func NewRouter(o Options) (*Router, error) {
	if o.Catalog == nil || o.Sessions == nil {
		return nil, errors.New("web: Options need a Catalog and Sessions")
	}
	o = o.withDefaults()
	assets, err := static.Load()
	if err != nil {
		return nil, err
	}
	renderer, err := newRenderer(o, assets)
	if err != nil {
		return nil, err
	}
	if err := checkNav(o); err != nil {
		return nil, err
	}
	r := &Router{
		catalog: o.Catalog, log: o.Log, now: o.Now, speed: o.Speed, zone: o.Zone,
		sessions: o.Sessions, shell: o.Shell, navItems: sortedNav(o.Nav), panels: sortedPanels(o.Panels),
		live: o.Live, renderer: renderer, assets: assets, secure: o.Secure, options: o,
		byActor:   newLimiter(rate.Limit(o.Limits.ActorRate), o.Limits.ActorBurst),
		byAddress: newLimiter(rate.Limit(o.Limits.AddressRate), o.Limits.AddressBurst),
	}
	if r.live != nil {
		r.Get(LivePath, "", r.live.serve)
	}
	return r, nil
}

func (o Options) withDefaults() Options {
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Speed == nil {
		o.Speed = func() float64 { return 1 }
	}
	if o.Zone == nil {
		o.Zone = func() *time.Location { return time.UTC }
	}
	o.Limits = o.Limits.withDefaults()
	return o
}

func checkNav(o Options) error {
	known := map[Section]bool{}
	for _, s := range sections {
		known[s] = true
	}
	for _, item := range o.Nav {
		switch {
		case !known[item.Section]:
			return fmt.Errorf("menu item %s: there is no section %q", item.Path, item.Section)
		case !LocalPath(item.Path):
			return fmt.Errorf("menu item %s: not a path of this site", item.Path)
		case !o.Catalog.Has(item.Key):
			return fmt.Errorf("menu item %s: key %q has no translation", item.Path, item.Key)
		}
	}
	return nil
}

// RouteOption changes one route.
type RouteOption func(*route)

// Upload lets the route take a body of up to max bytes instead of 1 MiB.
func Upload(max int64) RouteOption { return func(rt *route) { rt.maxBody = max } }

// Rate limits the route further, to perMinute requests of one client address
// with the given burst: sign-in, forms of members.
func Rate(perMinute float64, burst int) RouteOption {
	l := newLimiter(rate.Limit(perMinute/60), burst)
	return func(rt *route) { rt.limiter = l }
}

// Unlimited frees the route of the limit on client addresses: a platform sends
// all its callbacks from a few, a probe asks often.
func Unlimited() RouteOption { return func(rt *route) { rt.unlimited = true } }

// Get registers a page for operators who hold permission; "" is every operator.
// The pattern is a path of net/http.ServeMux, "/groups/{id}".
func (r *Router) Get(pattern, permission string, h Handler, opts ...RouteOption) {
	r.operator("GET "+pattern, permission, h, opts)
}

// Post registers a write for operators who hold permission.
func (r *Router) Post(pattern, permission string, h Handler, opts ...RouteOption) {
	r.operator("POST "+pattern, permission, h, opts)
}

// Public registers a page that needs no operator: sign-in, member pages, live
// codes. The pattern names its method: "GET /j/{code}".
func (r *Router) Public(pattern string, h Handler, opts ...RouteOption) {
	info := RouteInfo{Pattern: pattern, Public: true}
	if method, _, ok := strings.Cut(pattern, " "); !ok || strings.Contains(method, "/") {
		r.problems = append(r.problems, fmt.Errorf("route %q: name its method, \"GET %s\"", pattern, pattern))
		return
	}
	r.add(route{RouteInfo: info, page: true, handler: r.serve(h)}, opts)
}

// Handle mounts a plain handler, such as the API or a platform's callbacks; it
// checks for itself who is asking. Body limits and rate limits still hold.
func (r *Router) Handle(pattern string, h http.Handler, opts ...RouteOption) {
	r.add(route{RouteInfo: RouteInfo{Pattern: pattern, Public: true}, handler: h}, opts)
}

// Routes lists what was registered with Get, Post and Public.
func (r *Router) Routes() []RouteInfo {
	var out []RouteInfo
	for _, rt := range r.routes {
		if rt.page {
			out = append(out, rt.RouteInfo)
		}
	}
	return out
}

func (r *Router) operator(pattern, permission string, h Handler, opts []RouteOption) {
	checked := func(c *Ctx) error {
		if err := r.admit(c, permission); err != nil {
			return err
		}
		return h(c)
	}
	r.add(route{RouteInfo: RouteInfo{Pattern: pattern, Permission: permission}, page: true, handler: r.serve(checked)}, opts)
}

func (r *Router) add(rt route, opts []RouteOption) {
	rt.maxBody = defaultMaxBody
	for _, opt := range opts {
		opt(&rt)
	}
	r.routes = append(r.routes, rt)
}

// serve turns a Handler into an http.Handler that shows its errors.
func (r *Router) serve(h Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		c := r.newCtx(w, req)
		w.Header().Set("Cache-Control", "no-store")
		c.rememberLanguage()
		if err := h(c); err != nil {
			r.fail(c, err)
		}
	})
}

func (r *Router) newCtx(w http.ResponseWriter, req *http.Request) *Ctx {
	c := &Ctx{
		Request: req, Writer: w, router: r, Now: r.now(), Address: Address(req.Context()),
		Printer: r.catalog.Printer(i18n.Negotiate(req), r.zone()), Layout: LayoutPlain,
	}
	if strings.HasPrefix(req.URL.Path, "/m/") || strings.HasPrefix(req.URL.Path, "/j/") {
		c.Layout = LayoutMember
	}
	return c
}

// Handler builds the handler of all routes. Conflicting or malformed patterns
// are an error.
func (r *Router) Handler() (h http.Handler, err error) {
	if err := errors.Join(r.problems...); err != nil {
		return nil, err
	}
	defer func() {
		if p := recover(); p != nil { // how ServeMux reports a bad pattern
			h, err = nil, fmt.Errorf("routes: %v", p)
		}
	}()
	mux := http.NewServeMux()
	for _, rt := range r.routes {
		mux.Handle(rt.Pattern, r.limited(rt))
	}
	h, err = r.crossOrigin(r.fallback(mux))
	if err != nil {
		return nil, err
	}
	for i := len(r.options.Middleware) - 1; i >= 0; i-- {
		h = r.options.Middleware[i](h)
	}
	top := http.NewServeMux()
	top.Handle("GET "+static.Prefix, r.assets)
	top.Handle("/", compress(h))
	return r.observe(securityHeaders(top, r.secure)), nil
}

// limited applies a route's own limits and leaves its pattern for the log.
func (r *Router) limited(rt route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		noteRoute(req.Context(), rt.Pattern)
		if !rt.unlimited && r.tooFast(w, req, r.byAddress) || rt.limiter != nil && r.tooFast(w, req, rt.limiter) {
			return
		}
		req.Body = http.MaxBytesReader(w, req.Body, rt.maxBody)
		rt.handler.ServeHTTP(w, req)
	})
}

// fallback answers what no route matches, with 405 where another method would.
func (r *Router) fallback(mux *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if _, pattern := mux.Handler(req); pattern != "" {
			mux.ServeHTTP(w, req)
			return
		}
		if r.tooFast(w, req, r.byAddress) {
			return
		}
		c := r.newCtx(w, req)
		if allowed := allowedMethods(mux, req); allowed != "" {
			w.Header().Set("Allow", allowed)
			r.failWith(c, http.StatusMethodNotAllowed, fault.New(fault.Invalid, "fault.method", req.Method))
			return
		}
		r.fail(c, fault.New(fault.NotFound, "fault.not_found"))
	})
}

func allowedMethods(mux *http.ServeMux, req *http.Request) string {
	var allowed []string
	for _, m := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"} {
		probe := req.Clone(context.Background())
		probe.Method = m
		if _, pattern := mux.Handler(probe); pattern != "" {
			allowed = append(allowed, m)
		}
	}
	return strings.Join(allowed, ", ")
}
