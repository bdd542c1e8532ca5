package desk

import (
	"embed"

	"github.com/qunzhu/qunzhu/internal/auth"
	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/feature"
	"github.com/qunzhu/qunzhu/internal/web"
)

// The permissions of these pages.
const (
	View         = "desk:view"          // see groups, members and tasks
	ReadMessages = "desk:read_messages" // see what members wrote
	Edit         = "desk:edit"          // make and rename communities
)

//go:embed templates
var templates embed.FS

//go:embed locale
var locale embed.FS

//go:embed migrations/*.sql
var migrations embed.FS

// Migrations of what operators have put aside.
func Migrations() db.Migrations { return db.Embedded("desk", migrations) }

// pages serve the requests.
type pages struct {
	deps *feature.Deps
}

// New hands over the console pages of the spine.
func New(deps *feature.Deps) feature.Feature {
	p := &pages{deps}
	m := Migrations()
	return feature.Feature{
		Name:       "desk",
		Migrations: &m,
		Routes:     p.routes,
		Templates: web.Templates{Feature: "desk", FS: templates, Names: []string{
			"abilities", "activity", "communities", "community", "findings", "group", "groups", "log", "matrix", "members",
			"moves", "owners", "parts", "people", "risk", "search", "section", "workbench",
		}},
		Locale: locale,
		Nav:    nav(),
		Permissions: []auth.Permission{
			{Name: View, Roles: []auth.Role{auth.Editor, auth.Moderator, auth.Analyst}},
			{Name: ReadMessages, Roles: []auth.Role{auth.Moderator}},
			{Name: Edit, Roles: []auth.Role{auth.Editor}},
		},
	}
}

func nav() []web.NavItem {
	return []web.NavItem{
		{Section: web.SectionHome, Key: "desk.workbench.title", Path: "/", Order: 1, Permission: View},
		{Section: web.SectionCommunity, Key: "desk.groups.title", Path: "/groups", Order: 1, Permission: View},
		{Section: web.SectionCommunity, Key: "desk.communities.title", Path: "/communities", Order: 2, Permission: View},
		{Section: web.SectionCommunity, Key: "desk.matrix.title", Path: "/matrix", Order: 3, Permission: View},
		{Section: web.SectionCommunity, Key: "desk.findings.title", Path: "/findings", Order: 4, Permission: View},
		{Section: web.SectionCommunity, Key: "desk.owners.title", Path: "/owners", Order: 5, Permission: View},
		{Section: web.SectionMember, Key: "desk.members.title", Path: "/members", Order: 1, Permission: View},
		{Section: web.SectionGrowth, Key: "desk.growth.title", Path: "/growth", Order: 90, Permission: View},
		{Section: web.SectionContent, Key: "desk.content.title", Path: "/content", Order: 90, Permission: View},
		{Section: web.SectionActivity, Key: "desk.campaigns.title", Path: "/campaigns", Order: 90, Permission: View},
	}
}

func (p *pages) routes(r *web.Router) {
	r.Get("/{$}", View, p.workbench)
	r.Get("/groups", View, p.groups)
	r.Get("/groups.csv", View, p.exportGroups)
	r.Get("/groups/{id}", View, p.overview)
	r.Get("/groups/{id}/members", View, p.present)
	r.Get("/groups/{id}/members.csv", View, p.exportPresent)
	r.Get("/groups/{id}/moves", View, p.moves)
	r.Get("/groups/{id}/moves.csv", View, p.exportMoves)
	r.Get("/groups/{id}/activity", View, p.activity)
	r.Get("/groups/{id}/risk", View, p.risk)
	r.Get("/groups/{id}/abilities", View, p.abilities)
	r.Get("/groups/{id}/log", View, p.log)
	r.Get("/matrix", View, p.matrix)
	r.Get("/findings", View, p.findings)
	r.Get("/findings.csv", View, p.exportFindings)
	r.Post("/findings/dismiss", View, p.dismissFindings)
	r.Get("/owners", View, p.owners)
	r.Get("/members", View, p.members)
	r.Get("/search", View, p.search)
	r.Get("/communities", View, p.communities)
	r.Get("/communities/new", Edit, p.newCommunity)
	r.Post("/communities", Edit, p.createCommunity)
	r.Get("/communities/{id}", Edit, p.editCommunity)
	r.Post("/communities/{id}", Edit, p.changeCommunity)
	for _, s := range coming {
		r.Get(s.path, View, p.section(s))
	}
}
