package moderation

import (
	"context"
	"database/sql"
	"time"

	"github.com/qunzhu/qunzhu/internal/activity"
	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/metric"
)

// The metrics of the response to violations.
const (
	MetricInTime    = "violation_response_sla"
	MetricP90       = "violation_response_p90"
	MetricP50       = "violation_response_p50"
	MetricMax       = "violation_response_max"
	MetricDetection = "violation_detection_p90"
	MetricHandling  = "violation_handling_p90"
)

// inTimeGoal is the share of responses that must be in time (docs/definitions.md A3).
const inTimeGoal = 0.95

func metrics() []metric.Definition {
	seconds := func(key string, version int, measure func(timings) (time.Duration, bool)) metric.Definition {
		return metric.Definition{
			Key: key, NameKey: "moderation.metric." + key, UnitKey: "moderation.seconds", FormulaKey: "moderation.formula." + key, Version: version,
			MinSample: 1, Scopes: []metric.Scope{metric.Group, metric.Community},
			Compute: compute(func(t timings, v *metric.Value) {
				if d, ok := measure(t); ok {
					v.Numerator, v.Denominator = metric.Number(d.Seconds()), metric.Number(1)
				}
			}),
		}
	}
	p90 := seconds(MetricP90, 1, func(t timings) (time.Duration, bool) { return t.response.Percentile(90) })
	p90.Comparator, p90.Threshold = metric.Below, ResponseLimit.Seconds()
	return []metric.Definition{
		{
			Key: MetricInTime, NameKey: "moderation.metric." + MetricInTime, FormulaKey: "moderation.formula." + MetricInTime, Version: 1,
			Comparator: metric.AtLeast, Threshold: inTimeGoal, MinSample: 1, Scopes: []metric.Scope{metric.Group, metric.Community},
			Compute: compute(func(t timings, v *metric.Value) {
				v.Numerator, v.Denominator = metric.Number(t.response.InTime()), metric.Number(len(t.response))
			}),
		},
		p90,
		seconds(MetricP50, 1, func(t timings) (time.Duration, bool) { return t.response.Percentile(50) }),
		seconds(MetricMax, 1, func(t timings) (time.Duration, bool) { return t.response.Percentile(100) }),
		seconds(MetricDetection, 1, func(t timings) (time.Duration, bool) { return t.detection.Percentile(90) }),
		seconds(MetricHandling, 1, func(t timings) (time.Duration, bool) { return t.handling.Percentile(90) }),
	}
}

// timings are the times of the cases of a group or community in a window.
type timings struct {
	response  Responses // first action − message
	detection Responses // detected − message
	handling  Responses // first action − detected
	excluded  int       // false alarms, recalled before detection, not worth an answer, imported
}

// add takes in a case. One that nobody has acted on counts with the time it has
// waited so far once its deadline has passed: what is never answered must not
// vanish from the measure. Before that it says nothing yet.
func (t *timings) add(c timedCase, now time.Time) {
	end := c.first
	switch {
	case c.left:
		t.excluded++
		return
	case end.IsZero() && now.Before(c.opened.Add(ResponseLimit)):
		return
	case end.IsZero():
		end = now
	}
	t.response = append(t.response, end.Sub(c.opened))
	t.detection = append(t.detection, c.detected.Sub(c.opened))
	t.handling = append(t.handling, max(end.Sub(c.detected), 0))
}

type timedCase struct {
	group                   string
	opened, detected, first time.Time
	left                    bool // out of the measure
}

// casesBetween reads what the metrics need of the cases whose message was posted
// from start to before end; group "" is all.
func casesBetween(ctx context.Context, q db.Q, community, group string, start, end time.Time) ([]timedCase, error) {
	return db.List(ctx, q, func(r *sql.Rows) (timedCase, error) {
		var c timedCase
		var opened, detected int64
		var first sql.NullInt64
		err := r.Scan(&c.group, &opened, &detected, &first, &c.left)
		c.opened, c.detected, c.first = time.UnixMilli(opened), time.UnixMilli(detected), db.Time(first)
		return c, err
	}, `SELECT group_id, opened_at, detected_at, first_action_at, (NOT realtime OR excluded OR verdict <> '')
 FROM moderation_cases WHERE community_id=$1 AND opened_at >= $2 AND opened_at < $3 AND ($4='' OR group_id=$4)`,
		community, db.Millis(start), db.Millis(end), group)
}

// compute makes a metric's function out of what it takes from the timings.
func compute(measure func(timings, *metric.Value)) func(context.Context, db.Q, metric.Request) (map[string]metric.Value, error) {
	return func(ctx context.Context, q db.Q, r metric.Request) (map[string]metric.Value, error) {
		heard, err := activity.Sums(ctx, q, activity.Params{Zone: r.Zone, Now: r.Now}, r.Community, r.Window.From, r.Window.To)
		if err != nil {
			return nil, err
		}
		start, end := r.Window.Bounds(r.Zone)
		cases, err := casesBetween(ctx, q, r.Community, r.Group, start, end)
		if err != nil {
			return nil, err
		}
		byGroup := map[string]*timings{}
		for _, c := range cases {
			key := c.group
			if r.Scope == metric.Community {
				key = ""
			}
			if byGroup[key] == nil {
				byGroup[key] = &timings{}
			}
			byGroup[key].add(c, r.Now)
		}
		out := map[string]metric.Value{}
		for key, v := range coverage(heard, r.Scope) {
			t := byGroup[key]
			if t == nil {
				t = &timings{}
			}
			measure(*t, &v)
			out[key] = v
		}
		return out, nil
	}
}

// coverage gives each group how much of its messages reached us, and the
// community the mean of the groups whose messages can reach us at all.
func coverage(heard map[string]activity.Sum, scope metric.Scope) map[string]metric.Value {
	out := map[string]metric.Value{}
	var total metric.Value
	n := 0
	var known []activity.Sum
	for group, s := range heard {
		if scope == metric.Group {
			out[group] = metric.Value{Coverage: s.Coverage, Sources: s.Sources}
		}
		if s.Group.Archived || s.Coverage > 0 {
			n++
			total.Coverage += s.Coverage
			known = append(known, s)
		}
	}
	if scope == metric.Community {
		if n > 0 {
			total.Coverage /= float64(n)
			total.Sources = activity.SourcesOf(known)
		}
		out[""] = total
	}
	return out
}
