package web

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"path"
	"slices"
	"strings"
	"text/template/parse"
	"time"

	"github.com/qunzhu/qunzhu/internal/i18n"
	"github.com/qunzhu/qunzhu/internal/web/static"
	"github.com/qunzhu/qunzhu/internal/web/ui"
)

//go:embed templates
var ownTemplates embed.FS

//go:embed locale
var ownLocale embed.FS

// Locale holds the messages of the shell and of the components, for i18n.Load.
func Locale() []fs.FS { return []fs.FS{ownLocale, ui.Locale} }

// renderer holds one set of all templates for each language: functions that
// translate are bound when a set is parsed, and one set lets every page use
// every component without copying them.
type renderer struct {
	sets map[i18n.Lang]*template.Template
}

func newRenderer(o Options, assets *static.Assets) (*renderer, error) {
	all := append([]Templates{
		{Feature: "ui", FS: ui.Templates, Names: ui.Names},
		{Feature: "web", FS: ownTemplates, Names: []string{
			"console", "plain", "member", "error", "notice", "panel_error"}},
	}, o.Templates...)
	r := &renderer{sets: map[i18n.Lang]*template.Template{}}
	for _, lang := range i18n.Langs {
		printer := func() *i18n.Printer { return o.Catalog.Printer(lang, o.Zone()) }
		set := template.New("").Option("missingkey=error").Funcs(functions(printer, o.Now, assets))
		for _, t := range all {
			if err := addTemplates(set, t); err != nil {
				return nil, err
			}
		}
		if err := checkCalls(set); err != nil {
			return nil, err
		}
		r.sets[lang] = set
	}
	return r, nil
}

// functions are what every template may call.
func functions(p func() *i18n.Printer, now func() time.Time, assets *static.Assets) template.FuncMap {
	return template.FuncMap{
		"t":         func(key string, args ...any) string { return p().T(key, args...) },
		"num":       func(n int64) string { return p().Number(n) },
		"count":     func(n int) string { return p().Number(int64(n)) },
		"dec":       func(v float64) string { return p().Decimal(v, 1) },
		"pct":       func(n, d int64) string { return p().Percent(n, d) },
		"compact":   func(n int64) string { return p().Compact(n) },
		"money":     func(fen int64) string { return p().Money(fen) },
		"dur":       func(d time.Duration) string { return p().Duration(d) },
		"countdown": func(d time.Duration) string { return p().Countdown(d) },
		"date":      func(t time.Time) string { return p().Date(t) },
		"datetime":  func(t time.Time) string { return p().DateTime(t) },
		"clock":     func(t time.Time) string { return p().Time(t) },
		"day":       func(t time.Time) string { return p().Day(t) },
		"monthday":  func(t time.Time) string { return p().MonthDay(t) },
		"ago":       func(t time.Time) string { return p().Relative(t, now()) },
		"when": func(t time.Time) string {
			if t.IsZero() {
				return i18n.None
			}
			return p().DateTime(t) + " · " + p().Relative(t, now())
		},
		"lang":  func() string { return string(p().Lang) },
		"name":  ui.Name,
		"asset": assets.URL,
		"args":  func(pairs ...any) (i18n.Args, error) { return dict(pairs) },
		"dict":  func(pairs ...any) (map[string]any, error) { return dict(pairs) },
		"list":  func(items ...any) []any { return items },
	}
}

func dict(pairs []any) (map[string]any, error) {
	if len(pairs)%2 != 0 {
		return nil, errors.New("dict: a key without a value")
	}
	m := make(map[string]any, len(pairs)/2)
	for i := 0; i < len(pairs); i += 2 {
		key, ok := pairs[i].(string)
		if !ok {
			return nil, fmt.Errorf("dict: key %v is not a string", pairs[i])
		}
		m[key] = pairs[i+1]
	}
	return m, nil
}

// addTemplates parses one feature's files; their set must be the declared one,
// and what they define must carry the feature's name.
func addTemplates(set *template.Template, t Templates) error {
	files, err := fs.Glob(t.FS, "templates/*.html")
	if err != nil {
		return fmt.Errorf("list templates of %s: %w", t.Feature, err)
	}
	var found []string
	for _, file := range files {
		found = append(found, strings.TrimSuffix(path.Base(file), ".html"))
	}
	declared := slices.Sorted(slices.Values(t.Names))
	slices.Sort(found)
	if !slices.Equal(found, declared) {
		return fmt.Errorf("templates of %s: declared %v, found %v", t.Feature, declared, found)
	}
	for _, name := range found {
		if err := addFile(set, t, name); err != nil {
			return err
		}
	}
	return nil
}

func addFile(set *template.Template, t Templates, name string) error {
	file := "templates/" + name + ".html"
	text, err := fs.ReadFile(t.FS, file)
	if err != nil {
		return fmt.Errorf("read %s of %s: %w", file, t.Feature, err)
	}
	before := map[string]bool{}
	for _, known := range set.Templates() {
		before[known.Name()] = true
	}
	full := t.Feature + "/" + name
	if before[full] {
		return fmt.Errorf("template %s exists twice", full)
	}
	if _, err := set.New(full).Parse(string(text)); err != nil {
		return fmt.Errorf("%s of %s: %w", file, t.Feature, err)
	}
	for _, known := range set.Templates() {
		if n := known.Name(); !before[n] && n != "" && !strings.HasPrefix(n, t.Feature+"/") {
			return fmt.Errorf("%s of %s defines %q; its name must start with %q", file, t.Feature, n, t.Feature+"/")
		}
	}
	return nil
}

// checkCalls refuses a set in which a template calls one that does not exist:
// html/template would say so only when the page is first opened.
func checkCalls(set *template.Template) error {
	for _, t := range set.Templates() {
		if t.Tree == nil || t.Tree.Root == nil {
			continue
		}
		for _, callee := range calls(t.Tree.Root) {
			if set.Lookup(callee) == nil {
				return fmt.Errorf("template %s calls %q, which does not exist", t.Name(), callee)
			}
		}
	}
	return nil
}

func calls(n parse.Node) []string {
	switch n := n.(type) {
	case *parse.TemplateNode:
		return []string{n.Name}
	case *parse.ListNode:
		var names []string
		if n != nil {
			for _, child := range n.Nodes {
				names = append(names, calls(child)...)
			}
		}
		return names
	case *parse.IfNode:
		return append(calls(n.List), calls(n.ElseList)...)
	case *parse.RangeNode:
		return append(calls(n.List), calls(n.ElseList)...)
	case *parse.WithNode:
		return append(calls(n.List), calls(n.ElseList)...)
	}
	return nil
}

func (r *renderer) execute(lang i18n.Lang, name string, data any) ([]byte, error) {
	var b bytes.Buffer
	if err := r.sets[lang].ExecuteTemplate(&b, name, data); err != nil {
		return nil, fmt.Errorf("render %s: %w", name, err)
	}
	return b.Bytes(), nil
}
