package imports

import (
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/qunzhu/qunzhu/internal/community"
	"github.com/qunzhu/qunzhu/internal/desk/importing"
	"github.com/qunzhu/qunzhu/internal/event"
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
		ui.Text(c.T("imports.closes.last", number(c, s.Last.Members), number(c, s.Last.Messages))), {Chips: missing},
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

type phoneView struct {
	Name     string
	Last     string
	Bar      ui.Progress
	Action   string
	Fields   closeFields
	Skip     string
	Position string
}

type doneView struct {
	Title string
	Sub   string
	Rows  []doneRow
	Home  string
}

// doneRow is a group with the days that are still open.
type doneRow struct {
	Name string
	Days []dayLink
}

type dayLink struct{ Text, Href string }

// phone goes through all groups kept by hand, one after the other, on the
// operator's phone.
func (p *pages) phone(c *web.Ctx) error {
	day, err := p.askedDay(c)
	if err != nil {
		return err
	}
	all, err := p.keep.sheets(c.Context(), inView(c, Close), day)
	if err != nil {
		return err
	}
	at := next(all, c.Query("group"), c.Query("after"))
	if at < 0 {
		return p.showDone(c, day, all)
	}
	return p.showPhone(c, http.StatusOK, all, at, closeForm{}, nil)
}

// next is the index of the named group, else of the first open one behind the
// one that was just dealt with; -1 when there is none.
func next(all []sheet, named, after string) int {
	if named != "" {
		return indexOf(all, named)
	}
	for i := indexOf(all, after) + 1; i < len(all); i++ {
		if !all[i].Closed() {
			return i
		}
	}
	return -1
}

func indexOf(all []sheet, group string) int {
	return slices.IndexFunc(all, func(s sheet) bool { return s.Group.ID == group })
}

func (p *pages) showPhone(c *web.Ctx, status int, all []sheet, at int, f closeForm, problem error) error {
	s := all[at]
	done := len(all) - len(open(all))
	q := url.Values{"day": {s.Day}, "after": {s.Group.ID}}
	c.Title = c.T("imports.closes.title")
	return c.RenderStatus(status, "imports/phone", phoneView{
		Name: ui.Name(s.Group.Name), Last: c.T("imports.closes.last", number(c, s.Last.Members), number(c, s.Last.Messages)),
		Bar:    ui.Progress{Value: int64(done), Max: int64(len(all))},
		Action: closePath, Fields: p.closeFields(c, s, f, problem), Skip: closePath + "?" + q.Encode(),
		Position: c.T("imports.close.position", at+1, len(all), done),
	})
}

func (p *pages) showDone(c *web.Ctx, day string, all []sheet) error {
	waiting := open(all)
	v := doneView{Title: c.T("imports.done.all"), Sub: c.T("imports.closes.of", len(all)-len(waiting), len(all)), Home: closesPath}
	switch {
	case len(all) == 0:
		v.Title, v.Sub = c.T("imports.closes.none"), c.T("imports.closes.none.why")
	case len(waiting) > 0:
		v.Title = c.T("imports.done.some", len(waiting))
	}
	for _, s := range all {
		days := s.Open
		if !s.Closed() {
			days = append(slices.Clone(days), day)
		}
		row := doneRow{Name: ui.Name(s.Group.Name)}
		for _, d := range days {
			row.Days = append(row.Days, dayLink{c.Printer.MonthDay(p.noon(d)), phonePath(d, s.Group)})
		}
		if len(days) > 0 {
			v.Rows = append(v.Rows, row)
		}
	}
	c.Title = c.T("imports.closes.title")
	return c.Render("imports/done", v)
}

func phonePath(day string, g community.Group) string {
	return closePath + "?" + url.Values{"day": {day}, "group": {g.ID}}.Encode()
}

func (p *pages) savePhone(c *web.Ctx) error {
	var form closeForm
	formErr := c.Form(&form)
	if err := p.keep.check(form.Day); err != nil {
		return err
	}
	all, err := p.keep.sheets(c.Context(), inView(c, Close), form.Day)
	if err != nil {
		return err
	}
	at := indexOf(all, form.Group)
	if at < 0 {
		return fault.New(fault.NotFound, "fault.group_unknown")
	}
	res, err := p.save(c, all[at], form, formErr)
	if fault.Is(err, fault.Invalid) {
		return p.showPhone(c, http.StatusUnprocessableEntity, all, at, form, err)
	}
	if err != nil {
		return err
	}
	p.thank(c, all[at], res)
	return c.Redirect(closePath + "?" + url.Values{"day": {form.Day}, "after": {all[at].Group.ID}}.Encode())
}
