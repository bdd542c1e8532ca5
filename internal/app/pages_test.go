package app

import (
	"context"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/web/webtest"
)

// demonstration runs a demo's history of a few days, with everything real: the
// platform's HTTP, the callbacks' encryption, the archive's keys.
func demonstration(t *testing.T, days int) (*demo, credentials) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	c := &cli{Database: filepath.Join(t.TempDir(), "demo.db")}
	ws, err := c.open(ctx)
	if err != nil {
		t.Fatal(err)
	}
	m, err := demoCmd{Addr: freeAddr(t), Days: days}.prepare(ctx, ws, streams{strings.NewReader(""), t.Output(), t.Output()}, newLog(t.Output(), "error"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		m.running.Wait()
		m.server.hub.Close()
		if err := ws.close(); err != nil {
			t.Error(err)
		}
	})
	who, err := m.operator(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.history(ctx); err != nil {
		t.Fatal(err)
	}
	return m, who
}

func freeAddr(t *testing.T) string {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

var wildcard = regexp.MustCompile(`\{([a-z]+)(\.\.\.)?\}`)

// samples are the statements that find something for a page's {wildcard}, by
// the route's first words.
var samples = []struct{ prefix, query string }{
	{"/groups/", "SELECT id FROM community_groups WHERE archived ORDER BY members DESC LIMIT 1"},
	{"/data/health/groups/", "SELECT id FROM community_groups WHERE archived ORDER BY members DESC LIMIT 1"},
	{"/communities/", "SELECT community_id FROM communities LIMIT 1"},
	{"/tasks/", "SELECT id FROM tasks ORDER BY id DESC LIMIT 1"},
	{"/risk/cases/", "SELECT id FROM moderation_cases ORDER BY id DESC LIMIT 1"},
	{"/risk/keywords/", "SELECT community_id FROM communities LIMIT 1"},
	{"/settings/operators/", "SELECT id FROM auth_operators LIMIT 1"},
	{"/settings/connections/", "SELECT id FROM connector_connections LIMIT 1"},
	{"/sources/", "SELECT id FROM connector_connections LIMIT 1"},
	{"/sources/imports/", "SELECT id FROM importing_batches LIMIT 1"},
	{"/settings/values/", "SELECT 'workspace'"},
}

// pathsOf lists a path for every page that an operator can open. Pages for which
// a short history has nothing to show are returned apart.
func pathsOf(t *testing.T, m *demo) (paths, unvisited []string) {
	t.Helper()
	for _, r := range m.server.router.Routes() {
		method, path, _ := strings.Cut(r.Pattern, " ")
		if method != http.MethodGet || r.Public || path == "/live" || strings.HasSuffix(path, "{$}") && path != "/{$}" {
			continue
		}
		path = strings.TrimSuffix(path, "{$}")
		if wildcard.MatchString(path) {
			id := sample(t, m.server.ws.db, path)
			if id == "" || strings.Count(path, "{") > 1 || slices.ContainsFunc(fleeting, func(p string) bool { return strings.HasPrefix(path, p) }) {
				unvisited = append(unvisited, path)
				continue
			}
			path = wildcard.ReplaceAllString(path, id)
		}
		paths = append(paths, path)
	}
	slices.Sort(paths)
	return slices.Compact(paths), unvisited
}

func sample(t *testing.T, d *db.DB, path string) string {
	t.Helper()
	if strings.HasSuffix(path, "/close") || strings.HasSuffix(path, "/edit") {
		return byHand(t, d)
	}
	best, query := "", ""
	for _, s := range samples {
		if strings.HasPrefix(path, s.prefix) && len(s.prefix) > len(best) {
			best, query = s.prefix, s.query
		}
	}
	if query == "" {
		return ""
	}
	var id string
	if err := d.QueryRow(t.Context(), query).Scan(&id); err != nil {
		return ""
	}
	return id
}

// byHand finds the personal group, which alone has the pages of keeping it.
func byHand(t *testing.T, d *db.DB) string {
	t.Helper()
	var id string
	if err := d.QueryRow(t.Context(), "SELECT id FROM community_groups WHERE platform='wechat' LIMIT 1").Scan(&id); err != nil {
		t.Fatal(err)
	}
	return id
}

// fleeting are pages of an upload or a trial, which a demo has none of; their
// own package tests them.
var fleeting = []string{"/sources/imports/uploads/", "/sources/imports/tries/"}

// TestEveryPageInEveryLanguage opens every page of the console on a demo's data:
// none fails, none shows a key without a message.
func TestEveryPageInEveryLanguage(t *testing.T) {
	m, who := demonstration(t, 6)
	site := webtest.Visit(t, m.base)
	site.Login(who.Login, who.Password)
	paths, unvisited := pathsOf(t, m)
	t.Logf("%d pages; without a sample: %v", len(paths), unvisited)
	if len(paths) < 30 {
		t.Errorf("only %d pages were found", len(paths))
	}
	for _, lang := range []string{"zh-CN", "en"} {
		for _, path := range paths {
			mark := "?"
			if strings.Contains(path, "?") {
				mark = "&"
			}
			res := site.Get(path + mark + "lang=" + lang)
			switch {
			case res.StatusCode >= 300 && res.StatusCode < 400:
			case res.StatusCode != http.StatusOK && res.StatusCode != http.StatusUnprocessableEntity:
				t.Errorf("%s in %s: status %d", path, lang, res.StatusCode)
			case strings.Contains(res.Text, "⟦"):
				at := strings.Index(res.Text, "⟦")
				t.Errorf("%s in %s shows a key: %s", path, lang, res.Text[at:min(len(res.Text), at+80)])
			}
		}
	}
	if missing := m.server.deps.Catalog.Missing(); len(missing) > 0 {
		t.Errorf("messages are missing: %v", missing)
	}
}

// mainPages are those that are looked at in a browser.
var mainPages = []string{"/", "/groups", "/matrix", "/findings", "/members", "/communities", "/risk/inbox", "/risk/keywords", "/data/health",
	"/sources", "/sources/imports", "/tasks", "/settings", "/settings/connections", "/settings/operators"}

// TestMainPagesInABrowser opens the main pages in a real browser on a desktop
// and on a phone: nothing scrolls sideways, no script or style is refused. With
// QUNZHU_TEST_SHOTS it leaves pictures there.
func TestMainPagesInABrowser(t *testing.T) {
	b := webtest.Open(t, webtest.Light)
	m, who := demonstration(t, 6)
	lookAround(t, b, m.base, who, append(groupPages(t, m), mainPages...))
}

func groupPages(t *testing.T, m *demo) []string {
	t.Helper()
	group := "/groups/" + sample(t, m.server.ws.db, "/groups/")
	return []string{group, group + "/members", group + "/moves", group + "/activity", group + "/risk", group + "/abilities", group + "/log"}
}

func lookAround(t *testing.T, b *webtest.Browser, base string, who credentials, pages []string) {
	t.Helper()
	b.Login(base, who.Login, who.Password)
	for _, size := range []struct {
		name string
		w, h int
	}{{"1280", 1280, 900}, {"390", 390, 844}} {
		for _, page := range pages {
			b.Visit(base+page, size.w, size.h)
			if wide := b.Sideways(); wide != "0" {
				t.Errorf("%s at %s px is %s px too wide", page, size.name, wide)
			}
			if dir := os.Getenv("QUNZHU_TEST_SHOTS"); dir != "" {
				name := strings.Trim(regexp.MustCompile(`[^a-z]+`).ReplaceAllString(page, "-"), "-")
				b.Screenshot(filepath.Join(dir, "app-"+name+"-"+size.name+".png"))
			}
		}
	}
	for _, e := range b.Errors() {
		t.Errorf("the console says: %s", e)
	}
}
