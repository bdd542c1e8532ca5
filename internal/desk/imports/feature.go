package imports

import (
	"embed"
	"os"
	"path/filepath"

	"github.com/qunzhu/qunzhu/internal/auth"
	"github.com/qunzhu/qunzhu/internal/community"
	"github.com/qunzhu/qunzhu/internal/desk/importing"
	"github.com/qunzhu/qunzhu/internal/feature"
	"github.com/qunzhu/qunzhu/internal/hub"
	"github.com/qunzhu/qunzhu/internal/job"
	"github.com/qunzhu/qunzhu/internal/settings"
	"github.com/qunzhu/qunzhu/internal/web"
)

// The permissions of these pages.
const (
	View  = "imports:view"  // see what was imported
	Write = "imports:write" // import, undo, add and end groups that are kept by hand
	Close = "imports:close" // enter a day's numbers
)

//go:embed templates
var templates embed.FS

//go:embed locale
var locale embed.FS

const (
	listPath   = "/sources/imports"
	newPath    = "/sources/imports/new"
	uploadPath = "/sources/imports/uploads/"
	namesPath  = "/sources/imports/names"
	addPath    = "/groups/add"
	closePath  = "/m/close"
	closesPath = "/closes"
)

// pages serve the requests.
type pages struct {
	deps  *feature.Deps
	files *importing.Service
	keep  *keeper
}

// NewService returns the service that imports files, also for the command line.
func NewService(deps *feature.Deps) *importing.Service {
	return importing.New(importing.Options{DB: deps.DB, Clock: deps.Clock, Zone: deps.Zone, Store: deps.Store, Queue: deps.Queue, Log: deps.Log,
		Hub: func() *hub.Hub { return deps.Hub }, Dir: folder(deps)})
}

// folder is where uploads are kept: beside the database, where a restart of the
// machine does not remove them, or else with other temporary files.
func folder(deps *feature.Deps) string {
	if deps.DB != nil && deps.DB.Path() != "" {
		return filepath.Join(filepath.Dir(deps.DB.Path()), "imports")
	}
	return filepath.Join(os.TempDir(), "qunzhu-imports")
}

// New hands over imports, groups kept by hand and the daily close.
func New(deps *feature.Deps) feature.Feature {
	files := NewService(deps)
	p := &pages{deps, files, &keeper{deps, files}}
	m := importing.Migrations()
	return feature.Feature{
		Name:       "imports",
		Migrations: &m,
		Routes:     p.routes,
		Templates: web.Templates{Feature: "imports", FS: templates, Names: []string{
			"add", "batch", "close", "closes", "done", "edit", "list", "names", "new", "parts", "phone", "preview", "try",
		}},
		Locale: locale,
		Nav: []web.NavItem{
			{Section: web.SectionSettings, Key: "imports.nav", Path: listPath, Order: 30, Permission: View},
			{Section: web.SectionCommunity, Key: "imports.closes.title", Path: closesPath, Order: 20, Permission: Close},
		},
		Permissions: []auth.Permission{
			{Name: View, Roles: []auth.Role{auth.Editor, auth.Moderator, auth.Analyst}},
			{Name: Write, Roles: []auth.Role{auth.Editor}},
			{Name: Close, Roles: []auth.Role{auth.Editor, auth.Moderator}},
		},
		Settings:  []settings.Form{form()},
		Jobs:      append(files.Handlers(), job.Handle(jobRemind, p.keep.remind), job.Handle(jobTry, p.runTry)),
		Schedules: append(files.Schedules(), job.Schedule{Name: jobRemind, Spec: "0 12-23 * * *", Kind: jobRemind}),
	}
}

func (p *pages) routes(r *web.Router) {
	const (
		paste = 4 << 20
		file  = importing.MaxText + 1<<20 // with what surrounds it
	)
	r.Get(listPath, View, p.list)
	r.Get(newPath, Write, p.start)
	r.Post("/sources/imports/paste", Write, p.paste, web.Upload(paste))
	r.Post("/sources/imports/file", Write, p.file, web.Upload(file))
	r.Get(uploadPath+"{id}", Write, p.preview)
	r.Post(uploadPath+"{id}/try", Write, p.tryOut)
	r.Post(uploadPath+"{id}/start", Write, p.begin)
	r.Post(uploadPath+"{id}/discard", Write, p.discard)
	r.Get("/sources/imports/tries/{id}", Write, p.tried)
	r.Get(namesPath, Write, p.names)
	r.Post(namesPath, Write, p.choose)
	r.Get(listPath+"/{id}", View, p.batch)
	r.Get(listPath+"/{id}/rejected/rows.csv", View, p.rejected)
	r.Post(listPath+"/{id}/undo", Write, p.undo)
	r.Post(listPath+"/{id}/resume", Write, p.resume)
	r.Get(addPath, Write, p.add)
	r.Post(addPath, Write, p.addGroups)
	r.Get("/groups/{id}/edit", Write, p.edit)
	r.Post("/groups/{id}/edit", Write, p.rename)
	r.Post("/groups/{id}/end", Write, p.end)
	r.Get(closesPath, Close, p.closes)
	r.Get("/groups/{id}/close", Close, p.closeOne)
	r.Post("/groups/{id}/close", Close, p.saveOne, web.Upload(paste))
	r.Get(closePath, Close, p.phone)
	r.Post(closePath, Close, p.savePhone, web.Upload(paste))
}

// actor is the operator as records name them.
func actor(c *web.Ctx) importing.Actor {
	return importing.Actor{Kind: "operator", ID: c.Actor.ID, Name: c.Actor.Name, Address: c.Address.String()}
}

// inView is where the operator has a permission, narrowed to the community of
// the picker.
func inView(c *web.Ctx, permission string) community.Scope {
	if c.Community == "" {
		return c.Scope(permission)
	}
	return both{c.Scope(permission), community.Only(c.Community)}
}

// both is where two scopes agree.
type both struct{ a, b community.Scope }

func (s both) SQL(column string, first int) (string, []any) {
	one, args := s.a.SQL(column, first)
	two, more := s.b.SQL(column, first+len(args))
	return "(" + one + ") AND (" + two + ")", append(args, more...)
}
