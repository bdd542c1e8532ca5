package health

import (
	"cmp"
	"context"
	"slices"
	"strconv"

	"github.com/qunzhu/qunzhu/internal/community"
	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/metric"
	"github.com/qunzhu/qunzhu/internal/web"
	"github.com/qunzhu/qunzhu/internal/web/ui"
)

const (
	pageRows = 100
	// maxCommunities bounds how many communities are computed side by side.
	maxCommunities = 24
)

type boardView struct {
	Head        ui.Head
	Windows     ui.Tabs
	Tiles       []ui.Tile
	Trends      []ui.Trend
	Groups      *ui.Table // of the chosen community
	Definitions []definitionView
	Empty       *ui.Empty
	Note        string
}

type definitionView struct {
	Name, Formula string
	Facts         ui.Facts
}

// board is the page 健康看板: one community in full, or all of them side by side.
func (p *pages) board(c *web.Ctx) error {
	window, err := p.window(c)
	if err != nil {
		return err
	}
	all, err := community.Communities(c.Context(), p.deps.DB, c.Scope(View))
	if err != nil {
		return err
	}
	s := p.show(c)
	v := boardView{Head: ui.Head{Title: c.T("health.board.title")}, Windows: s.windows(window), Definitions: s.definitions()}
	chosen := slices.IndexFunc(all, func(m community.Community) bool { return m.ID == c.Community })
	if len(all) == 1 {
		chosen = 0
	}
	switch {
	case len(all) == 0:
		v.Empty = &ui.Empty{What: c.T("health.empty"), Why: c.T("health.empty.why"), Action: &ui.Button{Label: c.T("health.empty.action"), Href: "/groups/add", Primary: true}}
	case chosen >= 0:
		v.Head.Sub = ui.Name(all[chosen].Name) + " · " + s.window(window)
		err = p.fillCommunity(c, all[chosen].ID, window, &v)
	default:
		v.Head.Sub = s.window(window)
		v.Tiles, err = p.sideBySide(c, all[:min(len(all), maxCommunities)], window)
		if len(all) > maxCommunities {
			v.Note = c.T("health.first", maxCommunities, len(all))
		}
	}
	if err != nil {
		return err
	}
	return c.Render("health/board", v)
}

// window is the period that the request asks for, the last seven days without
// one.
func (p *pages) window(c *web.Ctx) (metric.Window, error) {
	return p.deps.Metrics.Window(cmp.Or(c.Query("window"), "7d"))
}

// windows leads to the usual periods, and to the chosen one when it is another.
func (s shower) windows(chosen metric.Window) ui.Tabs {
	weeks := metric.Weeks(2, s.registry.Now(), s.registry.Zone())
	list := []struct{ text, label string }{
		{"7d", s.c.T("health.window.7d")}, {weeks[0].Text, s.c.T("health.window.last_week")},
		{weeks[1].Text, s.c.T("health.window.this_week")}, {"30d", s.c.T("health.window.30d")},
	}
	var tabs ui.Tabs
	active := false
	for _, w := range list {
		on := w.text == chosen.Text
		active = active || on
		tabs = append(tabs, ui.Tab{Label: w.label, Href: boardHref(s.c.Query("community"), w.text), Active: on})
	}
	if !active {
		tabs = append(tabs, ui.Tab{Label: chosen.Text, Href: boardHref(s.c.Query("community"), chosen.Text), Active: true})
	}
	return tabs
}

func (p *pages) fillCommunity(c *web.Ctx, id string, w metric.Window, v *boardView) error {
	s := p.show(c)
	return p.deps.DB.Read(c.Context(), func(tx *db.Tx) error {
		ctx := c.Context()
		now, before, err := p.values(ctx, tx, tileKeys(), id, "", w)
		if err != nil {
			return err
		}
		for i := range now {
			v.Tiles = append(v.Tiles, s.tile(now[i], before[i], w, "#groups"))
		}
		weeks, err := p.trend(ctx, tx, id, "", DailyMessages, MemberGrowth)
		if err != nil {
			return err
		}
		v.Trends = []ui.Trend{s.chart(weeks, DailyMessages), s.chart(weeks, MemberGrowth)}
		table, err := p.groupTable(c, tx, id, w)
		v.Groups = &table
		return err
	})
}

// ownKeys are the metrics of this slice, in the order of its tables.
func ownKeys() []string {
	return []string{DailyMessages, MemberGrowth, SpeakerShare, ExitRate, PerHundred, TotalMessages}
}

// tileKeys are those that stand at the top of a page: the judged ones, and what
// explains them.
func tileKeys() []string { return ownKeys()[:4] }

// values are those of a group, or with group "" of a community, in a window and
// in the one before.
func (p *pages) values(ctx context.Context, q db.Q, keys []string, community, group string, w metric.Window) (now, before []metric.Value, err error) {
	all, err := p.deps.Metrics.Series(ctx, q, keys, community, group, w, w.Previous())
	if err != nil {
		return nil, nil, err
	}
	return all[0], all[1], nil
}

// sideBySide are the judged metrics of several communities; a tile leads to its
// community.
func (p *pages) sideBySide(c *web.Ctx, all []community.Community, w metric.Window) ([]ui.Tile, error) {
	s := p.show(c)
	var out []ui.Tile
	for _, m := range all {
		now, before, err := p.values(c.Context(), p.deps.DB, tileKeys()[:2], m.ID, "", w)
		if err != nil {
			return nil, err
		}
		for i := range now {
			t := s.tile(now[i], before[i], w, boardHref(m.ID, w.Text))
			t.Label = ui.Name(m.Name) + " · " + t.Label
			out = append(out, t)
		}
	}
	return out, nil
}

