package imports

import (
	"github.com/qunzhu/qunzhu/internal/community"
	"github.com/qunzhu/qunzhu/internal/desk/importing"
	"github.com/qunzhu/qunzhu/internal/i18n"
	"github.com/qunzhu/qunzhu/internal/web"
	"github.com/qunzhu/qunzhu/internal/web/ui"
)

const pageSize = 50

type listView struct {
	Head  ui.Head
	Note  string
	Table ui.Table
}

// list shows the batches, latest first.
func (p *pages) list(c *web.Ctx) error {
	scope := inView(c, View)
	batches, err := p.files.List(c.Context(), scope, "", c.Query("cursor"), pageSize+1)
	if err != nil {
		return err
	}
	groups, err := p.groupNames(c, batches)
	if err != nil {
		return err
	}
	v := listView{Head: ui.Head{Title: c.T("imports.list.title"), Sub: c.T("imports.list.sub")}}
	v.Table = ui.Table{Columns: numeric(heads(c, "imports.col.",
		"file", "group", "state", "messages", "duplicates", "rejected", "period", "by"), 3, 4, 5)}
	if len(batches) > pageSize {
		batches = batches[:pageSize]
		v.Table.Next = ui.With(c.Request.URL, "cursor", batches[pageSize-1].ID)
	}
	for _, b := range batches {
		v.Table.Rows = append(v.Table.Rows, ui.Row{Cells: []ui.Cell{
			{Text: ui.Name(b.File), Href: listPath + "/" + b.ID, Sub: formatName(c, b.Format) + " · " + size(c, b.Size)},
			ui.Link(ui.Name(groups[b.Group]), "/groups/"+b.Group), {Chips: []ui.Chip{stateChip(c, b.State)}},
			ui.Text(count(c, b.Messages)), ui.Text(count(c, b.Duplicates)), ui.Text(count(c, b.Rejected)), ui.Text(period(c, b.From, b.To)),
			{Text: ui.Name(orSystem(c, b.By.Name)), Sub: c.Printer.Ago(b.Created, c.Now)},
		}})
	}
	v.Table.Empty = ui.Empty{What: c.T("imports.list.none"), Why: c.T("imports.list.none.why")}
	if c.Can(Write) {
		add := ui.Button{Label: c.T("imports.new.title"), Href: newPath, Primary: true}
		v.Table.Empty.Action = &add
		v.Head.Buttons = append(v.Head.Buttons, add)
		queue, err := p.files.MatchQueue(c.Context(), inView(c, Write), 100)
		if err != nil {
			return err
		}
		if len(queue) > 0 {
			v.Head.Chips = []ui.Chip{{Status: ui.Warn, Text: c.T("imports.names.chip", len(queue)), Href: namesPath}}
		}
	}
	return c.Render("imports/list", v)
}

func (p *pages) groupNames(c *web.Ctx, batches []importing.Batch) (map[string]string, error) {
	byCommunity := map[string][]string{}
	for _, b := range batches {
		byCommunity[b.Community] = append(byCommunity[b.Community], b.Group)
	}
	names := map[string]string{}
	for home, ids := range byCommunity {
		list, err := community.GroupsByID(c.Context(), p.deps.DB, home, ids...)
		if err != nil {
			return nil, err
		}
		for _, g := range list {
			names[g.ID] = g.Name
		}
	}
	return names, nil
}

func formatName(c *web.Ctx, format string) string {
	if format == "" {
		return i18n.None
	}
	return c.T("imports.format." + format)
}

func orSystem(c *web.Ctx, name string) string {
	if name == "" {
		return c.T("imports.by_system")
	}
	return name
}
