package population

import (
	"html"
	"math/rand/v2"
	"regexp"
	"strings"
	"time"

	"github.com/qunzhu/qunzhu/internal/sandbox/world"
)

// phone is what a member of staff has read of the app's messages.
type phone struct {
	staff string
	seen  int // highest Seq read
	dice  *rand.Rand
}

// order is what a card asks for.
type order struct {
	verb, chat, member string
}

// Verbs that a card may carry. The platform has no button to mute somebody in
// a customer group: staff say so, as for a reminder.
const (
	verbRemove = "remove"
	verbRemind = "remind"
	verbWarn   = "warn"
	verbMute   = "mute"
)

// How staff are: 5 % of the cards are forgotten, 10 % done long after.
const (
	shareIgnored = 0.05
	shareLate    = 0.10
)

// readPhones looks at every phone and plans what its owner does about cards.
func (p *Population) readPhones() {
	for _, ph := range p.phones {
		for _, m := range p.world.AppMessages(ph.staff, ph.seen) {
			ph.seen = max(ph.seen, m.Seq)
			if o, script, ok := parseCard(m); ok {
				p.takeUp(ph, m, o, script)
			}
		}
	}
}

// takeUp plans one card.
func (p *Population) takeUp(ph *phone, m world.AppMessage, o order, script string) {
	act := Action{Staff: ph.staff, Verb: o.verb, ChatID: o.chat, Member: o.member, CardAt: m.Time}
	r := ph.dice.Float64()
	delay := readingTime(m.Time, ph.dice)
	switch {
	case r < shareIgnored:
		act.Outcome = OutcomeIgnored
	case r < shareIgnored+shareLate:
		act.Outcome = OutcomeLate
		delay += seconds(8*60, 45*60, ph.dice)
	default:
		act.Outcome = OutcomeDone
	}
	at := m.Time.Add(delay)
	if soon := p.now.Add(time.Second); at.Before(soon) {
		at = soon
	}
	p.agenda.add(at, func(now time.Time) {
		act.At = now
		p.carryOut(&act, o, script)
		p.truth.Actions = append(p.truth.Actions, act)
	})
	if act.Outcome != OutcomeIgnored {
		p.stops.add(causeAction, at.Add(2*time.Second), at.Add(10*time.Second), ph.dice)
	}
}

// readingTime is how long a card lies before it is acted on: 30 to 240 s when
// on duty, some minutes in the evening; most of what comes at night waits for
// the morning.
func readingTime(at time.Time, dice *rand.Rand) time.Duration {
	prompt := seconds(30, 240, dice)
	switch {
	case onDuty(at):
		return prompt
	case at.In(china).Hour() >= 12, dice.Float64() < 0.3:
		return prompt + seconds(4*60, 25*60, dice)
	default:
		return nextDuty(at).Sub(at) - 30*time.Minute + seconds(0, 40*60, dice)
	}
}

// carryOut does what a card asks for, unless a colleague was quicker.
func (p *Population) carryOut(act *Action, o order, script string) {
	if act.Outcome == OutcomeIgnored {
		return
	}
	if did, ok := p.done[o]; ok && !did.Before(act.CardAt) {
		act.Outcome = OutcomeSpared
		return
	}
	var ok bool
	switch o.verb {
	case verbRemove:
		ok = p.remove(o, act.Staff)
	case verbRemind, verbWarn, verbMute:
		ok = p.admonish(o, act.Staff, script)
	}
	if !ok {
		act.Outcome = OutcomeRefused
		return
	}
	p.done[o] = p.now
}

func (p *Population) remove(o order, staff string) bool {
	if !p.attempt(p.world.Kick(o.chat, staff, o.member)) {
		return false
	}
	who, g := p.people[o.member], p.groupOf(o.chat)
	if who != nil && g != nil && g.has(who) {
		g.depart(who)
		g.tally.Kicks++
	}
	return true
}

// admonish says the card's ready text in the group, or the staff's own words
// when it brings none.
func (p *Population) admonish(o order, staff, script string) bool {
	who, g := p.people[o.member], p.groupOf(o.chat)
	if script == "" {
		script = p.bank.line("admonish", p.dice("admonish", p.agenda.seq))
		if who != nil {
			script = "@" + who.name + "\u2005" + script
		}
	}
	if _, err := p.world.Say(o.chat, staff, text(script)); !p.attempt(err) {
		return false
	}
	if g != nil {
		g.tally.Messages++
	}
	if who != nil {
		who.warned = true
	}
	return true
}

func (p *Population) groupOf(chat string) *group {
	for _, g := range p.groups {
		if g.chat == chat {
			return g
		}
	}
	return nil
}

var (
	codePattern   = regexp.MustCompile(`操作码\s*[:：]\s*(\w+)\s*[|｜]\s*([\w-]+)\s*[|｜]\s*([\w-]+)`)
	scriptPattern = regexp.MustCompile(`(?s)话术\s*[:：](.*)`)
	breakPattern  = regexp.MustCompile(`(?i)<br\s*/?>|</div>|</p>`)
	tagPattern    = regexp.MustCompile(`</?[A-Za-z][^<>]*>`)
)

// parseCard reads what a card asks for. It looks for a line
// "操作码: verb|chat_id|external_userid" and for the ready text after "话术:",
// in whichever field and with whichever mark-up they come.
func parseCard(m world.AppMessage) (o order, script string, ok bool) {
	body := breakPattern.ReplaceAllString(m.Description+"\n"+m.Text, "\n")
	body = html.UnescapeString(tagPattern.ReplaceAllString(body, ""))
	code := codePattern.FindStringSubmatch(body)
	if code == nil {
		return order{}, "", false
	}
	rest := codePattern.ReplaceAllString(body, "")
	if found := scriptPattern.FindStringSubmatch(rest); found != nil {
		script = strings.TrimSpace(found[1])
	}
	return order{verb: strings.ToLower(code[1]), chat: code[2], member: code[3]}, script, true
}
