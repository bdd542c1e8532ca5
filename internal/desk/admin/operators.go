package admin

import (
	"slices"
	"strings"

	"github.com/qunzhu/qunzhu/internal/auth"
	"github.com/qunzhu/qunzhu/internal/community"
	"github.com/qunzhu/qunzhu/internal/fault"
	"github.com/qunzhu/qunzhu/internal/web"
	"github.com/qunzhu/qunzhu/internal/web/ui"
)

type operatorsView struct {
	Head  ui.Head
	Table ui.Table
	Roles ui.Facts
}

// operators is GET /settings/operators.
func (p *pages) operators(c *web.Ctx) error {
	a, err := p.me(c)
	if err != nil {
		return err
	}
	list, err := p.deps.Auth.Operators(c.Context(), a)
	if err != nil {
		return err
	}
	places, err := p.places(c)
	if err != nil {
		return err
	}
	v := operatorsView{
		Head: ui.Head{Title: c.T("admin.operators.title"), Sub: c.T("admin.operators.sub"),
			Buttons: []ui.Button{{Label: c.T("admin.operators.add"), Href: "/settings/operators/new", Primary: true}}},
		Table: ui.Table{Columns: []ui.Column{{Label: c.T("admin.operator.name")}, {Label: c.T("admin.login.login")},
			{Label: c.T("admin.operator.roles")}, {Label: c.T("admin.operator.state")}, {Label: c.T("admin.operator.since")}}},
	}
	for _, o := range list {
		v.Table.Rows = append(v.Table.Rows, ui.Row{Cells: []ui.Cell{
			ui.Link(ui.Name(o.Name), "/settings/operators/"+o.ID), ui.Text(o.Login), {Chips: grantChips(c, o.Grants, places)},
			{Chips: []ui.Chip{operatorState(c, o)}}, ui.Text(c.Printer.Date(o.CreatedAt)),
		}})
	}
	for _, r := range auth.Roles() {
		v.Roles = append(v.Roles, ui.Fact{Label: roleName(c, r), Value: c.T("admin.role." + string(r) + "_can")})
	}
	return c.Render("admin/operators", v)
}

func roleName(c *web.Ctx, r auth.Role) string { return c.T("admin.role." + string(r)) }

func operatorState(c *web.Ctx, o auth.Operator) ui.Chip {
	switch {
	case !o.DisabledAt.IsZero():
		return ui.Chip{Status: ui.NoData, Text: c.T("admin.operator.disabled")}
	case o.MustChange:
		return ui.Chip{Status: ui.Warn, Text: c.T("admin.operator.one_time")}
	}
	return ui.Chip{Status: ui.Pass, Text: c.T("admin.operator.enabled")}
}

func grantChips(c *web.Ctx, grants []auth.Grant, places []place) []ui.Chip {
	var out []ui.Chip
	for _, g := range grants {
		out = append(out, ui.Chip{Text: roleName(c, g.Role) + " · " + placeName(places, g.CommunityID)})
	}
	if len(out) == 0 {
		out = []ui.Chip{{Status: ui.NoData, Text: c.T("admin.operator.no_role")}}
	}
	return out
}

// place is where a role can be held: the workspace (id "") or a community.
type place struct{ ID, Name string }

func (p *pages) places(c *web.Ctx) ([]place, error) {
	list, err := community.Communities(c.Context(), p.deps.DB, auth.Everywhere())
	out := []place{{"", c.T("admin.operator.workspace")}}
	for _, x := range list {
		out = append(out, place{x.ID, ui.Name(x.Name)})
	}
	return out, err
}

func placeName(places []place, id string) string {
	if i := slices.IndexFunc(places, func(x place) bool { return x.ID == id }); i >= 0 {
		return places[i].Name
	}
	return id
}

// grantMatrix are the ticks of a form: one row a place, one column a role.
type grantMatrix struct {
	Roles []string
	Rows  []grantRow
	Error string
}

type grantRow struct {
	Name  string
	Cells []grantCell
}

type grantCell struct {
	Value, Label string
	On           bool
}

func matrix(c *web.Ctx, places []place, held []auth.Grant) grantMatrix {
	var m grantMatrix
	for _, r := range auth.Roles() {
		m.Roles = append(m.Roles, roleName(c, r))
	}
	for _, x := range places {
		row := grantRow{Name: x.Name}
		for _, r := range auth.Roles() {
			g := auth.Grant{Role: r, CommunityID: x.ID}
			row.Cells = append(row.Cells, grantCell{Value: grantValue(g), Label: x.Name + " · " + roleName(c, r), On: slices.Contains(held, g)})
		}
		m.Rows = append(m.Rows, row)
	}
	return m
}

func grantValue(g auth.Grant) string { return string(g.Role) + "@" + g.CommunityID }

// parseGrants reads the ticks; a community that does not exist is refused, so
// that no role waits for one that may be made later.
func parseGrants(values []string, places []place) ([]auth.Grant, error) {
	var out []auth.Grant
	for _, v := range values {
		role, id, _ := strings.Cut(v, "@")
		if !slices.ContainsFunc(places, func(x place) bool { return x.ID == id }) {
			return nil, fault.InvalidField("grants", "admin.operator.place_unknown")
		}
		out = append(out, auth.Grant{Role: auth.Role(role), CommunityID: id})
	}
	return out, nil
}
