package channels

import (
	"context"
	"database/sql"
	"slices"
	"time"

	"github.com/qunzhu/qunzhu/internal/activity"
	"github.com/qunzhu/qunzhu/internal/community"
	"github.com/qunzhu/qunzhu/internal/db"
)

const (
	coverDays  = 30
	lagSamples = 21 // an odd number has a middle
)

// lagOf is how long after the platform's own time its latest messages reached
// us: the median of the last ones, nil without any.
func lagOf(ctx context.Context, q db.Q, connection string) (*time.Duration, error) {
	list, err := db.List(ctx, q, func(r *sql.Rows) (ms int64, err error) { return ms, r.Scan(&ms) },
		"SELECT received_at-at FROM hub_inbox WHERE state='done' AND connection_id=$1 ORDER BY received_at DESC LIMIT $2", connection, lagSamples)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	slices.Sort(list)
	lag := max(0, time.Duration(list[len(list)/2])*time.Millisecond)
	return &lag, nil
}

// coverage is how much of each day a source was listened to.
type coverage struct {
	source string
	days   []coveredDay // coverDays of them, the last one is today
}

// coveredDay has no share where nothing is known of the day.
type coveredDay struct {
	day   time.Time
	share *float64
}

type coveredRow struct {
	source, day string
	places      int64 // communities and groups that have rows at all
	ms          int64
}

// coverageOf averages over the communities and groups of a scope that the source
// speaks of; today counts as far as it has gone.
func coverageOf(ctx context.Context, q db.Q, s community.Scope, connection, home string, now time.Time, zone *time.Location) ([]coverage, error) {
	days := lastDays(now, zone)
	scope, args := s.SQL("community_id", 4)
	where := " FROM activity_coverage WHERE connection_id=$1 AND day>=$2 AND ($3='' OR community_id=$3) AND " + scope
	rows, err := db.List(ctx, q, func(r *sql.Rows) (x coveredRow, err error) { return x, r.Scan(&x.source, &x.day, &x.places, &x.ms) },
		`SELECT a.source, a.day, p.places, a.ms FROM (SELECT source, day, sum(covered_ms) AS ms`+where+` GROUP BY source, day) a
 JOIN (SELECT source, count(DISTINCT community_id || '/' || group_id) AS places`+where+` GROUP BY source) p ON p.source=a.source
 ORDER BY a.source, a.day`, append([]any{connection, days[0].Format(time.DateOnly), home}, args...)...)
	if err != nil {
		return nil, err
	}
	var out []coverage
	for _, r := range rows {
		if len(out) == 0 || out[len(out)-1].source != r.source {
			out = append(out, coverage{source: r.source, days: make([]coveredDay, coverDays)})
			for i, d := range days {
				out[len(out)-1].days[i].day = d
			}
		}
		i := slices.IndexFunc(days, func(d time.Time) bool { return d.Format(time.DateOnly) == r.day })
		if i < 0 {
			continue
		}
		length := activity.DayLength(r.day, zone)
		if i == coverDays-1 {
			length = max(time.Millisecond, now.Sub(days[i]))
		}
		share := min(1, float64(r.ms)/float64(r.places)/float64(length.Milliseconds()))
		out[len(out)-1].days[i].share = &share
	}
	return out, nil
}

// lastDays are the starts of the last coverDays local days.
func lastDays(now time.Time, zone *time.Location) []time.Time {
	y, m, d := now.In(zone).Date()
	out := make([]time.Time, coverDays)
	for i := range out {
		out[i] = time.Date(y, m, d-(coverDays-1-i), 0, 0, 0, 0, zone)
	}
	return out
}
