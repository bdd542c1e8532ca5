package moderation

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/qunzhu/qunzhu/internal/auth"
	"github.com/qunzhu/qunzhu/internal/web"
	"github.com/qunzhu/qunzhu/internal/web/ui"
)

// addCourse tells what happened to the case, the newest first.
func (p *pages) addCourse(c *web.Ctx, v *caseView, k Case, rulings []Ruling) error {
	actions, err := Actions(c.Context(), p.deps.DB, k.Community, k.ID)
	if err != nil {
		return err
	}
	names, err := p.operators(c.Context())
	if err != nil {
		return err
	}
	type moment struct {
		at time.Time
		ui.Entry
	}
	moments := []moment{{k.Opened, ui.Entry{Title: c.T("moderation.course.posted")}}, {k.Detected, ui.Entry{Title: c.T("moderation.course.detected", k.ListVersion)}}}
	for _, d := range rulings {
		e := ui.Entry{Title: c.T("moderation.course.decided", ui.Name(cmp.Or(names[d.By], d.By)), c.T("moderation.do."+string(d.Decision))), Detail: d.Note}
		if d.Undone {
			e.Detail = c.T("moderation.course.undone")
		}
		moments = append(moments, moment{d.At, e})
	}
	for _, a := range actions {
		at, status := a.Asked, ui.Info
		if !a.Done.IsZero() {
			at, status = a.Done, ui.Pass
		}
		e := ui.Entry{Status: status, Title: c.T("moderation.action."+a.State, gradeName(c, a.Grade))}
		if a.Task != "" {
			e.Href = "/tasks/" + a.Task
		}
		moments = append(moments, moment{at, e})
	}
	if !k.FirstAction.IsZero() {
		moments = append(moments, moment{k.FirstAction, ui.Entry{Status: ui.Pass, Title: c.T("moderation.course.first", actionName(c, k.FirstKind))}})
	}
	slices.SortStableFunc(moments, func(a, b moment) int { return a.at.Compare(b.at) })
	slices.Reverse(moments)
	for _, m := range moments {
		m.Time = c.Printer.MonthDay(m.at) + " " + c.Printer.Time(m.at)
		v.Course = append(v.Course, m.Entry)
	}
	return nil
}

// operators are the names of operators by id.
func (p *pages) operators(ctx context.Context) (map[string]string, error) {
	out := map[string]string{}
	if p.deps.Auth == nil {
		return out, nil
	}
	list, err := p.deps.Auth.Operators(ctx, auth.System(Name))
	for _, o := range list {
		out[o.ID] = o.Name
	}
	return out, err
}

func (p *pages) addEarlier(c *web.Ctx, v *caseView, k Case, _ facts) error {
	list, err := Cases(c.Context(), p.deps.DB, c.Scope(View), Filter{Community: k.Community, Member: k.Member, Limit: earlierCases + 1})
	if err != nil {
		return err
	}
	v.Earlier = ui.Table{Dense: true, Columns: []ui.Column{{Label: c.T("moderation.when")}, {Label: c.T("moderation.what")}, {Label: c.T("moderation.how")}}}
	for _, e := range list {
		if e.ID == k.ID || len(v.Earlier.Rows) == earlierCases {
			continue
		}
		how := c.T("moderation.state." + e.State)
		switch {
		case e.Verdict != "":
			how = c.T("moderation.do." + string(e.Verdict))
		case e.FirstKind != "":
			how = actionName(c, e.FirstKind)
		}
		v.Earlier.Rows = append(v.Earlier.Rows, ui.Row{Cells: []ui.Cell{
			ui.Link(c.Printer.DateTime(e.Opened), "/risk/cases/"+e.ID), ui.Text(categoryNames(c, e.Categories)), ui.Text(how),
		}})
	}
	return nil
}
