package activity

import (
	"context"
	"database/sql"
	"slices"

	"github.com/qunzhu/qunzhu/internal/community"
	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/event"
)

// maxGroups bounds how many groups of a community are summed at once.
const maxGroups = 10_000

// Sum is what a group's days of a range come to.
type Sum struct {
	Group    community.Group
	Expected int // days on which the group existed, the running one included

	TalkDays int // days with known messages
	Messages int // on them, everybody's
	Spoken   int // on them, see Day.Spoken
	// SpokenDays are the days with a known Day.Spoken.
	SpokenDays int
	Coverage   float64 // of the messages, over the expected days
	Speakers   *int    // distinct members who spoke, by the best source there is
	Sources    []string

	RosterDays     int // days with known joins and leaves
	Joins, Leaves  int
	RosterCoverage float64
	RosterSource   string
	MembersStart   *int // before the first day
	MembersEnd     *int // after the last day, or now
	Staff          int  // present staff and bots, who count towards the group's capacity
}

// Sums returns the sums of every group of a community by group id, in a number
// of statements that does not depend on how many groups there are.
func Sums(ctx context.Context, q db.Q, p Params, communityID, from, to string) (map[string]Sum, error) {
	groups, err := community.Groups(ctx, q, community.Only(communityID), communityID, "", maxGroups)
	if err != nil {
		return nil, err
	}
	return sums(ctx, q, p, communityID, "", groups, from, to)
}

// SumsOf returns the sums of some groups of a community; unknown ids are
// missing.
func SumsOf(ctx context.Context, q db.Q, p Params, communityID string, ids []string, from, to string) (map[string]Sum, error) {
	groups, err := community.GroupsByID(ctx, q, communityID, ids...)
	if err != nil {
		return nil, err
	}
	narrow := ""
	if len(ids) == 1 {
		narrow = ids[0]
	}
	return sums(ctx, q, p, communityID, narrow, groups, from, to)
}

func sums(ctx context.Context, q db.Q, p Params, communityID, group string, groups []community.Group, from, to string) (map[string]Sum, error) {
	if err := checkRange(from, to); err != nil {
		return nil, err
	}
	l, err := load(ctx, q, p, communityID, group, shift(from, -1), to)
	if err != nil {
		return nil, err
	}
	speakers, err := l.speakers(ctx, q, from)
	if err != nil {
		return nil, err
	}
	out := make(map[string]Sum, len(groups))
	for _, g := range groups {
		days := l.days(g)
		s := l.sum(g, days[1:])
		s.MembersStart = days[0].MembersEnd
		s.Speakers = bestSpeakers(speakers[g.ID], s)
		out[g.ID] = s
	}
	return out, nil
}

func (l *ledger) sum(g community.Group, days []Day) Sum {
	s := Sum{Group: g, Staff: l.staff[g.ID]}
	sources := map[string]bool{}
	for _, d := range days {
		if !l.existed(g, d.Date) {
			continue
		}
		s.Expected++
		s.Coverage += d.Coverage
		s.RosterCoverage += d.RosterCoverage
		if d.Messages != nil {
			s.TalkDays++
			s.Messages += *d.Messages
			sources[d.Source] = true
		}
		if n := d.Spoken(); n != nil {
			s.SpokenDays++
			s.Spoken += *n
		}
		if d.Joins != nil && d.Leaves != nil {
			s.RosterDays++
			s.Joins += *d.Joins
			s.Leaves += *d.Leaves
		}
		if d.RosterSource != "" {
			s.RosterSource = d.RosterSource
		}
		if d.MembersEnd != nil {
			s.MembersEnd = d.MembersEnd
		}
	}
	if s.Expected > 0 {
		s.Coverage /= float64(s.Expected)
		s.RosterCoverage /= float64(s.Expected)
	}
	s.Sources = inOrder(sources)
	return s
}

// existed reports whether there was a group to listen to on a day: not before it
// was launched, where that is known, nor after it ended, nor in the future.
func (l *ledger) existed(g community.Group, date string) bool {
	return date <= l.today && (g.Launched.IsZero() || date >= l.local(g.Launched)) && (g.Ended.IsZero() || date <= l.local(g.Ended))
}

// inOrder lists sources, best first.
func inOrder(sources map[string]bool) []string {
	var out []string
	for _, s := range []string{event.FromArchive, event.FromAPI, event.FromImport, event.FromManual} {
		if sources[s] {
			out = append(out, s)
		}
	}
	return out
}

// speakers counts the distinct members who spoke, by group and source: a sum of
// the days would count one member once a day.
func (l *ledger) speakers(ctx context.Context, q db.Q, from string) (map[string]map[string]int, error) {
	cond, args := l.sql("")
	rows, err := q.Query(ctx, "SELECT group_id,source,count(DISTINCT member_id) FROM activity_member_days WHERE "+cond+
		" AND day BETWEEN $3 AND $4 AND messages>0 GROUP BY group_id,source", append(args, from, l.to)...)
	if err != nil {
		return nil, err
	}
	out := map[string]map[string]int{}
	return out, db.Each(rows, func(r *sql.Rows) error {
		var g, source string
		var n int
		err := r.Scan(&g, &source, &n)
		if out[g] == nil {
			out[g] = map[string]int{}
		}
		out[g][source] = n
		return err
	})
}

// bestSpeakers takes the best source of the range. One person has different ids
// in the archive and in an import, so sources are not added up.
func bestSpeakers(bySource map[string]int, s Sum) *int {
	for _, source := range s.Sources {
		if source == event.FromArchive || source == event.FromImport {
			n := bySource[source]
			return &n
		}
	}
	return nil
}

// Rostered reports whether a platform tells who is in the sum's group.
func (s Sum) Rostered() bool { return rostered(s.Group) }

// SourcesOf are the distinct sources of several sums, best first.
func SourcesOf(sums []Sum) []string {
	all := map[string]bool{}
	for _, s := range sums {
		for _, source := range s.Sources {
			all[source] = true
		}
	}
	return slices.Clip(inOrder(all))
}
