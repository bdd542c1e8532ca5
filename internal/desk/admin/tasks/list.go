package tasks

import (
	"context"
	"database/sql"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/qunzhu/qunzhu/internal/community"
	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/fault"
	"github.com/qunzhu/qunzhu/internal/task"
	"github.com/qunzhu/qunzhu/internal/web"
	"github.com/qunzhu/qunzhu/internal/web/ui"
)

const pageSize = 50

// The views of the list.
const (
	viewOpen    = "open"
	viewOverdue = "overdue"
	viewClosed  = "closed"
)

var views = []string{viewOpen, viewOverdue, viewClosed}

type listView struct {
	Head  ui.Head
	Tabs  ui.Tabs
	Group *ui.Chip // the group that narrows the list
	Tasks []ui.Task
	Empty ui.Empty
	Next  string
	First string
}

// list is GET /tasks; view, group and page narrow it, the community picker too.
func (p *pages) list(c *web.Ctx) error {
	view := c.Query("view")
	if !slices.Contains(views, view) {
		view = viewOpen
	}
	page, err := pageNumber(c)
	if err != nil {
		return err
	}
	v := listView{Head: ui.Head{Title: c.T("tasks.list.title"), Sub: c.T("tasks.list.sub")}}
	if v.Group, err = p.groupChip(c); err != nil {
		return err
	}
	if v.Tabs, err = p.tabs(c, view); err != nil {
		return err
	}
	list, more, err := p.tasks(c, view, page)
	if err != nil {
		return err
	}
	names, err := p.names(c.Context(), list)
	if err != nil {
		return err
	}
	for _, t := range list {
		v.Tasks = append(v.Tasks, row(c, t, names))
	}
	v.Empty = ui.Empty{What: c.T("tasks.none." + view), Why: c.T("tasks.none." + view + "_why")}
	if more {
		v.Next = ui.With(c.Request.URL, "page", strconv.Itoa(page+1))
	}
	if page > 1 {
		v.First = ui.With(c.Request.URL, "page", "")
	}
	c.Listen("tasks")
	if c.IsFragment() {
		return c.Fragment("tasks/rows", v)
	}
	return c.Render("tasks/list", v)
}

func pageNumber(c *web.Ctx) (int, error) {
	if c.Query("page") == "" {
		return 1, nil
	}
	n, err := strconv.Atoi(c.Query("page"))
	if err != nil || n < 1 || n > 10_000 {
		return 0, fault.InvalidField("page", "form.whole_number")
	}
	return n, nil
}

// groupChip names the group that the list is about, with the way back to all.
func (p *pages) groupChip(c *web.Ctx) (*ui.Chip, error) {
	if c.Query("group") == "" {
		return nil, nil
	}
	g, err := community.GetGroup(c.Context(), p.deps.DB, c.Scope(View), c.Query("group"))
	if err != nil {
		return nil, err
	}
	return &ui.Chip{Text: ui.Name(g.Name) + " ×", Href: ui.With(c.Request.URL, "group", "")}, nil
}

func (p *pages) tabs(c *web.Ctx, active string) (ui.Tabs, error) {
	open, overdue, err := task.CountOpen(c.Context(), p.deps.DB, c.Scope(View), c.Community, c.Now)
	counts := map[string]string{viewOpen: c.Printer.Number(int64(open)), viewOverdue: c.Printer.Number(int64(overdue))}
	var tabs ui.Tabs
	for _, view := range views {
		tabs = append(tabs, ui.Tab{Label: c.T("tasks.view." + view), Count: counts[view], Active: view == active,
			Href: viewPath(c, view)})
	}
	return tabs, err
}

// viewPath leads to the first page of a view and keeps the group.
func viewPath(c *web.Ctx, view string) string {
	q := url.Values{"view": {view}}
	if g := c.Query("group"); g != "" {
		q.Set("group", g)
	}
	return "/tasks?" + q.Encode()
}

