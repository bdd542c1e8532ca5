package desk

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/qunzhu/qunzhu/internal/community"
	"github.com/qunzhu/qunzhu/internal/connector"
	"github.com/qunzhu/qunzhu/internal/hub"
	"github.com/qunzhu/qunzhu/internal/web"
	"github.com/qunzhu/qunzhu/internal/web/ui"
)

// column is what can be done and known in some groups that are alike in it.
type column struct {
	Groups    []community.Group
	Abilities connector.Abilities
}

// abilitiesOf asks the connector of each group's connection what it can do
// there. A group whose connection or connector is gone can do nothing.
func (p *pages) abilitiesOf(ctx context.Context, groups []community.Group) (map[string]connector.Abilities, error) {
	list, err := p.deps.Store.List(ctx, p.deps.DB)
	if err != nil {
		return nil, err
	}
	connections := map[string]connector.Connection{}
	for _, c := range list {
		connections[c.ID] = c
	}
	out := make(map[string]connector.Abilities, len(groups))
	for _, g := range groups {
		c := connections[g.Connection]
		if k := p.deps.Hub.Connector(c.Kind); k != nil {
			out[g.ID] = k.Declare(c, hub.KnownGroup(g))
		}
	}
	return out, nil
}

// alike puts groups with the same abilities into one column; the largest
// columns come first.
func alike(groups []community.Group, abilities map[string]connector.Abilities) []column {
	bySign := map[string]*column{}
	var order []string
	for _, g := range groups {
		sign := levelOf(g)
		for _, k := range connector.Capabilities() {
			a := abilities[g.ID][k]
			sign += fmt.Sprintf("\x00%d%s\x00%s", a.Level, a.Reason, a.Unlock)
		}
		if bySign[sign] == nil {
			bySign[sign] = &column{Abilities: abilities[g.ID]}
			order = append(order, sign)
		}
		bySign[sign].Groups = append(bySign[sign].Groups, g)
	}
	out := make([]column, len(order))
	for i, s := range order {
		out[i] = *bySign[s]
	}
	slices.SortStableFunc(out, func(a, b column) int { return cmp.Compare(len(b.Groups), len(a.Groups)) })
	return out
}

// abilityRow is a capability with its cell in every column.
type abilityRow struct {
	Name, Help string
	Cells      []abilityCell
}

// abilityCell is what the matrix shows of one ability.
type abilityCell struct {
	Level  ui.Chip
	Reason string
	Unlock string
}

func cellOf(c *web.Ctx, a connector.Ability) abilityCell {
	cell := abilityCell{Level: ui.Chip{Status: levelStatus[a.Level], Text: c.T("desk.ability." + a.Level.String())}}
	if a.Reason != "" {
		cell.Reason = c.T(a.Reason)
	}
	if a.Unlock != "" {
		cell.Unlock = c.T(a.Unlock)
	}
	return cell
}

var levelStatus = map[connector.Level]ui.Status{
	connector.Automatic: ui.Pass, connector.Assisted: ui.Warn, connector.None: ui.NoData,
}

func abilityRows(c *web.Ctx, columns []column) []abilityRow {
	var rows []abilityRow
	for _, k := range connector.Capabilities() {
		row := abilityRow{Name: c.T("desk.cap." + string(k)), Help: c.T("desk.cap." + string(k) + ".help")}
		for _, col := range columns {
			row.Cells = append(row.Cells, cellOf(c, col.Abilities[k]))
		}
		rows = append(rows, row)
	}
	return rows
}

type matrixView struct {
	Head    ui.Head
	Columns []columnView
	Rows    []abilityRow
	Empty   ui.Empty
}

type columnView struct {
	Name   string
	Count  string
	Groups []ui.Chip // a few of them, as links
	More   string
	Parts  []abilityPart
}

// abilityPart is what a column says alike of several capabilities.
type abilityPart struct {
	abilityCell
	Names string
}

// parts gathers the capabilities of a column that have the same level for the
// same reason; automatic ones come first.
func parts(c *web.Ctx, rows []abilityRow, column int) []abilityPart {
	var out []abilityPart
	for _, row := range rows {
		cell := row.Cells[column]
		i := slices.IndexFunc(out, func(p abilityPart) bool { return p.abilityCell == cell })
		if i < 0 {
			out = append(out, abilityPart{cell, row.Name})
			continue
		}
		out[i].Names += c.T("desk.list") + row.Name
	}
	order := []ui.Status{ui.Pass, ui.Warn, ui.NoData}
	slices.SortStableFunc(out, func(a, b abilityPart) int {
		return cmp.Compare(slices.Index(order, a.Level.Status), slices.Index(order, b.Level.Status))
	})
	return out
}

// namedGroups is how many groups of a column are named in its head.
const namedGroups = 3

func (p *pages) matrix(c *web.Ctx) error {
	groups, err := community.Groups(c.Context(), p.deps.DB, inView(c), "", "", maxGroups)
	if err != nil {
		return err
	}
	groups = slices.DeleteFunc(groups, func(g community.Group) bool { return g.Status != community.Live })
	abilities, err := p.abilitiesOf(c.Context(), groups)
	if err != nil {
		return err
	}
	columns := alike(groups, abilities)
	v := matrixView{Head: ui.Head{Title: c.T("desk.matrix.title"), Sub: c.T("desk.matrix.sub", len(groups), len(columns))}, Rows: abilityRows(c, columns)}
	v.Empty = ui.Empty{What: c.T("desk.matrix.none"), Why: c.T("desk.matrix.none.why"),
		Action: &ui.Button{Label: c.T("desk.connect"), Href: connectPath, Primary: true}}
	for i, col := range columns {
		h := columnHead(c, col)
		h.Parts = parts(c, v.Rows, i)
		v.Columns = append(v.Columns, h)
	}
	return c.Render("desk/matrix", v)
}

func columnHead(c *web.Ctx, col column) columnView {
	h := columnView{Name: c.T("desk.level." + levelOf(col.Groups[0])), Count: c.T("desk.groups.count", len(col.Groups))}
	for _, g := range col.Groups[:min(len(col.Groups), namedGroups)] {
		h.Groups = append(h.Groups, ui.Chip{Text: ui.Name(g.Name), Href: groupPath(g.ID) + "/abilities"})
	}
	if more := len(col.Groups) - namedGroups; more > 0 {
		h.More = c.T("desk.matrix.more", more)
	}
	return h
}

type abilitiesView struct {
	groupFrame
	Rows []abilityRow
}

// abilities is one group's column of the matrix.
func (p *pages) abilities(c *web.Ctx) error {
	g, err := p.open(c)
	if err != nil {
		return err
	}
	abilities, err := p.abilitiesOf(c.Context(), []community.Group{g.Group})
	if err != nil {
		return err
	}
	v := abilitiesView{Rows: abilityRows(c, []column{{Abilities: abilities[g.ID]}})}
	v.groupFrame = g.frame(c, "abilities", ui.Button{Label: c.T("desk.matrix.title"), Href: "/matrix"})
	return c.Render("desk/abilities", v)
}
