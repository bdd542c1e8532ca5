// Package feature is what a slice hands to the program: one struct of fields,
// no registration by side effect. Adding a capability is a folder and one line
// in app; removing it is deleting them.
package feature

import (
	"encoding/json"
	"io/fs"
	"log/slog"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/qunzhu/qunzhu/internal/auth"
	"github.com/qunzhu/qunzhu/internal/clock"
	"github.com/qunzhu/qunzhu/internal/connector"
	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/effect"
	"github.com/qunzhu/qunzhu/internal/hub"
	"github.com/qunzhu/qunzhu/internal/i18n"
	"github.com/qunzhu/qunzhu/internal/job"
	"github.com/qunzhu/qunzhu/internal/metric"
	"github.com/qunzhu/qunzhu/internal/settings"
	"github.com/qunzhu/qunzhu/internal/web"
)

// Deps are what features are made from. Hub, Catalog, Settings and Metrics are filled
// before the first request, after all features are known: read them then.
type Deps struct {
	DB       *db.DB
	Clock    clock.Clock // domain time
	Zone     *time.Location
	Hub      *hub.Hub
	Store    *connector.Store
	Metrics  *metric.Registry
	Auth     *auth.Service
	Sessions *auth.Sessions
	Signer   *auth.Signer
	Catalog  *i18n.Catalog
	Settings *settings.Settings
	Queue    *job.Queue
	Live     *web.Live
	Log      *slog.Logger
	BaseURL  string // of this server, without a slash at its end
}

// Feature is one slice, or one set of spine pages. Every field but Name may be
// empty.
type Feature struct {
	Name        string // prefix of its tables, templates and permissions
	Migrations  *db.Migrations
	Reactors    []effect.Reactor
	Projections []hub.Projection
	Annotate    func(hub.Message) json.RawMessage // facts that a message keeps
	Routes      func(*web.Router)
	API         func(huma.API)
	Templates   web.Templates
	Locale      fs.FS // locale/*.json
	Nav         []web.NavItem
	Panels      []web.Panel
	Permissions []auth.Permission
	Settings    []settings.Form
	Metrics     []metric.Definition
	Jobs        []job.Handler
	Schedules   []job.Schedule
}