// tasks loads one page of a view: what is open by its deadline, what is closed
// by its end.
func (p *pages) tasks(c *web.Ctx, view string, page int) (list []task.Task, more bool, err error) {
	ids, err := pageOf(c.Context(), p.deps.DB, c.Scope(View), selection{view, c.Community, c.Query("group"), c.Now}, page)
	if err != nil || len(ids) == 0 {
		return nil, false, err
	}
	if len(ids) > pageSize {
		ids, more = ids[:pageSize], true
	}
	list, err = task.List(c.Context(), p.deps.DB, only{c.Scope(View), ids}, task.Filter{Limit: pageSize})
	slices.SortFunc(list, func(a, b task.Task) int { return slices.Index(ids, a.ID) - slices.Index(ids, b.ID) })
	return list, more, err
}

// selection is what a page of the list shows.
type selection struct {
	view, community, group string
	now                    time.Time
}

// pageOf returns the ids of a page, and of one task more if there is one.
func pageOf(ctx context.Context, q db.Q, s community.Scope, sel selection, page int) ([]string, error) {
	cond, order := "state='open'", "CASE WHEN deadline_at IS NULL THEN 1 ELSE 0 END, deadline_at, opened_at, id"
	args := []any{sel.community, sel.group, pageSize + 1, (page - 1) * pageSize}
	switch sel.view {
	case viewOverdue:
		cond += " AND deadline_at < $5"
		args = append(args, db.Millis(sel.now))
	case viewClosed:
		cond, order = "state<>'open'", "ended_at DESC, id DESC"
	}
	scope, scopeArgs := s.SQL("community_id", len(args)+1)
	return db.List(ctx, q, func(r *sql.Rows) (id string, err error) { return id, r.Scan(&id) },
		"SELECT id FROM tasks WHERE ($1='' OR community_id=$1) AND ($2='' OR group_id=$2) AND "+cond+" AND "+scope+
			" ORDER BY "+order+" LIMIT $3 OFFSET $4", append(args, scopeArgs...)...)
}

// only narrows a scope to some tasks.
type only struct {
	community.Scope
	ids []string
}

// SQL implements community.Scope.
func (o only) SQL(column string, first int) (string, []any) {
	cond, args := o.Scope.SQL(column, first)
	return "(" + cond + ") AND id IN (" + db.Marks(len(o.ids), first+len(args)) + ")", db.Args(args, o.ids...)
}

// row says a task as a sentence.
func row(c *web.Ctx, t task.Task, n names) ui.Task {
	r := ui.Task{ID: t.ID, Mark: ui.Warn, Title: Title(c.Printer, t.Kind), Href: "/tasks/" + t.ID, Group: "tasks", Source: App(c.Printer, n.groups[t.Group].Platform)}
	if t.Member != "" {
		r.Title += " · " + n.person(t.Member)
	}
	if g, ok := n.groups[t.Group]; ok {
		r.Title += " · " + ui.Name(g.Name)
	}
	if t.State != task.Open {
		r.Mark = ui.Pass
		r.Detail = Outcome(c.Printer, t.Outcome) + " · " + c.Printer.DateTime(t.Ended)
		return r
	}
	if t.Assignee != "" {
		r.Detail = c.T("tasks.for", n.person(t.Assignee)) + " · "
	}
	r.Detail += Closes(c.Printer, t, n.groups[t.Group])
	if !t.Deadline.IsZero() {
		clock := c.Clock(t.Deadline)
		r.Clock = &clock
		if clock.Late() {
			r.Mark = ui.Fail
		}
	}
	if t.Text != "" {
		r.Buttons = append(r.Buttons, ui.Button{Label: c.T("tasks.copy"), Copy: t.Text})
	}
	r.Buttons = append(r.Buttons, ui.Button{Label: c.T("tasks.open"), Href: "/tasks/" + t.ID})
	return r
}
