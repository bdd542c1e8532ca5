package api

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/qunzhu/qunzhu/internal/i18n"
)

// specs are the OpenAPI document in each language, made at the first request,
// when all operations are registered.
type specs struct {
	mu     sync.Mutex
	byLang map[i18n.Lang][]byte
}

func (s *server) serveSpec(w http.ResponseWriter, r *http.Request) {
	spec, err := s.spec(requestOf(r.Context()).printer)
	if err != nil {
		refuse(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-cache")
	_, _ = w.Write(spec) // the client is gone when this fails
}

// spec returns the OpenAPI document in p's language.
func (s *server) spec(p *i18n.Printer) ([]byte, error) {
	s.specs.mu.Lock()
	defer s.specs.mu.Unlock()
	if spec, ok := s.specs.byLang[p.Lang]; ok {
		return spec, nil
	}
	spec, err := s.writeSpec(p)
	if err != nil {
		return nil, err
	}
	if s.specs.byLang == nil {
		s.specs.byLang = map[i18n.Lang][]byte{}
	}
	s.specs.byLang[p.Lang] = spec
	return spec, nil
}

func (s *server) writeSpec(p *i18n.Printer) ([]byte, error) {
	raw, err := json.Marshal(s.api.OpenAPI())
	if err != nil {
		return nil, fmt.Errorf("write the OpenAPI document: %w", err)
	}
	var doc map[string]any
	if err := json.Unmarshal(raw, &doc); err != nil {
		return nil, fmt.Errorf("read the OpenAPI document: %w", err)
	}
	s.say(p, doc)
	doc["tags"] = s.tags(p)
	// huma describes its own kind of error too, which nobody is ever sent.
	if components, ok := doc["components"].(map[string]any); ok {
		if schemas, ok := components["schemas"].(map[string]any); ok {
			delete(schemas, "ErrorModel")
			delete(schemas, "ErrorDetail")
		}
	}
	return json.Marshal(doc)
}

// say replaces translation keys by their texts and drops descriptions that
// nobody wrote.
func (s *server) say(p *i18n.Printer, v any) {
	switch v := v.(type) {
	case map[string]any:
		for name, value := range v {
			text, isText := value.(string)
			switch {
			case !isText:
				s.say(p, value)
			case name != "summary" && name != "description" && name != "title":
			case s.Catalog.Has(text):
				v[name] = p.T(text)
			case strings.HasSuffix(text, ".more"):
				delete(v, name)
			}
		}
	case []any:
		for _, item := range v {
			s.say(p, item)
		}
	}
}

// tags lists the resources that have operations.
func (s *server) tags(p *i18n.Printer) []map[string]string {
	used := map[string]bool{}
	for _, item := range s.api.OpenAPI().Paths {
		for _, op := range operations(item) {
			for _, tag := range op.Tags {
				used[tag] = true
			}
		}
	}
	out := []map[string]string{}
	for _, tag := range slices.Sorted(maps.Keys(used)) {
		out = append(out, map[string]string{"name": tag, "description": p.T("api.tag." + tag)})
	}
	return out
}
