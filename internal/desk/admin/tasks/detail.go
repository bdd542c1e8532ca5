package tasks

import (
	"net/http"

	"github.com/qunzhu/qunzhu/internal/audit"
	"github.com/qunzhu/qunzhu/internal/auth"
	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/event"
	"github.com/qunzhu/qunzhu/internal/fault"
	"github.com/qunzhu/qunzhu/internal/task"
	"github.com/qunzhu/qunzhu/internal/web"
	"github.com/qunzhu/qunzhu/internal/web/ui"
)

type taskView struct {
	Head     ui.Head
	Problem  string
	ID       string
	Open     bool
	Clock    *ui.Clock
	Steps    []Step
	Text     string
	Closes   string
	Facts    ui.Facts
	Outcomes ui.Field
	Note     ui.Field
	Work     bool // may complete it
	Timeline ui.Timeline
}

// task is GET /tasks/{id}.
func (p *pages) task(c *web.Ctx) error { return p.show(c, nil) }

func (p *pages) show(c *web.Ctx, wrong error) error {
	t, err := task.Get(c.Context(), p.deps.DB, c.Scope(View), c.Path("id"))
	if err != nil {
		return err
	}
	n, err := p.names(c.Context(), []task.Task{t})
	if err != nil {
		return err
	}
	g := n.groups[t.Group]
	v := taskView{ID: t.ID, Open: t.State == task.Open, Text: t.Text, Work: c.CanIn(Work, t.Community),
		Closes: Closes(c.Printer, t, g), Steps: Steps(c.Printer, p.deps.Catalog, t, g, n.person(t.Member))}
	if v.Facts, err = p.facts(c, t, n); err != nil {
		return err
	}
	if v.Timeline, err = p.timeline(c, t); err != nil {
		return err
	}
	c.Title = Title(c.Printer, t.Kind)
	v.Head = ui.Head{Title: c.Title, Chips: []ui.Chip{stateChip(c, t)}}
	if t.Group != "" {
		v.Head.Sub = ui.Name(g.Name)
	}
	if v.Open && !t.Deadline.IsZero() {
		clock := c.Clock(t.Deadline)
		v.Clock = &clock
	}
	v.answerFields(c, wrong)
	c.Listen("tasks")
	if wrong != nil {
		v.Problem = c.Printer.Fault(wrong)
		status := fault.As(wrong).Code.Status()
		if fault.Is(wrong, fault.Invalid) {
			status = http.StatusUnprocessableEntity
		}
		return c.RenderStatus(status, "tasks/task", v)
	}
	return c.Render("tasks/task", v)
}

func (v *taskView) answerFields(c *web.Ctx, wrong error) {
	errs := ui.Errors{}
	if wrong != nil {
		errs = c.Errors(wrong)
	}
	v.Outcomes = ui.Field{Type: "radio", Name: "outcome", Label: c.T("tasks.answer"), Required: true, Error: errs["outcome"]}
	for _, o := range Answers {
		v.Outcomes.Options = append(v.Outcomes.Options, ui.Option{Value: o, Label: c.T("task.answer." + o), Help: c.T("task.answer." + o + "_help"),
			Selected: o == c.Request.PostForm.Get("outcome")})
	}
	v.Note = ui.Field{Type: "textarea", Name: "note", Label: c.T("task.note"), Rows: 2, MaxLength: maxNote, Error: errs["note"],
		Value: c.Request.PostForm.Get("note")}
}

func stateChip(c *web.Ctx, t task.Task) ui.Chip {
	switch {
	case t.State != task.Open:
		return ui.Chip{Status: ui.Pass, Text: Outcome(c.Printer, t.Outcome)}
	case !t.Deadline.IsZero() && !c.Now.Before(t.Deadline):
		return ui.Chip{Status: ui.Fail, Text: c.T("tasks.state.overdue")}
	}
	return ui.Chip{Status: ui.Warn, Text: c.T("tasks.state.open")}
}

