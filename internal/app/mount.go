package app

import (
	"net/http"

	"github.com/qunzhu/qunzhu/internal/api"
	"github.com/qunzhu/qunzhu/internal/i18n"
	"github.com/qunzhu/qunzhu/internal/web"
)

// mountAPI puts the JSON API beside the pages; it checks for itself who is
// asking, and how often.
func (s *server) mountAPI(r *web.Router, catalog *i18n.Catalog) {
	resources, handler := api.New(api.Options{
		Version: version, DB: s.ws.db, Catalog: catalog, Authenticate: s.deps.Auth.Authenticate, Zone: s.deps.Zone, Now: s.deps.Clock.Now,
		Address: func(req *http.Request) string { return web.Address(req.Context()).String() }, Log: s.log,
	})
	for _, f := range s.features {
		if f.API != nil {
			f.API(resources)
		}
	}
	r.Handle("/api/", handler, web.Unlimited())
	r.Handle("GET "+api.SpecPath, handler, web.Unlimited())
}
