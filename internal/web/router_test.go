package web_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/PuerkitoBio/goquery"

	"github.com/qunzhu/qunzhu/internal/fault"
	"github.com/qunzhu/qunzhu/internal/web"
	"github.com/qunzhu/qunzhu/internal/web/webtest"
)

// nobody is a web.Sessions in which nobody is signed in.
type nobody struct{}

func (nobody) Actor(*http.Request) (web.Actor, error) {
	return web.Actor{}, fault.New(fault.Unauthorized, "fault.unauthorized")
}

// only is an operator with permission in one community.
func only(permission, community string) webtest.As {
	a := webtest.Owner()
	a.Can = func(p, c string) bool { return p == permission && c == community }
	return a
}

func ok(c *web.Ctx) error { return c.JSON(http.StatusOK, map[string]string{"community": c.Community}) }

func TestWhoMayEnter(t *testing.T) {
	for name, tt := range map[string]struct {
		sessions   web.Sessions
		path       string
		header     []string
		status     int
		location   string
		bodyHolds  string
		headerName string
	}{
		"owner":                       {sessions: webtest.Owner(), path: "/secret", status: 200, bodyHolds: `"community":""`},
		"one community":               {sessions: only("desk:read", "c2"), path: "/secret", status: 200, bodyHolds: `"community":"c2"`},
		"another community asked for": {sessions: only("desk:read", "c2"), path: "/secret?community=c1", status: 200, bodyHolds: `"community":"c2"`},
		"an invented community":       {sessions: webtest.Owner(), path: "/secret?community=zz", status: 200, bodyHolds: `"community":""`},
		"another permission":          {sessions: only("desk:write", "c2"), path: "/secret", status: 403, bodyHolds: "权限"},
		"not signed in":               {sessions: nobody{}, path: "/secret?a=1", status: 303, location: "/login?next=%2Fsecret%3Fa%3D1"},
		"not signed in, htmx":         {sessions: nobody{}, path: "/secret", header: []string{"HX-Request", "true"}, status: 204, headerName: "HX-Redirect"},
		"not signed in, live":         {sessions: nobody{}, path: "/live?topics=a", status: 401, bodyHolds: `"code":"unauthorized"`},
	} {
		site := console(t, func(o *web.Options) { o.Sessions = tt.sessions }, func(r *web.Router) { r.Get("/secret", "desk:read", ok) })
		res := site.Get(tt.path, tt.header...)
		if res.StatusCode != tt.status || res.Header.Get("Location") != tt.location || !strings.Contains(res.Text, tt.bodyHolds) {
			t.Errorf("%s: status %d, location %q\n%s", name, res.StatusCode, res.Header.Get("Location"), res.Text)
		}
		if tt.headerName != "" && res.Header.Get(tt.headerName) == "" {
			t.Errorf("%s: no %s", name, tt.headerName)
		}
	}
}

func TestWritesFromOtherSites(t *testing.T) {
	site := console(t, nil, func(r *web.Router) {
		r.Post("/write", "", ok)
		r.Handle("POST /hooks/x", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }))
	})
	for name, tt := range map[string]struct {
		path   string
		header []string
		status int
	}{
		"our own form":          {"/write", []string{"Sec-Fetch-Site", "same-origin"}, 200},
		"another site":          {"/write", []string{"Sec-Fetch-Site", "cross-site"}, 403},
		"another origin":        {"/write", []string{"Origin", "https://evil.example"}, 403},
		"a platform, no origin": {"/hooks/x", nil, 204},
	} {
		if res := site.Do(http.MethodPost, tt.path, "", tt.header...); res.StatusCode != tt.status {
			t.Errorf("%s: status %d, want %d", name, res.StatusCode, tt.status)
		}
	}
}

