package phone_test

import (
	"fmt"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/qunzhu/qunzhu/internal/auth"
	"github.com/qunzhu/qunzhu/internal/connector"
	"github.com/qunzhu/qunzhu/internal/db/dbtest"
	"github.com/qunzhu/qunzhu/internal/desk/admin/admintest"
	"github.com/qunzhu/qunzhu/internal/desk/admin/channels"
	"github.com/qunzhu/qunzhu/internal/desk/admin/tasks"
	"github.com/qunzhu/qunzhu/internal/desk/phone"
	"github.com/qunzhu/qunzhu/internal/effect"
	"github.com/qunzhu/qunzhu/internal/event"
	"github.com/qunzhu/qunzhu/internal/id"
	"github.com/qunzhu/qunzhu/internal/task"
	"github.com/qunzhu/qunzhu/internal/web/webtest"
)

// TestInABrowser opens the pages at both widths: nothing scrolls sideways and
// the browser refuses nothing. QUNZHU_TEST_SHOTS names a folder for pictures.
func TestInABrowser(t *testing.T) {
	browser := webtest.Open(t, webtest.Light)
	b := admintest.Start(t, dbtest.SQLite(t, admintest.Migrations()), []connector.Connector{&admintest.Platform{}}, channels.New, tasks.New, phone.New)
	shoot := func(name, path string) {
		for _, size := range [][2]int{{1280, 900}, {390, 844}} {
			browser.Visit(b.Site.URL+path, size[0], size[1])
			if got := browser.Sideways(); got != "0" {
				t.Errorf("%s is %s px wider than %d", path, got, size[0])
			}
			if dir := os.Getenv("QUNZHU_TEST_SHOTS"); dir != "" {
				browser.Screenshot(filepath.Join(dir, fmt.Sprintf("%s-%d.png", name, size[0])))
			}
		}
	}
	browser.Visit(b.Site.URL+"/setup?lang=zh-CN", 390, 844)
	shoot("setup", "/setup")
	boss := b.Manager("boss")
	shoot("login", "/login")
	paths := fill(t, b, boss)
	browser.Login(b.Site.URL, "boss", admintest.Password)
	for _, name := range slices.Sorted(maps.Keys(paths)) {
		shoot(name, paths[name])
	}
	shoot("zz-english", "/tasks?lang=en")
	if errs := browser.Errors(); len(errs) > 0 {
		t.Errorf("the browser complains: %v", errs)
	}
}

// fill makes something to see and returns the pages that show it.
func fill(t *testing.T, b *admintest.Bench, boss string) map[string]string {
	t.Helper()
	home := b.Community("新手妈妈 · 北京")
	c := b.Connection("w1", home)
	s := b.Group(c, "wr1", "北京新手妈妈 3 群")
	b.Operator("wangfang", auth.Grant{Role: auth.Moderator, CommunityID: home}, auth.Grant{Role: auth.Analyst})
	site := b.Browser("boss")
	site.Post("/settings/values/workspace", url.Values{"workspace.name": {"星禾母婴"}, "workspace.contact": {"客服微信 xinghe"}})
	site.Post("/settings/tokens", url.Values{"name": {"BI 报表"}, "scope": {"read"}})
	site.Post("/settings/connections/new", url.Values{"name": {"星禾企微 2"}, "corp_id": {"ww0123456789abcdef"}, "agent_id": {"1000002"},
		"secret": {"s"}, "callback": {"1"}, "accept": {"1"}})
	for day := range 12 {
		from := admintest.Now.AddDate(0, 0, -day-1)
		b.Record(event.Event{Community: home, Kind: event.CoverageObserved, At: admintest.Now, ID: id.New(from),
			Body: event.Encode(event.Coverage{Connection: "w1", Source: event.FromAPI, From: from, To: from.Add(time.Duration(24-day*2) * time.Hour)})})
	}
	warn := b.Task(s, string(effect.MemberWarn), "小雨您好, 群内请勿发布广告与联系方式。本次为书面警告, 再次出现将移出本群。如有异议可在 14 天内申诉。", 4*time.Minute)
	remove := b.Task(s, string(effect.MemberRemove), "", 2*time.Hour)
	closed := b.Task(s, string(effect.GroupPost), "早安", 0)
	if _, err := tasks.Complete(t.Context(), b.Deps, load(t, b, closed), s.People["u-owner"], tasks.Answer{Outcome: task.Done, Note: "已发"}); err != nil {
		t.Fatal(err)
	}
	conns, err := b.Deps.Store.List(t.Context(), b.DB)
	if err != nil {
		t.Fatal(err)
	}
	local := func(link string) string { return strings.TrimPrefix(link, b.Deps.BaseURL) }
	link := phone.LinkFunc(b.Deps)
	paths := map[string]string{
		"phone": local(link(home, warn, s.People["u-owner"])), "phone-remove": local(link(home, remove, s.People["u-deputy"])),
		"phone-closed": local(link(home, closed, s.People["u-owner"])), "privacy": "/m/privacy",
		"tasks": "/tasks", "task": "/tasks/" + warn, "task-closed": "/tasks/" + closed, "sessions": "/account/sessions", "password": "/account/password",
		"workspace": "/settings", "values": "/settings/values/workspace", "operators": "/settings/operators", "operator": "/settings/operators/" + boss,
		"tokens": "/settings/tokens", "audit": "/settings/audit", "health": "/settings/health", "sources": "/sources",
		"connections": "/settings/connections", "connect": "/settings/connections/new",
	}
	for _, x := range conns {
		paths["connection-"+x.Name] = "/settings/connections/" + x.ID
	}
	return paths
}
