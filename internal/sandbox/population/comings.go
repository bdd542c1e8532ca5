package population

import (
	"errors"
	"math"
	"math/rand/v2"
	"time"

	"github.com/qunzhu/qunzhu/internal/sandbox/world"
)

// channel is the way by which somebody finds a group.
type channel string

const (
	channelPoster channel = "ch_poster"
	channelMenu   channel = "ch_menu"
	channelStore  channel = "ch_store"
	channelDitui  channel = "ch_ditui" // ground promotion: a gift for scanning, and gone
	byInvitation  channel = ""
)

// ordinaryChannels repeats a channel as often as it is used.
var ordinaryChannels = []channel{
	channelPoster, channelPoster, channelPoster, channelMenu, channelMenu,
	channelStore, channelStore, byInvitation, byInvitation, byInvitation,
}

// shareLost is how many of the ground promotion leave within a day.
const shareLost = 0.62

// way is how somebody joins by a channel.
func way(g *group, ch channel, dice *rand.Rand) world.Join {
	if ch != byInvitation {
		return world.Join{Scene: world.SceneQRCode, State: string(ch)}
	}
	scene := world.SceneInvited
	if dice.Float64() < 0.4 {
		scene = world.SceneLink
	}
	if len(g.members) == 0 || dice.Float64() < 0.4 {
		return world.Join{Scene: scene, Inviter: pick(dice, g.staff)}
	}
	return world.Join{Scene: scene, Inviter: pick(dice, g.members).id}
}

// planComings schedules a day's newcomers.
func (p *Population) planComings(g *group, day int, dice *rand.Rand) {
	midnight := p.midnight(day)
	rate := g.joins / 7 * float64(len(g.members))
	for range g.coming.take(rate, dice) {
		ch := pick(dice, ordinaryChannels)
		p.schedule(daytime(midnight, dice), func(time.Time) { p.arrive(g, ch) })
	}
	lossy := g.lossy * math.Max(0, 1-2*p.progress(day))
	for range g.lossyIn.take(lossy, dice) {
		p.schedule(between(midnight, 10, 19, dice), func(time.Time) { p.arrive(g, channelDitui) })
	}
}

// arrive lets somebody come into a group by a channel.
func (p *Population) arrive(g *group, ch channel) {
	who := p.acquaintance(g, g.dice)
	if who == nil {
		who = p.newPerson(g.topic, g.dice)
	}
	if code, ok := p.codes[string(ch)]; ok && ch != byInvitation {
		if p.attempt(p.world.ScanJoinWay(code, who.id)) {
			p.truth.Scanned++
		}
		return
	}
	g = p.join(g, who, ch)
	if g == nil {
		return
	}
	p.consent(g, who)
	if ch == channelDitui && g.dice.Float64() < shareLost {
		p.schedule(p.now.Add(seconds(20*60, 23*60*60, g.dice)), func(time.Time) { p.leave(g, who, "不相关") })
		return
	}
	if who.voice > 0 && g.dice.Float64() < 0.5*p.liveliness(g, p.today()) {
		p.greet(g, who)
	}
}

// join puts somebody into a group or, where it is full, into the next one of
// the community; nil when there is no seat at all.
func (p *Population) join(g *group, who *person, ch channel) *group {
	for _, g := range p.seatsFrom(g) {
		if g.has(who) {
			return nil
		}
		how := way(g, ch, g.dice)
		err := p.world.Join(g.chat, who.id, how)
		if errors.Is(err, world.ErrGroupFull) {
			continue
		}
		if !p.attempt(err) {
			return nil
		}
		g.enter(who)
		g.tally.Joins++
		g.tally.States[how.State]++
		return g
	}
	return nil
}

// seatsFrom lists a group and then the others of its community.
func (p *Population) seatsFrom(first *group) []*group {
	list := []*group{first}
	for _, g := range p.groups {
		if g != first && g.community == first.community {
			list = append(list, g)
		}
	}
	return list
}

// greet is a newcomer's first word and a welcome for it.
func (p *Population) greet(g *group, who *person) {
	c := &cast{opener: who}
	lines := []line{{by: partOpener, wait: seconds(30, 900, g.dice), msg: text(p.bank.line("hello", g.dice))}}
	for range g.dice.IntN(3) {
		lines = append(lines, line{by: partAnother, wait: pause(g.dice), msg: text(p.bank.line("welcome", g.dice))})
	}
	if g.dice.Float64() < 0.5 {
		lines = append(lines, line{by: partStaff, wait: seconds(30, 240, g.dice), mention: true, msg: text(p.bank.line("reception", g.dice))})
	}
	p.play(g, c, lines, p.now)
}

// planGoings schedules a day's leavers.
func (p *Population) planGoings(g *group, day int, dice *rand.Rand) {
	midnight := p.midnight(day)
	rate := g.leaves / 7 * float64(len(g.members))
	for range g.going.take(rate, dice) {
		p.schedule(daytime(midnight, dice), func(time.Time) { p.lose(g) })
	}
}

// shareSlips is how many leavers left by mistake and come back.
const shareSlips = 0.03

// lose lets somebody leave who has had enough.
func (p *Population) lose(g *group) {
	if len(g.members) == 0 {
		return
	}
	who := pick(g.dice, g.members)
	if who.fake {
		return
	}
	if g.dice.Float64() < shareSlips {
		p.leave(g, who, "误操作")
		p.schedule(p.now.Add(seconds(5*60, 90*60, g.dice)), func(time.Time) { p.join(g, who, byInvitation) })
		return
	}
	reason := p.bank.filler(g.topic, g.dice).fill(pick(g.dice, p.bank.section(g.topic, "reason")).text)
	if who.voice > 0 && g.dice.Float64() < 0.12 {
		p.say(g, who.id, text(p.bank.line("bye", g.dice)))
		p.schedule(p.now.Add(seconds(20, 200, g.dice)), func(time.Time) { p.leave(g, who, reason) })
		return
	}
	p.leave(g, who, reason)
}

func (p *Population) leave(g *group, who *person, reason string) {
	if !g.has(who) || !p.attempt(p.world.Leave(g.chat, who.id)) {
		return
	}
	g.depart(who)
	g.tally.Leaves++
	p.truth.Departures = append(p.truth.Departures, Departure{ChatID: g.chat, Member: who.id, At: p.now, Reason: reason})
}
