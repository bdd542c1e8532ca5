package population

import (
	"strings"
	"time"
)

// post is something that the staff post at a fixed hour.
type post struct {
	section string
	hour    float64
	chance  float64 // on how many days
	link    bool    // sent as an article with a line of text
	echo    int     // at most so many acknowledgements while the group is lively
	talk    bool    // answered like a question
}

// posts by community. The mothers get a tip and a question for the evening,
// the courses an exercise and a topic, the group-buying nothing but offers:
// the way to lose nine members in ten.
var posts = map[string][]post{
	"mother": {
		{section: "tip", hour: 8.5, chance: 0.95, link: true, echo: 4},
		{section: "topic", hour: 20, chance: 0.85, talk: true, echo: 6},
	},
	"course": {
		{section: "tip", hour: 7.6, chance: 0.9, echo: 5},
		{section: "topic", hour: 19.5, chance: 0.6, talk: true, echo: 6},
		{section: "lecture", hour: 18.6, chance: 0.33, link: true, echo: 3},
	},
	"grocery": {
		{section: "promo", hour: 9, chance: 1, link: true, echo: 2},
		{section: "promo", hour: 11.4, chance: 0.8},
		{section: "promo", hour: 16.5, chance: 1, echo: 2},
		{section: "promo", hour: 20.2, chance: 0.7, link: true},
	},
}

// post sends what the staff post, with what it calls forth.
func (p *Population) post(g *group, what post, day int, now time.Time) {
	e := g.deal(p.bank, what.section)
	f := p.bank.filler(g.topic, g.dice)
	said := f.fill(e.text)
	who := g.staff[day%len(g.staff)]
	if what.link {
		p.say(g, who, link(firstLine(said), g.dice))
	}
	p.say(g, who, text(said))

	n := p.echoes(g, what, day)
	if what.talk {
		p.play(g, &cast{}, p.answers(g, e, f, n), now)
		return
	}
	var lines []line
	for range n {
		lines = append(lines, line{by: partAnother, wait: pause(g.dice), msg: text(p.bank.line("ack", g.dice))})
	}
	p.play(g, &cast{}, lines, now)
}

// echoes is how many members react to a post; a fading group stops reacting.
func (p *Population) echoes(g *group, what post, day int) int {
	if what.echo == 0 {
		return 0
	}
	if g.dice.Float64() > p.liveliness(g, day) {
		return 0
	}
	return g.dice.IntN(what.echo + 1)
}

func firstLine(s string) string {
	first, _, _ := strings.Cut(s, "\n")
	return first
}