func (p *pages) facts(c *web.Ctx, t task.Task, n names) (ui.Facts, error) {
	g := n.groups[t.Group]
	var facts ui.Facts
	if t.Group != "" {
		facts = ui.Facts{{Label: c.T("tasks.fact.group"), Value: ui.Name(g.Name), Href: "/groups/" + g.ID}}
	}
	add := func(key, value string) { facts = append(facts, ui.Fact{Label: c.T("tasks.fact." + key), Value: value}) }
	if t.Member != "" {
		add("member", n.person(t.Member))
	}
	if t.Assignee != "" {
		add("assignee", n.person(t.Assignee))
	}
	for _, d := range t.Deputies {
		add("deputy", n.person(d))
	}
	add("opened", c.Printer.DateTime(t.Opened))
	if !t.Deadline.IsZero() {
		add("deadline", c.Printer.DateTime(t.Deadline))
	}
	if t.State == task.Open {
		return facts, nil
	}
	by, err := p.closer(c, t, n)
	add("outcome", Outcome(c.Printer, t.Outcome))
	add("ended", c.Printer.DateTime(t.Ended))
	add("by", by)
	if t.Note != "" {
		add("note", t.Note)
	}
	return facts, err
}

// closer is who or what closed the task: the platform's report, the day's numbers
// being complete, a member of staff on the phone, or an operator in the console.
func (p *pages) closer(c *web.Ctx, t task.Task, n names) (string, error) {
	switch {
	case t.EndedBy == "" && t.Kind == task.DailyClose:
		return c.T("tasks.by_close"), nil
	case t.EndedBy == "":
		return c.T("tasks.by_platform"), nil
	case n.people[t.EndedBy].ID != "":
		return n.person(t.EndedBy), nil
	}
	all, err := p.deps.Auth.Operators(c.Context(), auth.System("tasks"))
	for _, o := range all {
		if o.ID == t.EndedBy {
			return ui.Name(o.Name), err
		}
	}
	return c.T("tasks.by_unknown"), err
}

// timeline shows what became of the task, with the event that closed it as its
// evidence.
func (p *pages) timeline(c *web.Ctx, t task.Task) (ui.Timeline, error) {
	out := ui.Timeline{}
	if t.Evidence != "" {
		found, err := event.Get(c.Context(), p.deps.DB, t.Community, t.Evidence)
		if err != nil {
			return nil, err
		}
		for _, e := range found {
			out = append(out, ui.Entry{Time: c.Printer.DateTime(e.At), Title: c.T("tasks.event.closed"), Status: ui.Pass,
				Detail: p.evidence(c, e.Kind) + " · " + e.ID})
		}
	}
	if !t.Overdue.IsZero() {
		out = append(out, ui.Entry{Time: c.Printer.DateTime(t.Overdue), Title: c.T("tasks.event.overdue"), Status: ui.Fail})
	}
	return append(out, ui.Entry{Time: c.Printer.DateTime(t.Opened), Title: c.T("tasks.event.opened")}), nil
}

// evidence says what kind of event closed the task.
func (p *pages) evidence(c *web.Ctx, kind event.Kind) string {
	if key := "tasks.evidence." + string(kind); p.deps.Catalog.Has(key) {
		return c.T(key)
	}
	return string(kind)
}

// complete is POST /tasks/{id}/complete.
func (p *pages) complete(c *web.Ctx) error {
	t, err := task.Get(c.Context(), p.deps.DB, c.Scope(View), c.Path("id"))
	if err != nil {
		return err
	}
	if !c.CanIn(Work, t.Community) {
		return fault.New(fault.Forbidden, "fault.forbidden")
	}
	var a Answer
	if err = c.Form(&a); err == nil {
		t, err = Complete(c.Context(), p.deps, t, c.Actor.ID, a)
	}
	if fault.Is(err, fault.Invalid) || fault.Is(err, fault.Conflict) {
		return p.show(c, err)
	}
	if err != nil {
		return err
	}
	if err := p.note(c, t); err != nil {
		return err
	}
	c.Flash("tasks.completed")
	return c.Redirect("/tasks/" + t.ID)
}

// note keeps in the audit who closed a task in the console.
func (p *pages) note(c *web.Ctx, t task.Task) error {
	a, err := p.deps.Sessions.Actor(c.Context())
	if err != nil {
		return err
	}
	e := a.From(c.Address.String()).Audit("task.completed", "task", t.ID)
	e.Community, e.After = t.Community, map[string]string{"outcome": t.Outcome}
	return p.deps.DB.Write(c.Context(), func(tx *db.Tx) error { return audit.Record(c.Context(), tx, e) })
}
