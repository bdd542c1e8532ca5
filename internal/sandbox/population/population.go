package population

import (
	"hash/fnv"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/qunzhu/qunzhu/internal/sandbox/world"
)

// SettableClock is the clock that the world and the server go by.
type SettableClock interface {
	Now() time.Time
	Set(time.Time)
}

// Population is the people of one simulated corp. Its methods may be called
// from several goroutines; they exclude one another.
type Population struct {
	mu     sync.Mutex
	seed   uint64
	start  time.Time
	span   float64 // days over which the three stories unfold
	volume float64 // factor on how much is said, so that long histories stay within archiveBudget
	world  world.World
	clock  SettableClock
	bank   *bank

	now     time.Time // how far the story has been told
	agenda  agenda
	stops   stops
	trouble troubleRates

	groups []*group
	people map[string]*person
	phones []*phone
	done   map[order]time.Time // what staff did last about a card
	codes  map[string]string   // channel → join way shown on its posters
	truth  Truth
}

// archiveBudget is how many messages one history may leave in archived groups
// before the volume of chat is lowered; 90 days at full volume stay below it.
const (
	archiveBudget = 28_000
	fullDays      = 90
	shortestSpan  = 60 // a story of a week does not lose nine members in ten
)

// china is where everybody lives: a fixed offset, so that no time zone
// database is needed and no day is longer than another.
var china = time.FixedZone("CST", 8*60*60)

// New prepares a population whose history begins at start and is meant to be
// run for the given number of days before it goes on living. Nobody exists
// until [Population.Found].
func New(seed uint64, start time.Time, days int, w world.World, clk SettableClock) *Population {
	days = max(days, 1)
	return &Population{
		seed:   seed,
		start:  start.In(china),
		now:    start.In(china),
		span:   float64(max(days, shortestSpan)),
		volume: min(1, float64(fullDays)/float64(days)),
		world:  w,
		clock:  clk,
		bank:   mustReadBank(),
		people: map[string]*person{},
		done:   map[order]time.Time{},
		codes:  map[string]string{},
	}
}

// Next is the time of the next event; the zero time before [Population.Found].
func (p *Population) Next() time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.agenda.next()
}

// RunUntil lets everything happen that is due at or before t, in order, and
// says how many events that were. The clock is set to each event's own time,
// but never back: with a clock that runs by itself it is left alone.
func (p *Population) RunUntil(t time.Time) (n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.readPhones()
	for {
		e, due := p.agenda.popDue(t)
		if !due {
			break
		}
		p.reach(e.at)
		e.run(e.at)
		n++
	}
	if t.After(p.now) {
		p.now = t.In(china)
	}
	return n
}

// ShowCode puts a join way made over the API onto the posters of a channel:
// who comes by that channel from now on scans it. The platform chooses the
// group, so these people only listen: the simulation does not know where they
// are.
func (p *Population) ShowCode(channel, configID string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.codes[channel] = configID
}

func (p *Population) reach(t time.Time) {
	p.now = t
	if t.After(p.clock.Now()) {
		p.clock.Set(t)
	}
}

// schedule puts an act on the agenda. What would lie in the past is dropped:
// it belongs to the part of the first day before the story starts.
func (p *Population) schedule(at time.Time, run func(now time.Time)) {
	if at.Before(p.now) {
		return
	}
	p.agenda.add(at, run)
}

// midnight is the start of the local day with the given number; day 0 is the
// one in which the story starts.
func (p *Population) midnight(day int) time.Time {
	y, m, d := p.start.Date()
	return time.Date(y, m, d+day, 0, 0, 0, 0, china)
}

// today is the number of the local day that the story has reached.
func (p *Population) today() int {
	return int(p.now.Sub(p.midnight(0)) / (24 * time.Hour))
}

// progress is how far the story has been told on a day, in [0, 1].
func (p *Population) progress(day int) float64 {
	return min(1, float64(day)/p.span)
}

// dice is a stream of randomness of its own for a purpose and a number.
func (p *Population) dice(purpose string, n int) *rand.Rand {
	h := fnv.New64a()
	h.Write([]byte(purpose))
	return rand.New(rand.NewPCG(p.seed, h.Sum64()+uint64(n)*0x9e3779b97f4a7c15))
}

// attempt counts acts that the world refused, so that none fails unseen.
func (p *Population) attempt(err error) bool {
	if err != nil {
		p.truth.Refused++
	}
	return err == nil
}
