package app

import (
	"github.com/qunzhu/qunzhu/internal/i18n"
	"github.com/qunzhu/qunzhu/internal/web"
)

// mountAPI puts the JSON API beside the pages.
func (s *server) mountAPI(_ *web.Router, _ *i18n.Catalog) error { return nil }
