package imports_test

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/qunzhu/qunzhu/internal/db/dbtest"
	"github.com/qunzhu/qunzhu/internal/job"
	"github.com/qunzhu/qunzhu/internal/task"
)

const tenGroups = `新手妈妈 1 群 312
新手妈妈 2 群	280
辅食交流群，４８６人
同城遛娃(208)
二胎互助（ 96 ）
睡眠打卡群  45
亲子阅读 · 周末, 130
团购 A 群 500
待产包交流
奶爸群 61
`

func TestTenGroupsInOneGo(t *testing.T) {
	each(t, func(b *bench) {
		form := url.Values{"lines": {tenGroups}, "into": {"new"}, "name": {"新手妈妈"}, "type": {"interest"}, "key": {"k1"}}
		page := b.site.Post("/groups/add", form)
		if page.StatusCode != 200 || page.Doc(b.t).Find("button[name=save]").Length() != 1 {
			b.t.Fatalf("preview %d: %s", page.StatusCode, text(b.t, page))
		}
		b.is("before saving", b.row("SELECT count(*) FROM communities"), 0)
		form.Set("save", "1")
		b.post("/groups/add", form)
		b.is("community", b.row("SELECT name,type FROM communities"), "新手妈妈|interest")
		got := dbtest.Dump(b.t, b.db, "SELECT g.name,g.platform,COALESCE(t.members,-1) FROM community_groups g LEFT JOIN activity_tallies t ON t.group_id=g.id ORDER BY g.name")
		want := []string{"二胎互助|wechat|96", "亲子阅读 · 周末|wechat|130", "同城遛娃|wechat|208", "团购 A 群|wechat|500", "奶爸群|wechat|61", "待产包交流|wechat|-1",
			"新手妈妈 1 群|wechat|312", "新手妈妈 2 群|wechat|280", "睡眠打卡群|wechat|45", "辅食交流群|wechat|486"}
		for _, w := range want {
			if !strings.Contains(fmt.Sprint(got), w) {
				b.t.Errorf("%q is missing in %v", w, got)
			}
		}
		b.post("/groups/add", form)
		b.is("sent twice", b.row("SELECT count(*) FROM community_groups"), 10)
		b.verify()
	})
}

func TestWrongLinesAddNothing(t *testing.T) {
	each(t, func(b *bench) {
		home := b.community("新手妈妈")
		b.group(home, "甲群")
		page := b.refused("/groups/add", url.Values{"into": {home}, "save": {"1"}, "lines": {"乙群 20\n甲群 30\n乙群 40\n丙群 99999\n" + strings.Repeat("长", 101)}})
		for _, want := range []string{"已有同名的群", "和第 1 行是同一个群", "人数不能超过 2,000", "最多 100 个字"} {
			if !strings.Contains(page, want) {
				b.t.Errorf("no complaint %q: %s", want, page)
			}
		}
		if got := b.refused("/groups/add", url.Values{"into": {"new"}, "lines": {"乙群 20"}}); !strings.Contains(got, "请填写") {
			b.t.Errorf("a community without a name: %s", got)
		}
		b.is("groups", b.row("SELECT count(*) FROM community_groups"), 1)
	})
}

func TestAGroupIsRenamedEndedAndAddedAnew(t *testing.T) {
	each(t, func(b *bench) {
		home := b.community("新手妈妈")
		group := b.group(home, "甲群")
		b.group(home, "乙群")
		if got := b.refused("/groups/"+group+"/edit", url.Values{"name": {"乙群"}}); !strings.Contains(got, "已有同名的群") {
			b.t.Errorf("a taken name: %s", got)
		}
		b.post("/groups/"+group+"/edit", url.Values{"name": {"丙群"}})
		b.is("renamed", b.row("SELECT name FROM community_groups WHERE id=$1", group), "丙群")
		if again := b.group(home, "甲群"); again == group {
			b.t.Error("a new group took the place of a renamed one")
		}
		if got := b.refused("/groups/"+group+"/end", url.Values{"confirm": {"甲群"}}); !strings.Contains(got, "丙群") {
			b.t.Errorf("ended without its name: %s", got)
		}
		b.post("/groups/"+group+"/end", url.Values{"confirm": {"丙群"}})
		b.is("ended", b.row("SELECT status FROM community_groups WHERE id=$1", group), "dismissed")
		if again := b.group(home, "丙群"); again == group {
			b.t.Error("a new group took the place of one that ended")
		}
		b.verify()
	})
}

