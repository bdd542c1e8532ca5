package tasks

import (
	"embed"

	"github.com/qunzhu/qunzhu/internal/auth"
	"github.com/qunzhu/qunzhu/internal/feature"
	"github.com/qunzhu/qunzhu/internal/task"
	"github.com/qunzhu/qunzhu/internal/web"
)

// The permissions: View is the console's own, declared by desk.
const (
	View = "desk:view"
	Work = "desk:tasks" // complete tasks
)

//go:embed templates
var templates embed.FS

//go:embed locale
var locale embed.FS

type pages struct{ deps *feature.Deps }

// New hands over the pages and the look at deadlines.
func New(deps *feature.Deps) feature.Feature {
	p := &pages{deps}
	return feature.Feature{
		Name:        "tasks",
		Routes:      p.routes,
		Templates:   web.Templates{Feature: "tasks", FS: templates, Names: []string{"list", "task"}},
		Locale:      locale,
		Permissions: []auth.Permission{{Name: Work, Roles: []auth.Role{auth.Editor, auth.Moderator}}},
		Nav:         []web.NavItem{{Section: web.SectionHome, Key: "tasks.list.title", Path: "/tasks", Order: 20, Permission: View, Badge: p.open}},
	}
}

func (p *pages) routes(r *web.Router) {
	r.Get("/tasks", View, p.list)
	r.Get("/tasks/{id}", View, p.task)
	r.Post("/tasks/{id}/complete", View, p.complete)
}

// open counts the open tasks for the menu; a failure shows none.
func (p *pages) open(c *web.Ctx) int {
	n, _, err := task.CountOpen(c.Context(), p.deps.DB, c.Scope(View), c.Community, c.Now)
	if err != nil {
		p.deps.Log.ErrorContext(c.Context(), "count tasks", "error", err)
	}
	return n
}
