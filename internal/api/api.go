package api

import (
	"context"
	"embed"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"reflect"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/qunzhu/qunzhu/internal/auth"
	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/i18n"
)

// Prefix is where all resources lie.
const Prefix = "/api/v1"

// The documents, which need no token.
const (
	SpecPath = "/openapi.json"
	DocsPath = "/api/docs"
	cssPath  = "/api/docs.css"
)

//go:embed migrations/*.sql
var migrations embed.FS

//go:embed locale
var locale embed.FS

// Migrations are the table of repeated writes.
func Migrations() db.Migrations { return db.Embedded("api", migrations) }

// Locale holds the messages of this package, as locale/<language>.json.
func Locale() fs.FS { return locale }

// Options are what an API is made of. DB, Catalog and Authenticate are needed.
type Options struct {
	Version string // of the program, for the OpenAPI document
	DB      *db.DB
	Catalog *i18n.Catalog
	// Authenticate returns the actor of a bearer token, or an Unauthorized fault.
	Authenticate func(ctx context.Context, bearer string) (auth.Actor, error)
	Zone         *time.Location // of the workspace; nil is UTC
	Now          func() time.Time
	// Address is the client's, behind proxies what they say; nil is the peer's.
	Address func(*http.Request) string
	Limits  Limits
	Log     *slog.Logger
}

// Limits are requests a second with a burst, for one token and for one client
// address (an IPv6 client is its /64). Zero fields have defaults.
type Limits struct {
	TokenRate    float64
	TokenBurst   int
	AddressRate  float64
	AddressBurst int
}

func (l Limits) withDefaults() Limits {
	if l.TokenRate == 0 {
		l.TokenRate, l.TokenBurst = 100, 1000
	}
	if l.AddressRate == 0 {
		l.AddressRate, l.AddressBurst = 200, 2000
	}
	return l
}

func (o Options) withDefaults() Options {
	if o.Zone == nil {
		o.Zone = time.UTC
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Address == nil {
		o.Address = peer
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	o.Limits = o.Limits.withDefaults()
	return o
}

func peer(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// server answers everything below /api/ and the OpenAPI document.
type server struct {
	Options
	mux       *http.ServeMux
	api       huma.API
	byToken   *limiter
	byAddress *limiter
	specs     specs
}

// New returns the API, on which features register their operations by paths
// below Prefix ("/groups"), and the handler to mount at "/api/" and SpecPath. Now
// is real time: limits and the life of repeated writes follow it.
func New(o Options) (huma.API, http.Handler) {
	o = o.withDefaults()
	s := &server{
		Options: o, mux: http.NewServeMux(),
		byToken:   newLimiter(o.Limits.TokenRate, o.Limits.TokenBurst),
		byAddress: newLimiter(o.Limits.AddressRate, o.Limits.AddressBurst),
	}
	s.api = humago.New(s.mux, s.config())
	group := huma.NewGroup(s.api, Prefix)
	group.UseSimpleModifier(describe)
	s.mux.HandleFunc("GET "+SpecPath, s.serveSpec)
	s.mux.HandleFunc("GET "+DocsPath, s.serveDocs)
	s.mux.HandleFunc("GET "+cssPath, serveCSS)
	return group, s
}

// config leaves out huma's own documents, whose pages load from other sites, and
// its $schema links.
func (s *server) config() huma.Config {
	c := huma.DefaultConfig("api.title", s.Version)
	c.Info.Description = "api.about"
	c.OpenAPIPath, c.DocsPath, c.SchemasPath, c.CreateHooks = "", "", "", nil
	c.RejectUnknownQueryParameters = true
	c.Transformers = []huma.Transformer{translate}
	c.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"token": {Type: "http", Scheme: "bearer", Description: "api.security"},
	}
	c.Components.Schemas.Schema(reflect.TypeFor[Problem](), true, "Problem")
	c.Security = []map[string][]string{{"token": {}}}
	return c
}

// ServeHTTP implements http.Handler.
func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	r = s.open(w, r)
	h := http.Handler(http.HandlerFunc(s.route))
	if strings.HasPrefix(r.URL.Path, Prefix+"/") {
		h = s.guard(s.once(h))
	}
	if wait := s.byAddress.take(network(s.Address(r))); wait > 0 {
		refuse(w, r, tooFast(wait))
		return
	}
	h.ServeHTTP(w, r)
}
