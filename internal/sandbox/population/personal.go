package population

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

// PersonalDay is what the operator of a personal WeChat group can tell of one
// day. No API reaches such a group: the numbers are read off the screen, and
// the text is what WeChat makes of messages selected and forwarded together.
type PersonalDay struct {
	Group    string
	Day      string // local date, 2006-01-02
	Members  int    // at the end of the day, the operator included
	Messages int    // whole day, which may be more than the paste holds
	Paste    string // empty on a day without a word
	From, To time.Time
}

const (
	personalGroup   = "城西妈妈闺蜜群"
	personalOwner   = "星禾小林"
	personalTopic   = "mother"
	personalStart   = 143
	personalTalkers = 26
	maxPasted       = 100 // WeChat lets about so many messages be selected at once
)

// PersonalGroups returns the complete local days that have passed since the
// story started, oldest first.
func (p *Population) PersonalGroups() []PersonalDay {
	p.mu.Lock()
	defer p.mu.Unlock()
	var days []PersonalDay
	members := personalStart
	names := p.personalNames()
	for day := 0; !p.midnight(day + 1).After(p.now); day++ {
		dice := p.dice("personal", day)
		members += weighted([]float64{0.5, 3, 2.2, 0.8}, dice) - 1
		days = append(days, p.personalDay(day, members, names, dice))
	}
	return days
}

// personalNames are those of the group who speak; the operator is the first.
func (p *Population) personalNames() []string {
	dice := p.dice("personal names", 0)
	names := []string{personalOwner}
	for range personalTalkers {
		name := p.bank.filler(personalTopic, dice).fill(pick(dice, p.bank.section(personalTopic, "name")).text)
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// pasted is one message as it stands in the copied text.
type pasted struct {
	at   time.Time
	name string
	text string
}

func (p *Population) personalDay(day, members int, names []string, dice *rand.Rand) PersonalDay {
	midnight := p.midnight(day)
	n := int(38 * dayFactor[midnight.Weekday()] * (0.5 + dice.Float64()))
	if dice.Float64() < 0.04 {
		n *= 4 // a day that everybody talks about
	}
	d := PersonalDay{Group: personalGroup, Day: midnight.Format(time.DateOnly), Members: members, Messages: n}
	said := p.personalTalk(midnight, n, names, dice)
	said = said[max(0, len(said)-maxPasted):]
	if len(said) == 0 {
		return d
	}
	d.From = said[0].at.Truncate(time.Minute)
	d.To = said[len(said)-1].at.Truncate(time.Minute).Add(time.Minute)
	d.Paste = paste(personalGroup, d.Day, said)
	return d
}

// personalTalk is a day's n messages in order.
func (p *Population) personalTalk(midnight time.Time, n int, names []string, dice *rand.Rand) []pasted {
	sections := []string{"ask", "chat"}
	var said []pasted
	for len(said) < n {
		e := pick(dice, p.bank.section(personalTopic, pick(dice, sections)))
		f := p.bank.filler(personalTopic, dice)
		at := daytime(midnight, dice)
		lines := append([]string{e.text}, e.replies...)
		for _, l := range lines[:min(len(lines), n-len(said))] {
			said = append(said, pasted{at: at, name: pick(dice, names), text: p.personalLine(f.fill(l), dice)})
			at = at.Add(seconds(10, 120, dice))
			if last := midnight.Add(24*time.Hour - time.Second); at.After(last) {
				at = last
			}
		}
	}
	slices.SortStableFunc(said, func(a, b pasted) int { return a.at.Compare(b.at) })
	return said
}

// placeholders are what WeChat writes for what is not text.
var placeholders = []string{"[图片]", "[图片]", "[动画表情]", "[动画表情]", "[语音]", "[视频]", "[文件] 辅食时间表.pdf"}

func (p *Population) personalLine(said string, dice *rand.Rand) string {
	switch r := dice.Float64(); {
	case r < 0.1:
		return pick(dice, placeholders)
	case r < 0.18:
		return p.bank.line("ack", dice)
	default:
		return said
	}
}

// paste lays messages out as WeChat does when several are selected and
// forwarded: a header, a line for the day, then name and minute above each
// message.
func paste(group, day string, said []pasted) string {
	var b strings.Builder
	fmt.Fprintf(&b, "微信群\"%s\"的聊天记录如下:\n\n", group)
	fmt.Fprintf(&b, "—————  %s  —————\n\n", day)
	for _, m := range said {
		fmt.Fprintf(&b, "\n%s  %s\n\n%s\n", m.name, m.at.Format("15:04"), m.text)
	}
	return b.String()
}
