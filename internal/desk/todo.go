package desk

import (
	"cmp"
	"context"
	"database/sql"
	"slices"
	"time"

	"github.com/qunzhu/qunzhu/internal/community"
	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/effect"
	"github.com/qunzhu/qunzhu/internal/task"
	"github.com/qunzhu/qunzhu/internal/web"
	"github.com/qunzhu/qunzhu/internal/web/ui"
)

// todoLimit is how many tasks a page lists; the rest is behind a link.
const todoLimit = 12

var (
	outcomes = []string{task.Done, task.NotNeeded, task.Impossible, task.Observed, task.Moot}
	doings   = []string{string(effect.GroupPost), string(effect.StaffNotify), string(effect.MemberRemind), string(effect.MemberWarn),
		string(effect.MemberMute), string(effect.MemberRemove), string(effect.MessageRecall), task.Check, task.DailyClose}
)

// doing names the kind of a task or effect: 移出成员.
func doing(c *web.Ctx, kind string) string { return word(c, "do", kind, doings) }

// mostUrgent returns the ids of open tasks in the order of their deadlines;
// those without one come last, oldest first.
func mostUrgent(ctx context.Context, q db.Q, s community.Scope, limit int) ([]string, error) {
	cond, args := s.SQL("community_id", 2)
	return db.List(ctx, q, func(r *sql.Rows) (id string, err error) { return id, r.Scan(&id) },
		`SELECT id FROM tasks WHERE state='open' AND `+cond+` ORDER BY CASE WHEN deadline_at IS NULL THEN 1 ELSE 0 END, deadline_at, opened_at, id LIMIT $1`,
		append([]any{limit}, args...)...)
}

// urgentTasks loads the open tasks whose deadlines are nearest, overdue ones
// first.
func urgentTasks(ctx context.Context, q db.Q, s community.Scope, limit int) ([]task.Task, error) {
	ids, err := mostUrgent(ctx, q, s, limit)
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	list, err := task.List(ctx, q, chosenTasks{s, ids}, task.Filter{State: task.Open, Limit: limit})
	slices.SortFunc(list, func(a, b task.Task) int { return cmp.Compare(slices.Index(ids, a.ID), slices.Index(ids, b.ID)) })
	return list, err
}

// chosenTasks narrows a scope to some tasks.
type chosenTasks struct {
	community.Scope
	ids []string
}

// SQL implements community.Scope.
func (s chosenTasks) SQL(column string, first int) (string, []any) {
	cond, args := s.Scope.SQL(column, first)
	return "(" + cond + ") AND id IN (" + db.Marks(len(s.ids), first+len(args)) + ")", db.Args(args, s.ids...)
}

// todo makes rows of tasks: what is to be done, for whom, until when, and what
// closes it.
func (p *pages) todo(c *web.Ctx, list []task.Task) ([]ui.Task, error) {
	names, err := p.taskNames(c.Context(), list)
	if err != nil {
		return nil, err
	}
	rows := make([]ui.Task, len(list))
	for i, t := range list {
		rows[i] = todoRow(c, t, names)
	}
	return rows, nil
}

func todoRow(c *web.Ctx, t task.Task, names taskNames) ui.Task {
	row := ui.Task{ID: t.ID, Mark: ui.Warn, Title: doing(c, t.Kind), Href: taskPath(t.ID), Group: "todo"}
	if t.Member != "" {
		row.Title += " · " + names.member(t.Member)
	}
	if g, ok := names.groups[t.Group]; ok {
		row.Title += " · " + ui.Name(g)
	}
	if t.Assignee != "" {
		row.Detail = c.T("desk.todo.for", names.member(t.Assignee)) + c.T("desk.comma")
	}
	row.Detail += c.T("desk.todo.closes." + closedBy(t.Kind))
	if !t.Deadline.IsZero() {
		clock := c.Clock(t.Deadline)
		row.Clock = &clock
		if clock.Late() {
			row.Mark = ui.Fail
		}
	}
	if t.Text != "" {
		row.Buttons = append(row.Buttons, ui.Button{Label: c.T("desk.todo.copy"), Copy: t.Text, Primary: row.Mark == ui.Fail})
	}
	if place := t.Args["path"]; web.LocalPath(place) {
		row.Buttons = append(row.Buttons, ui.Button{Label: c.T("desk.todo.go"), Href: place})
	}
	row.Buttons = append(row.Buttons, ui.Button{Label: c.T("desk.todo.open"), Href: taskPath(t.ID)})
	return row
}

// closedBy is what ends a task without anybody saying so: the platform reports
// a removal, the words appear in the group, or nothing does.
func closedBy(kind string) string {
	switch effect.Kind(kind) {
	case effect.MemberRemove:
		return "removal"
	case effect.GroupPost, effect.MemberRemind, effect.MemberWarn:
		return "words"
	}
	return "person"
}

// taskNames are the names of the groups and people in a list of tasks.
type taskNames struct {
	groups map[string]string
	people map[string]community.Member // by id; ids differ between communities
}

func (n taskNames) member(id string) string {
	p := n.people[id]
	return personName(p.Name, p.External)
}

// taskNames loads them with two statements a community.
func (p *pages) taskNames(ctx context.Context, list []task.Task) (taskNames, error) {
	n := taskNames{groups: map[string]string{}, people: map[string]community.Member{}}
	groups, people := map[string][]string{}, map[string][]string{}
	for _, t := range list {
		groups[t.Community] = append(groups[t.Community], t.Group)
		people[t.Community] = append(people[t.Community], t.Member, t.Assignee)
	}
	for home, ids := range groups {
		found, err := community.GroupsByID(ctx, p.deps.DB, home, ids...)
		if err != nil {
			return n, err
		}
		for _, g := range found {
			n.groups[g.ID] = g.Name
		}
		members, err := community.Members(ctx, p.deps.DB, home, people[home]...)
		if err != nil {
			return n, err
		}
		for id, m := range members {
			n.people[id] = m
		}
	}
	return n, nil
}

// endedToday lists tasks that ended since a moment, latest first.
func endedToday(ctx context.Context, q db.Q, s community.Scope, since time.Time, limit int) ([]string, error) {
	cond, args := s.SQL("community_id", 3)
	return db.List(ctx, q, func(r *sql.Rows) (id string, err error) { return id, r.Scan(&id) },
		"SELECT id FROM tasks WHERE state<>'open' AND ended_at>=$1 AND "+cond+" ORDER BY ended_at DESC, id LIMIT $2",
		append([]any{db.Millis(since), limit}, args...)...)
}
