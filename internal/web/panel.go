package web

import (
	"cmp"
	"html/template"
	"slices"
)

// Panel is a piece that a feature adds to a page of another one, such as a card
// on a group's overview. It finds its subject in the request (c.Path("id")).
type Panel struct {
	Slot       string // e.g. "group.overview"; the page's owner documents it
	Order      int
	Permission string // who sees it; "" is everyone who sees the page
	// Render returns the piece, made with c.HTML, or "" for nothing to show.
	Render func(c *Ctx) (template.HTML, error)
}

// Panels renders the panels of slot in their order. One that fails is logged
// and leaves a note in its place; the page goes on.
func (c *Ctx) Panels(slot string) []template.HTML {
	var out []template.HTML
	for _, p := range c.router.panels {
		if p.Slot != slot || p.Permission != "" && !c.Can(p.Permission) {
			continue
		}
		html, err := p.Render(c)
		if err != nil {
			c.router.log.ErrorContext(c.Context(), "panel failed", "slot", slot, "order", p.Order, "error", err)
			if html, err = c.HTML("web/panel_error", nil); err != nil {
				continue
			}
		}
		if html != "" {
			out = append(out, html)
		}
	}
	return out
}

func sortedPanels(panels []Panel) []Panel {
	panels = slices.Clone(panels)
	slices.SortStableFunc(panels, func(a, b Panel) int { return cmp.Compare(a.Order, b.Order) })
	return panels
}
