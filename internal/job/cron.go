package job

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/robfig/cron/v3"
)

// Cron is a parsed schedule expression: five fields, a word like "@daily", or
// "@every 15m". Fields are wall-clock time of the zone that Next is given:
//
//   - An expression that names hours ("30 2 * * *") fires once a matching wall
//     time. Where the clock is set back and shows it twice, the first counts;
//     where the clock is set forward and never shows it, it fires at the moment
//     of the change.
//   - An expression with "*" for the hour ("*/10 * * * *") means a rhythm: it
//     fires whenever the clock shows a matching minute, the repeated hour included.
//   - "@every d" counts in whole multiples of d and knows no zone.
type Cron struct {
	wall   cron.Schedule // in UTC; read as wall-clock time
	rhythm bool
	every  time.Duration
}

// anyHour is the bit that robfig/cron sets in a field written as "*".
const anyHour = 1 << 63

// ParseCron parses an expression; the error says what is wrong with it.
func ParseCron(expr string) (Cron, error) {
	if strings.Contains(expr, "TZ=") {
		return Cron{}, fmt.Errorf("schedule %q: a zone can't be given here, the workspace's is used", expr)
	}
	parsed, err := cron.ParseStandard(expr)
	if err != nil {
		return Cron{}, fmt.Errorf("schedule %q: %w (expected: minute hour day month weekday)", expr, err)
	}
	switch s := parsed.(type) {
	case cron.ConstantDelaySchedule:
		return Cron{every: s.Delay}, nil
	case *cron.SpecSchedule:
		s.Location = time.UTC
		if s.Next(time.Unix(0, 0).UTC()).IsZero() {
			return Cron{}, fmt.Errorf("schedule %q never comes", expr)
		}
		return Cron{wall: s, rhythm: s.Hour&anyHour != 0}, nil
	}
	return Cron{}, errors.New("schedule: unknown kind of expression")
}

// Next returns the first slot after t in zone, zero when none comes in five years.
func (c Cron) Next(t time.Time, zone *time.Location) time.Time {
	switch {
	case c.every > 0:
		return t.Truncate(c.every).Add(c.every).UTC()
	case c.rhythm:
		return c.nextOfRhythm(t.In(zone))
	}
	return c.nextOfWallTime(t.In(zone))
}

// nextOfRhythm goes from one period of constant offset to the next, so that it
// sees exactly the wall times that the zone's clock shows.
func (c Cron) nextOfRhythm(t time.Time) time.Time {
	from := wallOf(t)
	for {
		wall := c.wall.Next(from)
		if wall.IsZero() {
			return wall
		}
		_, offset := t.Zone()
		slot := wall.Add(-time.Duration(offset) * time.Second)
		_, end := t.ZoneBounds()
		if end.IsZero() || slot.Before(end) {
			return slot
		}
		t = end
		from = wallOf(end).Add(-time.Nanosecond) // the change itself may be a slot
	}
}

func (c Cron) nextOfWallTime(t time.Time) time.Time {
	for wall := c.wall.Next(wallOf(t)); !wall.IsZero(); wall = c.wall.Next(wall) {
		if slot := instantOf(wall, t.Location()); slot.After(t) {
			return slot
		}
	}
	return time.Time{}
}

// wallOf returns what the clock of t's zone shows, as if it were UTC.
func wallOf(t time.Time) time.Time {
	_, offset := t.Zone()
	return t.UTC().Add(time.Duration(offset) * time.Second)
}

// instantOf returns the first moment at which the zone's clock shows wall or,
// where it never does, the moment at which it jumps over it. time.Date leaves
// open which of two moments it returns.
func instantOf(wall time.Time, zone *time.Location) time.Time {
	y, m, d := wall.Date()
	near := time.Date(y, m, d, wall.Hour(), wall.Minute(), wall.Second(), 0, zone)
	start, end := near.ZoneBounds()
	probes := []time.Time{near}
	for _, change := range []time.Time{start, end} {
		if change.IsZero() {
			continue
		}
		before := change.Add(-time.Second)
		if !wall.Before(wallOf(before.In(zone))) && wall.Before(wallOf(change.In(zone))) {
			return change.UTC()
		}
		probes = append(probes, before, change)
	}
	var first time.Time
	for _, p := range probes {
		_, offset := p.In(zone).Zone()
		moment := wall.Add(-time.Duration(offset) * time.Second)
		if wallOf(moment.In(zone)).Equal(wall) && (first.IsZero() || moment.Before(first)) {
			first = moment
		}
	}
	return first
}
