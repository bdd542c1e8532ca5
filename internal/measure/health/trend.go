package health

import (
	"context"

	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/metric"
	"github.com/qunzhu/qunzhu/internal/web/ui"
)

// trendWeeks is how many ISO weeks a chart shows, the running one included.
const trendWeeks = 9

// series are the values of several metrics, week by week.
type series struct {
	weeks  []metric.Window
	values []map[string]metric.Value
}

// trend computes a group's last weeks, or with group "" its community's.
func (p *pages) trend(ctx context.Context, q db.Q, community, group string, keys ...string) (series, error) {
	s := series{weeks: metric.Weeks(trendWeeks, p.deps.Metrics.Now(), p.deps.Metrics.Zone())}
	all, err := p.deps.Metrics.Series(ctx, q, keys, community, group, s.weeks...)
	if err != nil {
		return s, err
	}
	for _, values := range all {
		s.values = append(s.values, byKey(values))
	}
	return s, nil
}

// chart draws one metric of a series. A week without data is a gap, and one with
// too little of it says so.
func (s shower) chart(from series, key string) ui.Trend {
	d := s.definition(key)
	t := ui.Trend{Label: s.c.T("health.trend", s.c.T(d.NameKey)), Running: true}
	scale := 1.0
	if d.Rate() {
		scale = 100
		t.Format = func(v float64) string { return s.c.Printer.Decimal(v, 1) + "%" }
	}
	for i, w := range from.weeks {
		v := from.values[i][key]
		point := ui.Point{Label: monthDay(w.From)}
		if v.Value != nil {
			point.Value = ui.Value(*v.Value * scale)
			point.Note = s.note(v)
			if f := s.fraction(v); point.Note == "" && f != "" {
				point.Note = f
			}
		}
		t.Points = append(t.Points, point)
	}
	if d.Judged() {
		t.Threshold = &ui.Line{From: d.Threshold * scale, To: d.Threshold * scale, Label: s.c.T("health.threshold", s.threshold(d))}
	}
	return t
}
