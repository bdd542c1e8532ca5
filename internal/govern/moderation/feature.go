package moderation

import (
	"context"
	"embed"
	"fmt"

	"github.com/qunzhu/qunzhu/internal/auth"
	"github.com/qunzhu/qunzhu/internal/effect"
	"github.com/qunzhu/qunzhu/internal/feature"
	"github.com/qunzhu/qunzhu/internal/job"
	"github.com/qunzhu/qunzhu/internal/settings"
	"github.com/qunzhu/qunzhu/internal/web"
)

// The permissions of the slice.
const (
	View   = "moderation:view"   // see cases with what members wrote
	Act    = "moderation:decide" // decide about cases
	Manage = "moderation:lists"  // change the keyword lists
)

// settingAuto is the highest grade that is asked for without an operator.
const settingAuto = "moderation.auto"

const tidyJob = "moderation.tidy"

//go:embed templates
var templates embed.FS

//go:embed locale
var locale embed.FS

// pages serve the requests.
type pages struct {
	deps    *feature.Deps
	engines *Engines
}

// New hands over the slice.
func New(deps *feature.Deps) feature.Feature {
	engines, err := NewEngines(deps.DB, deps.Log)
	if err != nil {
		panic(fmt.Sprintf("moderation: the shipped list is part of the program: %v", err))
	}
	p := &pages{deps, engines}
	m := Migrations()
	return feature.Feature{
		Name:        Name,
		Migrations:  &m,
		Reactors:    []effect.Reactor{Reactor()},
		Projections: Projections(),
		Annotate:    Annotate(engines, p.auto),
		Routes:      p.routes,
		API:         p.api,
		Templates:   web.Templates{Feature: Name, FS: templates, Names: []string{"inbox", "case", "lists", "list", "preview", "parts"}},
		Locale:      locale,
		Nav: []web.NavItem{
			{Section: web.SectionRisk, Key: "moderation.inbox.title", Path: inboxPath, Details: "/risk/cases", Order: 1, Permission: View, Badge: p.badge},
			{Section: web.SectionRisk, Key: "moderation.lists.title", Path: "/risk/keywords", Order: 2, Permission: View},
		},
		Panels: []web.Panel{
			{Slot: "home.alerts", Order: 10, Permission: View, Render: p.alertPanel},
			{Slot: "group.risk", Order: 10, Permission: View, Render: p.groupPanel},
		},
		Permissions: []auth.Permission{
			{Name: View, Roles: []auth.Role{auth.Moderator}},
			{Name: Act, Roles: []auth.Role{auth.Moderator}},
			{Name: Manage, Roles: []auth.Role{auth.Moderator}},
		},
		Settings: []settings.Form{{Name: Name, Fields: []settings.Field{{
			Key: settingAuto, Kind: settings.Number, Default: "4", Max: 4, LabelKey: "moderation.setting.auto", HelpKey: "moderation.setting.auto.help",
		}}}},
		Metrics: metrics(),
		Jobs: []job.Handler{{Kind: tidyJob, Run: func(ctx context.Context, _ job.Job) error {
			_, err := Tidy(ctx, deps.DB, deps.Hub, deps.Clock.Now(), "")
			return err
		}}},
		Schedules: []job.Schedule{{Name: tidyJob, Spec: "*/5 * * * *", Kind: tidyJob, Sweep: true}},
	}
}

// auto reads the setting. When that fails nothing is asked for by itself: the
// case still stands in the inbox.
func (p *pages) auto(community string) int {
	ctx := context.Background()
	grade, err := p.deps.Settings.Int(ctx, p.deps.DB, community, settingAuto)
	if err != nil {
		p.deps.Log.ErrorContext(ctx, "the automatic grade could not be read", "community", community, "error", err)
		return 0
	}
	return int(grade)
}

func (p *pages) routes(r *web.Router) {
	r.Get("/risk/inbox", View, p.inbox)
	r.Get("/risk/cases/{id}", View, p.casePage)
	r.Post("/risk/cases/{id}/decide", Act, p.decide)
	r.Post("/risk/cases/{id}/allow", Manage, p.allow)
	r.Get("/risk/keywords", View, p.lists)
	r.Get("/risk/keywords/list", View, p.list)
	r.Post("/risk/keywords/preview", Manage, p.preview, web.Upload(maxUpload))
	r.Post("/risk/keywords/publish", Manage, p.publish, web.Upload(2*maxUpload))
}

func (p *pages) badge(c *web.Ctx) int {
	n, err := CountOpen(c.Context(), p.deps.DB, c.Scope(View), c.Community)
	if err != nil {
		p.deps.Log.ErrorContext(c.Context(), "count open cases", "error", err)
	}
	return n
}
