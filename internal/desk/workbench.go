package desk

import (
	"html/template"
	"slices"

	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/hub"
	"github.com/qunzhu/qunzhu/internal/task"
	"github.com/qunzhu/qunzhu/internal/web"
	"github.com/qunzhu/qunzhu/internal/web/ui"
)

// attentionRows is how many groups the workbench names; the rest is in the list.
const attentionRows = 8

type workbenchView struct {
	Date     string
	Start    []ui.Button // without any group: the three ways to begin
	Findings bool        // the first findings are there and not put aside
	Todo     todoView
	Today    todayView
	Signals  []template.HTML // panels of other slices: alerts, then health
	Groups   attentionView
	Feeds    ui.Table
}

type todoView struct {
	Open, Overdue int
	Next          *ui.Clock // the nearest deadline that is still to come
	Tasks         []ui.Task
	More          string
	Empty         ui.Empty
}

type attentionView struct {
	Table ui.Table
	Sub   string
}

// workbench is the first page: what to do now, what comes today, and which
// groups need somebody. Its parts are fetched again when something changes.
func (p *pages) workbench(c *web.Ctx) error {
	if c.IsFragment() {
		return p.workbenchPart(c, c.Query("part"))
	}
	v := workbenchView{Date: c.Printer.Day(c.Now), Signals: signals(c)}
	var err error
	if v.Todo, err = p.todoPart(c); err != nil {
		return err
	}
	if v.Groups, err = p.attentionPart(c); err != nil {
		return err
	}
	if v.Feeds, err = p.feedsPart(c); err != nil {
		return err
	}
	if v.Today, err = p.todayPart(c); err != nil {
		return err
	}
	groups, err := p.hasGroups(c)
	if err != nil {
		return err
	}
	if !groups {
		v.Start = starts(c)
	} else if v.Findings, err = p.findingsPending(c); err != nil {
		return err
	}
	c.Listen("tasks", "groups", "messages", "sources")
	return c.Render("desk/workbench", v)
}

func (p *pages) workbenchPart(c *web.Ctx, part string) error {
	switch part {
	case "todo":
		v, err := p.todoPart(c)
		if err != nil {
			return err
		}
		return c.Fragment("desk/todo", v)
	case "today":
		v, err := p.todayPart(c)
		if err != nil {
			return err
		}
		return c.Fragment("desk/today", v)
	case "groups":
		v, err := p.attentionPart(c)
		if err != nil {
			return err
		}
		return c.Fragment("desk/attention", v)
	case "signals":
		return c.Fragment("desk/signals", signals(c))
	}
	v, err := p.feedsPart(c)
	if err != nil {
		return err
	}
	return c.Fragment("desk/feeds", v)
}

func signals(c *web.Ctx) []template.HTML {
	return append(c.Panels(slotAlerts), c.Panels(slotHealth)...)
}

func starts(c *web.Ctx) []ui.Button {
	return []ui.Button{
		{Label: c.T("desk.start.wecom"), Href: connectPath, Primary: true},
		{Label: c.T("desk.start.personal"), Href: addGroupsPath},
		{Label: c.T("desk.start.import"), Href: importsPath},
	}
}

func (p *pages) hasGroups(c *web.Ctx) (bool, error) {
	cond, args := c.Scope(View).SQL("community_id", 1)
	n, err := db.Int(c.Context(), p.deps.DB, "SELECT CASE WHEN EXISTS (SELECT 1 FROM community_groups WHERE "+cond+") THEN 1 ELSE 0 END", args...)
	return n > 0, err
}

func (p *pages) todoPart(c *web.Ctx) (todoView, error) {
	var v todoView
	scope := inView(c)
	var err error
	if v.Open, v.Overdue, err = task.CountOpen(c.Context(), p.deps.DB, scope, "", c.Now); err != nil {
		return v, err
	}
	list, err := urgentTasks(c.Context(), p.deps.DB, scope, todoLimit)
	if err != nil {
		return v, err
	}
	if v.Tasks, err = p.todo(c, list); err != nil {
		return v, err
	}
	if i := slices.IndexFunc(list, func(t task.Task) bool { return t.Deadline.After(c.Now) }); i >= 0 {
		clock := c.Clock(list[i].Deadline)
		v.Next = &clock
	}
	if v.Open > len(list) {
		v.More = c.T("desk.todo.more", v.Open-len(list))
	}
	v.Empty = ui.Empty{What: c.T("desk.todo.none"), Why: c.T("desk.todo.none.why")}
	return v, nil
}

func (p *pages) attentionPart(c *web.Ctx) (attentionView, error) {
	all, err := p.standings(c.Context(), inView(c), c.Now)
	if err != nil {
		return attentionView{}, err
	}
	list := slices.DeleteFunc(slices.Clone(all), func(s Standing) bool { return len(s.Reasons) == 0 })
	slices.SortFunc(list, worstFirst)
	t := ui.Table{Columns: heads(c, "group", "reason", "type", "stage", "members", "daily", "growth")}
	for i := range t.Columns {
		t.Columns[i].Numeric = i >= 4
	}
	for _, s := range list[:min(len(list), attentionRows)] {
		t.Rows = append(t.Rows, attentionRow(c, s))
	}
	t.Empty = ui.Empty{What: c.T("desk.attention.none"), Why: c.T("desk.attention.none.why", len(all))}
	if len(all) == 0 {
		t.Empty = groupsEmpty(c, false)
	}
	return attentionView{Table: t, Sub: c.T("desk.attention.sub", len(all), len(list))}, nil
}

func attentionRow(c *web.Ctx, s Standing) ui.Row {
	name := ui.Link(ui.Name(s.Name), groupPath(s.ID))
	name.Sub = ui.Name(s.In.Name)
	why := ui.Cell{Chips: reasonChips(c, s)[:1], Sub: reasonsText(c, s)}
	return ui.Row{Cells: []ui.Cell{
		name, why, ui.Text(typeName(c, s.In.Type)), ui.Text(stageName(c, s.Group)), ui.Text(capacity(c, s.Group)),
		judged(messagesADay(c, s.Daily), s.Daily), judged(growth(c, s.Growth), s.Growth),
	}}
}

func (p *pages) feedsPart(c *web.Ctx) (ui.Table, error) {
	list, err := feeds(c.Context(), p.deps.DB, p.deps.Store)
	if err != nil {
		return ui.Table{}, err
	}
	parked, err := hub.ListParked(c.Context(), p.deps.DB, c.Community, 1000)
	if err != nil {
		return ui.Table{}, err
	}
	visible := slices.DeleteFunc(parked, func(k hub.Parked) bool { return !c.Scope(View).Allows(k.Community) })
	return feedTable(c, list, len(visible)), nil
}
