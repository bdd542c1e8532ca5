package population

import (
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/qunzhu/qunzhu/internal/sandbox/world"
)

// Shares of founding members who are already in another group.
const (
	shareNeighbour = 0.05 // of the same community
	shareWanderer  = 0.02 // of another one
)

// Found brings the people into being: staff, groups and their members as they
// stand when the story starts. Groups are created and joined in the months
// before it, so the clock is set back first and ends at the start. To be
// called once, before anybody listens to the world.
func (p *Population) Found() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i, s := range staffList {
		p.world.AddStaff(s)
		p.phones = append(p.phones, &phone{staff: s.UserID, dice: p.dice("phone", i)})
	}
	var past agenda
	for i, spec := range groupList {
		p.foundGroup(i, spec, &past)
	}
	for {
		e, ok := past.popDue(p.start)
		if !ok {
			break
		}
		p.clock.Set(e.at)
		e.run(e.at)
	}
	p.clock.Set(p.start)
	p.resetTallies()
	p.askConsent()
	p.planDay(0)
}

func (p *Population) foundGroup(i int, spec groupSpec, past *agenda) {
	g := &group{
		groupSpec: spec,
		staff:     append([]string{spec.owner}, spec.admins...),
		dice:      p.dice("group", i),
		decks:     map[string]*deck{},
	}
	g.tally = GroupTruth{Name: g.name, Community: g.community, Archived: g.archived, States: map[string]int{}}
	p.groups = append(p.groups, g)

	dice := p.dice("founding", i)
	created := p.start.AddDate(0, 0, -g.age)
	past.add(created, func(time.Time) {
		g.chat = p.world.CreateGroup(world.Group{
			Name: g.name, Owner: g.owner, Admins: g.admins, Archived: g.archived, CreateTime: created,
			Notice: p.notice(g, dice),
		})
		g.tally.ChatID = g.chat
	})
	life := p.start.Sub(created)
	for range g.size {
		// The square root crowds the joins near the creation a little.
		at := created.Add(time.Minute + time.Duration(float64(life-time.Hour)*math.Pow(dice.Float64(), 1.3)))
		past.add(p.awake(at, dice), func(time.Time) { p.settle(g, dice) })
	}
}

// awake moves a time to one at which people use their phones, not past start.
func (p *Population) awake(at time.Time, dice *rand.Rand) time.Time {
	y, m, d := at.In(china).Date()
	moved := daytime(time.Date(y, m, d, 0, 0, 0, 0, china), dice)
	if moved.Before(at) || !moved.Before(p.start) {
		return at
	}
	return moved
}

// settle lets one founding member join: mostly somebody new.
func (p *Population) settle(g *group, dice *rand.Rand) {
	who := p.acquaintance(g, dice)
	if who == nil {
		who = p.newPerson(g.topic, dice)
	}
	how := way(g, pick(dice, ordinaryChannels), dice)
	if p.attempt(p.world.Join(g.chat, who.id, how)) {
		g.enter(who)
	}
}

// acquaintance is somebody of another group who now joins this one too; nil
// for most.
func (p *Population) acquaintance(g *group, dice *rand.Rand) *person {
	r := dice.Float64()
	if r > shareNeighbour+shareWanderer {
		return nil
	}
	other := pick(dice, p.groups)
	sameHouse := other.community == g.community
	if other == g || len(other.members) == 0 || sameHouse != (r < shareNeighbour) {
		return nil
	}
	who := pick(dice, other.members)
	if who.fake || g.has(who) {
		return nil
	}
	return who
}

// resetTallies starts the count of joins with the story.
func (p *Population) resetTallies() {
	for _, g := range p.groups {
		g.tally.Founders = len(g.members)
	}
}

// askConsent has the members of archived groups decide about the archive.
// Who agrees does so by going on; only the few who refuse say it.
func (p *Population) askConsent() {
	for _, g := range p.groups {
		if !g.archived {
			continue
		}
		for _, who := range slices.Clone(g.members) {
			p.consent(g, who)
		}
	}
}

func (p *Population) consent(g *group, who *person) {
	if g.archived && who.refuses {
		p.attempt(p.world.Consent(g.chat, who.id, false))
	}
}

func (p *Population) notice(g *group, dice *rand.Rand) string {
	return p.bank.filler(g.topic, dice).fill(pick(dice, p.bank.section(g.topic, "notice")).text)
}
