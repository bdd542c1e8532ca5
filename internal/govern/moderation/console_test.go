package moderation_test

import (
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/qunzhu/qunzhu/internal/api"
	"github.com/qunzhu/qunzhu/internal/audit"
	"github.com/qunzhu/qunzhu/internal/auth"
	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/db/dbtest"
	"github.com/qunzhu/qunzhu/internal/feature"
	"github.com/qunzhu/qunzhu/internal/govern/moderation"
	"github.com/qunzhu/qunzhu/internal/i18n"
	"github.com/qunzhu/qunzhu/internal/seal"
	"github.com/qunzhu/qunzhu/internal/settings"
	"github.com/qunzhu/qunzhu/internal/web"
	"github.com/qunzhu/qunzhu/internal/web/webtest"
)

// consoleBench is a bench whose slice was put together as the program does it,
// with its pages.
type consoleBench struct {
	*bench
	*webtest.Site
	feature feature.Feature
	catalog *i18n.Catalog
}

func console(t *testing.T) *consoleBench {
	return consoleAs(t, dbtest.SQLite(t, consoleMigrations()), auth.Everywhere())
}

func consoleMigrations() []db.Migrations {
	return append([]db.Migrations{audit.Migrations(), settings.Migrations(), api.Migrations()}, migrations()...)
}

// eachConsole runs f on both engines.
func eachConsole(t *testing.T, f func(t *testing.T, b *consoleBench)) {
	t.Helper()
	t.Parallel()
	dbtest.Each(t, consoleMigrations(), func(t *testing.T, d *db.DB) { f(t, consoleAs(t, d, auth.Everywhere())) })
}

// consoleAs serves an operator who holds everything in scope.
func consoleAs(t *testing.T, d *db.DB, scope auth.Scope) *consoleBench {
	t.Helper()
	b := seeded(t, d)
	sealer, err := seal.New(seal.NewKey())
	if err != nil {
		t.Fatal(err)
	}
	deps := &feature.Deps{DB: d, Clock: b.clock, Zone: time.UTC, Hub: b.hub, Live: web.NewLive(), Log: slog.New(slog.DiscardHandler)}
	f := moderation.New(deps)
	if deps.Settings, err = settings.New(sealer, f.Settings...); err != nil {
		t.Fatal(err)
	}
	b.hub.Annotate = f.Annotate
	catalog, err := i18n.Load(append(web.Locale(), f.Locale, api.Locale())...)
	if err != nil {
		t.Fatal(err)
	}
	router, err := web.NewRouter(web.Options{
		Catalog: catalog, Log: deps.Log, Live: deps.Live, Now: b.clock.Now, Zone: func() *time.Location { return time.UTC },
		Sessions: webtest.As{ID: "op1", Name: "李敏", Can: func(_, community string) bool { return scope.Allows(community) },
			Scope: func(string) web.Scope { return scope }},
		Nav: f.Nav, Panels: f.Panels, Templates: []web.Templates{f.Templates},
	})
	if err != nil {
		t.Fatal(err)
	}
	f.Routes(router)
	router.Get("/panels/{id}", "", func(c *web.Ctx) error {
		out := ""
		for _, slot := range []string{"home.alerts", "group.risk"} {
			for _, html := range c.Panels(slot) {
				out += string(html)
			}
		}
		return c.Bytes("text/html", []byte(out))
	})
	h, err := router.Handler()
	if err != nil {
		t.Fatal(err)
	}
	return &consoleBench{b, webtest.Start(t, h), f, catalog}
}

const hostile = `<script>alert(1)</script>加微信 abc12345 "><img src=x onerror=alert(2)>` + "\u202e"

