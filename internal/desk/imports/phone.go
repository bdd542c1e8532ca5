package imports

import (
	"net/http"
	"net/url"
	"slices"

	"github.com/qunzhu/qunzhu/internal/community"
	"github.com/qunzhu/qunzhu/internal/fault"
	"github.com/qunzhu/qunzhu/internal/web"
	"github.com/qunzhu/qunzhu/internal/web/ui"
)

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
		Name: ui.Name(s.Group.Name), Last: lastKnown(c, s.Last),
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
