package imports

import (
	"github.com/qunzhu/qunzhu/internal/community"
	"github.com/qunzhu/qunzhu/internal/desk/importing"
	"github.com/qunzhu/qunzhu/internal/fault"
	"github.com/qunzhu/qunzhu/internal/web"
	"github.com/qunzhu/qunzhu/internal/web/ui"
)

type namesView struct {
	Head  ui.Head
	Note  string
	Table ui.Table
}

// names is the match queue: names that several present members have.
func (p *pages) names(c *web.Ctx) error {
	queue, err := p.files.MatchQueue(c.Context(), inView(c, Write), 100)
	if err != nil {
		return err
	}
	v := namesView{Head: ui.Head{Title: c.T("imports.names.title"), Sub: c.T("imports.names.sub", len(queue))}, Note: c.T("imports.names.note")}
	v.Table = ui.Table{Columns: heads(c, "imports.names.", "name", "group", "who"),
		Empty: ui.Empty{What: c.T("imports.names.none"), Why: c.T("imports.names.none.why")}}
	for _, s := range queue {
		row, err := p.nameRow(c, s)
		if err != nil {
			return err
		}
		v.Table.Rows = append(v.Table.Rows, row)
	}
	return c.Render("imports/names", v)
}

func (p *pages) nameRow(c *web.Ctx, s importing.Sender) (ui.Row, error) {
	g, err := community.GetGroup(c.Context(), p.deps.DB, c.Scope(Write), s.Group)
	if err != nil {
		return ui.Row{}, err
	}
	buttons := make([]ui.Button, 0, len(s.Candidates)+1)
	for _, external := range s.Candidates {
		buttons = append(buttons, ui.Button{Label: ui.Name(external), Post: namesPath,
			Hidden: map[string]string{"group": s.Group, "name": s.Name, "member": external}})
	}
	buttons = append(buttons, ui.Button{Label: c.T("imports.names.nobody"), Post: namesPath, Hidden: map[string]string{"group": s.Group, "name": s.Name}})
	return ui.Row{Cells: []ui.Cell{
		{Text: ui.Name(s.Name), Href: listPath + "/" + s.Batch}, ui.Link(ui.Name(g.Name), "/groups/"+g.ID), {Buttons: buttons},
	}}, nil
}

func (p *pages) choose(c *web.Ctx) error {
	group, name, member := c.Request.FormValue("group"), c.Request.FormValue("name"), c.Request.FormValue("member")
	if group == "" || name == "" {
		return fault.New(fault.Invalid, "form.malformed")
	}
	if err := p.files.Choose(c.Context(), c.Scope(Write), group, name, member, actor(c)); err != nil {
		return err
	}
	c.Flash("imports.names.chosen")
	return c.Redirect(namesPath)
}
