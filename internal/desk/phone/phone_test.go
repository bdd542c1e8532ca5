package phone_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/qunzhu/qunzhu/internal/auth"
	"github.com/qunzhu/qunzhu/internal/connector"
	"github.com/qunzhu/qunzhu/internal/db/dbtest"
	"github.com/qunzhu/qunzhu/internal/desk/admin/admintest"
	"github.com/qunzhu/qunzhu/internal/desk/admin/tasks"
	"github.com/qunzhu/qunzhu/internal/desk/phone"
	"github.com/qunzhu/qunzhu/internal/effect"
	"github.com/qunzhu/qunzhu/internal/event"
	"github.com/qunzhu/qunzhu/internal/id"
	"github.com/qunzhu/qunzhu/internal/task"
)

func start(t *testing.T) (*admintest.Bench, admintest.Seeded) {
	t.Helper()
	b := admintest.Start(t, dbtest.SQLite(t, admintest.Migrations()), []connector.Connector{&admintest.Platform{}}, tasks.New, phone.New)
	return b, b.Group(b.Connection("w1", b.Community("新手妈妈")), "wr1", "新手妈妈 3 群")
}

// link is the path of a task's phone page.
func link(b *admintest.Bench, s admintest.Seeded, taskID, staff string) string {
	return strings.TrimPrefix(phone.LinkFunc(b.Deps)(s.Community, taskID, staff), b.Deps.BaseURL)
}

