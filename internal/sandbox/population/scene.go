package population

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/qunzhu/qunzhu/internal/sandbox/world"
)

// scene is a pattern of talk with how many messages it takes.
type scene struct {
	low, high int
	play      func(p *Population, g *group, n int, now time.Time)
}

var (
	askScene     = scene{3, 9, func(p *Population, g *group, n int, now time.Time) { p.talk(g, "ask", n, now) }}
	chatScene    = scene{2, 6, func(p *Population, g *group, n int, now time.Time) { p.talk(g, "chat", n, now) }}
	showScene    = scene{2, 5, (*Population).show}
	checkInScene = scene{3, 7, (*Population).checkIn}
	packetScene  = scene{3, 6, (*Population).redPacket}
	orderScene   = scene{2, 6, (*Population).orders}
)

// pickScene draws a scene as often as it occurs in a group of the topic.
func pickScene(topicName string, dice *rand.Rand) scene {
	scenes := []scene{askScene, chatScene, showScene, packetScene}
	weights := []float64{6, 3, 1.2, 0.15}
	switch topicName {
	case "reading", "early":
		scenes, weights = append(scenes, checkInScene), append(weights, 2)
	case "grocery":
		scenes, weights = append(scenes, orderScene), append(weights, 5)
	}
	return scenes[weighted(weights, dice)]
}

// cast is who takes part in a scene.
type cast struct {
	opener *person
	last   *person
}

// part is who speaks a line.
type part int

const (
	partOpener part = iota
	partAnother
	partStaff
)

// line is one message of a scene, said some time after the one before.
type line struct {
	by      part
	wait    time.Duration
	mention bool // address the opener by name
	msg     world.Message
}

func text(s string) world.Message { return world.Message{Type: "text", Text: s} }

// play schedules the lines of a scene from now on.
func (p *Population) play(g *group, c *cast, lines []line, now time.Time) {
	at := now
	for _, l := range lines {
		at = at.Add(l.wait)
		when := at
		if l.by == partStaff && !onDuty(when) {
			when = nextDuty(when).Add(seconds(60, 3000, g.dice))
		}
		p.schedule(when, func(time.Time) { p.deliver(g, c, l) })
	}
}

// deliver says one line, by somebody who is still there.
func (p *Population) deliver(g *group, c *cast, l line) {
	msg := l.msg
	if l.mention && msg.Type == "text" && c.opener != nil {
		msg.Text = "@" + c.opener.name + "\u2005" + msg.Text
	}
	switch l.by {
	case partStaff:
		p.say(g, pick(g.dice, g.staff), msg)
	case partOpener:
		if c.opener != nil && g.has(c.opener) {
			p.chatter(g, c.opener, msg)
		}
	default:
		if who := g.talker(c.opener, c.last); who != nil {
			c.last = who
			p.chatter(g, who, msg)
		}
	}
}

// say sends a message and counts it.
func (p *Population) say(g *group, from string, msg world.Message) (string, bool) {
	id, err := p.world.Say(g.chat, from, msg)
	if !p.attempt(err) {
		return "", false
	}
	g.tally.Messages++
	return id, true
}

// Slips of the finger: the same line sent twice within a minute, and a
// message taken back.
const (
	shareTwice    = 0.012
	shareRecalled = 0.008
)

// chatter is say by a member, with the slips that happen to members.
func (p *Population) chatter(g *group, who *person, msg world.Message) {
	id, ok := p.say(g, who.id, msg)
	if !ok {
		return
	}
	switch r := g.dice.Float64(); {
	case r < shareTwice && msg.Type == "text":
		p.schedule(p.now.Add(seconds(4, 45, g.dice)), func(time.Time) {
			if g.has(who) {
				p.say(g, who.id, msg)
			}
		})
	case r > 1-shareRecalled:
		p.schedule(p.now.Add(seconds(8, 100, g.dice)), func(time.Time) {
			if g.has(who) {
				p.attempt(p.world.Recall(g.chat, who.id, id))
			}
		})
	}
}

// opening is how people begin, by section: questions call on somebody.
var opening = map[string]string{"ask": "call", "chat": "lead"}

// talk is an opening by a member with the answers that fit it.
func (p *Population) talk(g *group, section string, n int, now time.Time) {
	c := &cast{opener: g.talker()}
	if c.opener == nil {
		return
	}
	e := g.deal(p.bank, section)
	f := p.bank.filler(g.topic, g.dice)
	lines := []line{{by: partOpener, msg: text(p.colour(f.fill(e.text), opening[section], g.dice))}}
	lines = append(lines, p.answers(g, e, f, n-1)...)
	p.play(g, c, lines, now)
}

// shareAnswered is how many questions the staff take up.
const shareAnswered = 0.85