func TestPagesInEveryLanguage(t *testing.T) {
	eachConsole(t, func(t *testing.T, b *consoleBench) {
		b.send("in2", joined("g1", `<b>"evil"</b>`, start.Add(-time.Hour)))
		b.send("talk", said("g1", "m2", "孩子夜醒", start.Add(-time.Minute)), said("g1", `<b>"evil"</b>`, hostile, start), said("g1", "m2", "又是广告", start.Add(time.Second)))
		b.send("more", said("g1", "m1", insult, start), imported("g2", "m1", ad, start.Add(-48*time.Hour)))
		c := b.cases(moderation.ViewOpen)[0]
		word := url.Values{"community": {c.Community}, "name": {"自有词表"}, "add": {"竞品奶粉,竞品,2\n,坏行,9"}, "base": {"0"}}
		if res := b.Post("/risk/keywords/preview", word); res.StatusCode != http.StatusOK {
			t.Fatalf("preview: %d\n%s", res.StatusCode, res.Text)
		}
		list := "/risk/keywords/list?" + url.Values{"community": {c.Community}, "name": {"自有词表"}}.Encode()
		pages := []string{
			"/risk/inbox", "/risk/inbox?view=handled", "/risk/inbox?view=done", "/risk/inbox?view=imported",
			"/risk/cases/" + c.ID, "/risk/keywords", list, "/panels/" + c.Group,
		}
		for _, page := range pages {
			for _, lang := range i18n.Langs {
				sep := "?"
				if strings.Contains(page, "?") {
					sep = "&"
				}
				res := b.Get(page + sep + "lang=" + string(lang))
				if res.StatusCode != http.StatusOK {
					t.Fatalf("%s in %s: %d\n%s", page, lang, res.StatusCode, res.Text)
				}
				for _, hole := range []string{"⟦", "ZgotmplZ", "%!", "<script>alert", "<img src=x", `<b>"evil"`} {
					if strings.Contains(res.Text, hole) {
						t.Errorf("%s in %s contains %q", page, lang, hole)
					}
				}
			}
		}
		if missing := b.catalog.Missing(); len(missing) > 0 {
			t.Errorf("keys without a translation: %v", missing)
		}
	})
}

func TestTheInboxShowsWhatWasFoundAndWhereTheClockStands(t *testing.T) {
	b := console(t)
	b.at(start.Add(time.Minute)).send("bad", said("g1", "m2", "三个月夜醒怎么办", start.Add(-time.Minute)), said("g1", "m1", "家人们扫码进群"+ad, start), said("g1", "m2", "又是广告", start.Add(time.Second)))
	doc := b.Page("/risk/inbox")
	if got := doc.Find(".quote mark").Text(); !strings.Contains(got, "abc12345") {
		t.Errorf("marked %q", got)
	}
	if got := doc.Find("#cases [data-deadline]").AttrOr("data-deadline", ""); got != "1793610300000" {
		t.Errorf("the clock runs to %s", got)
	}
	text := doc.Find("main").Text()
	for _, want := range []string{"三个月夜醒怎么办", "又是广告", "微信号", "书面警告"} {
		if !strings.Contains(text, want) {
			t.Errorf("the inbox does not show %q", want)
		}
	}
	for _, key := range []string{"0", "1", "2", "3", "4", "X", "W"} {
		if doc.Find("[data-key='"+key+"']").Length() != 1 {
			t.Errorf("key %s presses %d things", key, doc.Find("[data-key='"+key+"']").Length())
		}
	}
}

func TestDecidingInTheInbox(t *testing.T) {
	eachConsole(t, func(t *testing.T, b *consoleBench) {
		b.send("bad", said("g1", "m1", ad, start))
		c := b.onlyCase()
		post := func(decision string) webtest.Response {
			t.Helper()
			return b.Post("/risk/cases/"+c.ID+"/decide", url.Values{"decision": {decision}, "back": {"/risk/inbox?view=open&case=" + c.ID}})
		}
		for decision, want := range map[string]int{"remove": 303, "burn": 422, "": 422} {
			if res := post(decision); res.StatusCode != want {
				t.Errorf("decision %q: %d", decision, res.StatusCode)
			}
		}
		b.drain()
		b.want("SELECT kind FROM tasks WHERE state='open'", "member.remove")
		b.want("SELECT decision, by_id FROM moderation_decisions", "remove|op1")
		b.want("SELECT action, actor_name FROM audit_entries", "case.decided|李敏")
		if res := post("false_positive"); res.StatusCode != 303 {
			t.Errorf("false alarm: %d", res.StatusCode)
		}
		b.want(caseRows, "dismissed|1|2|-1")
		if b.Page("/risk/inbox?view=open&case="+c.ID).Find("[data-key='Z']").Length() != 1 {
			t.Error("a decided case does not stay in sight for undo")
		}
		if res := post("undo"); res.StatusCode != 303 {
			t.Errorf("undo: %d", res.StatusCode)
		}
		b.want(caseRows, "open|1|2|-1")
	})
}

