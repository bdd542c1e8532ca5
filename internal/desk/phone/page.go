package phone

import (
	"net/http"

	"github.com/qunzhu/qunzhu/internal/audit"
	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/desk/admin/tasks"
	"github.com/qunzhu/qunzhu/internal/fault"
	"github.com/qunzhu/qunzhu/internal/i18n"
	"github.com/qunzhu/qunzhu/internal/task"
	"github.com/qunzhu/qunzhu/internal/web"
	"github.com/qunzhu/qunzhu/internal/web/ui"
)

type taskView struct {
	Action        string
	Title, Group  string
	Member, Staff string
	Problem       string
	Open          bool
	Overdue       bool
	Clock         *ui.Clock
	Steps         []tasks.Step
	Text          string
	Closes        string
	Note          ui.Field
	Outcome, By   string // of a closed task
	Ended, Remark string
}

type goneView struct{ Title, Text string }

// task is GET /m/t/{token}; it changes nothing.
func (p *pages) task(c *web.Ctx) error {
	o, err := p.open(c.Context(), c.Path("token"))
	if err != nil {
		return p.gone(c, o, err)
	}
	return p.show(c, o, nil)
}

func (p *pages) show(c *web.Ctx, o opened, wrong error) error {
	v := taskView{Action: c.Request.URL.Path, Title: tasks.Title(c.Printer, o.Kind), Group: ui.Name(o.group.Name), Staff: o.person(o.staff),
		Open: o.State == task.Open, Text: o.Text, Closes: tasks.Closes(c.Printer, o.Task, o.group),
		Steps: tasks.Steps(c.Printer, p.deps.Catalog, o.Task, o.group, o.person(o.Member))}
	if o.Member != "" {
		v.Member = o.person(o.Member)
	}
	if !v.Open {
		v.Outcome, v.Ended, v.Remark = tasks.Outcome(c.Printer, o.Outcome), c.Printer.DateTime(o.Ended), o.Note
		v.By = o.closer(c)
	} else if !o.Deadline.IsZero() {
		clock := c.Clock(o.Deadline)
		v.Clock, v.Overdue = &clock, clock.Left() <= 0
	}
	v.Note = ui.Field{Type: "textarea", Name: "note", Label: c.T("task.note"), Rows: 2, MaxLength: 200, Value: c.Request.PostForm.Get("note")}
	c.Title = v.Title + " · " + v.Group
	status := http.StatusOK
	if wrong != nil {
		status = fault.As(wrong).Code.Status()
		v.Problem = c.Printer.Fault(wrong)
		errs := c.Errors(wrong)
		v.Note.Error = errs["note"]
		if text := errs["outcome"]; text != "" {
			v.Problem = text
		}
	}
	return c.RenderStatus(status, "phone/task", v)
}

func (o opened) person(id string) string {
	m := o.people[id]
	switch {
	case m.Name != "":
		return ui.Name(m.Name)
	case m.External != "":
		return "…" + ui.Name(m.External[max(0, len(m.External)-6):])
	}
	return i18n.None
}

// closer says who closed the task, as far as the phone need know.
func (o opened) closer(c *web.Ctx) string {
	switch {
	case o.EndedBy == "":
		return c.T("tasks.by_platform")
	case o.EndedBy == o.staff:
		return c.T("phone.by_you")
	case o.people[o.EndedBy].ID != "":
		return o.person(o.EndedBy)
	}
	return c.T("phone.by_console")
}

// complete is POST /m/t/{token}. What was closed meanwhile is shown as it is,
// with a word about it.
func (p *pages) complete(c *web.Ctx) error {
	o, err := p.open(c.Context(), c.Path("token"))
	if err != nil {
		return p.gone(c, o, err)
	}
	var a tasks.Answer
	if err = c.Form(&a); err == nil {
		o.Task, err = tasks.Complete(c.Context(), p.deps, o.Task, o.staff, a)
	}
	if fault.Is(err, fault.Invalid) || fault.Is(err, fault.Conflict) {
		return p.show(c, o, err)
	}
	if err != nil {
		return err
	}
	if err := p.note(c, o, "task.completed_by_link"); err != nil {
		return err
	}
	return c.Redirect(c.Request.URL.Path)
}

// gone shows, in place of a failure, that a link is not or no longer good. What
// was signed but is not this person's business any more goes into the audit.
func (p *pages) gone(c *web.Ctx, o opened, cause error) error {
	v, status := goneView{c.T("phone.unknown"), c.T("phone.unknown_why")}, http.StatusNotFound
	switch {
	case fault.Is(cause, fault.Unauthorized):
		v, status = goneView{c.T("phone.expired"), c.T("phone.expired_why")}, http.StatusGone
	case !fault.Is(cause, fault.NotFound):
		return cause
	case o.staff != "":
		if err := p.note(c, o, "task.link_refused"); err != nil {
			return err
		}
	}
	c.Title = v.Title
	return c.RenderStatus(status, "phone/gone", v)
}

// note keeps in the audit what was done by a link. GET requests change nothing
// else: an entry about a refusal is about the link, not the task.
func (p *pages) note(c *web.Ctx, o opened, action string) error {
	return p.deps.DB.Write(c.Context(), func(tx *db.Tx) error {
		return audit.Record(c.Context(), tx, audit.Entry{ActorKind: "staff", ActorID: o.staff, ActorName: o.person(o.staff), Action: action,
			ObjectKind: "task", ObjectID: o.ID, Community: o.Community, Address: c.Address.String()})
	})
}
