package health

import (
	"math"
	"net/url"
	"strings"

	"github.com/qunzhu/qunzhu/internal/metric"
	"github.com/qunzhu/qunzhu/internal/web"
	"github.com/qunzhu/qunzhu/internal/web/ui"
)

const boardPath = "/data/health"

// shower writes values in the words of a page.
type shower struct {
	c        *web.Ctx
	registry *metric.Registry
}

func (p *pages) show(c *web.Ctx) shower { return shower{c, p.deps.Metrics} }

func (s shower) definition(key string) metric.Definition {
	d, _ := s.registry.Get(key)
	return d
}

// value writes a value, or "" for an unknown one.
func (s shower) value(v metric.Value) string {
	d := s.definition(v.Key)
	switch {
	case v.Value == nil:
		return ""
	case d.Rate():
		return s.percent(*v.Numerator, *v.Denominator)
	case *v.Denominator == 1 && whole64(*v.Numerator):
		return s.c.Printer.Number(int64(*v.Numerator))
	}
	return s.c.Printer.Decimal(*v.Value, 1)
}

// percent rounds on the exact fraction; halves come from averages.
func (s shower) percent(numerator, denominator float64) string {
	return s.c.Printer.Percent(int64(math.Round(2*numerator)), int64(math.Round(2*denominator)))
}

func whole64(f float64) bool { return f == math.Trunc(f) && math.Abs(f) < 1<<53 }

// part writes a numerator or denominator.
func (s shower) part(f float64) string {
	if whole64(f) {
		return s.c.Printer.Number(int64(f))
	}
	return s.c.Printer.Decimal(f, 1)
}

func (s shower) fraction(v metric.Value) string {
	if v.Numerator == nil || v.Denominator == nil || *v.Denominator == 1 {
		return ""
	}
	return s.part(*v.Numerator) + "/" + s.part(*v.Denominator)
}

func (s shower) threshold(d metric.Definition) string {
	if !d.Judged() {
		return ""
	}
	if d.Rate() {
		return string(d.Comparator) + " " + s.part(d.Threshold*100) + "%"
	}
	return string(d.Comparator) + " " + s.part(d.Threshold)
}

// status is the chip of a value. What is not to be judged for another reason
// than too little data has no chip, and its note says why.
func (s shower) status(v metric.Value) ui.Status {
	if v.Reason == metric.Full || v.Reason == metric.Partial {
		return ""
	}
	return ui.Status(v.Status)
}

// note says why a value is not judged.
func (s shower) note(v metric.Value) string {
	switch v.Reason {
	case metric.Sample:
		return s.c.T("health.note.sample", s.part(*v.Denominator), s.part(s.definition(v.Key).MinSample))
	case metric.Coverage:
		return s.c.T("health.note.coverage", s.share(v.Coverage))
	case metric.Partial:
		return s.c.T("health.note.partial")
	case metric.Full:
		return s.c.T("health.note.full")
	}
	return ""
}

func (s shower) share(f float64) string { return s.c.Printer.Decimal(100*f, 0) + "%" }

func (s shower) sources(v metric.Value) string {
	names := make([]string, len(v.Sources))
	for i, source := range v.Sources {
		names[i] = s.c.T("health.source." + source)
	}
	return strings.Join(names, "+")
}

// delta is the change against the previous equal period: of a rate in
// percentage points, else in per cent.
func (s shower) delta(v, before metric.Value) string {
	if v.Value == nil || before.Value == nil || v.Reason == metric.Partial {
		return ""
	}
	change := *v.Value - *before.Value
	if s.definition(v.Key).Rate() {
		return s.c.T("health.points", s.signed(100*change))
	}
	if *before.Value <= 0 {
		return ""
	}
	return s.signed(100*change / *before.Value) + "%"
}

func (s shower) signed(f float64) string {
	text := s.c.Printer.Decimal(f, 1)
	if f > 0 && strings.Trim(text, "0.") != "" {
		return "+" + text
	}
	return text
}

func (s shower) name(key string) string { return s.c.T(s.definition(key).NameKey) }

func (s shower) unit(key string) string {
	if k := s.definition(key).UnitKey; k != "" {
		return s.c.T(k)
	}
	return ""
}

func (s shower) window(w metric.Window) string { return monthDay(w.From) + "–" + monthDay(w.To) }

// monthDay writes 2026-11-09 as 11/9.
func monthDay(date string) string {
	month, day, _ := strings.Cut(date[len("2006-"):], "-")
	return strings.TrimPrefix(month, "0") + "/" + strings.TrimPrefix(day, "0")
}

// tile is a value with everything needed to judge it.
func (s shower) tile(v, before metric.Value, w metric.Window, href string) ui.Tile {
	d := s.definition(v.Key)
	t := ui.Tile{
		Label: s.c.T(d.NameKey), Value: s.value(v), Unit: s.unit(v.Key), Status: s.status(v), Threshold: s.threshold(d), Fraction: s.fraction(v),
		Note: s.note(v), Delta: s.delta(v, before), Window: s.window(w), Source: s.sources(v), Definition: s.c.T(d.FormulaKey), Href: href,
	}
	if v.Value != nil || v.Coverage > 0 {
		t.Coverage = s.share(v.Coverage)
	}
	return t
}

// cell is a value in a table.
func (s shower) cell(v metric.Value, href string) ui.Cell {
	text := s.value(v)
	if text == "" {
		return ui.Cell{Text: "—", Sub: s.note(v)}
	}
	cell := ui.Cell{Text: text, Href: href, Status: s.status(v), Sub: s.note(v)}
	if cell.Sub == "" {
		cell.Sub = s.fraction(v)
	}
	return cell
}

func boardHref(community, window string) string {
	q := url.Values{"window": {window}}
	if community != "" {
		q.Set("community", community)
	}
	return boardPath + "?" + q.Encode()
}

func rowsHref(group, key, window string) string {
	return boardPath + "/groups/" + url.PathEscape(group) + "/rows?" + url.Values{"metric": {key}, "window": {window}}.Encode()
}

func byKey(values []metric.Value) map[string]metric.Value {
	out := make(map[string]metric.Value, len(values))
	for _, v := range values {
		out[v.Key] = v
	}
	return out
}