func TestAllowingAPartOfTheMessage(t *testing.T) {
	eachConsole(t, func(t *testing.T, b *consoleBench) {
		b.send("bad", said("g1", "m1", "周末扫码进群学习烘焙", start))
		c := b.onlyCase()
		allow := func(text string) int {
			t.Helper()
			return b.Post("/risk/cases/"+c.ID+"/allow", url.Values{"text": {text}, "back": {"/risk/inbox"}}).StatusCode
		}
		for text, want := range map[string]int{"": 422, "不在消息里": 422, "学习烘焙": 422} {
			if got := allow(text); got != want {
				t.Errorf("allow %q: %d, want %d", text, got, want)
			}
		}
		b.want("SELECT count(*) FROM moderation_lists", "0")
		if got := allow("扫码进群学习"); got != 303 {
			t.Fatalf("allow: %d", got)
		}
		b.want("SELECT state, verdict FROM moderation_cases", "dismissed|false_positive")
		b.send("again", said("g1", "m2", "扫码进群学习编织", start.Add(time.Minute)))
		b.want("SELECT count(*) FROM moderation_cases", "1")
	})
}

func TestPublishingThroughThePages(t *testing.T) {
	eachConsole(t, func(t *testing.T, b *consoleBench) {
		b.send("talk", said("g1", "m1", "竞品奶粉好喝", start.Add(-time.Hour)), said("g1", "m2", "夜醒怎么办", start.Add(-time.Hour)))
		form := url.Values{"community": {b.community()}, "name": {"自有词表"}, "base": {"0"}, "add": {"竞品奶粉,竞品,2\n坏,竞品,九"}}
		doc := b.Post("/risk/keywords/preview", form).Doc(t)
		text := doc.Find("main").Text()
		for _, want := range []string{"竞品奶粉", "第 2 行", "会新增命中 1 条", "最近 7 天的 2 条成员消息"} {
			if !strings.Contains(text, want) {
				t.Errorf("the preview does not say %q:\n%s", want, text)
			}
		}
		b.want("SELECT count(*) FROM moderation_lists", "0")
		form.Set("add", doc.Find("textarea[name=add]").Text())
		if res := b.Post("/risk/keywords/publish", form); res.StatusCode != 303 {
			t.Fatalf("publish: %d\n%s", res.StatusCode, res.Text)
		}
		b.want("SELECT name,version,words FROM moderation_lists", "自有词表|1|1")
		if res := b.Post("/risk/keywords/publish", form); res.StatusCode != http.StatusConflict {
			t.Errorf("the same change again: %d", res.StatusCode)
		}
		remove := url.Values{"community": {b.community()}, "name": {"自有词表"}, "base": {"1"}, "remove": {"竞品奶粉"}}
		if res := b.Post("/risk/keywords/publish", remove); res.StatusCode != 303 {
			t.Fatalf("remove: %d\n%s", res.StatusCode, res.Text)
		}
		b.want("SELECT name,version,words FROM moderation_lists", "自有词表|2|0")
	})
}

func TestErasedWordsLeaveTheFacts(t *testing.T) {
	b := console(t)
	b.send("bad", said("g1", "m1", ad, start))
	if _, err := b.db.Exec(t.Context(), "DELETE FROM event_words"); err != nil {
		t.Fatal(err)
	}
	text := b.Page("/risk/cases/" + b.onlyCase().ID).Find("main").Text()
	if !strings.Contains(text, "消息原文已按保留期限清除") || !strings.Contains(text, "微信号") || strings.Contains(text, "abc12345") {
		t.Errorf("the page shows\n%s", text)
	}
	b.verify()
}

func TestForeignCasesDoNotExist(t *testing.T) {
	b := consoleAs(t, dbtest.SQLite(t, consoleMigrations()), auth.Scope{IDs: []string{"another"}})
	b.send("bad", said("g1", "m1", ad, start))
	c := b.onlyCase()
	for _, path := range []string{"/risk/cases/" + c.ID} {
		if res := b.Get(path); res.StatusCode == http.StatusOK {
			t.Errorf("GET %s: %d", path, res.StatusCode)
		}
	}
	if strings.Contains(b.Get("/risk/inbox?case="+c.ID).Text, "abc12345") {
		t.Error("the inbox shows a foreign case")
	}
	for _, path := range []string{"/risk/cases/" + c.ID + "/decide", "/risk/cases/" + c.ID + "/allow"} {
		res := b.Post(path, url.Values{"decision": {"remove"}, "text": {"加微信"}})
		if res.StatusCode < 400 {
			t.Errorf("POST %s: %d", path, res.StatusCode)
		}
	}
	b.want("SELECT count(*) FROM moderation_decisions", "0")
}
