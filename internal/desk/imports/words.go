package imports

import (
	"fmt"
	"strconv"
	"time"

	"github.com/qunzhu/qunzhu/internal/community"
	"github.com/qunzhu/qunzhu/internal/desk/importing"
	"github.com/qunzhu/qunzhu/internal/event"
	"github.com/qunzhu/qunzhu/internal/i18n"
	"github.com/qunzhu/qunzhu/internal/web"
	"github.com/qunzhu/qunzhu/internal/web/ui"
)

// localTime is how a browser's date and time field writes a moment.
const localTime = "2006-01-02T15:04"

func (p *pages) local(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(p.deps.Zone).Format(localTime)
}

// number shows a number that may be unknown.
func number(c *web.Ctx, n *int) string {
	if n == nil {
		return i18n.None
	}
	return c.Printer.Number(int64(*n))
}

// lastKnown writes the numbers of the last entered day, "" before the first one.
func lastKnown(c *web.Ctx, t event.Tally) string {
	if t.Members == nil && t.Messages == nil {
		return ""
	}
	return c.T("imports.closes.last", number(c, t.Members), number(c, t.Messages))
}

// typed is a number as it stands in an input.
func typed(n *int) string {
	if n == nil {
		return ""
	}
	return strconv.Itoa(*n)
}

func count(c *web.Ctx, n int) string { return c.Printer.Number(int64(n)) }

func period(c *web.Ctx, from, to time.Time) string {
	if from.IsZero() {
		return i18n.None
	}
	return c.Printer.DateTime(from) + " – " + c.Printer.DateTime(to)
}

func size(c *web.Ctx, n int64) string {
	switch {
	case n >= 1<<20:
		return c.Printer.Decimal(float64(n)/(1<<20), 1) + " MB"
	case n >= 1<<10:
		return c.Printer.Decimal(float64(n)/(1<<10), 1) + " KB"
	}
	return fmt.Sprintf("%d B", n)
}

// stateChip is a batch's state as word, shape and colour.
func stateChip(c *web.Ctx, s importing.State) ui.Chip {
	status := map[importing.State]ui.Status{
		importing.Running: ui.Info, importing.Failed: ui.Fail, importing.Done: ui.Pass, importing.Undoing: ui.Info, importing.Undone: ui.NoData,
	}[s]
	return ui.Chip{Status: status, Text: c.T("imports.state." + string(s))}
}

// choices are options of a select, with the chosen one marked.
func choices(chosen string, pairs ...string) []ui.Option {
	var out []ui.Option
	for i := 0; i+1 < len(pairs); i += 2 {
		out = append(out, ui.Option{Value: pairs[i], Label: pairs[i+1], Selected: pairs[i] == chosen})
	}
	return out
}

// communityOptions lists the communities in which the operator may write.
func (p *pages) communityOptions(c *web.Ctx, chosen string) ([]ui.Option, error) {
	list, err := community.Communities(c.Context(), p.deps.DB, c.Scope(Write))
	if err != nil {
		return nil, err
	}
	if chosen == "" {
		chosen = c.Community
	}
	var pairs []string
	for _, one := range list {
		pairs = append(pairs, one.ID, ui.Name(one.Name))
	}
	return choices(chosen, pairs...), nil
}

func heads(c *web.Ctx, prefix string, keys ...string) []ui.Column {
	out := make([]ui.Column, len(keys))
	for i, k := range keys {
		out[i] = ui.Column{Label: c.T(prefix + k)}
	}
	return out
}

func numeric(columns []ui.Column, which ...int) []ui.Column {
	for _, i := range which {
		columns[i].Numeric = true
	}
	return columns
}
