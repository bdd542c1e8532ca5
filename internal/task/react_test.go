package task_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/db/dbtest"
	"github.com/qunzhu/qunzhu/internal/effect"
	"github.com/qunzhu/qunzhu/internal/event"
	"github.com/qunzhu/qunzhu/internal/task"
	"github.com/qunzhu/qunzhu/internal/web"
)

var t0 = time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)

type bench struct {
	t *testing.T
	d *db.DB
	n int
}

// react gives events to the reactor, each in a batch of its own.
func (b *bench) react(events ...event.Event) (effects []effect.Effect) {
	b.t.Helper()
	ctx := context.Background()
	for _, e := range events {
		b.n++
		e.Community, e.ID, e.Seq = "c1", fmt.Sprintf("E%03d", b.n), int64(b.n)
		err := b.d.Write(ctx, func(tx *db.Tx) error {
			more, err := task.Reactor().React(ctx, tx, effect.Batch{Community: "c1", Events: []event.Event{e}, Zone: time.UTC})
			effects = append(effects, more...)
			return err
		})
		if err != nil {
			b.t.Fatal(err)
		}
	}
	return effects
}

func (b *bench) states() string {
	b.t.Helper()
	return fmt.Sprint(dbtest.Dump(b.t, b.d, "SELECT id,state,outcome FROM tasks ORDER BY id"))
}

func each(t *testing.T, f func(b *bench)) {
	dbtest.Each(t, []db.Migrations{task.Migrations()}, func(t *testing.T, d *db.DB) { f(&bench{t: t, d: d}) })
}

func opened(id string, kind effect.Kind, at time.Time) event.Event {
	return event.Event{Kind: event.TaskOpened, Group: "g1", Member: "m1", At: at, Words: event.Words{Text: "请注意群规"},
		Body: event.Encode(event.Task{Task: id, Kind: string(kind), Assignee: "owner", Deputies: []string{"d1", "d2"}, Print: 77, Deadline: at.Add(5 * time.Minute)})}
}

func TestATaskTellsItsAssigneeAndThenTheDeputies(t *testing.T) {
	each(t, func(b *bench) {
		told := b.react(opened("t1", effect.MemberRemind, t0))
		if len(told) != 1 || told[0].Kind != effect.StaffNotify {
			b.t.Fatalf("told %+v", told)
		}
		late := event.Event{Kind: event.TaskOverdue, At: t0.Add(6 * time.Minute), Body: event.Encode(event.TaskEnd{Task: "t1"})}
		if told := b.react(late); len(told) != 2 {
			b.t.Fatalf("the deputies were told %d times", len(told))
		}
		if told := b.react(late); len(told) != 0 {
			b.t.Fatal("the deputies were told again")
		}
		due, err := task.Due(context.Background(), b.d, t0.Add(time.Hour), 10)
		if err != nil || len(due) != 0 {
			b.t.Fatalf("still due: %v, %v", due, err)
		}
	})
}

func TestWhatIsObservedClosesATask(t *testing.T) {
	posted := func(kind string, print uint64, at time.Time) event.Event {
		return event.Event{Kind: event.MessagePosted, Group: "g1", Member: "owner", At: at, Body: event.Encode(event.Posted{Kind: kind, Print: print})}
	}
	left := func(member, scene string, at time.Time) event.Event {
		return event.Event{Kind: event.MemberLeft, Group: "g1", Member: member, At: at, Body: event.Encode(event.Left{How: event.ByCallback, Scene: scene})}
	}
	each(t, func(b *bench) {
		b.react(opened("a-remind", effect.MemberRemind, t0), opened("b-remove", effect.MemberRemove, t0))
		b.react(posted(event.Member, 77, t0.Add(time.Minute)), posted(event.Staff, 78, t0.Add(time.Minute)), left("m2", "removed", t0.Add(time.Minute)))
		if got := b.states(); got != "[a-remind|open| b-remove|open|]" {
			b.t.Fatalf("something else closed a task: %s", got)
		}
		b.react(posted(event.Staff, 77, t0.Add(2*time.Minute)))
		if got := b.states(); got != "[a-remind|completed|observed b-remove|open|]" {
			b.t.Fatalf("the prepared words: %s", got)
		}
		b.react(opened("c-remove", effect.MemberRemove, t0.Add(3*time.Minute)), opened("d-warn", effect.MemberWarn, t0.Add(3*time.Minute)))
		b.react(left("m1", "removed", t0.Add(4*time.Minute)))
		open, _, err := task.CountOpen(context.Background(), b.d, web.Everywhere{}, "", t0)
		if err != nil || open != 0 {
			b.t.Fatalf("%d open, %v: %s", open, err, b.states())
		}
		got, err := task.Get(context.Background(), b.d, web.Everywhere{}, "d-warn")
		if err != nil || got.Outcome != task.Moot {
			b.t.Fatalf("a warning to somebody who is gone: %+v, %v", got, err)
		}
	})
}

func TestATaskEndsOnce(t *testing.T) {
	each(t, func(b *bench) {
		b.react(opened("t1", effect.MemberMute, t0))
		end := func(kind event.Kind, outcome string) event.Event {
			return event.Event{Kind: kind, At: t0.Add(time.Minute), Body: event.Encode(event.TaskEnd{Task: "t1", Outcome: outcome, By: "op1"})}
		}
		b.react(end(event.TaskCompleted, task.Impossible), end(event.TaskCancelled, ""))
		if got := b.states(); got != "[t1|completed|impossible]" {
			b.t.Fatalf("got %s", got)
		}
	})
}