func TestFailures(t *testing.T) {
	secret := errors.New("dial 10.1.2.3: password=hunter2")
	var log bytes.Buffer
	site := console(t, func(o *web.Options) { o.Log = slog.New(slog.NewTextHandler(&log, nil)) }, func(r *web.Router) {
		fail := func(err error) web.Handler { return func(*web.Ctx) error { return err } }
		r.Get("/internal", "", fail(secret))
		r.Get("/api/v1/internal", "", fail(secret))
		r.Get("/api/v1/invalid", "", fail(fault.InvalidField("limit", "form.most", 200)))
		r.Get("/panic", "", func(*web.Ctx) error { panic("boom") })
		r.Get("/s/{token}", "", ok)
		r.Post("/form", "", ok)
	})
	for _, tt := range []struct {
		name, path string
		header     []string
		status     int
		mediaType  string
		holds      string
	}{
		{"page", "/internal", nil, 500, "text/html", `class="side"`},
		{"fragment", "/internal", []string{"HX-Request", "true"}, 500, "text/html", `role="alert"`},
		{"boosted", "/internal", []string{"HX-Request", "true", "HX-Boosted", "true"}, 500, "text/html", "<!doctype html>"},
		{"machine", "/api/v1/internal", nil, 500, "application/problem+json", `"code":"internal"`},
		{"field", "/api/v1/invalid?x=1", nil, 422, "application/problem+json", `{"field":"limit","message":"不能大于 200"}`},
		{"panic", "/panic", nil, 500, "text/html", "系统出错了"},
		{"nothing there", "/no/such", nil, 404, "text/html", "404"},
		{"nothing there, machine", "/api/v2", nil, 404, "application/problem+json", `"status":404`},
		{"method", "/form", nil, 405, "text/html", "GET"},
		{"secret path", "/s/tok123?q=word456", nil, 200, "application/json", ""},
	} {
		res := site.Get(tt.path, tt.header...)
		if res.StatusCode != tt.status || !strings.HasPrefix(res.Header.Get("Content-Type"), tt.mediaType) || !strings.Contains(res.Text, tt.holds) {
			t.Errorf("%s: %d %s\n%s", tt.name, res.StatusCode, res.Header.Get("Content-Type"), res.Text)
		}
		if strings.Contains(res.Text, "hunter2") {
			t.Errorf("%s: the cause is shown", tt.name)
		}
		if id := res.Header.Get("X-Request-Id"); tt.status == 500 && !strings.Contains(res.Text, id) {
			t.Errorf("%s: the request's number is not shown", tt.name)
		}
	}
	for _, private := range []string{"tok123", "word456"} {
		if strings.Contains(log.String(), private) {
			t.Errorf("the log holds %s", private)
		}
	}
	if !strings.Contains(log.String(), "hunter2") || !strings.Contains(log.String(), "boom") {
		t.Errorf("the log lacks the causes:\n%s", log.String())
	}
}

