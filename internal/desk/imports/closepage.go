package imports

import (
	"cmp"
	"net/http"

	"github.com/qunzhu/qunzhu/internal/desk/importing"
	"github.com/qunzhu/qunzhu/internal/event"
	"github.com/qunzhu/qunzhu/internal/fault"
	"github.com/qunzhu/qunzhu/internal/i18n"
	"github.com/qunzhu/qunzhu/internal/web"
	"github.com/qunzhu/qunzhu/internal/web/ui"
)

// askedDay is the day of the request, or the one that is due.
func (p *pages) askedDay(c *web.Ctx) (string, error) {
	day := c.Query("day")
	if day == "" {
		return p.keep.dueDay(c.Now), nil
	}
	return day, p.keep.check(day)
}

type closesView struct {
	Head  ui.Head
	Bar   ui.Progress
	Table ui.Table
	Open  []ui.Chip
}

// closes lists the groups kept by hand with what is known of the day.
func (p *pages) closes(c *web.Ctx) error {
	day, err := p.askedDay(c)
	if err != nil {
		return err
	}
	all, err := p.keep.sheets(c.Context(), inView(c, Close), day)
	if err != nil {
		return err
	}
	done := len(all) - len(open(all))
	v := closesView{Head: ui.Head{Title: c.T("imports.closes.title"), Sub: c.Printer.Day(p.noon(day))},
		Bar: ui.Progress{Label: c.T("imports.closes.done"), Value: int64(done), Max: int64(len(all)), Text: c.T("imports.closes.of", done, len(all))},
		Table: ui.Table{Columns: numeric(heads(c, "imports.closes.col.", "group", "state", "members", "messages", "last", "open", "next"), 2, 3),
			Empty: ui.Empty{What: c.T("imports.closes.none"), Why: c.T("imports.closes.none.why")}}}
	if c.Can(Write) {
		add := ui.Button{Label: c.T("imports.add.title"), Href: addPath}
		v.Head.Buttons = append(v.Head.Buttons, add)
		v.Table.Empty.Action = &add
	}
	if len(all) > 0 {
		v.Head.Buttons = append(v.Head.Buttons, ui.Button{Label: c.T("imports.closes.phone"), Href: closePath + "?day=" + day, Primary: true})
	}
	for _, s := range all {
		v.Table.Rows = append(v.Table.Rows, p.closesRow(c, s))
	}
	return c.Render("imports/closes", v)
}

func (p *pages) closesRow(c *web.Ctx, s sheet) ui.Row {
	state := ui.Chip{Status: ui.Warn, Text: c.T("imports.closes.waiting")}
	if s.Closed() {
		state = ui.Chip{Status: ui.Pass, Text: c.T("imports.closes.closed")}
	}
	path := "/groups/" + s.Group.ID
	state.Href = path + "/close?day=" + s.Day
	var missing []ui.Chip
	for _, d := range s.Open {
		missing = append(missing, ui.Chip{Text: c.Printer.MonthDay(p.noon(d)), Href: path + "/close?day=" + d})
	}
	return ui.Row{Cells: []ui.Cell{
		ui.Link(ui.Name(s.Group.Name), path), {Chips: []ui.Chip{state}}, ui.Text(number(c, s.Today.Members)), ui.Text(number(c, s.Today.Messages)),
		ui.Text(cmp.Or(lastKnown(c, s.Last), i18n.None)), {Chips: missing},
		{Buttons: []ui.Button{{Label: c.T("imports.closes.enter"), Href: path + "/close?day=" + s.Day}}},
	}}
}

// open are the sheets whose day is not known.
func open(all []sheet) []sheet {
	var out []sheet
	for _, s := range all {
		if !s.Closed() {
			out = append(out, s)
		}
	}
	return out
}

type closeView struct {
	Head   ui.Head
	Action string
	Fields closeFields
	Past   ui.Table
}

// closeOne is the close of one group in the console, with its recent days.
func (p *pages) closeOne(c *web.Ctx) error {
	s, err := p.oneSheet(c, c.Query("day"))
	if err != nil {
		return err
	}
	return p.showClose(c, http.StatusOK, s, closeForm{}, nil)
}

// oneSheet is the sheet of the group in the path.
func (p *pages) oneSheet(c *web.Ctx, day string) (sheet, error) {
	g, err := p.keep.byHand(c.Context(), c.Scope(Close), c.Path("id"))
	if err != nil {
		return sheet{}, err
	}
	if day == "" {
		day = p.keep.dueDay(c.Now)
	}
	return p.keep.one(c.Context(), g, day)
}

func (p *pages) showClose(c *web.Ctx, status int, s sheet, f closeForm, problem error) error {
	path := "/groups/" + s.Group.ID
	v := closeView{
		Head: ui.Head{Title: c.T("imports.close.of", ui.Name(s.Group.Name)), Sub: c.Printer.Day(p.noon(s.Day)), Buttons: []ui.Button{
			{Label: c.T("imports.closes.title"), Href: closesPath}, {Label: c.T("imports.edit.open"), Href: path + "/edit"}}},
		Action: path + "/close", Fields: p.closeFields(c, s, f, problem),
		Past: ui.Table{Dense: true, Empty: ui.Empty{What: c.T("imports.close.no_days")},
			Columns: numeric(heads(c, "imports.close.", "day", "members", "messages", "joins", "leaves", "next"), 1, 2, 3, 4)},
	}
	if !c.CanIn(Write, s.Group.Community) {
		v.Head.Buttons = v.Head.Buttons[:1]
	}
	for _, t := range p.keep.recent(s) {
		v.Past.Rows = append(v.Past.Rows, ui.Row{On: t.Day == s.Day, Cells: []ui.Cell{
			ui.Text(c.Printer.MonthDay(p.noon(t.Day))), ui.Text(number(c, t.Members)), ui.Text(number(c, t.Messages)), ui.Text(number(c, t.Joins)),
			ui.Text(number(c, t.Leaves)), {Buttons: []ui.Button{{Label: correction(c, t), Href: path + "/close?day=" + t.Day}}},
		}})
	}
	c.Title = v.Head.Title
	return c.RenderStatus(status, "imports/close", v)
}

func correction(c *web.Ctx, t event.Tally) string {
	if closed(t) {
		return c.T("imports.close.correct")
	}
	return c.T("imports.closes.enter")
}

func (p *pages) saveOne(c *web.Ctx) error {
	var form closeForm
	formErr := c.Form(&form)
	s, err := p.oneSheet(c, form.Day)
	if err != nil {
		return err
	}
	res, err := p.save(c, s, form, formErr)
	if fault.Is(err, fault.Invalid) {
		return p.showClose(c, http.StatusUnprocessableEntity, s, form, err)
	}
	if err != nil {
		return err
	}
	p.thank(c, s, res)
	return c.Redirect("/groups/" + s.Group.ID + "/close?day=" + s.Day)
}

func (p *pages) save(c *web.Ctx, s sheet, f closeForm, formErr error) (*importing.Result, error) {
	if formErr != nil {
		return nil, formErr
	}
	e, err := f.entry()
	if err != nil {
		return nil, err
	}
	return p.keep.close(c.Context(), s, e, actor(c))
}

func (p *pages) thank(c *web.Ctx, s sheet, res *importing.Result) {
	if res == nil {
		c.Flash("imports.close.saved", ui.Name(s.Group.Name))
		return
	}
	c.Flash("imports.close.saved_paste", ui.Name(s.Group.Name), res.Messages, res.Duplicates, res.Rejected)
}
