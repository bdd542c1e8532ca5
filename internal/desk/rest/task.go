package rest

import (
	"context"
	"strings"
	"time"

	"github.com/qunzhu/qunzhu/internal/api"
	"github.com/qunzhu/qunzhu/internal/audit"
	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/desk/admin/tasks"
	"github.com/qunzhu/qunzhu/internal/fault"
	"github.com/qunzhu/qunzhu/internal/task"
)

// Task is work for a person.
type Task struct {
	ID          string            `json:"id"`
	CommunityID string            `json:"community_id"`
	GroupID     string            `json:"group_id"`
	MemberID    string            `json:"member_id" doc:"rest.task.member_id"`
	Kind        string            `json:"kind" example:"member.remove" doc:"rest.task.kind"`
	Subject     string            `json:"subject" doc:"rest.task.subject"`
	AssigneeID  string            `json:"assignee_id" doc:"rest.task.assignee_id"`
	DeputyIDs   []string          `json:"deputy_ids" nullable:"false" doc:"rest.task.deputy_ids"`
	Args        map[string]string `json:"args"`
	Text        string            `json:"text" doc:"rest.task.text"`
	State       string            `json:"state" enum:"open,completed,cancelled"`
	Outcome     string            `json:"outcome" enum:"observed,done,not_needed,impossible,moot," doc:"rest.task.outcome"`
	OpenedAt    time.Time         `json:"opened_at"`
	DeadlineAt  *time.Time        `json:"deadline_at"`
	OverdueAt   *time.Time        `json:"overdue_at" doc:"rest.task.overdue_at"`
	EndedAt     *time.Time        `json:"ended_at"`
	EndedBy     string            `json:"ended_by" doc:"rest.task.ended_by"`
	EvidenceID  string            `json:"evidence_id" doc:"rest.task.evidence_id"`
	Note        string            `json:"note"`
}

type tasksInput struct {
	api.Paging
	Community string `query:"community" maxLength:"64" doc:"rest.param.community"`
	Group     string `query:"group" maxLength:"64" doc:"rest.param.group"`
	State     string `query:"state" enum:"open,completed,cancelled" doc:"rest.param.state"`
}

// tasks is GET /tasks, latest first.
func (r *resources) tasks(ctx context.Context, in *tasksInput) (api.Page[Task], error) {
	const list = "tasks"
	after, err := in.After(list, 1)
	if err != nil {
		return api.Page[Task]{}, err
	}
	scope, err := r.narrow(ctx, in.Community, in.Group)
	if err != nil {
		return api.Page[Task]{}, err
	}
	rows, err := task.List(ctx, r.deps.DB, scope, task.Filter{
		Community: in.Community, Group: in.Group, State: in.State, After: after[0], Limit: in.Limit + 1,
	})
	return api.NewPage(in.Paging, list, rows, r.taskOf, func(t task.Task) []string { return []string{t.ID} }), err
}

type completeInput struct {
	ID   string `path:"id" maxLength:"64" doc:"rest.param.id"`
	Body *completion
}

// completion is how a task ended; without one it is done.
type completion struct {
	Outcome string `json:"outcome,omitempty" enum:"done,not_needed,impossible" default:"done" doc:"rest.task.answer"`
	Note    string `json:"note,omitempty" maxLength:"200"`
}

// completeTask is POST /tasks/{id}/complete. A task that is closed already is a
// Conflict fault.
func (r *resources) completeTask(ctx context.Context, in *completeInput) (Task, error) {
	scope, err := api.Scope(ctx, View)
	if err != nil {
		return Task{}, err
	}
	t, err := task.Get(ctx, r.deps.DB, scope, in.ID)
	if err != nil {
		return Task{}, unknown(err)
	}
	actor := api.ActorFrom(ctx)
	if !actor.Can(Work, t.Community) {
		return Task{}, fault.New(fault.Forbidden, "fault.forbidden")
	}
	answer := completion{Outcome: "done"}
	if in.Body != nil {
		answer = *in.Body
	}
	if strings.ContainsRune(answer.Note, 0) {
		return Task{}, fault.InvalidField("note", "api.field.text")
	}
	t, err = tasks.Complete(ctx, r.deps, t, actor.ID, tasks.Answer{Outcome: answer.Outcome, Note: answer.Note})
	if err != nil {
		return Task{}, err
	}
	entry := actor.Audit("task.completed", "task", t.ID)
	entry.Community, entry.After = t.Community, map[string]any{"outcome": t.Outcome}
	err = r.deps.DB.Write(ctx, func(tx *db.Tx) error { return audit.Record(ctx, tx, entry) })
	return r.taskOf(t), err
}

func (r *resources) taskOf(t task.Task) Task {
	out := Task{
		ID: t.ID, CommunityID: t.Community, GroupID: t.Group, MemberID: t.Member, Kind: t.Kind, Subject: t.Subject,
		AssigneeID: t.Assignee, DeputyIDs: append([]string{}, t.Deputies...), Args: t.Args, Text: t.Text,
		State: t.State, Outcome: t.Outcome, OpenedAt: t.Opened.In(r.deps.Zone), DeadlineAt: r.at(t.Deadline), OverdueAt: r.at(t.Overdue),
		EndedAt: r.at(t.Ended), EndedBy: t.EndedBy, EvidenceID: t.Evidence, Note: t.Note,
	}
	if out.Args == nil {
		out.Args = map[string]string{}
	}
	return out
}
