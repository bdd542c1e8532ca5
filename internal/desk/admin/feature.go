package admin

import (
	"context"
	"embed"
	"sync/atomic"

	"github.com/qunzhu/qunzhu/internal/auth"
	"github.com/qunzhu/qunzhu/internal/feature"
	"github.com/qunzhu/qunzhu/internal/settings"
	"github.com/qunzhu/qunzhu/internal/web"
)

// The permissions of these pages; operators and tokens need auth.Manage.
const (
	EditSettings = "admin:settings" // change the described settings
	ReadAudit    = "admin:audit"    // see who did what
	Operate      = "admin:operate"  // see and retry what was put aside
)

// The settings of the workspace.
const (
	NameKey    = "workspace.name"    // how the console and member pages call it
	ContactKey = "workspace.contact" // where members turn to about their data
)

//go:embed templates
var templates embed.FS

//go:embed locale
var locale embed.FS

type pages struct {
	deps *feature.Deps
	// settled is set once an operator was seen: operators are never deleted, so
	// that the set-up page need not be considered again.
	settled atomic.Bool
}

// New hands over the pages.
func New(deps *feature.Deps) feature.Feature {
	p := &pages{deps: deps}
	return feature.Feature{
		Name:   "admin",
		Routes: p.routes,
		Templates: web.Templates{Feature: "admin", FS: templates, Names: []string{
			"audit", "form", "health", "operator", "operators", "plain", "sessions", "tokens", "values", "workspace",
		}},
		Locale:      locale,
		Nav:         nav(),
		Permissions: []auth.Permission{{Name: EditSettings}, {Name: ReadAudit}, {Name: Operate}},
		Settings: []settings.Form{{Name: "workspace", WorkspaceOnly: true, Fields: []settings.Field{
			{Key: NameKey, Kind: settings.Text, Max: 40, LabelKey: "admin.workspace.name", HelpKey: "admin.workspace.name_help"},
			{Key: ContactKey, Kind: settings.Text, Max: 200, LabelKey: "admin.workspace.contact", HelpKey: "admin.workspace.contact_help"},
		}}},
	}
}

func nav() []web.NavItem {
	item := func(order int, key, path, permission string, workspace bool) web.NavItem {
		return web.NavItem{Section: web.SectionSettings, Key: key, Path: path, Order: order, Permission: permission, Workspace: workspace}
	}
	return []web.NavItem{
		item(10, "admin.workspace.title", "/settings", EditSettings, false),
		item(20, "admin.operators.title", "/settings/operators", auth.Manage, true),
		item(50, "admin.tokens.title", "/settings/tokens", auth.Manage, true),
		item(60, "admin.audit.title", "/settings/audit", ReadAudit, false),
		item(70, "admin.health.title", "/settings/health", Operate, true),
	}
}

func (p *pages) routes(r *web.Router) {
	r.Public("GET /login", p.loginPage)
	r.Public("POST /login", p.login, web.Rate(60, 30))
	r.Public("POST /logout", p.logout)
	r.Public("GET /setup", p.setupPage)
	r.Public("POST /setup", p.setup, web.Rate(30, 10))

	r.Get("/account/sessions", "", p.sessions)
	r.Post("/account/sessions/revoke", "", p.revokeSessions)
	r.Get("/account/password", "", p.passwordPage)
	r.Post("/account/password", "", p.setPassword, web.Rate(30, 10))

	r.Get("/settings", EditSettings, p.workspace)
	r.Get("/settings/values/{form}", EditSettings, p.values)
	r.Post("/settings/values/{form}", EditSettings, p.saveValues)

	r.Get("/settings/operators", auth.Manage, inWorkspace(auth.Manage, p.operators))
	r.Get("/settings/operators/new", auth.Manage, inWorkspace(auth.Manage, p.newOperator))
	r.Post("/settings/operators/new", auth.Manage, inWorkspace(auth.Manage, p.addOperator))
	r.Get("/settings/operators/{id}", auth.Manage, inWorkspace(auth.Manage, p.operator))
	r.Post("/settings/operators/{id}/grants", auth.Manage, inWorkspace(auth.Manage, p.setGrants))
	r.Post("/settings/operators/{id}/disabled", auth.Manage, inWorkspace(auth.Manage, p.setDisabled))
	r.Post("/settings/operators/{id}/password", auth.Manage, inWorkspace(auth.Manage, p.resetPassword))
	r.Post("/settings/operators/{id}/sessions", auth.Manage, inWorkspace(auth.Manage, p.endSessions))

	r.Get("/settings/tokens", auth.Manage, inWorkspace(auth.Manage, p.tokens))
	r.Post("/settings/tokens", auth.Manage, inWorkspace(auth.Manage, p.createToken))
	r.Post("/settings/tokens/{id}/revoke", auth.Manage, inWorkspace(auth.Manage, p.revokeToken))

	r.Get("/settings/audit", ReadAudit, p.audit)
	r.Post("/settings/audit/verify", ReadAudit, inWorkspace(ReadAudit, p.verifyAudit))

	r.Get("/settings/health", Operate, inWorkspace(Operate, p.health))
	r.Post("/settings/health/retry", Operate, inWorkspace(Operate, p.retryParked))
}

// WorkspaceName reads the name that was set, "" before that; for web.Shell.
func WorkspaceName(deps *feature.Deps) func(context.Context) (string, error) {
	return func(ctx context.Context) (string, error) {
		return deps.Settings.Text(ctx, deps.DB, "", NameKey)
	}
}