// answers makes n lines after an opening: first what fits it, then what
// people say to anything.
func (p *Population) answers(g *group, e entry, f *filler, n int) []line {
	var lines []line
	replies := slices.Clone(e.replies)
	g.dice.Shuffle(len(replies), func(i, j int) { replies[i], replies[j] = replies[j], replies[i] })
	staffAt := -1
	if len(e.answers) > 0 && g.dice.Float64() < shareAnswered {
		staffAt = g.dice.IntN(3)
	}
	for len(lines) < n {
		switch {
		case len(lines) == staffAt:
			answer := f.fill(pick(g.dice, e.answers))
			lines = append(lines, line{by: partStaff, wait: seconds(40, 420, g.dice), mention: true, msg: text(answer)})
			staffAt = -1
			if len(lines) < n && g.dice.Float64() < 0.6 {
				lines = append(lines, line{by: partOpener, wait: seconds(15, 150, g.dice), msg: text(p.bank.line("thanks", g.dice))})
			}
		case len(replies) > 0:
			reply := p.colour(f.fill(replies[0]), "lead", g.dice)
			replies = replies[1:]
			lines = append(lines, line{by: partAnother, wait: pause(g.dice), msg: text(reply), mention: g.dice.Float64() < 0.08})
		default:
			lines = append(lines, line{by: partAnother, wait: pause(g.dice), msg: p.chime(g)})
		}
	}
	return lines
}

// pause is how long people wait before they answer: mostly under a minute.
func pause(dice *rand.Rand) time.Duration {
	if dice.Float64() < 0.12 {
		return seconds(120, 900, dice)
	}
	return seconds(8, 80, dice)
}

// chime is what people say to anything: a phrase of the topic, an
// acknowledgement, a sticker.
func (p *Population) chime(g *group) world.Message {
	switch r := g.dice.Float64(); {
	case r < 0.62:
		return text(p.colour(p.bank.filler(g.topic, g.dice).fill(g.deal(p.bank, "chime").text), "lead", g.dice))
	case r < 0.86:
		return text(p.bank.line("ack", g.dice))
	default:
		return sticker()
	}
}

// colour begins and ends some lines the way people do; lead is the section of
// beginnings.
func (p *Population) colour(s, lead string, dice *rand.Rand) string {
	if strings.Contains(s, "\n") || utf8.RuneCountInString(s) > 60 {
		return s
	}
	if dice.Float64() < 0.2 {
		s = p.bank.line(lead, dice) + s
	}
	if dice.Float64() < 0.3 {
		s += p.bank.line("tail", dice)
	}
	return s
}

// show is a picture, a voice note or an article with comments.
func (p *Population) show(g *group, n int, now time.Time) {
	c := &cast{opener: g.talker()}
	if c.opener == nil {
		return
	}
	e := g.deal(p.bank, "show")
	f := p.bank.filler(g.topic, g.dice)
	said := f.fill(e.text)
	lines := []line{{by: partOpener, msg: p.media(said, g.dice)}, {by: partOpener, wait: seconds(3, 25, g.dice), msg: text(said)}}
	lines = append(lines, p.answers(g, e, f, max(n-2, 0))...)
	p.play(g, c, lines, now)
}

// checkIn is several members reporting what they read or did today.
func (p *Population) checkIn(g *group, n int, now time.Time) {
	var lines []line
	for len(lines) < n {
		if g.dice.Float64() < 0.35 {
			lines = append(lines, line{by: partAnother, wait: pause(g.dice), msg: picture()})
			continue
		}
		said := p.bank.filler(g.topic, g.dice).fill(g.deal(p.bank, "checkin").text)
		lines = append(lines, line{by: partAnother, wait: pause(g.dice), msg: text(said)})
	}
	p.play(g, &cast{}, lines, now)
}

// redPacket is a red packet of a member and the thanks for it.
func (p *Population) redPacket(g *group, n int, now time.Time) {
	c := &cast{opener: g.talker()}
	if c.opener == nil {
		return
	}
	lines := []line{{by: partOpener, msg: redPacket(p.bank.line("wish", g.dice), g.dice)}}
	for len(lines) < n {
		lines = append(lines, line{by: partAnother, wait: seconds(3, 25, g.dice), msg: text(p.bank.line("lucky", g.dice))})
	}
	p.play(g, c, lines, now)
}

// orders is a 接龙: a member sends the list on with one more line each time,
// others just say what they want.
func (p *Population) orders(g *group, n int, now time.Time) {
	f := p.bank.filler(g.topic, g.dice)
	var list strings.Builder
	list.WriteString(f.fill(g.deal(p.bank, "list").text) + "\n")
	var lines []line
	for place := 1; len(lines) < n; {
		want := f.fill(g.deal(p.bank, "want").text)
		if g.dice.Float64() < 0.5 {
			lines = append(lines, line{by: partAnother, wait: pause(g.dice), msg: text(want)})
			continue
		}
		fmt.Fprintf(&list, "\n%d. %s", place, f.fill("{邻居*} {份数*}"))
		place++
		lines = append(lines, line{by: partAnother, wait: pause(g.dice), msg: text(list.String())})
	}
	p.play(g, &cast{}, lines, now)
}
