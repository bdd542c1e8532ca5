package api_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/qunzhu/qunzhu/internal/api"
	"github.com/qunzhu/qunzhu/internal/audit"
	"github.com/qunzhu/qunzhu/internal/auth"
	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/db/dbtest"
	"github.com/qunzhu/qunzhu/internal/fault"
	"github.com/qunzhu/qunzhu/internal/web"
)

// nobody is signed in.
type nobody struct{}

func (nobody) Actor(*http.Request) (web.Actor, error) {
	return web.Actor{}, fault.New(fault.Unauthorized, "fault.signed_out")
}

// TestItStandsBesideThePages mounts the API as the program does, behind the
// router's own limits and headers.
func TestItStandsBesideThePages(t *testing.T) {
	b := setup(t, dbtest.SQLite(t, []db.Migrations{audit.Migrations(), auth.Migrations(), api.Migrations()}), api.Limits{})
	router, err := web.NewRouter(web.Options{Catalog: b.catalog, Sessions: nobody{}, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	router.Get("/{$}", "", func(c *web.Ctx) error { return c.Bytes("text/plain", []byte("home")) })
	router.Handle("/api/", b.handler)
	router.Handle(api.SpecPath, b.handler)
	if b.handler, err = router.Handler(); err != nil {
		t.Fatal(err)
	}
	token := b.token(auth.WriteScope)
	w := b.call("GET", "/api/v1/things?limit=0", token, "")
	if p := b.problem(w, 422, fault.Invalid); p.RequestID != w.Header().Get("X-Request-Id") || len(w.Header().Values("X-Request-Id")) != 1 {
		t.Errorf("request %s in the problem, %v in the header", p.RequestID, w.Header().Values("X-Request-Id"))
	}
	b.is(b.call("POST", "/api/v1/things", token, `{"name":"n"}`, key))
	b.problem(b.call("POST", "/api/v1/things", token, `{"name":"`+strings.Repeat("n", 1<<20)+`"}`, key), 413, fault.TooMany)
	b.is(b.call("GET", "/openapi.json", "", ""))
	docs := b.call("GET", "/api/docs", "", "")
	policy := docs.Header().Get("Content-Security-Policy")
	if docs.Code != 200 || !strings.Contains(policy, "default-src 'self'") || strings.Contains(policy, "unsafe") {
		t.Errorf("docs: %d, %s", docs.Code, policy)
	}
	b.problem(b.call("GET", "/api/v2/things", token, ""), 404, fault.NotFound)
	r := httptest.NewRequest("POST", "/api/v1/things", strings.NewReader("{}"))
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	answer := httptest.NewRecorder()
	b.handler.ServeHTTP(answer, r)
	if answer.Code != 403 {
		t.Errorf("another site's write was answered %d", answer.Code)
	}
}
