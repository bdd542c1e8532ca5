package phone

import (
	"embed"

	"github.com/qunzhu/qunzhu/internal/feature"
	"github.com/qunzhu/qunzhu/internal/web"
)

//go:embed templates
var templates embed.FS

//go:embed locale
var locale embed.FS

type pages struct{ deps *feature.Deps }

// New hands over the phone pages.
func New(deps *feature.Deps) feature.Feature {
	p := &pages{deps}
	return feature.Feature{
		Name:      "phone",
		Routes:    p.routes,
		Templates: web.Templates{Feature: "phone", FS: templates, Names: []string{"gone", "privacy", "task"}},
		Locale:    locale,
	}
}

func (p *pages) routes(r *web.Router) {
	r.Public("GET /m/t/{token}", p.task, web.Rate(120, 60))
	r.Public("POST /m/t/{token}", p.complete, web.Rate(60, 30))
	r.Public("GET /m/privacy", p.privacy)
}
