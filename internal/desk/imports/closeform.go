package imports

import (
	"time"

	"github.com/qunzhu/qunzhu/internal/fault"
	"github.com/qunzhu/qunzhu/internal/web"
	"github.com/qunzhu/qunzhu/internal/web/ui"
)

// closeForm is what a person types for one group and day. Numbers are texts, so
// that full-width digits count and a blank is not a zero.
type closeForm struct {
	Day      string    `form:"day" validate:"required,max=10,line"`
	Group    string    `form:"group" validate:"max=26,line"`
	Members  string    `form:"members" validate:"max=20,line"`
	Messages string    `form:"messages" validate:"max=20,line"`
	Joins    string    `form:"joins" validate:"max=20,line"`
	Leaves   string    `form:"leaves" validate:"max=20,line"`
	Same     bool      `form:"same"`
	Paste    string    `form:"paste" validate:"max=500000"`
	From     time.Time `form:"from"`
	To       time.Time `form:"to"`
}

// entry checks the numbers; all that are wrong come back in one fault.
func (f closeForm) entry() (entry, error) {
	e := entry{Same: f.Same, Paste: f.Paste, From: f.From, To: f.To}
	if !e.To.IsZero() {
		// The field names a minute, and the whole of it is covered.
		e.To = e.To.Add(time.Minute - time.Millisecond)
	}
	wrong := fault.New(fault.Invalid, "fault.invalid")
	for _, one := range []struct {
		name, text string
		most       int
		into       **int
	}{
		{"members", f.Members, maxMembers, &e.Tally.Members}, {"messages", f.Messages, maxMessages, &e.Tally.Messages},
		{"joins", f.Joins, maxMembers, &e.Tally.Joins}, {"leaves", f.Leaves, maxMembers, &e.Tally.Leaves},
	} {
		n, err := parseCount(one.name, one.text, one.most)
		if err != nil {
			wrong.Fields = append(wrong.Fields, fault.As(err).Fields...)
		}
		*one.into = n
	}
	return e, wrong.OrNil()
}

// closeFields is the part that the phone and the console show alike.
type closeFields struct {
	Group, Day string // id, local date
	DayText    string
	Members    ui.Field
	Messages   ui.Field
	More       []ui.Field // joins and leaves
	MoreOpen   bool
	Paste      ui.Field
	From, To   ui.Field
	PasteOpen  bool
	Same       string // label of the button, "" without a last number
	Error      string
}

func (p *pages) closeFields(c *web.Ctx, s sheet, f closeForm, problem error) closeFields {
	errs := ui.Errors{}
	if problem != nil {
		errs = c.Errors(problem)
	}
	numeric := func(name, value string, entered, last *int) ui.Field {
		if value == "" {
			value = typed(entered)
		}
		return ui.Field{Name: name, Label: c.T("imports.close." + name), Value: value, Placeholder: typed(last), Error: errs[name]}
	}
	from, to := p.pastePeriod(s.Day, c.Now)
	if !f.From.IsZero() {
		from = f.From
	}
	if !f.To.IsZero() {
		to = f.To
	}
	v := closeFields{Group: s.Group.ID, Day: s.Day, DayText: c.Printer.Day(p.noon(s.Day)),
		Members:  numeric("members", f.Members, s.Today.Members, s.Last.Members),
		Messages: numeric("messages", f.Messages, s.Today.Messages, s.Last.Messages),
		More:     []ui.Field{numeric("joins", f.Joins, s.Today.Joins, nil), numeric("leaves", f.Leaves, s.Today.Leaves, nil)},
		Paste: ui.Field{Type: "textarea", Name: "paste", Label: c.T("imports.close.paste"), Help: c.T("imports.close.paste.help"), Value: f.Paste, Rows: 5,
			Error: errs["paste"], Placeholder: c.T("imports.new.text.example")},
		From: ui.Field{Type: "datetime-local", Name: "from", Label: c.T("imports.close.from"), Value: p.local(from), Error: first(errs, "from", "declared_from")},
		To:   ui.Field{Type: "datetime-local", Name: "to", Label: c.T("imports.close.to"), Value: p.local(to), Error: first(errs, "to", "declared_to")},
	}
	v.MoreOpen = errs["joins"]+errs["leaves"] != "" || s.Today.Joins != nil || s.Today.Leaves != nil
	v.PasteOpen = f.Paste != ""
	if s.Last.Members != nil {
		v.Same = c.T("imports.close.same", *s.Last.Members)
	}
	if problem != nil && len(errs) == 0 {
		v.Error = c.Printer.Fault(problem)
	}
	for _, name := range []string{"day", "file", "group"} {
		if errs[name] != "" {
			v.Error = errs[name]
		}
	}
	return v
}

func first(errs ui.Errors, names ...string) string {
	for _, n := range names {
		if errs[n] != "" {
			return errs[n]
		}
	}
	return ""
}

func (p *pages) noon(day string) time.Time {
	t, err := time.ParseInLocation(time.DateOnly, day, p.deps.Zone)
	if err != nil {
		return time.Time{}
	}
	return t.Add(12 * time.Hour)
}

// pastePeriod proposes the whole day, as far as it has passed.
func (p *pages) pastePeriod(day string, now time.Time) (from, to time.Time) {
	noon := p.noon(day)
	y, m, d := noon.Date()
	from = time.Date(y, m, d, 0, 0, 0, 0, p.deps.Zone)
	to = time.Date(y, m, d, 23, 59, 0, 0, p.deps.Zone)
	if to.After(now) {
		to = now
	}
	return from, to
}