func TestHeaders(t *testing.T) {
	site := console(t, func(o *web.Options) { o.Secure = true })
	res := site.Get("/gallery")
	policy := res.Header.Get("Content-Security-Policy")
	if strings.Contains(policy, "unsafe") || !strings.Contains(policy, "default-src 'self'") || !strings.Contains(policy, "frame-ancestors 'none'") {
		t.Errorf("content policy: %s", policy)
	}
	for name, want := range map[string]string{
		"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin",
		"Strict-Transport-Security": "max-age=31536000",
	} {
		if got := res.Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	res.Doc(t).Find("link[rel=stylesheet], script").Each(func(_ int, s *goquery.Selection) {
		address := s.AttrOr("href", s.AttrOr("src", ""))
		file := site.Get(address)
		if file.StatusCode != http.StatusOK || !strings.Contains(file.Header.Get("Cache-Control"), "immutable") {
			t.Errorf("%s: %d, %s", address, file.StatusCode, file.Header.Get("Cache-Control"))
		}
	})
}

func TestCompression(t *testing.T) {
	site := console(t, nil, func(r *web.Router) { r.Get("/small", "", ok) })
	res := site.Get("/gallery", "Accept-Encoding", "gzip")
	if res.Header.Get("Content-Encoding") != "gzip" {
		t.Fatalf("a page of %d bytes was not compressed", len(res.Text))
	}
	z, err := gzip.NewReader(strings.NewReader(res.Text))
	if err != nil {
		t.Fatal(err)
	}
	page, err := io.ReadAll(z)
	if err != nil || !bytes.HasSuffix(bytes.TrimSpace(page), []byte("</html>")) {
		t.Errorf("the page does not unpack: %v", err)
	}
	if res := site.Get("/small", "Accept-Encoding", "gzip"); res.Header.Get("Content-Encoding") != "" {
		t.Error("a small answer was compressed")
	}
}

func TestLimits(t *testing.T) {
	read := func(c *web.Ctx) error {
		var f struct {
			Text string `form:"text" validate:"max=9000000"`
		}
		if err := c.Form(&f); err != nil {
			return err
		}
		return ok(c)
	}
	site := console(t, func(o *web.Options) {
		o.Limits = web.Limits{AddressRate: 1, AddressBurst: 8, ActorRate: 1, ActorBurst: 100}
	},
		func(r *web.Router) {
			r.Post("/body", "", read)
			r.Post("/upload", "", read, web.Upload(2<<20))
			r.Public("POST /often", ok, web.Rate(1, 1))
			r.Handle("POST /hooks/x", http.NotFoundHandler(), web.Unlimited())
		})
	big := url.Values{"text": {strings.Repeat("a", 3<<19)}}
	if res := site.Post("/body", big); res.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("1.5 MiB: status %d", res.StatusCode)
	}
	if res := site.Post("/upload", big); res.StatusCode != http.StatusOK {
		t.Errorf("1.5 MiB where 2 are allowed: status %d", res.StatusCode)
	}
	if first, second := site.Post("/often", nil), site.Post("/often", nil); first.StatusCode != 200 || second.StatusCode != 429 {
		t.Errorf("a route's own limit: %d, then %d", first.StatusCode, second.StatusCode)
	}
	limited := 0
	for range 12 {
		if site.Get("/gallery").StatusCode == http.StatusTooManyRequests {
			limited++
		}
	}
	if limited < 6 {
		t.Errorf("the address's limit held back %d of 12", limited)
	}
	if res := site.Post("/hooks/x", nil); res.StatusCode != http.StatusNotFound {
		t.Errorf("callbacks are limited: %d", res.StatusCode)
	}
	if res := site.Get("/no/such"); res.StatusCode != http.StatusTooManyRequests {
		t.Errorf("guessing addresses is not limited: %d", res.StatusCode)
	}
	if res := site.Get("/static/none"); res.StatusCode != http.StatusNotFound {
		t.Errorf("static files are limited: %d", res.StatusCode)
	}
}

func TestForwardedAddress(t *testing.T) {
	proxies, err := web.ParseProxies("127.0.0.1, 10.0.0.0/8")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		trusted   []netip.Prefix
		forwarded string
		want      string
	}{
		{nil, "203.0.113.9", "127.0.0.1"},
		{proxies, "", "127.0.0.1"},
		{proxies, "203.0.113.9", "203.0.113.9"},
		{proxies, "6.6.6.6, 203.0.113.9, 10.1.1.1", "203.0.113.9"},
		{proxies, "203.0.113.9, nonsense", "127.0.0.1"},
	} {
		site := console(t, func(o *web.Options) { o.TrustedProxies = tt.trusted }, func(r *web.Router) {
			r.Get("/who", "", func(c *web.Ctx) error { return c.Bytes("text/plain", []byte(c.Address.String())) })
		})
		if got := site.Get("/who", "X-Forwarded-For", tt.forwarded).Text; got != tt.want {
			t.Errorf("forwarded %q: %s, want %s", tt.forwarded, got, tt.want)
		}
	}
	if _, err := web.ParseProxies("proxy.local"); err == nil {
		t.Error("a name was taken for an address")
	}
}

