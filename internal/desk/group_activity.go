package desk

import (
	"time"

	"github.com/qunzhu/qunzhu/internal/activity"
	"github.com/qunzhu/qunzhu/internal/i18n"
	"github.com/qunzhu/qunzhu/internal/web"
	"github.com/qunzhu/qunzhu/internal/web/ui"
)

// activeDays is how many days the tab 活跃 shows, today included.
const activeDays = 35

type activityView struct {
	groupFrame
	Trend   ui.Trend
	Spoken  ui.HeatStrip // coverage of messages
	Roster  ui.HeatStrip // coverage of joins and leaves
	Table   ui.Table
	Partial string // what the numbers cannot show at this level
	Self    string
}

// activity shows the days of a group: what is not known stays empty.
func (p *pages) activity(c *web.Ctx) error {
	g, err := p.open(c)
	if err != nil {
		return err
	}
	today := c.Now.In(p.deps.Zone)
	from := time.Date(today.Year(), today.Month(), today.Day()-activeDays+1, 12, 0, 0, 0, p.deps.Zone).Format(time.DateOnly)
	list, err := activity.Days(c.Context(), p.deps.DB, activity.Params{Zone: p.deps.Zone, Now: c.Now}, g.Group, from, today.Format(time.DateOnly))
	if err != nil {
		return err
	}
	v := activityView{
		Trend: messagesTrend(c, list), Table: daysTable(c, list), Partial: c.T("desk.activity.partial." + levelOf(g.Group)), Self: groupPath(g.ID) + "/activity",
		Spoken: coverage(c, "desk.activity.coverage", list, func(d activity.Day) float64 { return d.Coverage }),
		Roster: coverage(c, "desk.activity.roster", list, func(d activity.Day) float64 { return d.RosterCoverage }),
	}
	if c.IsFragment() {
		return c.Fragment("desk/activity_days", v)
	}
	v.groupFrame = g.frame(c, "activity")
	c.Listen("messages", "groups")
	return c.Render("desk/activity", v)
}

func messagesTrend(c *web.Ctx, list []activity.Day) ui.Trend {
	t := ui.Trend{Label: c.T("desk.activity.valid")}
	for _, d := range list {
		p := ui.Point{Label: monthDay(d.Date)}
		if n := d.Spoken(); n != nil {
			p.Value, p.Note = ui.Value(float64(*n)), c.T("ui.coverage", c.Printer.Percent(int64(d.Coverage*1000), 1000))
		}
		t.Points, t.Running = append(t.Points, p), d.Running
	}
	return t
}

// coverage is a strip with a field for each day; a day on which nothing was
// listened to is empty.
func coverage(c *web.Ctx, key string, list []activity.Day, share func(activity.Day) float64) ui.HeatStrip {
	h := ui.HeatStrip{Label: c.T(key)}
	for _, d := range list {
		day := ui.HeatDay{Title: monthDay(d.Date) + " · " + i18n.None}
		if s := share(d); s > 0 {
			day.Share, day.Title = &s, monthDay(d.Date)+" · "+c.Printer.Percent(int64(s*1000), 1000)
		}
		h.Days = append(h.Days, day)
	}
	return h
}

func daysTable(c *web.Ctx, list []activity.Day) ui.Table {
	t := ui.Table{Dense: true, Columns: heads(c, "day", "messages", "valid", "speakers", "joins", "leaves", "members_end", "coverage", "source")}
	for i := range t.Columns[:8] {
		t.Columns[i].Numeric = i > 0
	}
	for i := len(list) - 1; i >= 0; i-- {
		d := list[i]
		leaves := ui.Text(orNone(d.Leaves))
		if d.Inferred > 0 {
			leaves.Sub = c.T("desk.activity.inferred", d.Inferred)
		}
		day := ui.Text(d.Date)
		if d.Running {
			day.Chips = []ui.Chip{{Text: c.T("desk.activity.running")}}
		}
		covered := i18n.None
		if d.Coverage > 0 {
			covered = c.Printer.Percent(int64(d.Coverage*1000), 1000)
		}
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{day, ui.Text(orNone(d.Messages)), ui.Text(orNone(d.Valid)), ui.Text(orNone(d.Speakers)),
			ui.Text(orNone(d.Joins)), leaves, ui.Text(orNone(d.MembersEnd)), ui.Text(covered), ui.Text(word(c, "source", d.Source, sources))}})
	}
	return t
}

// orNone writes a number that may not be known.
func orNone(n *int) string {
	if n == nil {
		return i18n.None
	}
	return number(*n)
}

// monthDay writes a local date without its year.
func monthDay(date string) string {
	t, err := time.Parse(time.DateOnly, date)
	if err != nil {
		return date
	}
	return t.Format("1/2")
}
