package moderation

import (
	"html/template"

	"github.com/qunzhu/qunzhu/internal/web"
	"github.com/qunzhu/qunzhu/internal/web/ui"
)

const panelCases = 8

type panelView struct {
	Title string
	Rows  []caseRow
	More  string
	Empty ui.Empty
}

// alertPanel shows on the workbench the cases whose clocks run out first.
func (p *pages) alertPanel(c *web.Ctx) (template.HTML, error) {
	list, err := Cases(c.Context(), p.deps.DB, c.Scope(View), Filter{Community: c.Community, View: ViewOpen, Limit: panelCases})
	if err != nil || len(list) == 0 {
		return "", err
	}
	v := panelView{Title: c.T("moderation.panel.open"), More: inboxURL(ViewOpen, "")}
	if v.Rows, err = p.caseRows(c, list, ViewOpen, ""); err != nil {
		return "", err
	}
	return c.HTML("moderation/panel", v)
}

// groupPanel shows the latest cases of the group that the page is about.
func (p *pages) groupPanel(c *web.Ctx) (template.HTML, error) {
	list, err := Cases(c.Context(), p.deps.DB, c.Scope(View), Filter{Group: c.Path("id"), Limit: 2 * panelCases})
	if err != nil {
		return "", err
	}
	v := panelView{Title: c.T("moderation.panel.group"), More: inboxURL(ViewOpen, ""),
		Empty: ui.Empty{What: c.T("moderation.panel.none"), Why: c.T("moderation.panel.none.why")}}
	if v.Rows, err = p.caseRows(c, list, ViewOpen, ""); err != nil {
		return "", err
	}
	for i, k := range list {
		row := &v.Rows[i]
		row.Href, row.On = "/risk/cases/"+k.ID, false
		row.Detail += " · " + c.T("moderation.state."+k.State)
	}
	return c.HTML("moderation/panel", v)
}
