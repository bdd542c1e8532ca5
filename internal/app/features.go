package app

import (
	"io/fs"

	"github.com/qunzhu/qunzhu/internal/activity"
	"github.com/qunzhu/qunzhu/internal/api"
	"github.com/qunzhu/qunzhu/internal/audit"
	"github.com/qunzhu/qunzhu/internal/auth"
	"github.com/qunzhu/qunzhu/internal/connector"
	"github.com/qunzhu/qunzhu/internal/connectors/chatimport"
	"github.com/qunzhu/qunzhu/internal/connectors/manual"
	"github.com/qunzhu/qunzhu/internal/connectors/wecom"
	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/desk"
	"github.com/qunzhu/qunzhu/internal/desk/admin"
	"github.com/qunzhu/qunzhu/internal/desk/admin/channels"
	"github.com/qunzhu/qunzhu/internal/desk/admin/tasks"
	"github.com/qunzhu/qunzhu/internal/desk/imports"
	"github.com/qunzhu/qunzhu/internal/desk/phone"
	"github.com/qunzhu/qunzhu/internal/desk/rest"
	"github.com/qunzhu/qunzhu/internal/feature"
	"github.com/qunzhu/qunzhu/internal/govern/moderation"
	"github.com/qunzhu/qunzhu/internal/hub"
	"github.com/qunzhu/qunzhu/internal/job"
	"github.com/qunzhu/qunzhu/internal/measure/health"
	"github.com/qunzhu/qunzhu/internal/metric"
	"github.com/qunzhu/qunzhu/internal/settings"
)

// features is the list of everything the program can do: adding a capability
// is one line here.
func features(deps *feature.Deps) []feature.Feature {
	return []feature.Feature{
		desk.New(deps),
		admin.New(deps),
		channels.New(deps),
		tasks.New(deps),
		imports.New(deps),
		phone.New(deps),
		rest.New(deps),
		health.New(deps),
		moderation.New(deps),
		upkeep(deps),
	}
}

// connectors is the list of the platforms it can speak to.
func connectors(ws *workspace, o serverOptions) []connector.Connector {
	return []connector.Connector{
		wecom.New(wecom.Options{Tokens: newSharedTokens(ws), Zone: o.zone, Log: o.log}),
		manual.Connector{},
	}
}

// platformMigrations are those below the spine.
func platformMigrations() []db.Migrations {
	return []db.Migrations{audit.Migrations(), auth.Migrations(), settings.Migrations(), api.Migrations()}
}

// spineLocales are the messages of packages that are not features.
func spineLocales() []fs.FS {
	return []fs.FS{api.Locale(), hub.Locale, job.Locale, audit.Locale, auth.Locale, settings.Locale, activity.Locale, metric.Locale, chatimport.Locale, manual.Locale, wecom.Locale}
}

// policyOf collects the permissions of all features.
func policyOf() (*auth.Policy, error) {
	var all []auth.Permission
	for _, f := range features(&feature.Deps{}) {
		all = append(all, f.Permissions...)
	}
	return auth.NewPolicy(all...)
}
