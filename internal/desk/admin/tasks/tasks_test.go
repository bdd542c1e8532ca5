package tasks_test

import (
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/qunzhu/qunzhu/internal/auth"
	"github.com/qunzhu/qunzhu/internal/connector"
	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/db/dbtest"
	"github.com/qunzhu/qunzhu/internal/desk/admin/admintest"
	"github.com/qunzhu/qunzhu/internal/desk/admin/tasks"
	"github.com/qunzhu/qunzhu/internal/effect"
	"github.com/qunzhu/qunzhu/internal/event"
	"github.com/qunzhu/qunzhu/internal/fault"
	"github.com/qunzhu/qunzhu/internal/i18n"
	"github.com/qunzhu/qunzhu/internal/id"
	"github.com/qunzhu/qunzhu/internal/task"
)

func start(t *testing.T, d *db.DB) (*admintest.Bench, admintest.Seeded) {
	t.Helper()
	b := admintest.Start(t, d, []connector.Connector{&admintest.Platform{}}, tasks.New)
	return b, b.Group(b.Connection("w1", b.Community("新手妈妈")), "wr1", "新手妈妈 3 群")
}

func sqlite(t *testing.T) (*admintest.Bench, admintest.Seeded) {
	t.Helper()
	return start(t, dbtest.SQLite(t, admintest.Migrations()))
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

func TestTaskIsCompletedOnce(t *testing.T) {
	dbtest.Each(t, admintest.Migrations(), func(t *testing.T, d *db.DB) {
		b, s := start(t, d)
		operator := b.Operator("limin", auth.Grant{Role: auth.Moderator})
		site := b.Browser("limin")
		taskID := b.Task(s, string(effect.MemberRemove), "", 10*time.Minute)
		page := site.Get("/tasks/" + taskID)
		for _, want := range []string{"移出成员", "新手妈妈 3 群", "小雨", "李敏", "王芳", "平台报告对方被移出后", "10:00"} {
			if !strings.Contains(page.Text, want) {
				t.Errorf("the task does not say %q", want)
			}
		}
		if strings.Contains(page.Text, "\u202e") {
			t.Error("a name reverses the text around it")
		}
		res := site.Post("/tasks/"+taskID+"/complete", answer("maybe", strings.Repeat("长", 201)))
		if res.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(res.Text, "最多 200 个字") {
			t.Errorf("a wrong answer: %d", res.StatusCode)
		}
		if res = site.Post("/tasks/"+taskID+"/complete", answer("done", "已私聊")); res.StatusCode != http.StatusSeeOther {
			t.Fatalf("complete: %d\n%s", res.StatusCode, res.Text)
		}
		x := load(t, b, taskID)
		if x.State != task.Completed || x.Outcome != task.Done || x.EndedBy != operator || x.Note != "已私聊" || x.Evidence == "" {
			t.Errorf("%+v", x)
		}
		if res = site.Post("/tasks/"+taskID+"/complete", answer("not_needed", "")); res.StatusCode != http.StatusConflict || !strings.Contains(res.Text, "任务已经结束") {
			t.Errorf("again: %d", res.StatusCode)
		}
		if y := load(t, b, taskID); y.Outcome != task.Done {
			t.Errorf("the second answer counted: %+v", y)
		}
		b.HasAudited("task.completed")
	})
}

// TestManyAnswersAtOnce: of people who answer at the same moment one is heard
// and the others are told so.
func TestManyAnswersAtOnce(t *testing.T) {
	dbtest.Each(t, admintest.Migrations(), func(t *testing.T, d *db.DB) {
		b, s := start(t, d)
		x := load(t, b, b.Task(s, string(effect.MemberWarn), "请停止", 0))
		var wg sync.WaitGroup
		errs := make([]error, 6)
		for i := range errs {
			wg.Go(func() {
				_, errs[i] = tasks.Complete(t.Context(), b.Deps, x, "somebody", tasks.Answer{Outcome: task.Done})
			})
		}
		wg.Wait()
		done := 0
		for _, err := range errs {
			if err == nil {
				done++
			} else if !fault.Is(err, fault.Conflict) {
				t.Errorf("a loser got %v", err)
			}
		}
		if n := len(dbtest.Dump(t, d, "SELECT id FROM events WHERE kind='task.completed'")); done != 1 || n != 1 {
			t.Errorf("%d were heard, %d events", done, n)
		}
	})
}

func TestListViewsAndOrder(t *testing.T) {
	dbtest.Each(t, admintest.Migrations(), func(t *testing.T, d *db.DB) {
		b, s := start(t, d)
		b.Operator("limin", auth.Grant{Role: auth.Analyst})
		site := b.Browser("limin")
		never := b.Task(s, string(effect.MessageRecall), "", 0)
		later := b.Task(s, string(effect.MemberRemind), "请看群规", time.Hour)
		late := b.Task(s, string(effect.MemberRemove), "", time.Minute)
		b.Clock.Set(admintest.Now.Add(2 * time.Minute))
		order := func(path string) string {
			var ids []string
			for _, n := range site.Page(path).Find(".task").EachIter() {
				ids = append(ids, strings.TrimPrefix(n.AttrOr("id", ""), "task-"))
			}
			return strings.Join(ids, " ")
		}
		if got, want := order("/tasks"), strings.Join([]string{late, later, never}, " "); got != want {
			t.Errorf("open: %s, want %s", got, want)
		}
		if got := order("/tasks?view=overdue"); got != late {
			t.Errorf("overdue: %s", got)
		}
		if got := order("/tasks?group=" + s.Group + "&view=closed"); got != "" {
			t.Errorf("closed: %s", got)
		}
		if got := order("/tasks?view=whatever&community=" + s.Community); !strings.HasPrefix(got, late) {
			t.Errorf("one community: %s", got)
		}
		for path, want := range map[string]int{"/tasks?page=0": 422, "/tasks?page=2": 200, "/tasks?group=" + id.New(admintest.Now): 404} {
			if res := site.Get(path); res.StatusCode != want {
				t.Errorf("%s: %d, want %d", path, res.StatusCode, want)
			}
		}
		// An analyst looks and does not touch.
		if res := site.Post("/tasks/"+late+"/complete", answer("done", "")); res.StatusCode != http.StatusForbidden {
			t.Errorf("an analyst completed a task: %d", res.StatusCode)
		}
	})
}

// TestG28ForeignTasks: a task of a community that is not one's own is not there.
func TestG28ForeignTasks(t *testing.T) {
	b, s := sqlite(t)
	taskID := b.Task(s, string(effect.MemberRemove), "", time.Hour)
	b.Operator("other", auth.Grant{Role: auth.Manager, CommunityID: b.Community("辅食团")})
	site := b.Browser("other")
	for _, res := range []int{
		site.Get("/tasks/" + taskID).StatusCode, site.Post("/tasks/"+taskID+"/complete", answer("done", "")).StatusCode,
		site.Get("/tasks?group=" + s.Group).StatusCode,
	} {
		if res != http.StatusNotFound {
			t.Errorf("status %d, want 404", res)
		}
	}
	if strings.Contains(site.Get("/tasks").Text, taskID) || load(t, b, taskID).State != task.Open {
		t.Error("the task shows, or was changed")
	}
}

func TestDeadlinesThatPassAreRecordedOnce(t *testing.T) {
	b, s := sqlite(t)
	taskID := b.Task(s, string(effect.MemberRemove), "", time.Minute)
	for _, at := range []time.Duration{0, 2 * time.Minute, 3 * time.Minute} {
		b.Clock.Set(admintest.Now.Add(at))
		if _, err := b.Deps.Hub.Perform(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if x := load(t, b, taskID); !x.Overdue.Equal(x.Deadline) {
		t.Errorf("overdue at %v", x.Overdue)
	}
	if n := len(dbtest.Dump(t, b.DB, "SELECT id FROM events WHERE kind=$1", string(event.TaskOverdue))); n != 1 {
		t.Errorf("%d events", n)
	}
}

func TestWordsOfEveryKind(t *testing.T) {
	b, s := sqlite(t)
	b.Manager("boss")
	paths := []string{"/tasks", "/tasks?view=closed", "/tasks?view=overdue", "/tasks?group=" + s.Group}
	for _, kind := range append([]effect.Kind{task.Check, "something.new"}, effect.Outward...) {
		paths = append(paths, "/tasks/"+b.Task(s, string(kind), "一段<话>", time.Hour))
		for _, lang := range i18n.Langs {
			say := tasks.Present(b.Catalog.Printer(lang, nil))
			if got := say(kind, map[string]string{"group": "群\n名"}); !strings.HasSuffix(got, " · 群 名") || strings.Contains(got, "⟦") {
				t.Errorf("%s: %q", kind, got)
			}
		}
	}
	closed := b.Task(s, string(effect.MemberMute), "", 0)
	if _, err := tasks.Complete(t.Context(), b.Deps, load(t, b, closed), s.People["u-deputy"], tasks.Answer{Outcome: task.Impossible, Note: "没有权限"}); err != nil {
		t.Fatal(err)
	}
	admintest.EveryLanguage(t, b, b.Browser("boss"), append(paths, "/tasks/"+closed)...)
	if missing := b.Catalog.Missing(); len(missing) > 0 {
		t.Errorf("untranslated: %v", missing)
	}
}