func TestFlashAndRedirect(t *testing.T) {
	site := console(t, nil, func(r *web.Router) {
		r.Post("/save", "", func(c *web.Ctx) error {
			c.Flash("gallery.saved", "<b>")
			return c.Redirect(c.Request.FormValue("next"))
		})
	})
	if res := site.Post("/save", url.Values{"next": {"/gallery"}}); res.StatusCode != http.StatusSeeOther {
		t.Fatalf("status %d", res.StatusCode)
	}
	if got := site.Page("/gallery").Find("#notice").Text(); !strings.Contains(got, "组件 <b>") {
		t.Errorf("notice: %q", got)
	}
	if got := site.Page("/gallery").Find("#notice").Text(); got != "" {
		t.Errorf("the notice is shown twice: %q", got)
	}
	for _, away := range []string{"//evil.example", "https://evil.example", `/\evil.example`, "/a\r\nSet-Cookie: x=y", ""} {
		if res := site.Post("/save", url.Values{"next": {away}}); res.StatusCode != http.StatusInternalServerError {
			t.Errorf("redirect to %q: status %d", away, res.StatusCode)
		}
	}
}

func TestMenu(t *testing.T) {
	site := console(t, func(o *web.Options) {
		o.Nav[8].Permission = "settings:read"
		o.Sessions = only("desk:read", "c1")
	})
	doc := site.Page("/gallery")
	if n := doc.Find("nav.side > a.item").Length(); n != 8 {
		t.Errorf("%d sections, want 8: settings are not permitted", n)
	}
	if n := doc.Find("nav.side > a.item.tab").Length(); n != 4 {
		t.Errorf("%d sections on the phone, want 4", n)
	}
	if got := doc.Find("nav.side a.item.on").AttrOr("href", ""); got != "/gallery" {
		t.Errorf("active section: %q", got)
	}
	if got := doc.Find("nav.side b").Text(); got != "3" {
		t.Errorf("badge: %q", got)
	}
	if got := doc.Find("body").AttrOr("sse-connect", ""); got != "/live?topics=tasks" {
		t.Errorf("stream: %q", got)
	}
}

func TestMenuOfADetailsPage(t *testing.T) {
	site := console(t, func(o *web.Options) { o.Nav[6].Details = "/cases" }, func(r *web.Router) {
		r.Get("/cases/{id}", "", func(c *web.Ctx) error { return fault.New(fault.NotFound, "fault.not_found") })
	})
	if got := site.Get("/cases/7").Doc(t).Find("nav.side a.item.on").AttrOr("href", ""); got != "/risk" {
		t.Errorf("active section: %q", got)
	}
}

func TestMenuOfOneCommunity(t *testing.T) {
	for name, workspace := range map[string]bool{"of communities": false, "of the workspace": true} {
		site := console(t, func(o *web.Options) {
			o.Nav[8].Permission, o.Nav[8].Workspace = "desk:read", workspace
			o.Sessions = only("desk:read", "c1")
		})
		shown := site.Page("/gallery").Find("nav.side > a.item").Length() == 9
		if shown == workspace {
			t.Errorf("a page %s shown to an operator of one community: %v", name, shown)
		}
	}
}

func TestLanguageAndCommunityAreRemembered(t *testing.T) {
	site := console(t, nil)
	site.Page("/gallery?lang=en&community=c2")
	doc := site.Page("/gallery")
	if got := doc.Find("html").AttrOr("lang", ""); got != "en" {
		t.Errorf("language: %s", got)
	}
	if got := doc.Find("select[name=community] option[selected]").AttrOr("value", ""); got != "c2" {
		t.Errorf("community: %q", got)
	}
	site.Page("/gallery?community=")
	if got := site.Page("/gallery").Find("select[name=community] option[selected]").Length(); got != 0 {
		t.Error("the choice of all communities is not remembered")
	}
}

