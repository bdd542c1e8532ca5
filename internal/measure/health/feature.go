package health

import (
	"embed"

	"github.com/qunzhu/qunzhu/internal/auth"
	"github.com/qunzhu/qunzhu/internal/feature"
	"github.com/qunzhu/qunzhu/internal/web"
)

// View is the permission to see these numbers, the rows behind them included.
const View = "health:view"

//go:embed templates
var templates embed.FS

//go:embed locale
var locale embed.FS

// pages serve the requests.
type pages struct {
	deps *feature.Deps
}

// New hands over the health metrics and their pages.
func New(deps *feature.Deps) feature.Feature {
	p := &pages{deps}
	return feature.Feature{
		Name: "health",
		Routes: func(r *web.Router) {
			r.Get(boardPath, View, p.board)
			r.Get(boardPath+"/groups/{id}/rows", View, p.rows)
			r.Get(boardPath+"/groups/{id}/rows.csv", View, p.exportRows)
		},
		Templates:   web.Templates{Feature: "health", FS: templates, Names: []string{"board", "home", "overview", "rows"}},
		Locale:      locale,
		Nav:         []web.NavItem{{Section: web.SectionData, Key: "health.board.title", Path: boardPath, Order: 1, Permission: View}},
		Panels:      []web.Panel{{Slot: "group.overview", Order: 10, Permission: View, Render: p.overview}, {Slot: "home.health", Order: 10, Permission: View, Render: p.home}},
		Permissions: []auth.Permission{{Name: View, Roles: []auth.Role{auth.Editor, auth.Moderator, auth.Analyst}}},
		Metrics:     Metrics(),
	}
}
