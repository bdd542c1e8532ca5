package population

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/qunzhu/qunzhu/internal/sandbox/world"
)

// troubleRates turn how often each trouble breaks out into whole numbers.
type troubleRates struct {
	campaign, memberAd, quarrel, privacy, location quota
}

// How often each trouble breaks out, a day over all groups.
const (
	campaignsADay = 0.5
	memberAdsADay = 0.3
	quarrelsADay  = 0.22
	privacyADay   = 0.3
	locationsADay = 0.1
)

// planTrouble schedules what goes wrong on a day.
func (p *Population) planTrouble(day int) {
	dice := p.dice("trouble", day)
	midnight := p.midnight(day)
	for range p.trouble.campaign.take(campaignsADay, dice) {
		p.planCampaign(midnight, dice)
	}
	for range p.trouble.memberAd.take(memberAdsADay, dice) {
		g := p.livelyGroup(day, dice)
		p.troubleAt(g, daytime(midnight, dice), dice, func() { p.offend(g, KindAd, "petty") })
	}
	for range p.trouble.quarrel.take(quarrelsADay, dice) {
		p.planQuarrel(p.livelyGroup(day, dice), daytime(midnight, dice), dice)
	}
	for range p.trouble.privacy.take(privacyADay, dice) {
		g := p.livelyGroup(day, dice)
		p.troubleAt(g, daytime(midnight, dice), dice, func() { p.offend(g, KindPrivacy, "privacy") })
	}
	for range p.trouble.location.take(locationsADay, dice) {
		g := p.livelyGroup(day, dice)
		p.troubleAt(g, daytime(midnight, dice), dice, func() { p.shareLocation(g) })
	}
	p.planSetPieces(day, dice)
}

// troubleAt schedules a message that breaks the rules, with a stop soon after
// it where the server is able to see it.
func (p *Population) troubleAt(g *group, at time.Time, dice *rand.Rand, act func()) {
	if at.Before(p.now) {
		return
	}
	p.schedule(at, func(time.Time) { act() })
	if g.archived {
		p.stops.add(causeTrouble, at.Add(20*time.Second), at.Add(40*time.Second), dice)
	}
}

// offence says a message that breaks the rules and puts it on record.
func (p *Population) offence(g *group, who *person, kind Kind, msg world.Message) bool {
	if !g.has(who) {
		return false
	}
	id, ok := p.say(g, who.id, msg)
	if !ok {
		return false
	}
	said := msg.Text
	if msg.Type == "location" {
		said = fmt.Sprint(msg.Raw["title"])
	}
	p.truth.Violations = append(p.truth.Violations, Violation{
		ChatID: g.chat, Member: who.id, MsgID: id, Kind: kind, Text: said, At: p.now,
		Seen: g.archived && !who.refuses,
	})
	return true
}

// offend lets some member break a rule who was not told off before.
func (p *Population) offend(g *group, kind Kind, section string) {
	who := g.talker()
	if who == nil || who.warned {
		return
	}
	p.offence(g, who, kind, text(p.bank.line(section, g.dice)))
}

func (p *Population) shareLocation(g *group) {
	if who := g.talker(); who != nil && !who.warned {
		place := p.bank.line("place", g.dice)
		p.offence(g, who, KindLocation, location("临江市"+place, place, g.dice))
	}
}

// pitches are what advertisers sell, and how often.
var pitches = []Kind{KindAd, KindAd, KindAd, KindJob, KindJob, KindLoan, KindGamble}

// planCampaign sends an advertiser into one to four groups.
func (p *Population) planCampaign(midnight time.Time, dice *rand.Rand) {
	kind := pick(dice, pitches)
	pitch := p.bank.line("pitch-"+string(kind), dice)
	targets := slices.Clone(p.groups)
	dice.Shuffle(len(targets), func(i, j int) { targets[i], targets[j] = targets[j], targets[i] })
	targets = targets[:1+weighted([]float64{5, 2, 2, 1.5}, dice)]

	who := p.newFake("fake-name", dice)
	come := between(midnight, 8.5, 21, dice)
	if dice.Float64() < 0.15 {
		come = between(midnight, 0.5, 5, dice)
	}
	speak := come.Add(seconds(3*60, 150*60, dice))
	for _, g := range targets {
		p.schedule(come, func(time.Time) { p.infiltrate(g, who) })
		p.planPitch(g, who, kind, pitch, speak, 0, dice)
		come = come.Add(seconds(30, 240, dice))
		speak = speak.Add(seconds(40, 600, dice))
	}
}

// infiltrate lets a fake account into exactly this group, if it has a seat.
func (p *Population) infiltrate(g *group, who *person) {
	if g.has(who) || len(g.members) >= maxSeats {
		return
	}
	how := world.Join{Scene: world.SceneQRCode, State: string(channelPoster)}
	if p.attempt(p.world.Join(g.chat, who.id, how)) {
		g.enter(who)
		g.tally.Joins++
		g.tally.States[how.State]++
	}
}

