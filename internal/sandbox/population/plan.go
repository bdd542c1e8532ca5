package population

import (
	"math"
	"math/rand/v2"
	"time"
)

// planAhead is how long before its midnight a day is planned. It must be such
// that a regular stop falls between planning and midnight, or trouble at night
// would get no stop of its own.
const planAhead = 4 * time.Hour

// planDay puts a local day on the agenda, and the planning of the next one.
func (p *Population) planDay(day int) {
	for i, g := range p.groups {
		dice := p.dice("day"+g.name, day)
		p.planChat(g, day, dice)
		p.planPosts(g, day, dice)
		p.planComings(g, day, dice)
		p.planGoings(g, day, dice)
		p.planUpkeep(g, i, day, dice)
	}
	p.planTrouble(day)
	next := p.midnight(day + 1).Add(-planAhead)
	if next.Before(p.now) {
		next = p.now
	}
	p.agenda.add(next, func(time.Time) { p.planDay(day + 1) })
}

// planChat spreads a day's chat over scenes.
func (p *Population) planChat(g *group, day int, dice *rand.Rand) {
	midnight := p.midnight(day)
	left := p.chatVolume(g, day, dice)
	for left > 0 {
		s := pickScene(g.topic, dice)
		n := min(s.low+dice.IntN(s.high-s.low+1), left)
		left -= n
		at := daytime(midnight, dice)
		p.schedule(at, func(now time.Time) { s.play(p, g, n, now) })
	}
}

// chatVolume is how many messages a group's members and their answerers will
// write on a day.
func (p *Population) chatVolume(g *group, day int, dice *rand.Rand) int {
	mean := g.daily * p.volume * p.liveliness(g, day) *
		dayFactor[p.midnight(day).Weekday()] * (0.8 + 0.4*dice.Float64())
	n := int(mean)
	if dice.Float64() < mean-float64(n) {
		n++
	}
	return n
}

// liveliness is how readily a group's members speak on a day, in (0, 1]; only a
// fading group's falls.
func (p *Population) liveliness(g *group, day int) float64 {
	return math.Exp(-g.fade * p.progress(day))
}

// livelyGroup draws a group in proportion to its liveliness.
func (p *Population) livelyGroup(day int, dice *rand.Rand) *group {
	weights := make([]float64, len(p.groups))
	for i, g := range p.groups {
		weights[i] = p.liveliness(g, day)
	}
	return p.groups[weighted(weights, dice)]
}

// planPosts schedules what the staff post by themselves.
func (p *Population) planPosts(g *group, day int, dice *rand.Rand) {
	midnight := p.midnight(day)
	for _, post := range posts[g.community] {
		if dice.Float64() > post.chance {
			continue
		}
		at := between(midnight, post.hour, post.hour+0.15, dice)
		p.schedule(at, func(now time.Time) { p.post(g, post, day, now) })
	}
}

// planUpkeep schedules the rare changes of a group itself: a new notice on
// Mondays, one new name and one new owner in the course of the story.
func (p *Population) planUpkeep(g *group, i, day int, dice *rand.Rand) {
	midnight := p.midnight(day)
	if midnight.Weekday() == time.Monday {
		p.schedule(between(midnight, 9, 10, dice), func(time.Time) {
			p.attempt(p.world.SetNotice(g.chat, p.notice(g, g.dice)))
		})
	}
	switch {
	case i == 2 && day == 20:
		p.schedule(between(midnight, 10, 11, dice), func(time.Time) { p.rename(g, "星禾母婴·孕期新生儿3群") })
	case i == 2 && day == 33:
		p.schedule(between(midnight, 10, 11, dice), func(time.Time) { p.handOver(g, "hean") })
	}
}

func (p *Population) rename(g *group, name string) {
	if p.attempt(p.world.Rename(g.chat, name)) {
		g.tally.Name = name
	}
}

func (p *Population) handOver(g *group, owner string) {
	if p.attempt(p.world.ChangeOwner(g.chat, owner)) {
		g.owner = owner
	}
}
