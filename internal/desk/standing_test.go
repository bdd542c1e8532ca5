package desk_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/qunzhu/qunzhu/internal/connector"
	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/db/dbtest"
	"github.com/qunzhu/qunzhu/internal/desk"
	"github.com/qunzhu/qunzhu/internal/event"
	"github.com/qunzhu/qunzhu/internal/web"
	"github.com/qunzhu/qunzhu/internal/web/webtest"
)

func TestReasonsToLookAtAGroup(t *testing.T) {
	dbtest.Each(t, migrations(), func(t *testing.T, d *db.DB) {
		b := setup(t, d)
		b.story()
		list, err := desk.Survey(t.Context(), b.deps, d, web.Everywhere{}, now)
		if err != nil {
			t.Fatal(err)
		}
		want := map[string][]desk.Reason{
			"北京新手妈妈 3 群": {desk.Full}, "上海二胎交流 1 群": {desk.Exits}, "辅食团 · 望京": {desk.NoDeputies}, "邻里互助 <b>群</b>": {desk.Unheard},
		}
		for _, s := range list {
			if !slices.Equal(s.Reasons, want[s.Name]) {
				t.Errorf("%s: %v, want %v", s.Name, s.Reasons, want[s.Name])
			}
			if s.Name == "上海二胎交流 1 群" && (s.Leaves != 9 || s.Missing() != 2) {
				t.Errorf("%d left, %d deputies missing", s.Leaves, s.Missing())
			}
		}
	})
}

func TestFallingMessagesAreAReason(t *testing.T) {
	b := setup(t, dbtest.SQLite(t, migrations()))
	c := b.story()
	var drafts []connector.Draft
	for day := 8; day < 15; day++ { // the week before: three times as much
		for i := range 60 {
			at := time.Date(2026, 11, 22-day, 11, i, 0, 0, shanghai)
			drafts = append(drafts, says("g1", "wm003", "更早一周的话 "+at.String(), at))
		}
	}
	b.ingest(c, drafts...)
	list, err := desk.Survey(t.Context(), b.deps, b.deps.DB, web.Everywhere{}, now)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range list {
		if falls := slices.Contains(s.Reasons, desk.Falling); falls != (s.Level() == desk.ArchiveLevel) {
			t.Errorf("%s: falling %v", s.Name, falls)
		}
	}
}

func TestDismissedGroupsAskForNothing(t *testing.T) {
	b := setup(t, dbtest.SQLite(t, migrations()))
	c := b.story()
	b.ingest(c, connector.Draft{Kind: event.GroupDismissed, Group: "g3", At: now})
	list, err := desk.Survey(t.Context(), b.deps, b.deps.DB, web.Everywhere{}, now)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range list {
		if s.Name == "辅食团 · 望京" && len(s.Reasons) > 0 {
			t.Errorf("a dismissed group needs %v", s.Reasons)
		}
	}
	site, _ := b.serve(webtest.Owner())
	if text := site.Page("/groups").Text(); !strings.Contains(text, "已解散") {
		t.Error("the list does not say that the group is dismissed")
	}
	if strings.Contains(site.Page("/matrix").Text(), "望京") {
		t.Error("the matrix lists a dismissed group")
	}
}

func TestWorkbenchNamesWhatIsLate(t *testing.T) {
	b := setup(t, dbtest.SQLite(t, migrations()))
	c := b.connect("w1", "新手妈妈")
	site, _ := b.serve(webtest.Owner())
	for _, step := range []struct {
		archived, failures int // minutes ago, in a row
		state              connector.State
		want               string
	}{
		{1, 0, connector.Active, "正常"},
		{11, 0, connector.Active, "有延迟或搁置"},
		{1, 3, connector.Active, "有延迟或搁置"},
		{1, 0, connector.Reauthorize, "需要重新授权"},
	} {
		cur := connector.Cursor{Connection: c.ID, Name: "archive", RanAt: now.Add(-time.Duration(step.archived) * time.Minute), DueAt: now, Failures: step.failures}
		if cur.Failures > 0 {
			cur.Error = "the platform is away"
		}
		if err := b.deps.Store.SaveCursor(t.Context(), b.deps.DB, cur); err != nil {
			t.Fatal(err)
		}
		if err := b.deps.Store.SetState(t.Context(), b.deps.DB, c.ID, step.state, ""); err != nil {
			t.Fatal(err)
		}
		if text := site.Get("/?part=feeds", "HX-Request", "true").Text; !strings.Contains(text, step.want) {
			t.Errorf("%+v: %s", step, text)
		}
	}
}

