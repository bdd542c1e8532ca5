package tasks

import (
	"context"
	"slices"

	"github.com/qunzhu/qunzhu/internal/auth"
	"github.com/qunzhu/qunzhu/internal/event"
	"github.com/qunzhu/qunzhu/internal/fault"
	"github.com/qunzhu/qunzhu/internal/feature"
	"github.com/qunzhu/qunzhu/internal/id"
	"github.com/qunzhu/qunzhu/internal/task"
)

// Answers are the outcomes that a person can give.
var Answers = []string{task.Done, task.NotNeeded, task.Impossible}

const maxNote = 200

// Answer is what a person says about a task.
type Answer struct {
	Outcome string `form:"outcome" validate:"required,oneof=done|not_needed|impossible"`
	Note    string `form:"note" validate:"max=200"`
}

// Complete closes a task as by (an operator's or a staff member's id) says, and
// returns it as it is then. One that is closed already, also by somebody who was
// a moment faster, is a Conflict fault: its event's id belongs to the task, so
// that a task is completed once.
func Complete(ctx context.Context, deps *feature.Deps, t task.Task, by string, a Answer) (task.Task, error) {
	if !slices.Contains(Answers, a.Outcome) {
		return t, fault.InvalidField("outcome", "task.outcome_unknown")
	}
	if len([]rune(a.Note)) > maxNote {
		return t, fault.InvalidField("note", "form.max", maxNote)
	}
	closed := fault.New(fault.Conflict, "fault.task_closed")
	if t.State != task.Open {
		return t, closed
	}
	e := event.Event{
		Community: t.Community, Group: t.Group, Member: t.Member, Kind: event.TaskCompleted, At: deps.Clock.Now(),
		ID:   id.At(t.Opened, t.ID, string(event.TaskCompleted)),
		Body: event.Encode(event.TaskEnd{Task: t.ID, Outcome: a.Outcome, By: by, Note: a.Note}),
	}
	fresh, err := deps.Hub.Record(ctx, e)
	if err != nil {
		return t, err
	}
	// The scope was checked by whoever loaded t.
	now, err := task.Get(ctx, deps.DB, auth.Scope{IDs: []string{t.Community}}, t.ID)
	if err != nil {
		return t, err
	}
	if len(fresh) == 0 || now.Evidence != e.ID {
		return now, closed
	}
	deps.Live.Publish("tasks")
	return now, nil
}
