package desk_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/db/dbtest"
	"github.com/qunzhu/qunzhu/internal/desk"
	"github.com/qunzhu/qunzhu/internal/web/webtest"
)

// paths are all pages of the desk; {g1} … stand for groups of the story.
func (b *bench) paths() []string {
	list := []string{"/", "/groups", "/groups?attention=any&level=api&sort=members&dir=desc", "/groups?q=没有这个群", "/matrix", "/findings", "/members",
		"/members?presence=several", "/members?q=满", "/search", "/search?q=妈", "/search?q=%25_!", "/communities", "/communities/new", "/growth", "/content", "/campaigns",
		"/groups.csv", "/findings.csv", "/communities/" + b.communityOf("g1")}
	for _, g := range []string{"g1", "g2", "g3", "g4"} {
		for _, tab := range []string{"", "/members", "/members.csv", "/moves", "/moves?show=left", "/moves.csv", "/activity", "/risk", "/abilities", "/log", "/log?topic=tasks"} {
			list = append(list, "/groups/"+b.id(g)+tab)
		}
	}
	return list
}

func TestEveryPageInEveryLanguage(t *testing.T) {
	b := setup(t, dbtest.SQLite(t, migrations()))
	b.story()
	site, catalog := b.serve(webtest.Owner())
	for _, path := range b.paths() {
		for _, lang := range []string{"zh-CN", "en"} {
			sep := "?"
			if strings.Contains(path, "?") {
				sep = "&"
			}
			res := site.Get(path + sep + "lang=" + lang)
			if res.StatusCode != http.StatusOK {
				t.Fatalf("GET %s in %s: %d\n%s", path, lang, res.StatusCode, res.Text)
			}
			if strings.HasPrefix(res.Header.Get("Content-Type"), "text/csv") {
				continue
			}
			for _, hole := range []string{"⟦", "ZgotmplZ", "%!", "<script>alert", "\u202E", "<b>群</b>"} {
				if strings.Contains(res.Text, hole) {
					t.Errorf("%s in %s contains %q", path, lang, hole)
				}
			}
			if inline := res.Doc(t).Find("[style], style, script:not([src]), [onclick]").Length(); inline > 0 {
				t.Errorf("%s has %d inline styles or scripts, which the content policy blocks", path, inline)
			}
		}
	}
	if missing := catalog.Missing(); len(missing) > 0 {
		t.Errorf("missing translations: %q", missing)
	}
	if gaps := catalog.Gaps(); len(gaps) > 0 {
		t.Errorf("the languages differ: %q", gaps)
	}
}

func TestPagesBeforeAnythingIsConnected(t *testing.T) {
	b := setup(t, dbtest.SQLite(t, migrations()))
	site, catalog := b.serve(webtest.Owner())
	for path, leads := range map[string]string{
		"/": "/settings/connections", "/groups": "/settings/connections", "/matrix": "/settings/connections", "/findings": "/settings/connections",
		"/members": "/sources", "/communities": "/communities/new",
	} {
		if n := site.Page(path).Find(`.empty a[href="` + leads + `"]`).Length(); n == 0 {
			t.Errorf("%s does not lead to %s", path, leads)
		}
	}
	if n := site.Page("/").Find(`a[href="/groups/add"]`).Length(); n == 0 {
		t.Error("the workbench does not lead to personal groups")
	}
	if missing := catalog.Missing(); len(missing) > 0 {
		t.Errorf("missing translations: %q", missing)
	}
}