func TestStartRefuses(t *testing.T) {
	page := func(text string) fs.FS { return fstest.MapFS{"templates/a.html": {Data: []byte(text)}} }
	for name, change := range map[string]func(*web.Options){
		"a missing template":     func(o *web.Options) { o.Templates[0].Names = append(o.Templates[0].Names, "gone") },
		"an undeclared template": func(o *web.Options) { o.Templates[0].Names = o.Templates[0].Names[:1] },
		"a broken template": func(o *web.Options) {
			o.Templates = []web.Templates{{Feature: "x", FS: page("{{if}}"), Names: []string{"a"}}}
		},
		"a call of nothing": func(o *web.Options) {
			o.Templates = []web.Templates{{Feature: "x", FS: page(`{{range .}}{{template "ui/tyle" .}}{{end}}`), Names: []string{"a"}}}
		},
		"a stolen name": func(o *web.Options) {
			o.Templates = []web.Templates{{Feature: "x", FS: page(`{{define "ui/tile"}}{{end}}{{define "y/b"}}{{end}}`), Names: []string{"a"}}}
		},
		"an unknown section": func(o *web.Options) { o.Nav[0].Section = "homes" },
		"an unnamed item":    func(o *web.Options) { o.Nav[0].Key = "no.such.key" },
	} {
		o := options(t)
		change(&o)
		if _, err := web.NewRouter(o); err == nil {
			t.Errorf("%s: started", name)
		}
	}
	for name, add := range map[string]func(*web.Router){
		"conflicting routes": func(r *web.Router) { r.Get("/a/{x}", "", ok); r.Get("/a/{y}", "", ok) },
		"no method":          func(r *web.Router) { r.Public("/m/x", ok) },
	} {
		r, err := web.NewRouter(options(t))
		if err != nil {
			t.Fatal(err)
		}
		add(r)
		if _, err := r.Handler(); err == nil {
			t.Errorf("%s: started", name)
		}
	}
}

func TestHostileNames(t *testing.T) {
	hostile := "\u202Etxt.exe\u2066 <script>alert(1)</script>\x00\u200B"
	site := console(t, nil, func(r *web.Router) {
		r.Get("/part", "", func(c *web.Ctx) error { return c.Fragment("gallery/part", hostile) })
	})
	res := site.Get("/part")
	if strings.Contains(res.Text, "<script>") || strings.ContainsAny(res.Text, "\u202E\u2066\u200B\x00") {
		t.Errorf("%q", res.Text)
	}
	if got := res.Doc(t).Find("#part").Text(); got != "txt.exe <script>alert(1)</script>" {
		t.Errorf("shown as %q", got)
	}
}

func TestProblemIsJSON(t *testing.T) {
	r, err := web.NewRouter(options(t))
	if err != nil {
		t.Fatal(err)
	}
	rec := httptest.NewRecorder()
	r.Fail(rec, httptest.NewRequest("GET", "/api/v1/x", nil), fault.New(fault.Conflict, "fault.conflict"))
	var p struct {
		Type, Title, Code string
		Status            int
	}
	if err := json.Unmarshal(rec.Body.Bytes(), &p); err != nil || p.Code != "conflict" || p.Status != 409 || rec.Code != 409 || p.Title == "" {
		t.Errorf("%v %+v", err, p)
	}
}

func TestServerTimeouts(t *testing.T) {
	s := web.Server("127.0.0.1:0", http.NotFoundHandler())
	if s.ReadHeaderTimeout <= 0 || s.ReadHeaderTimeout > 10*time.Second || s.IdleTimeout == 0 || s.ReadTimeout == 0 {
		t.Errorf("a slow client holds a connection: %+v", s)
	}
}
