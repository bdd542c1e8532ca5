package activity

import (
	"context"
	"fmt"
	"time"

	"github.com/qunzhu/qunzhu/internal/community"
	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/event"
)

// Heard is the share of a day that must have been listened to before no rows
// mean that nothing happened; below it the day is unknown.
const Heard = 0.8

// Params is what the rows alone do not say.
type Params struct {
	Zone *time.Location // of the workspace
	Now  time.Time      // domain time
}

// Day is a group's day. A nil number is unknown, which is not zero. Staff and
// bots are counted in Messages only.
type Day struct {
	Date     string // local, 2006-01-02
	Messages *int
	Valid    *int // 有效发言; a day closed by a person has none
	Speakers *int
	Joins    *int
	Leaves   *int
	// MembersEnd is how many members there were at the end of the day.
	MembersEnd *int
	// Coverage is the share of the day's messages that could be seen: the share of
	// the day that was listened to and, of the archive, the share of the present
	// outsiders whose consent stands.
	Coverage       float64
	RosterCoverage float64 // the share of the day on which joins and leaves could be seen
	Source         string  // of the messages: event.FromArchive, FromImport, FromManual; "" without any
	RosterSource   string  // of joins, leaves and members: event.FromAPI, FromImport, FromManual
	Inferred       int     // leaves known only from an absence
	Running        bool    // the day is not over
}

// Spoken are the valid messages, or where only a person's tally is known, that
// tally: the best there is for 日均发言量.
func (d Day) Spoken() *int {
	if d.Valid == nil && d.Source == event.FromManual {
		return d.Messages
	}
	return d.Valid
}

// Days returns a group's days from one local date to another, both included and
// in order. Where several sources speak of one day, each measure takes the best:
// archive, then import, then a person's entry. Before the group was first
// observed, after it ended and in the future there is nothing to know but what
// an import or a person tells.
func Days(ctx context.Context, q db.Q, p Params, g community.Group, from, to string) ([]Day, error) {
	if err := checkRange(from, to); err != nil {
		return nil, err
	}
	l, err := load(ctx, q, p, g.Community, g.ID, from, to)
	if err != nil {
		return nil, err
	}
	return l.days(g), nil
}

// days puts together what was loaded for a group.
func (l *ledger) days(g community.Group) []Day {
	dates := dates(l.from, l.to)
	out := make([]Day, len(dates))
	for i, d := range dates {
		out[i] = l.day(g, d)
	}
	l.countMembers(g, out)
	return out
}

func (l *ledger) day(g community.Group, date string) Day {
	d := Day{Date: date, Running: date == l.today}
	if date > l.today {
		return d
	}
	k := groupDay{g.ID, date}
	d.RosterCoverage = l.heard(g, date, event.FromAPI)
	l.fillTalk(g, &d)
	observed := l.observed(g, date)
	move, moved := l.moves[k]
	tally := l.tallies[k]
	switch {
	case !observed:
		d.RosterCoverage = 0
		if moved && !rostered(g) {
			d.setMoves(move, event.FromImport)
		}
	case rostered(g) && (moved || d.RosterCoverage >= Heard):
		d.setMoves(move, event.FromAPI)
	case moved:
		d.setMoves(move, event.FromImport)
	}
	if d.Joins == nil && (tally.joins != nil || tally.leaves != nil || tally.members != nil) {
		d.Joins, d.Leaves, d.RosterSource, d.RosterCoverage = tally.joins, tally.leaves, event.FromManual, 1
	}
	return d
}

func (d *Day) setMoves(m move, source string) {
	d.Joins, d.Leaves, d.Inferred, d.RosterSource = &m.joins, &m.leaves, m.inferred, source
}

// fillTalk takes the messages of the best source that knows the day.
func (l *ledger) fillTalk(g community.Group, d *Day) {
	k := groupDay{g.ID, d.Date}
	for _, source := range []string{event.FromArchive, event.FromImport} {
		row, spoke := l.talk[sourceDay{k, source}]
		heard := l.heard(g, d.Date, source)
		if source == event.FromArchive && !l.observed(g, d.Date) {
			heard = 0
		}
		if !spoke && heard < Heard {
			continue
		}
		d.Messages, d.Valid, d.Speakers, d.Source, d.Coverage = &row.messages, &row.valid, &row.speakers, source, heard
		if source == event.FromArchive {
			d.Coverage *= l.consent(g)
		}
		return
	}
	if n := l.tallies[k].messages; n != nil {
		d.Messages, d.Source, d.Coverage = n, event.FromManual, 1
	}
}

// countMembers walks back from the members who are present now; a group without
// a roster has what was entered.
func (l *ledger) countMembers(g community.Group, days []Day) {
	if !rostered(g) {
		for i := range days {
			days[i].MembersEnd = l.tallies[groupDay{g.ID, days[i].Date}].members
		}
		return
	}
	n := g.Members - l.staff[g.ID] - l.later[g.ID]
	for i := len(days) - 1; i >= 0; i-- {
		d := &days[i]
		if d.Date <= l.today && l.observed(g, d.Date) {
			end := n
			d.MembersEnd = &end
		}
		m := l.moves[groupDay{g.ID, d.Date}]
		n -= m.joins - m.leaves
	}
}

// rostered reports whether a platform tells who is in the group. Personal WeChat
// groups have no API (docs/definitions.md §0.1).
func rostered(g community.Group) bool { return g.Platform != "wechat" }

// observed reports whether the day lies between the group's first observation
// and its end.
func (l *ledger) observed(g community.Group, date string) bool {
	return date >= l.local(g.ObservedFrom) && (g.Ended.IsZero() || date <= l.local(g.Ended))
}

func (l *ledger) local(t time.Time) string { return t.In(l.Zone).Format(time.DateOnly) }

// heard is the share of the day, or of what has passed of today, on which a
// source was listened to.
func (l *ledger) heard(g community.Group, date, source string) float64 {
	k := groupDay{g.ID, date}
	ms := l.covered[sourceDay{k, source}]
	if source != event.FromArchive || g.Archived {
		ms += l.connected[connectionDay{g.Connection, source, date}]
	}
	length := DayLength(date, l.Zone)
	if date == l.today {
		length = l.elapsed
	}
	if length <= 0 {
		return 0
	}
	return min(1, float64(ms)/float64(length.Milliseconds()))
}

// consent is the share of the present outsiders whose words the archive may
// hold. Where nobody's word on it is known, nobody had to be asked.
func (l *ledger) consent(g community.Group) float64 {
	a, outsiders := l.agreed[g.ID], g.Members-l.staff[g.ID]
	if a.asked == 0 || outsiders <= 0 {
		return 1
	}
	return min(1, float64(a.agreed)/float64(outsiders))
}

// dates lists the local dates from one to another.
func dates(from, to string) []string {
	var out []string
	for d := from; d <= to; d = shift(d, 1) {
		out = append(out, d)
	}
	return out
}

// shift moves a date by days.
func shift(date string, days int) string {
	d, err := time.Parse(time.DateOnly, date)
	if err != nil {
		panic(fmt.Sprintf("activity: %q is not a date", date))
	}
	return d.AddDate(0, 0, days).Format(time.DateOnly)
}