// standing is a group with its values.
type standing struct {
	community.Group
	values map[string]metric.Value
}

// groupTable lists the groups, the worst first or as the reader sorts them.
func (p *pages) groupTable(c *web.Ctx, q db.Q, id string, w metric.Window) (ui.Table, error) {
	values, err := p.deps.Metrics.ComputeGroups(c.Context(), q, ownKeys(), id, w)
	if err != nil {
		return ui.Table{}, err
	}
	ids := make([]string, 0, len(values))
	for group := range values {
		ids = append(ids, group)
	}
	slices.Sort(ids)
	var list []standing
	for part := range slices.Chunk(ids, 500) {
		groups, err := community.GroupsByID(c.Context(), q, id, part...)
		if err != nil {
			return ui.Table{}, err
		}
		for _, g := range groups {
			if g.Status == community.Live {
				list = append(list, standing{g, byKey(values[g.ID])})
			}
		}
	}
	return p.show(c).groups(list, w), nil
}

func (s shower) groups(list []standing, w metric.Window) ui.Table {
	sorter := ui.NewSorter(s.c.Request.URL, "worst", false, append(ownKeys(), "name")...)
	slices.SortFunc(list, func(a, b standing) int { return cmp.Or(s.compare(sorter, a, b), cmp.Compare(a.ID, b.ID)) })
	t := ui.Table{
		Count:   s.c.T("health.groups.count", len(list)),
		Columns: []ui.Column{sorter.Column(s.c.T("health.group"), "name", false)},
		Empty:   ui.Empty{What: s.c.T("health.groups.empty"), Why: s.c.T("health.groups.empty.why")},
	}
	for _, k := range ownKeys() {
		column := sorter.Column(s.name(k), k, true)
		column.Help = s.c.T(s.definition(k).FormulaKey)
		t.Columns = append(t.Columns, column)
	}
	t.Columns = append(t.Columns, ui.Column{Label: s.c.T("health.coverage")})
	page := max(1, number(s.c.Query("page")))
	from := min((page-1)*pageRows, len(list))
	to := min(from+pageRows, len(list))
	for _, g := range list[from:to] {
		t.Rows = append(t.Rows, s.groupRow(g, w))
	}
	if page > 1 {
		t.First = ui.With(s.c.Request.URL, "page", "")
	}
	if to < len(list) {
		t.Next = ui.With(s.c.Request.URL, "page", strconv.Itoa(page+1))
	}
	return t
}

// number reads a page number; what is none is 0.
func number(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil || n > 1_000_000 {
		return 0
	}
	return n
}

func (s shower) groupRow(g standing, w metric.Window) ui.Row {
	cells := []ui.Cell{{Text: ui.Name(g.Name), Href: "/groups/" + g.ID}}
	if g.Members > 0 { // none: a group kept by hand whose size nobody has entered
		cells[0].Sub = s.c.T("health.members", g.Members)
	}
	for _, k := range ownKeys() {
		cells = append(cells, s.cell(g.values[k], rowsHref(g.ID, k, w.Text)))
	}
	daily := g.values[DailyMessages]
	source := s.sources(daily)
	if source == "" {
		source = s.c.T("health.source.none")
	}
	return ui.Row{Cells: append(cells, ui.Cell{Text: s.share(daily.Coverage), Sub: source})}
}

// compare puts unknown values last, whichever way a column is sorted.
func (s shower) compare(by ui.Sorter, a, b standing) int {
	switch by.Field {
	case "worst":
		return cmp.Or(cmp.Compare(b.fails(), a.fails()), cmp.Compare(a.level(), b.level()))
	case "name":
		if by.Desc {
			a, b = b, a
		}
		return cmp.Compare(a.Name, b.Name)
	}
	x, y := a.values[by.Field].Value, b.values[by.Field].Value
	switch {
	case x == nil || y == nil:
		return cmp.Compare(boolInt(x == nil), boolInt(y == nil))
	case by.Desc:
		return cmp.Compare(*y, *x)
	}
	return cmp.Compare(*x, *y)
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// fails is how many thresholds the group misses.
func (g standing) fails() int {
	n := 0
	for _, v := range g.values {
		n += boolInt(v.Status == metric.Fail)
	}
	return n
}

// level is how far the group is from its thresholds: below 0 misses one, what
// cannot be judged comes last.
func (g standing) level() float64 {
	lowest := 1e9
	for _, v := range g.values {
		if (v.Status == metric.Pass || v.Status == metric.Fail) && *v.Threshold > 0 {
			lowest = min(lowest, *v.Value / *v.Threshold - 1)
		}
	}
	return lowest
}

// definitions is the drawer that says what every number means.
func (s shower) definitions() []definitionView {
	var out []definitionView
	for _, k := range ownKeys() {
		d := s.definition(k)
		view := definitionView{Name: s.c.T(d.NameKey), Formula: s.c.T(d.FormulaKey)}
		if d.Judged() {
			view.Facts = append(view.Facts, ui.Fact{Label: s.c.T("health.def.threshold"), Value: s.threshold(d)})
		} else {
			view.Facts = append(view.Facts, ui.Fact{Label: s.c.T("health.def.threshold"), Value: s.c.T("health.def.shown")})
		}
		if d.MinSample > 1 {
			view.Facts = append(view.Facts, ui.Fact{Label: s.c.T("health.def.sample"), Value: s.part(d.MinSample)})
		}
		view.Facts = append(view.Facts,
			ui.Fact{Label: s.c.T("health.def.coverage"), Value: "≥ " + s.share(metric.MinCoverage)},
			ui.Fact{Label: s.c.T("health.def.version"), Value: strconv.Itoa(d.Version)})
		out = append(out, view)
	}
	return out
}
