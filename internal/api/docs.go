package api

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"html/template"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/qunzhu/qunzhu/internal/fault"
	"github.com/qunzhu/qunzhu/internal/i18n"
)

//go:embed docs.html
var docsPage string

//go:embed docs.css
var docsCSS []byte

// docsTemplate is immutable; T is replaced for each language.
var docsTemplate = template.Must(template.New("docs").Funcs(template.FuncMap{"T": func(string, ...any) string { return "" }}).Parse(docsPage))

// docsView is the page of all operations: plain HTML, so that the content policy
// of the site holds here too.
type docsView struct {
	Lang      i18n.Lang
	Version   string
	Prefix    string
	SpecPath  string
	CSSPath   string
	Resources []resourceView
	Codes     []codeView
}

type resourceView struct {
	Tag, Name  string
	Operations []operationView
}

type operationView struct {
	ID, Method, Path, Summary, Description string
	Parameters                             []fieldView
	Body, Result                           []fieldView
}

// fieldView is one parameter or one field of a body: Name "items[].joined_at".
type fieldView struct {
	Name, In, Type, Description string
	Required                    bool
}

type codeView struct {
	Code   fault.Code
	Status int
	Title  string
}

func serveCSS(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/css; charset=utf-8")
	w.Header().Set("Cache-Control", "max-age=3600")
	_, _ = w.Write(docsCSS)
}

func (s *server) serveDocs(w http.ResponseWriter, r *http.Request) {
	p := requestOf(r.Context()).printer
	page, err := s.docs(p)
	if err != nil {
		refuse(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-cache")
	_, _ = w.Write(page)
}

func (s *server) docs(p *i18n.Printer) ([]byte, error) {
	raw, err := s.spec(p)
	if err != nil {
		return nil, err
	}
	var doc document
	if err := json.Unmarshal(raw, &doc); err != nil {
		return nil, err
	}
	view := docsView{Lang: p.Lang, Version: s.Version, Prefix: Prefix, SpecPath: SpecPath, CSSPath: cssPath,
		Resources: doc.resources(), Codes: codes(p)}
	t, err := docsTemplate.Clone()
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = t.Funcs(template.FuncMap{"T": p.T}).Execute(&b, view)
	return b.Bytes(), err
}

func codes(p *i18n.Printer) []codeView {
	var out []codeView
	for _, c := range []fault.Code{fault.Invalid, fault.Unauthorized, fault.Forbidden, fault.NotFound, fault.Conflict, fault.TooMany, fault.Unavailable, fault.Internal} {
		out = append(out, codeView{c, c.Status(), p.T("api.title." + string(c))})
	}
	return out
}

// operations of a path, by method.
func operations(item *huma.PathItem) map[string]*huma.Operation {
	all := map[string]*huma.Operation{http.MethodGet: item.Get, http.MethodPost: item.Post, http.MethodPut: item.Put,
		http.MethodPatch: item.Patch, http.MethodDelete: item.Delete}
	maps.DeleteFunc(all, func(_ string, op *huma.Operation) bool { return op == nil })
	return all
}

// document is what the page shows of the OpenAPI document.
type document struct {
	Tags []struct {
		Name        string `json:"name"`
		Description string `json:"description"`
	} `json:"tags"`
	Paths      map[string]map[string]operation `json:"paths"`
	Components struct {
		Schemas map[string]schema `json:"schemas"`
	} `json:"components"`
}

type operation struct {
	ID          string   `json:"operationId"`
	Summary     string   `json:"summary"`
	Description string   `json:"description"`
	Tags        []string `json:"tags"`
	Parameters  []struct {
		Name        string `json:"name"`
		In          string `json:"in"`
		Description string `json:"description"`
		Required    bool   `json:"required"`
		Schema      schema `json:"schema"`
	} `json:"parameters"`
	RequestBody content            `json:"requestBody"`
	Responses   map[string]content `json:"responses"`
}

type content struct {
	Content map[string]struct {
		Schema schema `json:"schema"`
	} `json:"content"`
}

func (d document) resources() []resourceView {
	var out []resourceView
	for _, tag := range d.Tags {
		res := resourceView{Tag: tag.Name, Name: tag.Description}
		for _, path := range slices.Sorted(maps.Keys(d.Paths)) {
			for _, method := range slices.Sorted(maps.Keys(d.Paths[path])) {
				if op := d.Paths[path][method]; slices.Contains(op.Tags, tag.Name) {
					res.Operations = append(res.Operations, d.operation(path, method, op))
				}
			}
		}
		out = append(out, res)
	}
	return out
}

func (d document) operation(path, method string, op operation) operationView {
	v := operationView{ID: op.ID, Method: strings.ToUpper(method), Path: path, Summary: op.Summary, Description: op.Description}
	for _, p := range op.Parameters {
		v.Parameters = append(v.Parameters, fieldView{Name: p.Name, In: p.In, Type: d.kind(p.Schema), Description: p.Description, Required: p.Required})
	}
	const json = "application/json"
	v.Body = d.fields(op.RequestBody.Content[json].Schema, "", 0)
	v.Result = d.fields(op.Responses["200"].Content[json].Schema, "", 0)
	return v
}
