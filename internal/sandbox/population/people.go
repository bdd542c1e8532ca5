package population

import (
	"math/rand/v2"
	"slices"

	"github.com/qunzhu/qunzhu/internal/sandbox/world"
)

// person is a WeChat user outside the corp.
type person struct {
	id      string
	name    string
	voice   float64 // how readily they speak; 0 for the silent majority
	fake    bool    // came to advertise or in a batch
	refuses bool    // disagrees with the archive
	warned  bool    // was reminded, warned or muted
	groups  []*group
}

// Voices: 70 % never speak, 22 % now and then, 8 % carry the group.
const (
	shareSilent  = 0.70
	shareQuiet   = 0.22
	voiceQuiet   = 1.0
	voiceLoud    = 5.0
	shareRefuses = 0.02
)

// newPerson makes a WeChat user and tells the world of them.
func (p *Population) newPerson(topicName string, dice *rand.Rand) *person {
	who := &person{
		id:      externalID(dice),
		name:    p.bank.filler(topicName, dice).fill(pick(dice, p.bank.section(topicName, "name")).text),
		refuses: dice.Float64() < shareRefuses,
	}
	switch r := dice.Float64(); {
	case r < shareSilent:
	case r < shareSilent+shareQuiet:
		who.voice = voiceQuiet
	default:
		who.voice = voiceLoud
	}
	p.introduce(who, dice)
	return who
}

// newFake makes an account that is no real customer.
func (p *Population) newFake(section string, dice *rand.Rand) *person {
	who := &person{id: externalID(dice), name: p.bank.line(section, dice), fake: true}
	p.truth.Fakes = append(p.truth.Fakes, who.id)
	p.introduce(who, dice)
	return who
}

func (p *Population) introduce(who *person, dice *rand.Rand) {
	p.people[who.id] = who
	union := ""
	if dice.Float64() < 0.9 {
		union = "o" + token(dice, 27)
	}
	p.world.AddContact(world.Contact{ExternalUserID: who.id, Name: who.name, UnionID: union})
}

const idAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

func token(dice *rand.Rand, n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = idAlphabet[dice.IntN(len(idAlphabet))]
	}
	return string(b)
}

// externalID has the shape of a WeChat user's external_userid: wm and 30 more
// characters.
func externalID(dice *rand.Rand) string { return "wm" + token(dice, 30) }

// enter and depart keep both sides of a membership.
func (g *group) enter(who *person) {
	g.members = append(g.members, who)
	if who.voice > 0 {
		g.talkers = append(g.talkers, who)
	}
	who.groups = append(who.groups, g)
}

func (g *group) depart(who *person) {
	g.members = without(g.members, who)
	g.talkers = without(g.talkers, who)
	who.groups = without(who.groups, g)
}

func (g *group) has(who *person) bool { return slices.Contains(who.groups, g) }

func without[T comparable](list []T, x T) []T {
	if i := slices.Index(list, x); i >= 0 {
		return slices.Delete(list, i, i+1)
	}
	return list
}

// talker draws somebody who speaks, other than those named; nil when nobody
// is left who would.
func (g *group) talker(not ...*person) *person {
	for range 40 {
		if len(g.talkers) == 0 {
			return nil
		}
		who := pick(g.dice, g.talkers)
		if g.dice.Float64()*voiceLoud < who.voice && !slices.Contains(not, who) {
			return who
		}
	}
	return nil
}