func load(t *testing.T, b *admintest.Bench, taskID string) task.Task {
	t.Helper()
	x, err := task.Get(t.Context(), b.DB, auth.Everywhere(), taskID)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func answer(outcome, note string) url.Values {
	return url.Values{"outcome": {outcome}, "note": {note}}
}

func TestTaskOnThePhone(t *testing.T) {
	b, s := start(t)
	taskID := b.Task(s, string(effect.MemberWarn), "请勿<发>广告", 3*time.Minute)
	path := link(b, s, taskID, s.People["u-owner"])
	site := b.Browser("")
	page := site.Page(path)
	if got := page.Find("[data-copy]").AttrOr("data-copy", ""); got != "请勿<发>广告" {
		t.Errorf("copies %q", got)
	}
	for _, want := range []string{"书面警告", "新手妈妈 3 群", "小雨", "打开企微", "3:00", "李敏"} {
		if !strings.Contains(page.Text(), want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	for range 3 { // what a chat does with a link that is sent in it
		site.Do(http.MethodHead, path, "")
		site.Get(path)
	}
	if x := load(t, b, taskID); x.State != task.Open {
		t.Fatalf("opening the link changed the task: %+v", x)
	}
	if res := site.Post(path, answer("", "")); res.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("an empty answer: %d", res.StatusCode)
	}
	if res := site.Post(path, answer("done", "已发")); res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != path {
		t.Fatalf("done: %d to %s\n%s", res.StatusCode, res.Header.Get("Location"), res.Text)
	}
	if x := load(t, b, taskID); x.Outcome != task.Done || x.EndedBy != s.People["u-owner"] || x.Note != "已发" {
		t.Errorf("%+v", x)
	}
	closed := site.Page(path).Text()
	if !strings.Contains(closed, "任务已结束") || !strings.Contains(closed, "你") || !strings.Contains(closed, "已发") {
		t.Errorf("the closed task: %s", closed)
	}
	res := site.Post(path, answer("impossible", ""))
	if res.StatusCode != http.StatusConflict || !strings.Contains(res.Text, "任务已经结束") {
		t.Errorf("a second answer: %d", res.StatusCode)
	}
	b.HasAudited("task.completed_by_link")
}

// TestG28PhoneLinkOpensOneTaskForOnePerson: whatever is changed in a link, and
// whomever it is made for, it opens no other task and acts for nobody else.
func TestG28PhoneLinkOpensOneTaskForOnePerson(t *testing.T) {
	b, s := start(t)
	mine, other := b.Task(s, string(effect.MemberRemove), "", time.Hour), b.Task(s, string(effect.MemberWarn), "x", time.Hour)
	good := link(b, s, mine, s.People["u-owner"])
	site := b.Browser("")
	foreign := s
	foreign.Community = b.Community("辅食团")
	bad := map[string]string{
		"changed":             good[:len(good)-1] + map[bool]string{true: "A", false: "B"}[good[len(good)-1] != 'A'],
		"cut":                 good[:len(good)-8],
		"empty":               "/m/t/x",
		"of another purpose":  "/m/t/" + b.Deps.Signer.Sign("leadpack", s.Community+"/"+mine, s.People["u-owner"], time.Now().Add(time.Hour)),
		"for nobody":          link(b, s, mine, ""),
		"for a stranger":      link(b, s, mine, s.People["u-other"]),
		"for the member":      link(b, s, mine, s.People["m1"]),
		"of another tenant":   link(b, foreign, mine, s.People["u-owner"]),
		"of a task not there": link(b, s, id.New(admintest.Now), s.People["u-owner"]),
	}
	for name, path := range bad {
		get, post := site.Get(path), site.Post(path, answer("done", ""))
		if get.StatusCode != http.StatusNotFound || post.StatusCode != http.StatusNotFound || strings.Contains(get.Text, "小雨") {
			t.Errorf("a link %s: GET %d, POST %d", name, get.StatusCode, post.StatusCode)
		}
		if !strings.Contains(get.Text, "链接无效") {
			t.Errorf("a link %s is not explained", name)
		}
	}
	if x := load(t, b, mine); x.State != task.Open {
		t.Errorf("%+v", x)
	}
	// Who got the link of somebody else answers in that one's name, not in his own.
	if res := site.Post(good, url.Values{"outcome": {"done"}, "staff": {s.People["u-other"]}, "task": {other}}); res.StatusCode != http.StatusSeeOther {
		t.Fatalf("the good link: %d", res.StatusCode)
	}
	if x, y := load(t, b, mine), load(t, b, other); x.EndedBy != s.People["u-owner"] || y.State != task.Open {
		t.Errorf("%+v %+v", x, y)
	}
	b.HasAudited("task.link_refused")
}

// TestG28LostRightsCountAtOnce: the link of who is deputy no longer, nor admin of
// the group, opens nothing.
func TestG28LostRightsCountAtOnce(t *testing.T) {
	b, s := start(t)
	now := b.Clock.Now()
	taskID := id.New(now)
	b.Record(event.Event{Community: s.Community, Group: s.Group, Kind: event.TaskOpened, At: now, ID: id.At(now, taskID),
		Body: event.Encode(event.Task{Task: taskID, Kind: string(effect.GroupPost), Assignee: s.People["u-owner"]})})
	path := link(b, s, taskID, s.People["u-deputy"])
	site := b.Browser("")
	if res := site.Get(path); res.StatusCode != http.StatusOK {
		t.Fatalf("an admin of the group: %d", res.StatusCode)
	}
	b.Record(event.Event{Community: s.Community, Group: s.Group, Kind: event.GroupChanged, At: now.Add(time.Minute), ID: id.At(now.Add(time.Minute), "admins"),
		Body: event.Encode(event.Group{Admins: &[]string{}})})
	if res := site.Post(path, answer("done", "")); res.StatusCode != http.StatusNotFound || load(t, b, taskID).State != task.Open {
		t.Errorf("an admin no longer: %d", res.StatusCode)
	}
}

func TestG28PhonePageRefusesOtherSites(t *testing.T) {
	b, s := start(t)
	taskID := b.Task(s, string(effect.MemberRemove), "", time.Hour)
	path := link(b, s, taskID, s.People["u-owner"])
	res := b.Browser("").Post(path, answer("done", ""), "Origin", "https://evil.example.com", "Sec-Fetch-Site", "cross-site")
	if res.StatusCode != http.StatusForbidden || load(t, b, taskID).State != task.Open {
		t.Errorf("status %d", res.StatusCode)
	}
}

func TestExpiredLinkIsExplained(t *testing.T) {
	b, s := start(t)
	path := link(b, s, b.Task(s, string(effect.MemberRemove), "", time.Hour), s.People["u-owner"])
	b.Wall.Set(time.Now().AddDate(0, 0, 22))
	res := b.Browser("").Get(path)
	if res.StatusCode != http.StatusGone || !strings.Contains(res.Text, "链接已过期") || strings.Contains(res.Text, "小雨") {
		t.Errorf("status %d\n%s", res.StatusCode, res.Text)
	}
}

func TestPhonePagesInEveryLanguage(t *testing.T) {
	b, s := start(t)
	open, closed := b.Task(s, string(effect.MemberRemove), "文字", -time.Minute), b.Task(s, task.Check, "文字", 0)
	if _, err := tasks.Complete(t.Context(), b.Deps, load(t, b, closed), s.People["u-deputy"], tasks.Answer{Outcome: task.NotNeeded}); err != nil {
		t.Fatal(err)
	}
	admintest.EveryLanguage(t, b, b.Browser(""), link(b, s, open, s.People["u-owner"]), link(b, s, closed, s.People["u-owner"]), "/m/privacy")
	if missing := b.Catalog.Missing(); len(missing) > 0 {
		t.Errorf("untranslated: %v", missing)
	}
}