func TestWorkbenchSaysWhatIsUrgent(t *testing.T) {
	b := setup(t, dbtest.SQLite(t, migrations()))
	b.story()
	site, _ := b.serve(webtest.Owner())
	doc := site.Page("/")
	if sub := doc.Find(".head .sub").Text(); !strings.Contains(sub, "待处理 3 件") || !strings.Contains(sub, "1 件已超时") {
		t.Errorf("head says %q", sub)
	}
	tasks := doc.Find(".task")
	if first := tasks.First().Text(); !strings.Contains(first, "移出成员 · 小满爸 10 · 上海二胎交流 1 群") || !strings.Contains(first, "由 limin 处理") {
		t.Errorf("the first task is %q", first)
	}
	if copies, _ := tasks.First().Find("[data-copy]").Attr("data-copy"); copies != "请不要在群里发广告" {
		t.Errorf("copies %q", copies)
	}
	text := doc.Text()
	for _, want := range []string{"近 7 日退群", "快满了", "只有群主, 没有管理员", "填写 1 个手工群的每日收尾", "首次发现已备好"} {
		if !strings.Contains(text, want) {
			t.Errorf("the workbench does not say %q", want)
		}
	}
	for _, part := range []string{"todo", "today", "groups", "feeds", "signals"} {
		res := site.Get("/?part="+part, "HX-Request", "true")
		if res.StatusCode != http.StatusOK || strings.Contains(res.Text, "<html") {
			t.Errorf("part %s: %d, %.60s", part, res.StatusCode, res.Text)
		}
	}
	site.Post("/findings/dismiss", url.Values{})
	if strings.Contains(site.Page("/").Text(), "首次发现已备好") {
		t.Error("the findings were put aside and are still announced")
	}
}

func TestGroupsListFiltersSortsAndPages(t *testing.T) {
	b := setup(t, dbtest.SQLite(t, migrations()))
	b.story()
	site, _ := b.serve(webtest.Owner())
	names := func(path string) string {
		var out []string
		for _, n := range site.Page(path).Find("tbody tr td:first-child a").EachIter() {
			out = append(out, n.Text())
		}
		return strings.Join(out, ",")
	}
	for path, want := range map[string]string{
		"/groups?type=conversion":                  "辅食团 · 望京",
		"/groups?level=manual":                     "邻里互助 <b>群</b>",
		"/groups?attention=full":                   "北京新手妈妈 3 群",
		"/groups?attention=exits":                  "上海二胎交流 1 群",
		"/groups?stage=cold_start":                 "辅食团 · 望京",
		"/groups?q=上海":                             "上海二胎交流 1 群",
		"/groups?sort=members&dir=desc":            "北京新手妈妈 3 群,上海二胎交流 1 群,辅食团 · 望京,邻里互助 <b>群</b>",
		"/groups?community=" + b.communityOf("g3"): "辅食团 · 望京",
	} {
		if !strings.Contains(path, "community=") {
			path += "&community=" // the picker remembers
		}
		if got := names(path); got != want {
			t.Errorf("%s lists %s, want %s", path, got, want)
		}
	}
	all := site.Page("/groups?community=&sort=members&dir=desc")
	if text := all.Text(); !strings.Contains(text, "58/60") || !strings.Contains(text, "缺 2 名管理员") || !strings.Contains(text, "管理员齐") {
		t.Errorf("capacity or deputies are missing: %s", text)
	}
}

func TestMembersAndMovesInWords(t *testing.T) {
	b := setup(t, dbtest.SQLite(t, migrations()))
	b.story()
	site, _ := b.serve(webtest.Owner())
	g2 := "/groups/" + b.id("g2")
	left := site.Page(g2 + "/moves?show=left").Text()
	for _, want := range []string{"主动退群", "被移出", "对账推断", "扫码", "门店活码", "方式未知"} {
		if !strings.Contains(left, want) {
			t.Errorf("departures do not say %q", want)
		}
	}
	if strings.Contains(site.Page(g2+"/members").Text(), "小满爸 0 ") {
		t.Error("somebody who left is still listed as present")
	}
	seen := map[string]bool{}
	path := "/groups/" + b.id("g1") + "/members"
	for page := 0; path != ""; page++ {
		doc := site.Page(path)
		for _, row := range doc.Find("tbody tr td:first-child").EachIter() {
			if seen[row.Text()] {
				t.Fatalf("%s is listed twice", row.Text())
			}
			seen[row.Text()] = true
		}
		path = doc.Find("a[rel=next]").AttrOr("href", "")
		if page > 3 {
			t.Fatal("the list does not end")
		}
	}
	if len(seen) != 58 {
		t.Errorf("the pages list %d members, want 58", len(seen))
	}
	several := site.Page("/members?presence=several")
	if n := several.Find("tbody tr").Length(); n == 0 {
		t.Error("nobody is in several groups")
	}
}

