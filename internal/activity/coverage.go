package activity

import (
	"context"
	"time"

	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/effect"
	"github.com/qunzhu/qunzhu/internal/event"
)

// addCoverage adds a listened-to interval to the days it touches, or with sign
// -1 takes it back. Whoever
// reports intervals of one source reports each moment once.
func addCoverage(ctx context.Context, tx *db.Tx, b effect.Batch, e event.Event, sign int64) error {
	c, err := event.Decode[event.Coverage](e)
	if err != nil {
		return err
	}
	for day, ms := range byDay(c.From, c.To, b.Zone) {
		_, err := tx.Exec(ctx, `INSERT INTO activity_coverage (community_id,group_id,connection_id,source,day,covered_ms) VALUES ($1,$2,$3,$4,$5,$6)
 ON CONFLICT (community_id,group_id,connection_id,source,day) DO UPDATE SET covered_ms=activity_coverage.covered_ms+excluded.covered_ms`,
			e.Community, e.Group, c.Connection, c.Source, day, sign*ms)
		if err != nil {
			return err
		}
	}
	return nil
}

// byDay splits an interval at local midnights and returns milliseconds a day.
func byDay(from, to time.Time, zone *time.Location) map[string]int64 {
	out := map[string]int64{}
	for from.Before(to) {
		local := from.In(zone)
		end := nextMidnight(local)
		if end.After(to) {
			end = to
		}
		out[local.Format(time.DateOnly)] += end.Sub(from).Milliseconds()
		from = end
	}
	return out
}

// nextMidnight is the start of the next local day, which is 23 or 25 hours away
// where clocks are changed.
func nextMidnight(t time.Time) time.Time {
	y, m, d := t.Date()
	return time.Date(y, m, d+1, 0, 0, 0, 0, t.Location())
}

// DayLength is how long a local day lasts.
func DayLength(day string, zone *time.Location) time.Duration {
	t, err := time.ParseInLocation(time.DateOnly, day, zone)
	if err != nil {
		return 24 * time.Hour
	}
	return nextMidnight(t).Sub(t)
}