func TestACloseIsCorrectedByALaterOne(t *testing.T) {
	const tally = "SELECT members,messages,joins,leaves FROM activity_tallies WHERE day='2026-05-01'"
	each(t, func(b *bench) {
		group := b.group(b.community("新手妈妈"), "甲群")
		path := "/groups/" + group + "/close"
		b.post(path, url.Values{"day": {"2026-05-01"}, "members": {"３１２"}, "messages": {"45"}, "joins": {"3"}, "leaves": {"1"}})
		b.is("closed", b.row(tally), "312|45|3|1")
		b.clock.Set(evening.Add(time.Minute))
		b.post(path, url.Values{"day": {"2026-05-01"}, "members": {"313"}})
		b.is("corrected, the rest stays", b.row(tally), "313|45|3|1")
		for name, wrong := range map[string]string{"members": "很多", "messages": "-1", "joins": "1.5", "leaves": "99999"} {
			page := b.site.Post(path, url.Values{"day": {"2026-05-01"}, name: {wrong}})
			if page.StatusCode != 422 || page.Doc(b.t).Find("input[name="+name+"][aria-invalid]").Length() != 1 {
				b.t.Errorf("%s=%s: %d %s", name, wrong, page.StatusCode, text(b.t, page))
			}
		}
		for _, day := range []string{"2026-05-02", "2026-04-01", "yesterday"} {
			if got := b.site.Post(path, url.Values{"day": {day}, "members": {"1"}}).StatusCode; got != 422 {
				b.t.Errorf("a close of %s: %d", day, got)
			}
		}
		b.is("still", b.row(tally), "313|45|3|1")
		b.verify()
	})
}

func TestAPasteCoversTheDeclaredStretchOnly(t *testing.T) {
	each(t, func(b *bench) {
		group := b.group(b.community("新手妈妈"), "甲群")
		path := "/groups/" + group + "/close"
		paste := url.Values{"day": {"2026-05-01"}, "paste": {chat("2026-05-01", 30)}, "from": {"2026-05-01T16:00"}, "to": {"2026-05-01T16:19"}}
		b.post(path, paste)
		b.is("messages", b.row("SELECT messages FROM activity_days WHERE source='import'"), 20)
		b.is("minutes covered", b.row("SELECT (covered_ms+1)/60000 FROM activity_coverage WHERE source='import'"), 20)
		paste.Set("to", "2026-05-01T20:00")
		b.post(path, paste)
		b.is("more of it", b.row("SELECT messages FROM activity_days WHERE source='import'"), 30)
		b.is("more covered", b.row("SELECT (covered_ms+1)/60000 FROM activity_coverage WHERE source='import'"), 241)
		b.is("no tally by itself", b.row("SELECT count(*) FROM activity_tallies"), 0)
		if got := b.refused(path, url.Values{"day": {"2026-05-01"}, "paste": {"没有日期也没有人名"}, "from": {"2026-05-01T00:00"}, "to": {"2026-05-01T20:00"}}); !strings.Contains(got, "没有读出") {
			b.t.Errorf("an unreadable paste: %s", got)
		}
		if got := b.refused(path, url.Values{"day": {"2026-05-01"}, "paste": {chat("2026-05-01", 3)}}); !strings.Contains(got, "请填写这段聊天的起止时间") {
			b.t.Errorf("a paste without a period: %s", got)
		}
		b.verify()
	})
}

