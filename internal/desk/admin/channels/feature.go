package channels

import (
	"embed"

	"github.com/qunzhu/qunzhu/internal/auth"
	"github.com/qunzhu/qunzhu/internal/fault"
	"github.com/qunzhu/qunzhu/internal/feature"
	"github.com/qunzhu/qunzhu/internal/web"
)

// The permissions of these pages. Connections belong to the workspace, so that
// Manage must be held there.
const (
	Manage = "channels:manage"
	View   = "channels:view" // how the sources of data stand
)

//go:embed templates
var templates embed.FS

//go:embed locale
var locale embed.FS

type pages struct{ deps *feature.Deps }

// New hands over the pages.
func New(deps *feature.Deps) feature.Feature {
	p := &pages{deps}
	return feature.Feature{
		Name:        "channels",
		Routes:      p.routes,
		Templates:   web.Templates{Feature: "channels", FS: templates, Names: []string{"connection", "list", "new", "sources"}},
		Locale:      locale,
		Permissions: []auth.Permission{{Name: Manage, PersonOnly: true}, {Name: View, Roles: []auth.Role{auth.Editor, auth.Moderator, auth.Analyst}}},
		Nav: []web.NavItem{
			{Section: web.SectionSettings, Key: "channels.list.title", Path: "/settings/connections", Order: 30, Permission: Manage, Workspace: true},
			{Section: web.SectionSettings, Key: "channels.sources.title", Path: "/sources", Order: 40, Permission: View},
		},
	}
}

// maxUpload bounds the form that may carry a key file.
const maxUpload = 256 << 10

func (p *pages) routes(r *web.Router) {
	manage := func(h web.Handler) web.Handler {
		return func(c *web.Ctx) error {
			if !c.CanIn(Manage, "") {
				return fault.New(fault.Forbidden, "fault.forbidden")
			}
			return h(c)
		}
	}
	r.Get("/settings/connections", Manage, manage(p.list))
	r.Get("/settings/connections/new", Manage, manage(p.newConnection))
	r.Post("/settings/connections/new", Manage, manage(p.connect))
	r.Get("/settings/connections/{id}", Manage, manage(p.connection))
	r.Post("/settings/connections/{id}/credentials", Manage, manage(p.saveCredentials))
	r.Post("/settings/connections/{id}/callback", Manage, manage(p.saveCallback))
	r.Post("/settings/connections/{id}/keypair", Manage, manage(p.makeKeyPair))
	r.Post("/settings/connections/{id}/archive", Manage, manage(p.saveArchive), web.Upload(maxUpload))
	r.Post("/settings/connections/{id}/rules", Manage, manage(p.saveRules))
	r.Post("/settings/connections/{id}/check", Manage, manage(p.check), web.Rate(20, 5))
	r.Post("/settings/connections/{id}/state", Manage, manage(p.setState))

	r.Get("/sources", View, p.sources)
	r.Post("/sources/{id}/run", Manage, manage(p.runNow))
}
