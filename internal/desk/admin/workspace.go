package admin

import (
	"cmp"

	"github.com/qunzhu/qunzhu/internal/settings"
	"github.com/qunzhu/qunzhu/internal/web"
	"github.com/qunzhu/qunzhu/internal/web/ui"
)

type workspaceView struct {
	Head  ui.Head
	Facts ui.Facts
	Forms []formLink
}

// formLink leads to the page of one form.
type formLink struct {
	Title, Href, Note string
}

// workspace is GET /settings: the workspace itself, and a link to each form.
func (p *pages) workspace(c *web.Ctx) error {
	name, err := WorkspaceName(p.deps)(c.Context())
	if err != nil {
		return err
	}
	contact, err := p.deps.Settings.Text(c.Context(), p.deps.DB, "", ContactKey)
	if err != nil {
		return err
	}
	v := workspaceView{
		Head: ui.Head{Title: c.T("admin.workspace.title"), Sub: c.T("admin.workspace.sub")},
		Facts: ui.Facts{
			{Label: c.T("admin.workspace.name"), Value: cmp.Or(name, c.T("admin.unset"))},
			{Label: c.T("admin.workspace.contact"), Value: cmp.Or(contact, c.T("admin.unset"))},
			{Label: c.T("admin.workspace.zone"), Value: c.Zone().String() + " · " + c.Printer.DateTime(c.Now)},
			{Label: c.T("admin.workspace.address"), Value: p.deps.BaseURL, Copy: true},
		},
	}
	for _, f := range p.deps.Settings.Forms() {
		if f.WorkspaceOnly && !c.CanIn(EditSettings, "") {
			continue
		}
		v.Forms = append(v.Forms, formLink{Title: p.formTitle(c, f.Name), Href: "/settings/values/" + f.Name, Note: reach(c, f)})
	}
	return c.Render("admin/workspace", v)
}

// formTitle is the translation of settings.form.<name>, or the name itself for a
// form that brought none.
func (p *pages) formTitle(c *web.Ctx, form string) string {
	if key := "settings.form." + form; p.deps.Catalog.Has(key) {
		return c.T(key)
	}
	return form
}

func reach(c *web.Ctx, f settings.Form) string {
	if f.WorkspaceOnly {
		return c.T("admin.values.workspace_only")
	}
	return c.T("admin.values.per_community")
}
