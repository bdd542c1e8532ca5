package sandbox

import (
	"hash/fnv"
	"math/rand/v2"
	"time"
)

// groupDay is what happened in one group on one day.
type groupDay struct {
	joins, leaves int
	messages      int
	speakers      map[string]bool
}

// dayStats is the data object of the statistics API (D:92133).
type dayStats struct {
	NewChat      int `json:"new_chat_cnt"`
	ChatTotal    int `json:"chat_total"`
	ChatHasMsg   int `json:"chat_has_msg"`
	NewMember    int `json:"new_member_cnt"`
	MemberTotal  int `json:"member_total"`
	MemberHasMsg int `json:"member_has_msg"`
	MsgTotal     int `json:"msg_total"`
}

func (s *dayStats) add(o dayStats) {
	s.NewChat += o.NewChat
	s.ChatTotal += o.ChatTotal
	s.ChatHasMsg += o.ChatHasMsg
	s.NewMember += o.NewMember
	s.MemberTotal += o.MemberTotal
	s.MemberHasMsg += o.MemberHasMsg
	s.MsgTotal += o.MsgTotal
}

// dayNumber counts the platform's days; equal numbers are the same date in CST.
func dayNumber(t time.Time) int {
	_, offset := t.In(platformZone).Zone()
	return int((t.Unix() + int64(offset)) / (24 * 60 * 60))
}

// dayStart is midnight of a numbered day.
func dayStart(day int) time.Time {
	return time.Unix(int64(day)*24*60*60-8*60*60, 0).In(platformZone)
}

func (g *group) day(t time.Time) *groupDay {
	n := dayNumber(t)
	d := g.days[n]
	if d == nil {
		d = &groupDay{speakers: map[string]bool{}}
		g.days[n] = d
	}
	return d
}

// stats adds up one owner's groups on one day. Days before the world began get
// a made-up, plausible history of talk, the same on each call.
func (w *World) stats(owner string, day int) dayStats {
	var total dayStats
	for _, id := range w.groupOrder {
		g := w.groups[id]
		born := dayNumber(g.created)
		if g.owner != owner || born > day {
			continue
		}
		s := g.stats(day)
		s.ChatTotal = 1
		if born == day {
			s.NewChat = 1
		}
		if day < dayNumber(w.started) && s.MsgTotal == 0 {
			s.MsgTotal, s.MemberHasMsg = imaginedTalk(g.id, day, s.MemberTotal)
		}
		if s.MsgTotal > 0 {
			s.ChatHasMsg = 1
		}
		total.add(s)
	}
	return total
}

func (g *group) stats(day int) dayStats {
	var s dayStats
	for n, d := range g.days {
		if n <= day {
			s.MemberTotal += d.joins - d.leaves
		}
	}
	if d := g.days[day]; d != nil {
		s.NewMember, s.MsgTotal, s.MemberHasMsg = d.joins, d.messages, len(d.speakers)
	}
	return s
}

// imaginedTalk makes up messages and speakers of a day: up to a twentieth of
// the members speak, a few times each.
func imaginedTalk(chatID string, day, members int) (messages, speakers int) {
	h := fnv.New64a()
	h.Write([]byte(chatID))
	r := rand.New(rand.NewPCG(h.Sum64(), uint64(day)))
	speakers = r.IntN(members/20 + 2)
	if speakers == 0 {
		return 0, 0
	}
	return speakers + r.IntN(3*speakers+1), speakers
}
