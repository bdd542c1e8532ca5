package i18n

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/qunzhu/qunzhu/internal/fault"
)

// Args are named values for a message's placeholders.
type Args map[string]any

// Printer writes for one language and one time zone. It may be shared.
type Printer struct {
	Lang    Lang
	Zone    *time.Location
	catalog *Catalog
}

// Printer returns the printer of lang; times are shown in zone (nil is UTC).
func (c *Catalog) Printer(lang Lang, zone *time.Location) *Printer {
	if zone == nil {
		zone = time.UTC
	}
	return &Printer{Lang: lang, Zone: zone, catalog: c}
}

// T translates key with args: either values by position, or a single Args. A
// key without a message gives "⟦key⟧", and Catalog.Missing lists it; a
// placeholder without a value stays as it is written.
func (p *Printer) T(key string, args ...any) string {
	m, ok := p.catalog.lookup(p.Lang, key)
	if !ok {
		return "⟦" + key + "⟧"
	}
	text := m.other
	if m.one != "" && count(args) == 1 {
		text = m.one
	}
	return p.fill(text, args)
}

// Fault translates err for the person who caused it. A cause is never shown.
func (p *Printer) Fault(err error) string {
	f := fault.As(err)
	return p.T(f.Key, f.Args...)
}

// FieldText is a translated complaint about one field.
type FieldText struct {
	Name, Text string
}

// Fields translates the wrong fields of err, in their order.
func (p *Printer) Fields(err error) []FieldText {
	var out []FieldText
	for _, f := range fault.As(err).Fields {
		out = append(out, FieldText{f.Name, p.T(f.Key, f.Args...)})
	}
	return out
}

// count is the number that chooses between singular and plural, or -1.
func count(args []any) int64 {
	for _, a := range args {
		if named, ok := a.(Args); ok {
			a = named["n"]
		}
		if n, ok := whole(a); ok {
			return n
		}
	}
	return -1
}

func whole(a any) (int64, bool) {
	if _, isDuration := a.(time.Duration); isDuration {
		return 0, false
	}
	v := reflect.ValueOf(a)
	if v.IsValid() && v.CanInt() {
		return v.Int(), true
	}
	return 0, false
}

func (p *Printer) fill(text string, args []any) string {
	if !strings.Contains(text, "{") {
		return text
	}
	var b strings.Builder
	for {
		before, name, after, ok := cutPlaceholder(text)
		b.WriteString(before)
		if !ok {
			return b.String()
		}
		if v, found := argument(args, name); found {
			b.WriteString(p.write(v))
		} else {
			b.WriteString("{" + name + "}")
		}
		text = after
	}
}

// write is how a value of a placeholder looks; whole numbers are grouped, so
// what must not be (a year, an account) is handed over as a string.
func (p *Printer) write(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case time.Duration:
		return p.Duration(v)
	case time.Time:
		return p.DateTime(v)
	case float64:
		return p.Decimal(v, 1)
	}
	if n, ok := whole(v); ok {
		return p.Number(n)
	}
	return fmt.Sprint(v)
}

func argument(args []any, name string) (any, bool) {
	if i, err := strconv.Atoi(name); err == nil && strconv.Itoa(i) == name {
		if i >= len(args) {
			return nil, false
		}
		_, isNamed := args[i].(Args)
		return args[i], !isNamed
	}
	for _, a := range args {
		if named, ok := a.(Args); ok {
			v, found := named[name]
			return v, found
		}
	}
	return nil, false
}

// cutPlaceholder splits text around its first {digits} or {name}.
func cutPlaceholder(text string) (before, name, after string, ok bool) {
	from := 0
	for {
		open := strings.IndexByte(text[from:], '{')
		if open < 0 {
			return text, "", "", false
		}
		open += from
		end := open + 1
		for end < len(text) && isWord(text[end]) {
			end++
		}
		if end > open+1 && end < len(text) && text[end] == '}' {
			return text[:open], text[open+1 : end], text[end+1:], true
		}
		from = open + 1
	}
}

func isWord(c byte) bool {
	return c == '_' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

func placeholders(text string) []string {
	var names []string
	for {
		_, name, after, ok := cutPlaceholder(text)
		if !ok {
			slices.Sort(names)
			return slices.Compact(names)
		}
		names = append(names, name)
		text = after
	}
}