// TestTheEveningOnThePhone goes through all groups as a person does.
func TestTheEveningOnThePhone(t *testing.T) {
	each(t, func(b *bench) {
		home := b.community("新手妈妈")
		for _, name := range []string{"甲群", "乙群", "丙群"} {
			group := b.group(home, name)
			b.clock.Set(evening.Add(-24 * time.Hour))
			b.post("/groups/"+group+"/close", url.Values{"day": {"2026-04-30"}, "members": {"100"}, "messages": {"9"}})
			b.clock.Set(evening)
		}
		path, entered := "/m/close", 0
		for range 3 {
			page := b.site.Page(path)
			if got := page.Find("input[name=members]").AttrOr("placeholder", ""); got != "100" {
				b.t.Fatalf("the last number is not offered: %q", got)
			}
			form := url.Values{"day": {page.Find("input[name=day]").AttrOr("value", "")}, "group": {page.Find("input[name=group]").AttrOr("value", "")}}
			if entered == 0 {
				form.Set("same", "1")
			} else {
				form.Set("members", fmt.Sprint(100+entered))
			}
			path = b.post("/m/close", form)
			entered++
		}
		if page := text(b.t, b.site.Get(path)); !strings.Contains(page, "这天的群都填好了") {
			b.t.Errorf("at the end: %s", page)
		}
		b.is("numbers", b.row("SELECT members FROM activity_tallies WHERE day='2026-05-01' ORDER BY members"), "100 101 102")
		b.is("nothing changed is said", b.row("SELECT joins,leaves FROM activity_tallies WHERE day='2026-05-01' AND members=100"), "0|0")
		b.verify()
	})
}

func TestDaysThatNobodyClosedAreListed(t *testing.T) {
	each(t, func(b *bench) {
		b.clock.Set(evening.Add(-3 * 24 * time.Hour))
		group := b.group(b.community("新手妈妈"), "甲群")
		b.clock.Set(evening)
		b.post("/groups/"+group+"/close", url.Values{"day": {"2026-04-29"}, "members": {"5"}})
		var open []string
		for _, a := range b.site.Page("/closes").Find("td:nth-child(6) .chip[href]").EachIter() {
			open = append(open, a.Text())
		}
		b.is("open days", fmt.Sprint(open), "[4/28 4/30]")
		if page := text(b.t, b.site.Get("/m/close?day=2026-05-01&after="+group)); !strings.Contains(page, "4/28") || !strings.Contains(page, "5/1") {
			b.t.Errorf("the phone does not list what is open: %s", page)
		}
	})
}

func TestUntilNoonTheCloseIsAboutTheDayBefore(t *testing.T) {
	each(t, func(b *bench) {
		b.group(b.community("新手妈妈"), "甲群")
		for hour, want := range map[int]string{0: "2026-05-01", 11: "2026-05-01", 12: "2026-05-02", 23: "2026-05-02"} {
			b.clock.Set(time.Date(2026, 5, 2, hour, 0, 0, 0, shanghai))
			b.is(fmt.Sprint(hour, "h"), b.site.Page("/m/close").Find("input[name=day]").AttrOr("value", ""), want)
		}
	})
}

func TestTheEveningReminder(t *testing.T) {
	each(t, func(b *bench) {
		home := b.community("新手妈妈")
		first, second := b.group(home, "甲群"), b.group(home, "乙群")
		remind := func(hour int) {
			b.t.Helper()
			slot := job.Slot{Schedule: "imports.remind", At: time.Date(2026, 5, 1, hour, 0, 0, 0, shanghai)}
			for _, h := range b.feature.Jobs {
				if h.Kind == slot.Schedule {
					if err := h.Run(context.Background(), job.Job{Kind: h.Kind, Body: mustJSON(b.t, slot)}); err != nil {
						b.t.Fatal(err)
					}
				}
			}
		}
		remind(20)
		b.is("not its hour", b.row("SELECT count(*) FROM tasks"), 0)
		remind(21)
		remind(21)
		b.is("task", b.row("SELECT kind,subject,state FROM tasks"), task.DailyClose+"|2026-05-01|open")
		b.post("/groups/"+first+"/close", url.Values{"day": {"2026-05-01"}, "members": {"1"}})
		b.is("one is open", b.row("SELECT state FROM tasks"), "open")
		b.post("/groups/"+second+"/close", url.Values{"day": {"2026-05-01"}, "members": {"1"}})
		b.is("all are closed", b.row("SELECT state,outcome FROM tasks"), "completed|observed")
		b.verify()
	})
}