// maxSeats leaves room for the staff below the platform's limit of 500.
const maxSeats = 494

// maxPitches is how often an advertiser tries whom nobody removes.
const maxPitches = 3

// planPitch lets an advertiser say the pitch and, a day later, say it again.
func (p *Population) planPitch(g *group, who *person, kind Kind, pitch string, at time.Time, said int, dice *rand.Rand) {
	p.troubleAt(g, at, dice, func() {
		if who.warned && g.dice.Float64() < 0.5 || !p.offence(g, who, kind, text(pitch)) {
			return
		}
		if said+1 == maxPitches {
			p.schedule(p.now.Add(seconds(3600, 48*3600, g.dice)), func(time.Time) { p.leave(g, who, "其他") })
			return
		}
		// Not sooner than the longest gap between two regular stops, or the
		// stop made for it would come too late to be noticed.
		again := p.now.Add(seconds(18*3600, 30*3600, g.dice))
		p.planPitch(g, who, kind, p.bank.line("pitch-"+string(kind), g.dice), again, said+1, g.dice)
	})
}

// planQuarrel lets two members fall out: heat on both sides, and an insult or
// two in it.
func (p *Population) planQuarrel(g *group, at time.Time, dice *rand.Rand) {
	sides := &[2]*person{}
	p.schedule(at, func(time.Time) {
		sides[0] = g.talker()
		sides[1] = g.talker(sides[0])
	})
	rounds := 4 + dice.IntN(5)
	for i := range rounds {
		at = at.Add(seconds(8, 50, dice))
		turn := func(act func(who *person)) func() {
			return func() {
				if sides[1] != nil && sides[i%2] != nil && g.has(sides[i%2]) && !sides[i%2].warned {
					act(sides[i%2])
				}
			}
		}
		if i >= 2 && dice.Float64() < 0.45 {
			p.troubleAt(g, at, dice, turn(func(who *person) {
				p.offence(g, who, KindAbuse, text(p.bank.line("abuse", g.dice)))
			}))
			continue
		}
		heat := turn(func(who *person) { p.say(g, who.id, text(p.bank.line("heat", g.dice))) })
		p.schedule(at, func(time.Time) { heat() })
	}
}

// setPiece is trouble that every story has, at a point of its progress.
type setPiece struct {
	progress float64
	group    int // index into groupList
	play     func(p *Population, g *group, midnight time.Time, dice *rand.Rand)
}

var setPieces = []setPiece{
	{0.12, 6, func(p *Population, g *group, m time.Time, dice *rand.Rand) { p.planOutcry(g, m, 7, dice) }},
	{0.25, 7, func(p *Population, g *group, m time.Time, dice *rand.Rand) { p.planOutcry(g, m, 18, dice) }},
	{0.62, 4, func(p *Population, g *group, m time.Time, dice *rand.Rand) { p.planOutcry(g, m, 8, dice) }},
	{0.93, 1, func(p *Population, g *group, m time.Time, dice *rand.Rand) { p.planOutcry(g, m, 7, dice) }},
	{0.2, 1, (*Population).planBatch},
	{0.58, 3, (*Population).planBatch},
}

func (p *Population) planSetPieces(day int, dice *rand.Rand) {
	for _, s := range setPieces {
		if day == int(s.progress*p.span) {
			s.play(p, p.groups[s.group], p.midnight(day), dice)
		}
	}
}

// planOutcry is a burst of complaints within ten minutes, by as many people as
// there are to be had.
func (p *Population) planOutcry(g *group, midnight time.Time, n int, dice *rand.Rand) {
	at := between(midnight, 18.5, 20.5, dice)
	incident := &Incident{}
	senders := map[*person]bool{}
	for range n {
		p.schedule(at, func(now time.Time) {
			who := g.talker()
			if who == nil {
				return
			}
			if _, ok := p.say(g, who.id, text(p.bank.filler(g.topic, g.dice).fill(g.deal(p.bank, "complaint").text))); !ok {
				return
			}
			if incident.Messages == 0 {
				incident.ChatID, incident.From = g.chat, now
			}
			senders[who] = true
			incident.To, incident.People = now, len(senders)
			incident.Messages++
		})
		at = at.Add(seconds(5, 480/n, dice))
	}
	p.schedule(at, func(time.Time) {
		if incident.Messages > 0 {
			p.truth.Incidents = append(p.truth.Incidents, *incident)
		}
	})
	p.stops.add(causeTrouble, at.Add(20*time.Second), at.Add(40*time.Second), dice)
}

// batchSize is how many accounts come at once when somebody buys "fans".
const batchSize = 9

// planBatch lets fake accounts flow in within two minutes, by one code, and
// never say a word.
func (p *Population) planBatch(g *group, midnight time.Time, dice *rand.Rand) {
	at := between(midnight, 14, 17, dice)
	for range batchSize {
		who := p.newFake("batch-name", dice)
		p.schedule(at, func(time.Time) { p.infiltrate(g, who) })
		at = at.Add(seconds(4, 13, dice))
	}
}
