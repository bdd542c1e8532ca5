package population

import (
	"math/rand/v2"
	"slices"
	"time"
)

// The day's regular stops: every two hours from 8:00 to 22:00.
const (
	firstStopHour = 8
	lastStopHour  = 22
	stopHours     = 2
)

// maxStops bounds the extra stops of one local day for one cause, so that 90
// days need at most 90 × (8 + 2 × 7) = 1980 stops however much goes wrong.
const maxStops = 7

// Boundary is the next moment at which the server should have its turn: 20 to
// 40 s after a message that breaks the rules in an archived group, a few
// seconds after a member of staff acted on a card, else the next even hour
// between 8:00 and 22:00.
//
// It first looks at what arrived on the phones: a card is acted on 30 to 240 s
// after its delivery in working hours and later at night.
func (p *Population) Boundary() time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.readPhones()
	now := p.now
	if c := p.clock.Now(); c.After(now) {
		now = c
	}
	regular := nextRegularStop(now)
	if stop, ok := p.stops.after(now); ok && stop.Before(regular) {
		return stop
	}
	return regular
}

func nextRegularStop(now time.Time) time.Time {
	now = now.In(china)
	y, m, d := now.Date()
	for hour := firstStopHour; hour <= lastStopHour; hour += stopHours {
		stop := time.Date(y, m, d, hour, 0, 0, 0, china)
		if stop.After(now) {
			return stop
		}
	}
	return time.Date(y, m, d+1, firstStopHour, 0, 0, 0, china)
}

// cause is why an extra stop is made.
type cause int

const (
	causeTrouble cause = iota
	causeAction
)

// stops are the extra stops that lie ahead, ascending.
type stops struct {
	ahead  []time.Time
	perDay map[stopDay]int
}

type stopDay struct {
	day   int // days since 1970 in China
	cause cause
}

// add makes a stop between from and to, unless there already is one or the
// day has had its share.
func (s *stops) add(why cause, from, to time.Time, dice *rand.Rand) {
	i, _ := slices.BinarySearchFunc(s.ahead, from, time.Time.Compare)
	if i < len(s.ahead) && !s.ahead[i].After(to) {
		return
	}
	day := stopDay{int(from.Unix()+8*60*60) / (24 * 60 * 60), why}
	if s.perDay[day] >= maxStops {
		return
	}
	if s.perDay == nil {
		s.perDay = map[stopDay]int{}
	}
	s.perDay[day]++
	at := from.Add(time.Duration(dice.Int64N(int64(to.Sub(from))))).Truncate(time.Second)
	i, _ = slices.BinarySearchFunc(s.ahead, at, time.Time.Compare)
	s.ahead = slices.Insert(s.ahead, i, at)
}

// after is the first stop after now; those that passed are dropped.
func (s *stops) after(now time.Time) (time.Time, bool) {
	for len(s.ahead) > 0 && !s.ahead[0].After(now) {
		s.ahead = s.ahead[1:]
	}
	if len(s.ahead) == 0 {
		return time.Time{}, false
	}
	return s.ahead[0], true
}
