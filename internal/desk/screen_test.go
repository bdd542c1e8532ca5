package desk_test

import (
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/qunzhu/qunzhu/internal/db/dbtest"
	"github.com/qunzhu/qunzhu/internal/web/webtest"
)

// TestPagesOnScreen opens the pages in a browser: none may scroll sideways, and
// the browser may have nothing to complain about. QUNZHU_TEST_SHOTS names a
// folder for the pictures.
func TestPagesOnScreen(t *testing.T) {
	browser := webtest.Open(t, webtest.Light)
	b := setup(t, dbtest.SQLite(t, migrations()))
	b.story()
	site, _ := b.serve(webtest.Owner())
	g1, g2 := "/groups/"+b.id("g1"), "/groups/"+b.id("g2")
	browser.Visit(site.URL+"/?lang=zh-CN", 1280, 900)
	for name, path := range map[string]string{
		"workbench": "/", "groups": "/groups", "group": g2, "members": g1 + "/members", "moves": g2 + "/moves", "activity": g1 + "/activity",
		"abilities": g2 + "/abilities", "log": g1 + "/log", "matrix": "/matrix", "findings": "/findings", "people": "/members", "search": "/search?q=妈",
		"communities": "/communities", "community": "/communities/new", "content": "/content",
	} {
		for _, width := range []int{1280, 390} {
			browser.Visit(site.URL+path, width, 900)
			if over := browser.Sideways(); over != "0" {
				t.Errorf("%s at %d px is %s px too wide", name, width, over)
			}
			if dir := os.Getenv("QUNZHU_TEST_SHOTS"); dir != "" {
				browser.Screenshot(filepath.Join(dir, name+"-"+strconv.Itoa(width)+".png"))
			}
		}
	}
	for _, e := range browser.Errors() {
		t.Error(e)
	}
}
