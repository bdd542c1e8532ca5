package health_test

import (
	"encoding/csv"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/qunzhu/qunzhu/internal/activity"
	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/db/dbtest"
	"github.com/qunzhu/qunzhu/internal/event"
	"github.com/qunzhu/qunzhu/internal/feature"
	"github.com/qunzhu/qunzhu/internal/hub"
	"github.com/qunzhu/qunzhu/internal/i18n"
	"github.com/qunzhu/qunzhu/internal/measure/health"
	"github.com/qunzhu/qunzhu/internal/metric"
	"github.com/qunzhu/qunzhu/internal/web"
	"github.com/qunzhu/qunzhu/internal/web/webtest"
)

// site serves this slice alone; /slot/{id} shows its panels.
func (b *bench) site(as web.Sessions) (*webtest.Site, *i18n.Catalog) {
	b.t.Helper()
	f := health.New(&feature.Deps{DB: b.db, Clock: b.clock, Zone: shanghai, Metrics: b.registry})
	catalog, err := i18n.Load(append(web.Locale(), f.Locale, metric.Locale, activity.Locale)...)
	if err != nil {
		b.t.Fatal(err)
	}
	r, err := web.NewRouter(web.Options{
		Catalog: catalog, Log: slog.New(slog.DiscardHandler), Sessions: as, Now: b.clock.Now, Zone: func() *time.Location { return shanghai },
		Nav: f.Nav, Panels: f.Panels, Templates: []web.Templates{f.Templates},
	})
	if err != nil {
		b.t.Fatal(err)
	}
	f.Routes(r)
	r.Get("/slot/{id}", "", func(c *web.Ctx) error {
		text := ""
		for _, panel := range append(c.Panels("group.overview"), c.Panels("home.health")...) {
			text += string(panel)
		}
		return c.Bytes("text/html; charset=utf-8", []byte(text))
	})
	h, err := r.Handler()
	if err != nil {
		b.t.Fatal(err)
	}
	return webtest.Start(b.t, h), catalog
}

// story is a group that is too quiet and one that grows.
func (b *bench) story() {
	b.group("安静群", 300)
	b.group("热闹群", 100)
	b.join("安静群", "=HYPERLINK(\"http://x\")", event.Member, day(2))
	b.leave("安静群", "安静群-m001", day(3))
	b.leave("安静群", "安静群-m002", day(4))
	b.say("安静群", "安静群-m003", event.Member, 40)
	for i := range 20 {
		b.say("热闹群", fmt.Sprintf("热闹群-m%03d", i), event.Member, 7)
		b.join("热闹群", fmt.Sprint("新人", i), event.Member, day(i%6))
	}
	b.record()
}

func onSQLite(t *testing.T) *bench { return setup(t, dbtest.SQLite(t, hub.SpineMigrations())) }

func TestPagesInEveryLanguage(t *testing.T) {
	b := onSQLite(t)
	b.story()
	site, catalog := b.site(webtest.Owner())
	for _, path := range []string{
		"/data/health", "/data/health?window=2026-W46", "/data/health?window=30d&sort=member_growth&dir=asc", "/data/health?window=2026-11&page=9",
		"/data/health/groups/安静群/rows", "/data/health/groups/安静群/rows?metric=member_growth", "/data/health/groups/热闹群/rows?metric=exit_rate&window=2026-W47",
		"/slot/安静群", "/slot/热闹群",
	} {
		for _, lang := range i18n.Langs {
			joiner := "?"
			if strings.Contains(path, "?") {
				joiner = "&"
			}
			res := site.Get(path + joiner + "lang=" + string(lang))
			if res.StatusCode != http.StatusOK || strings.Contains(res.Text, "⟦") || strings.Contains(res.Text, "ZgotmplZ") || strings.Contains(res.Text, "%!") {
				t.Errorf("%s in %s: %d\n%s", path, lang, res.StatusCode, res.Text)
			}
		}
	}
	if missing := catalog.Missing(); len(missing) > 0 {
		t.Errorf("untranslated: %v", missing)
	}
}

func TestTheBoardShowsTheWorstFirstWithItsRows(t *testing.T) {
	b := onSQLite(t)
	b.story()
	site, _ := b.site(webtest.Owner())
	doc := site.Page("/data/health")
	rows := doc.Find("#groups tbody tr")
	if rows.Length() != 2 || !strings.HasPrefix(rows.First().Text(), "安静群") {
		t.Fatalf("rows: %q", rows.Text())
	}
	cell := rows.First().Find("td").Eq(1)
	if text := cell.Text(); !strings.Contains(text, "5.7") || !strings.Contains(text, "未达标") || !strings.Contains(text, "40/7") {
		t.Errorf("日均发言 of the quiet group: %q", text)
	}
	href, _ := cell.Find("a").Attr("href")
	behind := site.Page(href)
	if text := behind.Find(".tile").Text(); !strings.Contains(text, "5.7") || !strings.Contains(text, "> 15") {
		t.Errorf("behind %s: %q", href, text)
	}
	if text := doc.Find(".tile").First().Text(); !strings.Contains(text, "12.9") || !strings.Contains(text, "180/14") || !strings.Contains(text, "会话存档") {
		t.Errorf("the community's tile: %q", text)
	}
}

