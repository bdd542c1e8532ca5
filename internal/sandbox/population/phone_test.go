package population

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/qunzhu/qunzhu/internal/sandbox/world"
)

func newDice(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 1)) }

func TestParseCard(t *testing.T) {
	remove := order{verbRemove, "wrABC", "wmXY-z_9"}
	for name, c := range map[string]struct {
		m      world.AppMessage
		want   order
		script string
		ok     bool
	}{
		"plain":      {world.AppMessage{Text: "操作码: remove|wrABC|wmXY-z_9\n话术:\n请您离开"}, remove, "请您离开", true},
		"full width": {world.AppMessage{Text: "操作码：Remove ｜ wrABC ｜ wmXY-z_9"}, remove, "", true},
		"text card": {world.AppMessage{MsgType: "textcard", Title: "移出广告", Description: "<div class=\"gray\">9:30</div>" +
			"<div class=\"normal\">操作码: remove|wrABC|wmXY-z_9</div><div>话术:</div>第一行<br/>A &amp; B"}, remove, "第一行\nA & B", true},
		"code after the text": {world.AppMessage{Text: "话术: 请注意群规\n操作码: warn|wrABC|wmXY-z_9"}, order{verbWarn, "wrABC", "wmXY-z_9"}, "请注意群规", true},
		"no code":             {world.AppMessage{Text: "今日待办 3 件"}, order{}, "", false},
		"half a code":         {world.AppMessage{Text: "操作码: remove|wrABC"}, order{}, "", false},
	} {
		got, script, ok := parseCard(c.m)
		if got != c.want || script != c.script || ok != c.ok {
			t.Errorf("%s: %+v, %q, %v", name, got, script, ok)
		}
	}
}

func FuzzParseCard(f *testing.F) {
	f.Add("操作码: remove|wr1|wm1\n话术: 好", "")
	f.Add("<div>操作码：warn｜wr1｜wm1</div>", "话术:")
	f.Add("操作码: ||", "<<<>>>")
	f.Fuzz(func(t *testing.T, description, text string) {
		o, _, ok := parseCard(world.AppMessage{Description: description, Text: text})
		if ok != (o.verb != "" && o.chat != "" && o.member != "") {
			t.Errorf("%+v, %v", o, ok)
		}
	})
}

func TestStaffReadCardsInTheirOwnTime(t *testing.T) {
	dice := newDice(4)
	noon, evening, night := day0.Add(12*time.Hour), day0.Add(23*time.Hour), day0.Add(3*time.Hour)
	waited := 0
	for range 200 {
		if d := readingTime(noon, dice); d < 30*time.Second || d > 240*time.Second {
			t.Fatalf("at noon a card lies for %v", d)
		}
		if d := readingTime(evening, dice); d < 4*time.Minute || d > 30*time.Minute {
			t.Fatalf("in the evening a card lies for %v", d)
		}
		if d := readingTime(night, dice); night.Add(d).Hour() >= 8 {
			waited++
		}
	}
	if waited < 100 {
		t.Errorf("of 200 cards at night only %d wait for the morning", waited)
	}
}

// founded is a population that stands at the given time of its first day.
func founded(t *testing.T, at time.Duration) (*Population, *recorder) {
	t.Helper()
	clock := &testClock{}
	r := newRecorder(t, clock)
	p := New(21, day0, 30, r, clock)
	p.Found()
	p.RunUntil(day0.Add(at))
	clock.Set(day0.Add(at))
	return p, r
}

// attend delivers a card to the owner of the first group, about its first
// customer, until one is done (some are forgotten), and returns the customer.
func attend(t *testing.T, p *Population, r *recorder, verb, script string) string {
	t.Helper()
	g := p.groups[0]
	for range 10 {
		who := g.members[0].id
		before := len(p.Truth().Actions)
		r.card(g.owner, world.AppMessage{Text: "操作码: " + verb + "|" + g.chat + "|" + who + "\n话术:\n" + script})
		for len(p.Truth().Actions) == before {
			stop := p.Boundary()
			p.RunUntil(stop)
			r.clock.Set(stop)
		}
		if a := p.Truth().Actions[before]; a.Outcome != OutcomeIgnored {
			return who
		}
	}
	t.Fatal("ten cards were forgotten")
	return ""
}

func TestCardIsActedOn(t *testing.T) {
	t.Run("remove", func(t *testing.T) {
		p, r := founded(t, 10*time.Hour)
		who := attend(t, p, r, verbRemove, "")
		if len(r.kicked) != 1 || r.kicked[0] != who || p.groups[0].has(p.people[who]) {
			t.Errorf("removed %v, wanted %s", r.kicked, who)
		}
	})
	t.Run("remind", func(t *testing.T) {
		p, r := founded(t, 10*time.Hour)
		attend(t, p, r, verbRemind, "请注意群规")
		if n := countSaid(r, "请注意群规"); n != 1 {
			t.Errorf("the ready text was said %d times", n)
		}
	})
	t.Run("unknown verb", func(t *testing.T) {
		p, r := founded(t, 10*time.Hour)
		attend(t, p, r, "dance", "")
		if a := p.Truth().Actions[len(p.Truth().Actions)-1]; a.Outcome != OutcomeRefused {
			t.Errorf("%+v", a)
		}
	})
}

func TestColleaguesDoACardOnce(t *testing.T) {
	p, r := founded(t, 10*time.Hour)
	g := p.groups[0]
	who := g.members[3].id
	for _, s := range g.staff {
		for range 3 { // so that not all are forgotten
			r.card(s, world.AppMessage{Text: "操作码: warn|" + g.chat + "|" + who + "\n话术: 第一次警告"})
		}
	}
	p.RunUntil(day0.Add(11 * time.Hour))
	if n := countSaid(r, "第一次警告"); n != 1 {
		t.Errorf("the warning was said %d times", n)
	}
}

func countSaid(r *recorder, text string) (n int) {
	for _, s := range r.said {
		if s.msg.Text == text {
			n++
		}
	}
	return n
}
