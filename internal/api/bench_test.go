package api_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/qunzhu/qunzhu/internal/api"
	"github.com/qunzhu/qunzhu/internal/audit"
	"github.com/qunzhu/qunzhu/internal/auth"
	"github.com/qunzhu/qunzhu/internal/clock"
	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/db/dbtest"
	"github.com/qunzhu/qunzhu/internal/fault"
	"github.com/qunzhu/qunzhu/internal/i18n"
	"github.com/qunzhu/qunzhu/internal/web"
)

var start = time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)

// bench is an API of a few operations, with real tokens.
type bench struct {
	t       *testing.T
	handler http.Handler
	catalog *i18n.Catalog
	clock   *clock.Domain
	auth    *auth.Service
	made    atomic.Int64 // executions of POST /things
	slow    time.Duration
	broken  atomic.Bool
}

type thing struct {
	Name string    `json:"name"`
	At   time.Time `json:"at"`
}

type thingInput struct {
	Body struct {
		Name  string `json:"name" minLength:"1" maxLength:"5"`
		Count int    `json:"count,omitempty" maximum:"9"`
	}
}

const words = `{"api.tag.things": "东西", "api.op.things.list": "列出东西", "api.op.things.make": "做一件", "api.op.things.make.more": "只做一次", "api.op.things.fail": "出错", "things.short": "名字太短: {0}"}`

func each(t *testing.T, f func(t *testing.T, b *bench)) {
	migrations := []db.Migrations{audit.Migrations(), auth.Migrations(), api.Migrations()}
	dbtest.Each(t, migrations, func(t *testing.T, d *db.DB) { f(t, setup(t, d, api.Limits{})) })
}

func setup(t *testing.T, d *db.DB, limits api.Limits) *bench {
	t.Helper()
	b := &bench{t: t, clock: clock.NewDomain(start)}
	locales := append(web.Locale(), api.Locale(), auth.Locale, fstest.MapFS{"locale/zh-CN.json": {Data: []byte(words)}, "locale/en.json": {Data: []byte(words)}})
	var err error
	if b.catalog, err = i18n.Load(locales...); err != nil {
		t.Fatal(err)
	}
	policy, err := auth.NewPolicy(auth.Permission{Name: "things:view", Roles: []auth.Role{auth.Analyst}})
	if err != nil {
		t.Fatal(err)
	}
	b.auth = auth.New(d, policy, auth.WithClock(b.clock), auth.WithHashCost(auth.HashCost{MemoryKiB: 64, Passes: 1, Threads: 1}))
	group, handler := api.New(api.Options{Version: "1.2.3", DB: d, Catalog: b.catalog, Authenticate: b.auth.Authenticate, Now: b.clock.Now,
		Zone: time.FixedZone("Asia/Shanghai", 8*3600), Limits: limits, Log: slog.New(slog.DiscardHandler)})
	b.handler = handler
	api.Get(group, "/things", api.Op{ID: "things.list", Tag: "things"}, b.list)
	api.Post(group, "/things", api.Op{ID: "things.make", Tag: "things"}, b.make)
	api.Get(group, "/fail/{how}", api.Op{ID: "things.fail", Tag: "things"}, b.fail)
	return b
}

func (b *bench) list(ctx context.Context, in *api.Paging) (api.Page[thing], error) {
	after, err := in.After("things", 1)
	if err != nil {
		return api.Page[thing]{}, err
	}
	if _, err := api.Scope(ctx, "things:view"); err != nil {
		return api.Page[thing]{}, err
	}
	var rows []string
	for _, name := range []string{"a", "b", "c", "d", "e"} {
		if name > after[0] && len(rows) <= in.Limit {
			rows = append(rows, name)
		}
	}
	zone := api.PrinterFrom(ctx).Zone
	return api.NewPage(*in, "things", rows, func(n string) thing { return thing{n, start.In(zone)} },
		func(n string) []string { return []string{n} }), nil
}

func (b *bench) make(_ context.Context, in *thingInput) (thing, error) {
	b.made.Add(1)
	time.Sleep(b.slow)
	if b.broken.Load() {
		return thing{}, errors.New("dial tcp db.internal: refused")
	}
	if in.Body.Name == "x" {
		return thing{}, fault.InvalidField("name", "things.short", in.Body.Name)
	}
	return thing{Name: in.Body.Name, At: start}, nil
}

func (b *bench) fail(_ context.Context, in *struct {
	How string `path:"how"`
}) (thing, error) {
	if in.How == "secret" {
		return thing{}, errors.New("password of db.internal")
	}
	return thing{}, fault.New(fault.Code(in.How), "fault."+in.How)
}

// token makes an API token and returns its secret.
func (b *bench) token(scope auth.TokenScope) string {
	b.t.Helper()
	secret, _, err := b.auth.CreateToken(context.Background(), auth.System("test"), auth.NewToken{Name: "test", Scope: scope})
	if err != nil {
		b.t.Fatal(err)
	}
	return secret
}

// call sends a request; headers are "Name: value".
func (b *bench) call(method, target, token, body string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	b.handler.ServeHTTP(w, r)
	return w
}

// problem checks that an answer is a problem and returns it.
func (b *bench) problem(w *httptest.ResponseRecorder, status int, code fault.Code) api.Problem {
	b.t.Helper()
	var p api.Problem
	if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil {
		b.t.Fatalf("%d %q: %v", w.Code, w.Body, err)
	}
	switch {
	case w.Code != status || p.Status != status || p.Code != code:
		b.t.Errorf("answered %d %s; expected %d %s", w.Code, w.Body, status, code)
	case w.Header().Get("Content-Type") != "application/problem+json":
		b.t.Errorf("content type %q", w.Header().Get("Content-Type"))
	case p.Type != "about:blank" || p.Title == "" || p.Detail == "" || p.RequestID == "" || strings.Contains(w.Body.String(), "⟦"):
		b.t.Errorf("says too little: %s", w.Body)
	}
	return p
}

// is checks a good answer and returns its body.
func (b *bench) is(w *httptest.ResponseRecorder) string {
	b.t.Helper()
	if w.Code != http.StatusOK || w.Header().Get("Content-Type") != "application/json" {
		b.t.Fatalf("answered %d %s %s", w.Code, w.Header(), w.Body)
	}
	return strings.TrimSpace(w.Body.String())
}