// TestTheRowsAddUpToTheNumber reads the exported rows as a spreadsheet would.
func TestTheRowsAddUpToTheNumber(t *testing.T) {
	b := onSQLite(t)
	b.story()
	site, _ := b.site(webtest.Owner())
	export := func(key string) [][]string {
		res := site.Get("/data/health/groups/安静群/rows.csv?metric=" + key)
		table, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(res.Text, "\uFEFF"))).ReadAll()
		if err != nil || res.StatusCode != http.StatusOK {
			t.Fatalf("%d, %v\n%s", res.StatusCode, err, res.Text)
		}
		return table[1:]
	}
	spoken := 0
	for _, row := range export(health.DailyMessages) {
		var n int
		if _, err := fmt.Sscan(row[2], &n); err != nil {
			t.Fatal(row, err)
		}
		spoken += n
	}
	net := 0
	moves := export(health.MemberGrowth)
	for _, row := range moves {
		net += map[string]int{"入群": 1, "退群": -1}[row[2]]
	}
	daily, growth := b.in("安静群", health.DailyMessages, "7d"), b.in("安静群", health.MemberGrowth, "7d")
	if float64(spoken) != *daily.Numerator || float64(net) != *growth.Numerator || len(moves) != 3 {
		t.Errorf("%d messages and %+d members in rows, %v and %v in the numbers", spoken, net, *daily.Numerator, *growth.Numerator)
	}
	if name := moves[2][1]; name != `'=HYPERLINK("http://x")` {
		t.Errorf("a formula was exported: %q", name)
	}
}

func TestTheOverviewSaysWhyAndWhatToDo(t *testing.T) {
	b := onSQLite(t)
	b.story()
	site, _ := b.site(webtest.Owner())
	text := site.Page("/slot/安静群").Text()
	for _, want := range []string{"为什么未达标", "再多 66 条有效发言", "只有 0.3% 的成员说过话", "安排互动话题", "入群 1 人，退群 2 人", "再净增 11 人", "看谁退了群"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in\n%s", want, text)
		}
	}
	if text := site.Page("/slot/热闹群").Text(); strings.Contains(text, "为什么未达标") {
		t.Errorf("a healthy group has reasons:\n%s", text)
	}
}

// elsewhere is the scope of an operator of another community.
type elsewhere struct{}

func (elsewhere) Allows(c string) bool { return c == "OTHER" }

func (elsewhere) SQL(column string, first int) (string, []any) {
	return column + "=" + db.Marks(1, first), []any{"OTHER"}
}

func TestAnotherCommunitysGroupDoesNotExist(t *testing.T) {
	b := onSQLite(t)
	b.story()
	site, _ := b.site(webtest.As{ID: "x", Can: func(string, string) bool { return true }, Scope: func(string) web.Scope { return elsewhere{} }})
	for _, path := range []string{"/data/health/groups/安静群/rows", "/data/health/groups/安静群/rows.csv"} {
		if res := site.Get(path); res.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d", path, res.StatusCode)
		}
	}
	if text := site.Page("/data/health").Text(); strings.Contains(text, "安静群") || !strings.Contains(text, "还没有社群") {
		t.Errorf("the board shows\n%s", text)
	}
}

func TestBadAddressesAreExplained(t *testing.T) {
	b := onSQLite(t)
	b.story()
	site, _ := b.site(webtest.Owner())
	for path, want := range map[string]string{
		"/data/health?window=soon":                                 "2026-W47",
		"/data/health/groups/安静群/rows?metric=%3Cscript%3E":         "没有名为",
		"/data/health/groups/安静群/rows?window=2027-W01":             "还没有开始",
		"/data/health/groups/nowhere/rows?metric=" + "exit_rate":   "",
		"/data/health/groups/安静群/rows.csv?metric=points&window=7d": "没有名为",
	} {
		res := site.Get(path)
		if res.StatusCode < 400 || res.StatusCode >= 500 || !strings.Contains(res.Text, want) || strings.Contains(res.Text, "<script>") {
			t.Errorf("%s: %d\n%s", path, res.StatusCode, res.Text)
		}
	}
}

// TestInABrowser looks at the pages as they are on a desk and on a phone.
func TestInABrowser(t *testing.T) {
	b := onSQLite(t)
	b.story()
	site, _ := b.site(webtest.Owner())
	browser := webtest.Open(t, webtest.Light)
	for _, path := range []string{"/data/health", "/data/health/groups/安静群/rows?metric=member_growth"} {
		for _, width := range []int{1280, 390} {
			browser.Visit(site.URL+path, width, 900)
			if over := browser.Sideways(); over != "0" {
				t.Errorf("%s at %d px is %s px too wide", path, width, over)
			}
			if dir := os.Getenv("QUNZHU_TEST_SHOTS"); dir != "" {
				browser.Screenshot(fmt.Sprintf("%s/health-%d-%d.png", dir, len(path), width))
			}
		}
	}
	if errors := browser.Errors(); len(errors) > 0 {
		t.Errorf("the console complains: %v", errors)
	}
}