func TestMatrixGathersGroupsThatAreAlike(t *testing.T) {
	b := setup(t, dbtest.SQLite(t, migrations()))
	b.story()
	site, _ := b.serve(webtest.Owner())
	doc := site.Page("/matrix")
	if heads := doc.Find("thead th").Length(); heads != 4 { // the capability, and three kinds of access
		t.Errorf("%d columns", heads)
	}
	if rows := doc.Find("tbody tr").Length(); rows != len(connector.Capabilities()) {
		t.Errorf("%d rows for %d capabilities", rows, len(connector.Capabilities()))
	}
	column := site.Page("/groups/" + b.id("g2") + "/abilities").Text()
	for _, want := range []string{"不可", "没有会话存档", "开通会话内容存档 (按席位收费)", "自动", "人工"} {
		if !strings.Contains(column, want) {
			t.Errorf("the group's abilities do not say %q", want)
		}
	}
}

func TestFindingsNameEveryQuestion(t *testing.T) {
	b := setup(t, dbtest.SQLite(t, migrations()))
	b.story()
	site, _ := b.serve(webtest.Owner())
	doc := site.Page("/findings")
	for id, want := range map[string]string{
		"full": "北京新手妈妈 3 群", "deputies": "缺 3 名管理员", "several": "北京新手妈妈 3 群、上海二胎交流 1 群", "owners": "没有人名下超过 4 个群", "groups": "辅食团",
	} {
		if text := doc.Find("#" + id).Text(); !strings.Contains(text, want) {
			t.Errorf("%s does not say %q: %s", id, want, text)
		}
	}
	csv := site.Get("/findings.csv")
	if !strings.HasPrefix(csv.Text, "\uFEFF") || !strings.Contains(csv.Text, "缺 3 名管理员") {
		t.Errorf("export: %.200s", csv.Text)
	}
}

func TestExportsKeepFormulasHarmless(t *testing.T) {
	b := setup(t, dbtest.SQLite(t, migrations()))
	b.story()
	site, _ := b.serve(webtest.Owner())
	text := site.Get("/groups/" + b.id("g2") + "/members.csv").Text
	if !strings.Contains(text, `"'=HYPERLINK(`) || strings.Contains(text, "\n=HYPERLINK") {
		t.Errorf("a nickname became a formula:\n%s", text)
	}
	if list := dbtest.Dump(t, b.deps.DB, "SELECT action, actor_id, object_id FROM audit_entries"); len(list) != 1 || list[0] != "members.exported|01OWNER|"+b.id("g2") {
		t.Errorf("who took the list is on record as %v", list)
	}
}

func TestLogSaysWhatIsInferred(t *testing.T) {
	b := setup(t, dbtest.SQLite(t, migrations()))
	b.story()
	site, _ := b.serve(webtest.Owner())
	text := site.Page("/groups/" + b.id("g2") + "/log?topic=people").Text()
	for _, want := range []string{"小满爸 20 退群", "对账推断 · 名单里不再出现", "小满爸 0 被移出", "扫码 · 渠道 门店活码 · 回调"} {
		if !strings.Contains(text, want) {
			t.Errorf("the log does not say %q", want)
		}
	}
	if stream := site.Page("/").Find("body").AttrOr("sse-connect", ""); !strings.Contains(stream, "tasks") || !strings.Contains(stream, "sources") {
		t.Errorf("the workbench listens to %q", stream)
	}
}
