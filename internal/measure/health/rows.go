package health

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"github.com/qunzhu/qunzhu/internal/activity"
	"github.com/qunzhu/qunzhu/internal/community"
	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/event"
	"github.com/qunzhu/qunzhu/internal/fault"
	"github.com/qunzhu/qunzhu/internal/metric"
	"github.com/qunzhu/qunzhu/internal/web"
	"github.com/qunzhu/qunzhu/internal/web/ui"
)

const (
	shownMoves    = 500
	exportedMoves = 20_000
)

// evidence is what a number of a group was computed from.
type evidence struct {
	group  community.Group
	key    string
	window metric.Window
	value  metric.Value
	before metric.Value
	weeks  series
	days   []activity.Day
	moves  []moved // of growth and exits
	cut    bool    // there are more moves than were read
}

// moved is one join or leave of one member.
type moved struct {
	community.Stay
	at     time.Time
	joined bool
}

// aboutPeople reports whether the rows behind a metric are joins and leaves.
func aboutPeople(key string) bool { return key == MemberGrowth || key == ExitRate }

// evidence reads what the request asks for. The group is found in the reader's
// scope or not at all.
func (p *pages) evidence(c *web.Ctx, limit int) (evidence, error) {
	e := evidence{key: cmp.Or(c.Query("metric"), DailyMessages)}
	if !slices.Contains(ownKeys(), e.key) {
		return e, fault.InvalidField("metric", "metric.unknown", e.key)
	}
	var err error
	if e.window, err = p.window(c); err != nil {
		return e, err
	}
	ctx := c.Context()
	err = p.deps.DB.Read(ctx, func(tx *db.Tx) error {
		if e.group, err = community.GetGroup(ctx, tx, c.Scope(View), c.Path("id")); err != nil {
			return err
		}
		now, before, err := p.values(ctx, tx, []string{e.key}, e.group.Community, e.group.ID, e.window)
		if err != nil {
			return err
		}
		e.value, e.before = now[0], before[0]
		if e.days, err = activity.Days(ctx, tx, p.params(), e.group, e.window.From, e.window.To); err != nil {
			return err
		}
		if e.weeks, err = p.trend(ctx, tx, e.group.Community, e.group.ID, e.key); err != nil || !aboutPeople(e.key) {
			return err
		}
		stays, err := community.Moves(ctx, tx, e.group.Community, e.group.ID, e.window.From, e.window.To, limit+1)
		e.cut = len(stays) > limit
		e.moves = p.movesOf(stays[:min(len(stays), limit)], e.window)
		return err
	})
	return e, err
}

func (p *pages) params() activity.Params {
	return activity.Params{Zone: p.deps.Metrics.Zone(), Now: p.deps.Metrics.Now()}
}

// movesOf takes stays apart into the joins and leaves of members in the window,
// latest first: as many as the number counts.
func (p *pages) movesOf(stays []community.Stay, w metric.Window) []moved {
	var out []moved
	within := func(t time.Time) bool {
		day := t.In(p.deps.Metrics.Zone()).Format(time.DateOnly)
		return !t.IsZero() && day >= w.From && day <= w.To
	}
	for _, s := range stays {
		if s.Kind != event.Member {
			continue
		}
		if within(s.Joined) {
			out = append(out, moved{s, s.Joined, true})
		}
		if within(s.Left) {
			out = append(out, moved{s, s.Left, false})
		}
	}
	slices.SortStableFunc(out, func(a, b moved) int { return b.at.Compare(a.at) })
	return out
}

type rowsView struct {
	Head    ui.Head
	Metrics ui.Tabs
	Tile    ui.Tile
	Trend   ui.Trend
	Days    ui.Table
	Moves   *ui.Table
	Cut     string
}

// rows is the page with the rows behind one number.
func (p *pages) rows(c *web.Ctx) error {
	e, err := p.evidence(c, shownMoves)
	if err != nil {
		return err
	}
	s := p.show(c)
	c.Title = s.name(e.key) + " · " + ui.Name(e.group.Name)
	v := rowsView{
		Head: ui.Head{Title: ui.Name(e.group.Name), Sub: c.T("health.rows.sub", s.name(e.key), s.window(e.window)), Buttons: []ui.Button{
			{Label: c.T("health.rows.csv"), Href: csvHref(e)}, {Label: c.T("health.rows.back"), Href: boardHref(e.group.Community, e.window.Text)},
		}},
		Tile: s.tile(e.value, e.before, e.window, ""), Trend: s.chart(e.weeks, e.key), Days: s.dayTable(e.days),
	}
	for _, k := range ownKeys() {
		v.Metrics = append(v.Metrics, ui.Tab{Label: s.name(k), Href: rowsHref(e.group.ID, k, e.window.Text), Active: k == e.key})
	}
	if aboutPeople(e.key) {
		t := s.moveTable(e.moves)
		v.Moves = &t
		if e.cut {
			v.Cut = c.T("health.rows.cut", shownMoves)
		}
	}
	return c.Render("health/rows", v)
}

