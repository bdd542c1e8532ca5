package desk

import (
	"strconv"
	"strings"
	"time"

	"github.com/qunzhu/qunzhu/internal/community"
	"github.com/qunzhu/qunzhu/internal/i18n"
	"github.com/qunzhu/qunzhu/internal/metric"
	"github.com/qunzhu/qunzhu/internal/web"
	"github.com/qunzhu/qunzhu/internal/web/ui"
)

// typeName is 群类型 in words.
func typeName(c *web.Ctx, typ string) string { return word(c, "type", typ, community.Types) }

// word translates one of a known set of values; anything else, such as a value
// of a newer version, is shown as it is and never as a hole.
func word(c *web.Ctx, set, value string, known []string) string {
	for _, k := range known {
		if k == value {
			return c.T("desk." + set + "." + value)
		}
	}
	if value == "" {
		return i18n.None
	}
	return ui.Name(value)
}

// stages of a group (docs/definitions.md A4).
var stages = []string{"cold_start", "growing", "steady", "mature"}

// stageName is the group's stage; with a launch date also the month it is in.
func stageName(c *web.Ctx, g community.Group) string {
	stage := g.Stage(c.Now)
	if stage == "" {
		return i18n.None
	}
	return c.T("desk.stage." + stage)
}

var levels = []string{ManualLevel, APILevel, ArchiveLevel}

// capacity is "439/500", or the number alone where the capacity is not known.
func capacity(c *web.Ctx, g community.Group) string {
	n := c.Printer.Number(int64(g.Members))
	if g.Capacity == 0 {
		return n
	}
	return n + "/" + c.Printer.Number(int64(g.Capacity))
}

// status is how a metric's judgement is shown; a number that is only shown has
// none.
func status(v metric.Value) ui.Status { return ui.Status(v.Status) }

// messagesADay writes 日均发言, a dash where it is not known.
func messagesADay(c *web.Ctx, v metric.Value) string {
	if v.Value == nil {
		return i18n.None
	}
	return c.Printer.Decimal(*v.Value, 1)
}

// growth writes 增长/周 as a signed percentage.
func growth(c *web.Ctx, v metric.Value) string {
	if v.Value == nil || v.Numerator == nil || v.Denominator == nil {
		return i18n.None
	}
	return c.Printer.Delta(int64(*v.Numerator), int64(*v.Denominator))
}

// judged is a metric in a cell. Numbers that cannot be judged keep their plain
// colour: the status words belong to tiles, where there is room to say why.
func judged(text string, v metric.Value) ui.Cell {
	if s := status(v); s == ui.Fail || s == ui.Pass {
		return ui.Judged(text, s)
	}
	return ui.Text(text)
}

// since writes when something was learned last.
func since(c *web.Ctx, t time.Time) string {
	if t.IsZero() {
		return i18n.None
	}
	return c.Printer.Ago(t, c.Now)
}

// moment is the local minute, and a dash where it is not known.
func moment(c *web.Ctx, t time.Time) string {
	if t.IsZero() {
		return i18n.None
	}
	return c.Printer.DateTime(t)
}

// reasonText says a reason with its numbers.
func reasonText(c *web.Ctx, s Standing, r Reason) string {
	switch r {
	case Exits:
		return c.T("desk.reason.exits", s.Leaves)
	case Falling:
		return c.T("desk.reason.falling", messagesADay(c, s.Before), messagesADay(c, s.Daily))
	case Full:
		return c.T("desk.reason.full", s.Members, s.Capacity)
	case Unheard:
		if s.Heard.IsZero() {
			return c.T("desk.reason.never")
		}
		return c.T("desk.reason.unheard", since(c, s.Heard))
	}
	return c.T("desk.reason." + string(r))
}

func reasonsText(c *web.Ctx, s Standing) string {
	texts := make([]string, len(s.Reasons))
	for i, r := range s.Reasons {
		texts[i] = reasonText(c, s, r)
	}
	return strings.Join(texts, c.T("desk.comma"))
}

// reasonStatus colours a reason: what costs members now, and what will.
func reasonStatus(r Reason) ui.Status {
	if r == Exits || r == Unheard {
		return ui.Fail
	}
	return ui.Warn
}

// deputies says how many admins are still missing.
func deputies(c *web.Ctx, s Standing) ui.Chip {
	switch {
	case !s.KnowsDeputies():
		return ui.Chip{Text: c.T("desk.deputies.unknown")}
	case s.Missing() > 0:
		return ui.Chip{Status: ui.Warn, Text: c.T("desk.deputies.missing", s.Missing())}
	}
	return ui.Chip{Status: ui.Pass, Text: c.T("desk.deputies.ready")}
}

// personName is how a person is shown: by name, else by the end of the id that
// the platform gave, so that two unnamed people can be told apart.
func personName(name, external string) string {
	if name != "" {
		return ui.Name(name)
	}
	if external == "" {
		return i18n.None
	}
	return "…" + ui.Name(external[max(0, len(external)-6):])
}

func number(n int) string { return strconv.Itoa(n) }
