package admin

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"unicode/utf8"

	"github.com/qunzhu/qunzhu/internal/auth"
	"github.com/qunzhu/qunzhu/internal/i18n"
	"github.com/qunzhu/qunzhu/internal/web/ui"
)

const maxBrief = 60

// brief makes a stored value fit a cell.
func brief(s string) string {
	if s == "" {
		return i18n.None
	}
	s = ui.Name(s)
	if utf8.RuneCountInString(s) > maxBrief {
		return string([]rune(s)[:maxBrief]) + "…"
	}
	return s
}

// operatorNames are the names of all operators by id.
func (p *pages) operatorNames(ctx context.Context) (map[string]string, error) {
	all, err := p.deps.Auth.Operators(ctx, auth.System("admin"))
	out := make(map[string]string, len(all))
	for _, o := range all {
		out[o.ID] = ui.Name(o.Name)
	}
	return out, err
}

// sortedByName are the keys of names in the order of their values.
func sortedByName(names map[string]string) []string {
	return slices.SortedFunc(maps.Keys(names), func(a, b string) int { return cmp.Or(cmp.Compare(names[a], names[b]), cmp.Compare(a, b)) })
}