func csvHref(e evidence) string {
	return boardPath + "/groups/" + e.group.ID + "/rows.csv?metric=" + e.key + "&window=" + e.window.Text
}

// exportRows is the same as a file.
func (p *pages) exportRows(c *web.Ctx) error {
	e, err := p.evidence(c, exportedMoves)
	if err != nil {
		return err
	}
	s := p.show(c)
	table := s.dayRows(e.days)
	if aboutPeople(e.key) {
		table = s.moveRows(e.moves)
	}
	return c.CSV(e.key+"-"+e.window.From+"-"+e.window.To+".csv", table)
}

// dash writes a number, or a dash for an unknown one.
func (s shower) dash(n *int) string {
	if n == nil {
		return "—"
	}
	return s.c.Printer.Number(int64(*n))
}

func (s shower) dayTable(days []activity.Day) ui.Table {
	t := ui.Table{Dense: true}
	for i, name := range s.dayColumns() {
		t.Columns = append(t.Columns, ui.Column{Label: name, Numeric: i > 0 && i < 9})
	}
	for _, d := range slices.Backward(days) {
		label := d.Date
		if d.Running {
			label += " " + s.c.T("ui.running")
		}
		cells := []ui.Cell{ui.Text(label)}
		for _, n := range []*int{d.Messages, d.Spoken(), d.Speakers, d.Joins, d.Leaves, d.MembersEnd} {
			cells = append(cells, ui.Text(s.dash(n)))
		}
		cells = append(cells, ui.Text(s.share(d.Coverage)), ui.Text(s.share(d.RosterCoverage)), ui.Text(s.source(d.Source)))
		if d.Inferred > 0 {
			cells[5].Sub = s.c.T("health.inferred", d.Inferred)
		}
		t.Rows = append(t.Rows, ui.Row{Cells: cells})
	}
	return t
}

func (s shower) source(source string) string {
	if source == "" {
		return "—"
	}
	return s.c.T("health.source." + source)
}

func (s shower) dayColumns() []string {
	var out []string
	for _, k := range []string{"date", "messages", "valid", "speakers", "joins", "leaves", "members", "coverage", "roster", "source"} {
		out = append(out, s.c.T("health.col."+k))
	}
	return out
}

func (s shower) dayRows(days []activity.Day) [][]string {
	out := [][]string{s.dayColumns()}
	for _, d := range days {
		row := []string{d.Date}
		for _, n := range []*int{d.Messages, d.Spoken(), d.Speakers, d.Joins, d.Leaves, d.MembersEnd} {
			row = append(row, plain(n))
		}
		out = append(out, append(row, s.share(d.Coverage), s.share(d.RosterCoverage), d.Source))
	}
	return out
}

// plain writes a number for a file, where the unknown is an empty cell.
func plain(n *int) string {
	if n == nil {
		return ""
	}
	return strconv.Itoa(*n)
}

func (s shower) moveColumns() []string {
	var out []string
	for _, k := range []string{"time", "member", "move", "how", "via"} {
		out = append(out, s.c.T("health.col."+k))
	}
	return out
}

func (s shower) moveTable(moves []moved) ui.Table {
	t := ui.Table{Dense: true, Empty: ui.Empty{What: s.c.T("health.rows.no_moves")}}
	for _, name := range s.moveColumns() {
		t.Columns = append(t.Columns, ui.Column{Label: name})
	}
	for _, m := range moves {
		var cells []ui.Cell
		for _, text := range s.moveRow(m) {
			cells = append(cells, ui.Text(text))
		}
		t.Rows = append(t.Rows, ui.Row{Cells: cells})
	}
	return t
}

func (s shower) moveRows(moves []moved) [][]string {
	out := [][]string{s.moveColumns()}
	for _, m := range moves {
		out = append(out, s.moveRow(m))
	}
	return out
}

func (s shower) moveRow(m moved) []string {
	row := []string{s.c.Printer.DateTime(m.at), ui.Name(m.Name), s.c.T("health.move.left"), s.c.T("health.how." + m.LeftHow), s.scene("quit", m.Quit)}
	if m.joined {
		row[2], row[3], row[4] = s.c.T("health.move.joined"), s.c.T("health.how."+m.How), s.scene("scene", m.Scene)
	}
	return row
}

// scene says how somebody came or went. A platform may name a way that is not
// known here; it is shown as it is.
func (s shower) scene(kind, scene string) string {
	known := map[string][]string{"quit": {"self", "removed"}, "scene": {"direct", "link", "qr"}}
	switch {
	case scene == "":
		return "—"
	case slices.Contains(known[kind], scene):
		return s.c.T("health." + kind + "." + scene)
	}
	return scene
}
