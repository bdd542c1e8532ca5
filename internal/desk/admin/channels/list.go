package channels

import (
	"github.com/qunzhu/qunzhu/internal/community"
	"github.com/qunzhu/qunzhu/internal/connector"
	"github.com/qunzhu/qunzhu/internal/web"
	"github.com/qunzhu/qunzhu/internal/web/ui"
)

type listView struct {
	Head  ui.Head
	Table ui.Table
}

// list is GET /settings/connections.
func (p *pages) list(c *web.Ctx) error {
	conns, err := p.deps.Store.List(c.Context(), p.deps.DB)
	if err != nil {
		return err
	}
	add := ui.Button{Label: c.T("channels.add"), Href: "/settings/connections/new", Primary: true}
	v := listView{Head: ui.Head{Title: c.T("channels.list.title"), Sub: c.T("channels.list.sub"), Buttons: []ui.Button{add}},
		Table: ui.Table{Columns: []ui.Column{{Label: c.T("channels.name")}, {Label: c.T("channels.kind")}, {Label: c.T("channels.state")},
			{Label: c.T("channels.groups"), Numeric: true}, {Label: c.T("channels.created")}},
			Empty: ui.Empty{What: c.T("channels.none"), Why: c.T("channels.none_why"), Action: &add}}}
	for _, x := range conns {
		groups, err := community.GroupsOf(c.Context(), p.deps.DB, x.ID)
		if err != nil {
			return err
		}
		v.Table.Rows = append(v.Table.Rows, ui.Row{Cells: []ui.Cell{
			ui.Link(ui.Name(x.Name), "/settings/connections/"+x.ID), ui.Text(p.kindName(c, x.Kind)),
			{Chips: []ui.Chip{stateChip(c, x)}, Sub: p.reasonText(c, x)}, ui.Text(c.Printer.Number(int64(len(groups)))), ui.Text(c.Printer.Date(x.Created)),
		}})
	}
	return c.Render("channels/list", v)
}

// kindName is the translation of channels.kind.<kind>, or the kind itself.
func (p *pages) kindName(c *web.Ctx, kind string) string {
	if key := "channels.kind." + kind; p.deps.Catalog.Has(key) {
		return c.T(key)
	}
	return kind
}

func stateChip(c *web.Ctx, x connector.Connection) ui.Chip {
	switch x.State {
	case connector.Active:
		return ui.Chip{Status: ui.Pass, Text: c.T("channels.state.active")}
	case connector.Reauthorize:
		return ui.Chip{Status: ui.Fail, Text: c.T("channels.state.reauthorize")}
	}
	return ui.Chip{Status: ui.NoData, Text: c.T("channels.state.disabled")}
}

// reasonText says why a connection does not work; its reason is a translation
// key, which an older program may have written and nobody translates any more.
func (p *pages) reasonText(c *web.Ctx, x connector.Connection) string {
	switch {
	case x.State == connector.Active:
		return ""
	case p.deps.Catalog.Has(x.Reason):
		return c.T(x.Reason)
	case x.State == connector.Reauthorize:
		return c.T("channels.reauthorize_why")
	}
	return ""
}