func TestWordsAreForThoseWhoMayReadThem(t *testing.T) {
	b := setup(t, dbtest.SQLite(t, migrations()))
	b.story()
	path := "/groups/" + b.id("g1") + "/log?topic=messages"
	reader, _ := b.serve(operator("", desk.View, desk.ReadMessages))
	if !strings.Contains(reader.Page(path).Text(), "刚刚好") {
		t.Error("who may read messages sees none")
	}
	viewer, _ := b.serve(operator("", desk.View))
	text := viewer.Page(path).Text()
	if strings.Contains(text, "刚刚好") || strings.Contains(text, "夜醒") {
		t.Error("who may not read messages sees them")
	}
	if !strings.Contains(text, "没有查看消息原文的权限") {
		t.Error("the page does not say why there are no words")
	}
}

func TestForeignGroupsDoNotExist(t *testing.T) {
	b := setup(t, dbtest.SQLite(t, migrations()))
	b.story()
	own, foreign := b.communityOf("g1"), b.communityOf("g3")
	site, _ := b.serve(operator(own, desk.View, desk.ReadMessages, desk.Edit))
	for _, tab := range []string{"", "/members", "/members.csv", "/moves", "/moves.csv", "/activity", "/risk", "/abilities", "/log"} {
		if res := site.Get("/groups/" + b.id("g1") + tab); res.StatusCode != http.StatusOK {
			t.Errorf("own group %s: %d", tab, res.StatusCode)
		}
		if res := site.Get("/groups/" + b.id("g3") + tab); res.StatusCode != http.StatusNotFound {
			t.Errorf("foreign group %s: %d, want 404", tab, res.StatusCode)
		}
		if res := site.Get("/groups/nonsense" + tab); res.StatusCode != http.StatusNotFound {
			t.Errorf("no group %s: %d, want 404", tab, res.StatusCode)
		}
	}
	for _, path := range []string{"/", "/groups", "/members", "/matrix", "/findings", "/communities", "/search?q=辅食", "/groups.csv", "/findings.csv", "/groups?community=" + foreign} {
		if text := site.Get(path).Text; strings.Contains(text, "望京") || strings.Contains(text, "辅食团") {
			t.Errorf("%s shows a foreign group", path)
		}
	}
	for _, res := range []webtest.Response{
		site.Get("/communities/" + foreign), site.Post("/communities/"+foreign, url.Values{"name": {"x"}, "type": {"service"}}),
		site.Get("/communities/new"), site.Post("/communities", url.Values{"name": {"x"}, "type": {"service"}}),
	} {
		if res.StatusCode != http.StatusNotFound {
			t.Errorf("%s %s: %d, want 404", res.Request.Method, res.Request.URL.Path, res.StatusCode)
		}
	}
}

func TestCommunitiesAreMadeOnceAndRenamed(t *testing.T) {
	dbtest.Each(t, migrations(), func(t *testing.T, d *db.DB) {
		b := setup(t, d)
		site, _ := b.serve(webtest.Owner())
		key := site.Page("/communities/new").Find("input[name=key]").AttrOr("value", "")
		form := url.Values{"name": {"北京新手妈妈"}, "type": {"interest"}, "key": {key}}
		for range 2 { // a double click
			if res := site.Post("/communities", form); res.StatusCode != http.StatusSeeOther {
				t.Fatalf("create: %d\n%s", res.StatusCode, res.Text)
			}
		}
		list := dbtest.Dump(t, d, "SELECT name, type FROM communities")
		if len(list) != 1 || list[0] != "北京新手妈妈|interest" {
			t.Fatalf("communities %v", list)
		}
		id := dbtest.Dump(t, d, "SELECT community_id FROM communities")[0]
		res := site.Post("/communities/"+id, url.Values{"name": {""}, "type": {"nonsense"}})
		if res.StatusCode != http.StatusUnprocessableEntity || res.Doc(t).Find(".error").Length() != 2 {
			t.Errorf("wrong fields: %d\n%s", res.StatusCode, res.Text)
		}
		site.Post("/communities/"+id, url.Values{"name": {"望京妈妈"}, "type": {"conversion"}})
		if list := dbtest.Dump(t, d, "SELECT name, type FROM communities"); list[0] != "望京妈妈|conversion" {
			t.Errorf("renamed to %v", list)
		}
		if n := dbtest.Dump(t, d, "SELECT action FROM audit_entries"); len(n) < 2 {
			t.Errorf("audited %v", n)
		}
	})
}
