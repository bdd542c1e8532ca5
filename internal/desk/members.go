package desk

import (
	"strings"

	"github.com/qunzhu/qunzhu/internal/community"
	"github.com/qunzhu/qunzhu/internal/web"
	"github.com/qunzhu/qunzhu/internal/web/ui"
)

type membersView struct {
	Head   ui.Head
	Query  string
	Fields []ui.Field
	Reset  string
	Table  ui.Table
}

// members lists everybody who is or was in a group, by name.
func (p *pages) members(c *web.Ctx) error {
	f := personFilter{Name: queryText(c), Kind: param(c, "kind"), Tier: param(c, "tier"), Presence: c.Query("presence"),
		After: parsePersonCursor(param(c, "cursor")), Limit: pageSize + 1}
	list, err := persons(c.Context(), p.deps.DB, inView(c), f)
	if err != nil {
		return err
	}
	shown := list[:min(len(list), pageSize)]
	names, err := p.groupNames(c, shown)
	if err != nil {
		return err
	}
	v := membersView{Head: ui.Head{Title: c.T("desk.members.title"), Sub: c.T("desk.members.sub")}, Query: f.Name, Fields: []ui.Field{
		choice(c, "kind", f.Kind, kinds), choice(c, "tier", f.Tier, tiers), choice(c, "presence", f.Presence, presences),
	}}
	v.Table = ui.Table{Columns: heads(c, "member", "community", "tier", "kind", "groups_in", "where")}
	v.Table.Columns[4].Numeric = true
	v.Table.Empty = ui.Empty{What: c.T("desk.members.none"), Why: c.T("desk.members.none.why"), Action: &ui.Button{Label: c.T("desk.sources"), Href: sourcesPath}}
	if f.Name+f.Kind+f.Tier+f.Presence != "" {
		v.Reset = "/members"
		v.Table.Empty = ui.Empty{What: c.T("desk.members.none_filter"), Action: &ui.Button{Label: c.T("desk.filter.reset"), Href: "/members"}}
	}
	for _, m := range shown {
		v.Table.Rows = append(v.Table.Rows, memberRow(c, m, names))
	}
	pageLinks(c, &v.Table, len(list) > pageSize, func() string {
		last := shown[len(shown)-1]
		return personCursor{last.Community, last.ID}.String()
	})
	return c.Render("desk/members", v)
}

// labels are the names of groups and communities by id.
type labels struct{ groups, communities map[string]string }

func (p *pages) groupNames(c *web.Ctx, list []person) (labels, error) {
	l := labels{map[string]string{}, map[string]string{}}
	communities, err := community.Communities(c.Context(), p.deps.DB, c.Scope(View))
	if err != nil {
		return l, err
	}
	for _, home := range communities {
		l.communities[home.ID] = home.Name
	}
	wanted := map[string][]string{}
	for _, m := range list {
		wanted[m.Community] = append(wanted[m.Community], m.Groups[:min(len(m.Groups), namedGroups)]...)
	}
	for home, ids := range wanted {
		groups, err := community.GroupsByID(c.Context(), p.deps.DB, home, ids...)
		if err != nil {
			return l, err
		}
		for _, g := range groups {
			l.groups[g.ID] = g.Name
		}
	}
	return l, nil
}

func memberRow(c *web.Ctx, m person, l labels) ui.Row {
	where := ui.Cell{}
	if len(m.Groups) == 0 {
		where.Chips = []ui.Chip{{Text: c.T("desk.presence.gone")}}
	}
	for _, g := range m.Groups[:min(len(m.Groups), namedGroups)] {
		where.Chips = append(where.Chips, ui.Chip{Text: ui.Name(l.groups[g]), Href: groupPath(g) + "/members"})
	}
	if more := len(m.Groups) - namedGroups; more > 0 {
		where.Chips = append(where.Chips, ui.Chip{Text: strings.TrimSpace(c.T("desk.and_more", more))})
	}
	return ui.Row{Cells: []ui.Cell{
		ui.Text(personName(m.Name, m.External)), ui.Text(ui.Name(l.communities[m.Community])), ui.Text(word(c, "tier", m.Tier, tiers)),
		ui.Text(word(c, "kind", m.Kind, kinds)), ui.Text(number(len(m.Groups))), where,
	}}
}
