// Package i18n turns keys into words: catalogs of messages in Chinese and
// English, and the ways numbers, durations and times are written in each.
//
// A catalog file is locale/<language>.json, one flat object of dotted keys. A
// value is a text with placeholders ({0}, {1} by position, {name} by name), or
// {"one": …, "other": …} where the first whole number among the arguments (or
// the one named "n") chooses. Braces around anything else are plain text.
package i18n

import (
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"sync"
)

// Lang is a BCP 47 language tag that has catalogs.
type Lang string

// The languages of the product; Chinese is the first and the default.
const (
	Chinese Lang = "zh-CN"
	English Lang = "en"
)

// Langs lists the languages, the default first.
var Langs = []Lang{Chinese, English}

//go:embed locale
var own embed.FS

// message is one entry: one is empty where the text has no singular.
type message struct {
	one, other string
}

func (m *message) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '"' {
		return json.Unmarshal(b, &m.other)
	}
	var forms map[string]string
	if err := json.Unmarshal(b, &forms); err != nil {
		return errors.New(`a message must be a text or {"one": text, "other": text}`)
	}
	for form := range forms {
		if form != "one" && form != "other" {
			return fmt.Errorf(`%q is not a plural form; use "one" and "other"`, form)
		}
	}
	m.one, m.other = forms["one"], forms["other"]
	if m.other == "" {
		return errors.New(`a message with plural forms must have "other"`)
	}
	return nil
}

// Catalog holds the messages of all languages. It does not change after Load
// and may be used by many goroutines.
type Catalog struct {
	messages map[Lang]map[string]message

	mu      sync.Mutex
	missing map[string]bool
}

// Load merges this package's own messages with locale/*.json of every source.
// A file of an unknown language, text that is not a catalog, and a key that two
// sources define are errors, so that a mistake stops the start.
func Load(sources ...fs.FS) (*Catalog, error) {
	c := &Catalog{messages: map[Lang]map[string]message{}, missing: map[string]bool{}}
	for _, lang := range Langs {
		c.messages[lang] = map[string]message{}
	}
	for _, src := range append([]fs.FS{own}, sources...) {
		if err := c.merge(src); err != nil {
			return nil, err
		}
	}
	return c, nil
}

func (c *Catalog) merge(src fs.FS) error {
	files, err := fs.Glob(src, "locale/*.json")
	if err != nil {
		return fmt.Errorf("list locales: %w", err)
	}
	for _, file := range files {
		lang := Lang(strings.TrimSuffix(strings.TrimPrefix(file, "locale/"), ".json"))
		into, known := c.messages[lang]
		if !known {
			return fmt.Errorf("%s: %q is not a language of the product (%v)", file, lang, Langs)
		}
		text, err := fs.ReadFile(src, file)
		if err != nil {
			return fmt.Errorf("read %s: %w", file, err)
		}
		var entries map[string]message
		if err := json.Unmarshal(text, &entries); err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		for key, m := range entries {
			if _, taken := into[key]; taken {
				return fmt.Errorf("%s: key %q is already defined by another catalog", file, key)
			}
			into[key] = m
		}
	}
	return nil
}

// Has reports whether key exists in the default language.
func (c *Catalog) Has(key string) bool {
	_, ok := c.messages[Langs[0]][key]
	return ok
}

// Missing lists, sorted, the "language key" pairs that were asked for and not
// found since Load.
func (c *Catalog) Missing() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Sorted(maps.Keys(c.missing))
}

// Gaps lists, sorted, what the languages do not share: keys that only some of
// them have, and keys whose placeholders differ.
func (c *Catalog) Gaps() []string {
	gaps := map[string]bool{}
	for _, lang := range Langs {
		for key, m := range c.messages[lang] {
			for _, other := range Langs {
				n, ok := c.messages[other][key]
				switch {
				case !ok:
					gaps[fmt.Sprintf("%s: %s is missing", key, other)] = true
				case !slices.Equal(placeholders(m.other), placeholders(n.other)):
					gaps[key+": placeholders differ"] = true
				}
			}
		}
	}
	return slices.Sorted(maps.Keys(gaps))
}

func (c *Catalog) lookup(lang Lang, key string) (message, bool) {
	m, ok := c.messages[lang][key]
	if !ok {
		c.mu.Lock()
		c.missing[string(lang)+" "+key] = true
		c.mu.Unlock()
	}
	return m, ok
}
