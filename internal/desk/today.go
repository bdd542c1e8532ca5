package desk

import (
	"slices"
	"time"

	"github.com/qunzhu/qunzhu/internal/connector"
	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/task"
	"github.com/qunzhu/qunzhu/internal/web"
	"github.com/qunzhu/qunzhu/internal/web/ui"
)

// todayView is the day as a timeline: what is over, then what comes.
type todayView struct {
	Entries ui.Timeline
	Empty   ui.Empty
}

// dailyPulls are worth a line of the day; those that run every few minutes are
// not.
var dailyPulls = []string{"groups", "directory", "statistics", "consents"}

// dayEntry is an entry of the day at its time.
type dayEntry struct {
	at    time.Time
	entry ui.Entry
}

func (p *pages) todayPart(c *web.Ctx) (todayView, error) {
	today := c.Now.In(p.deps.Zone)
	start := time.Date(today.Year(), today.Month(), today.Day(), 0, 0, 0, 0, p.deps.Zone)
	end := start.AddDate(0, 0, 1)
	list, err := p.todaysTasks(c, start, end)
	if err != nil {
		return todayView{}, err
	}
	pulls, err := p.todaysPulls(c, end)
	if err != nil {
		return todayView{}, err
	}
	closes, err := p.openCloses(c, today.Format(time.DateOnly), end)
	if err != nil {
		return todayView{}, err
	}
	list = append(append(list, pulls...), closes...)
	slices.SortStableFunc(list, func(a, b dayEntry) int { return a.at.Compare(b.at) })
	v := todayView{Empty: ui.Empty{What: c.T("desk.today.none"), Why: c.T("desk.today.none.why")}}
	for _, m := range list {
		if m.entry.Time == "" {
			m.entry.Time = c.Printer.Time(m.at)
		}
		v.Entries = append(v.Entries, m.entry)
	}
	return v, nil
}

func (p *pages) todaysTasks(c *web.Ctx, start, end time.Time) ([]dayEntry, error) {
	scope := inView(c)
	ids, err := endedToday(c.Context(), p.deps.DB, scope, start, todoLimit)
	if err != nil {
		return nil, err
	}
	due, err := urgentTasks(c.Context(), p.deps.DB, scope, todoLimit)
	if err != nil {
		return nil, err
	}
	list := slices.DeleteFunc(due, func(t task.Task) bool { return t.Deadline.IsZero() || !t.Deadline.Before(end) })
	if len(ids) > 0 {
		ended, err := task.List(c.Context(), p.deps.DB, chosenTasks{scope, ids}, task.Filter{Limit: len(ids)})
		if err != nil {
			return nil, err
		}
		list = append(list, ended...)
	}
	names, err := p.taskNames(c.Context(), list)
	if err != nil {
		return nil, err
	}
	var out []dayEntry
	for _, t := range list {
		row := todoRow(c, t, names)
		m := dayEntry{at: t.Deadline, entry: ui.Entry{Title: row.Title, Href: row.Href, Status: ui.Insufficient, Detail: c.T("desk.today.due")}}
		if t.State != task.Open {
			m.at, m.entry.Status, m.entry.Detail = t.Ended, ui.Pass, word(c, "outcome", t.Outcome, outcomes)
		} else if t.Deadline.Before(c.Now) {
			m.entry.Status, m.entry.Detail = ui.Fail, c.T("desk.today.overdue")
		}
		out = append(out, m)
	}
	return out, nil
}

func (p *pages) todaysPulls(c *web.Ctx, end time.Time) ([]dayEntry, error) {
	list, err := p.deps.Store.List(c.Context(), p.deps.DB)
	if err != nil {
		return nil, err
	}
	var out []dayEntry
	for _, conn := range list {
		if conn.State != connector.Active {
			continue
		}
		cursors, err := p.deps.Store.Cursors(c.Context(), p.deps.DB, conn.ID)
		if err != nil {
			return nil, err
		}
		for _, name := range dailyPulls {
			cur, known := cursors[name]
			if known && cur.DueAt.After(c.Now) && cur.DueAt.Before(end) {
				out = append(out, dayEntry{cur.DueAt, ui.Entry{Title: c.T("desk.pull." + name), Detail: ui.Name(conn.Name), Href: sourcesPath, Status: ui.Insufficient}})
			}
		}
	}
	return out, nil
}

// openCloses is one line for the groups without an API whose day nobody has
// entered yet.
func (p *pages) openCloses(c *web.Ctx, day string, end time.Time) ([]dayEntry, error) {
	cond, args := inView(c).SQL("g.community_id", 2)
	n, err := db.Int(c.Context(), p.deps.DB, `SELECT count(*) FROM community_groups g WHERE g.platform='wechat' AND g.status='active'
 AND NOT EXISTS (SELECT 1 FROM activity_tallies t WHERE t.community_id=g.community_id AND t.group_id=g.id AND t.day=$1) AND `+cond,
		append([]any{day}, args...)...)
	if err != nil || n == 0 {
		return nil, err
	}
	return []dayEntry{{end.Add(-time.Minute), ui.Entry{Time: c.T("desk.today.evening"), Title: c.T("desk.today.closes", n), Href: "/groups?level=" + ManualLevel,
		Status: ui.Insufficient, Detail: c.T("desk.today.closes.why")}}}, nil
}
