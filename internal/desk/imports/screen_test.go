package imports_test

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/qunzhu/qunzhu/internal/audit"
	"github.com/qunzhu/qunzhu/internal/db/dbtest"
	"github.com/qunzhu/qunzhu/internal/desk/importing"
	"github.com/qunzhu/qunzhu/internal/hub"
	"github.com/qunzhu/qunzhu/internal/settings"
	"github.com/qunzhu/qunzhu/internal/web/webtest"
)

// TestOnScreen opens every page in a browser at the widths of a desk and of a
// phone: nothing may stick out and the console must be silent.
// QUNZHU_TEST_SHOTS names a folder for the pictures.
func TestOnScreen(t *testing.T) {
	browser := webtest.Open(t, webtest.Light)
	b := setup(t, dbtest.SQLite(t, append(hub.SpineMigrations(), audit.Migrations(), settings.Migrations(), importing.Migrations())))
	paths := b.furnish()
	dir := os.Getenv("QUNZHU_TEST_SHOTS")
	for name, path := range paths {
		for _, width := range []int{1280, 390} {
			browser.Visit(b.site.URL+path+lang(path), width, 844)
			if over := browser.Sideways(); over != "0" {
				t.Errorf("%s is %s px wider than a window of %d", path, over, width)
			}
			if dir != "" {
				browser.Screenshot(filepath.Join(dir, fmt.Sprintf("%s-%d.png", name, width)))
			}
		}
	}
	if errs := browser.Errors(); len(errs) > 0 {
		t.Errorf("console: %q", errs)
	}
}

// furnish makes what the pages show and returns their paths by name.
func (b *bench) furnish() map[string]string {
	b.t.Helper()
	b.clock.Set(evening.Add(-3 * 24 * time.Hour))
	b.post("/groups/add", url.Values{"lines": {tenGroups}, "into": {"new"}, "name": {"新手妈妈"}, "type": {"interest"}, "key": {"k1"}, "save": {"1"}})
	group := b.row("SELECT id FROM community_groups WHERE name='新手妈妈 1 群'")
	b.clock.Set(evening)
	b.post("/groups/"+group+"/close", url.Values{"day": {"2026-04-30"}, "members": {"318"}, "messages": {"64"}, "joins": {"7"}, "leaves": {"1"}})
	table := "时间,发送人,内容\n坏的时间,丽丽,这一行读不出来\n2026-05-01,小羊,只有日期\n2026-05-01 10:00:00,丽丽,今天的辅食怎么做\n"
	res, err := service(b).ImportFile(context.Background(), importing.Request{Reader: strings.NewReader(table), Name: "新手妈妈1群-五月.csv", Group: group}, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	return map[string]string{
		"list": "/sources/imports", "new": "/sources/imports/new", "batch": "/sources/imports/" + res.Batch,
		"preview": b.upload("聊天.txt", []byte(chat("2026-05-01", 30))), "table": b.upload("表.csv", []byte(table)),
		"add": "/groups/add", "edit": "/groups/" + group + "/edit", "closes": "/closes", "close": "/groups/" + group + "/close",
		"phone": "/m/close", "phone-done": "/m/close?day=2026-05-01&after=" + b.lastGroup(), "names": "/sources/imports/names",
	}
}

// lastGroup is the last one in the order of the phone.
func (b *bench) lastGroup() string {
	return b.row("SELECT id FROM community_groups ORDER BY CAST(name AS BLOB) DESC LIMIT 1")
}

func lang(path string) string {
	if strings.Contains(path, "?") {
		return "&lang=zh-CN"
	}
	return "?lang=zh-CN"
}
