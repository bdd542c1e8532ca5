package activity

import (
	"context"
	"database/sql"

	"github.com/qunzhu/qunzhu/internal/db"
)

// People are distinct members of a community, over all its groups with a roster:
// somebody who moves from one group to another has neither come nor gone.
type People struct {
	Start int // before the first day
	End   int // after the last day
	Ever  int // at any time between
}

// Stays are the stays of a community's members that touch a range of days, for
// counting people in any part of it.
type Stays struct {
	constant int      // people who were there before the range and after it, in one stay
	members  [][]stay // all others, each with all their stays
}

// stay is a stay by local dates; "" is before and after everything.
type stay struct{ joined, left string }

// LoadStays reads the stays between two local dates, both included.
func LoadStays(ctx context.Context, q db.Q, communityID, from, to string) (*Stays, error) {
	rows, err := q.Query(ctx, `SELECT s.member_id, COALESCE(s.joined_day,''), COALESCE(s.left_day,'') FROM community_spells s
 WHERE s.community_id=$1 AND s.group_id IN (SELECT id FROM community_groups WHERE community_id=$1 AND platform<>'wechat')
 AND s.member_id NOT IN (`+notMembers+`) AND (s.left_day IS NULL OR s.left_day>=$2) AND (s.joined_day IS NULL OR s.joined_day<=$3)`, communityID, from, to)
	if err != nil {
		return nil, err
	}
	byMember := map[string][]stay{}
	constant := map[string]bool{}
	err = db.Each(rows, func(r *sql.Rows) error {
		var member string
		var s stay
		if err := r.Scan(&member, &s.joined, &s.left); err != nil {
			return err
		}
		if s.joined < from && s.left == "" {
			constant[member] = true
		} else {
			byMember[member] = append(byMember[member], s)
		}
		return nil
	})
	all := &Stays{constant: len(constant)}
	for member, stays := range byMember {
		if !constant[member] {
			all.members = append(all.members, stays)
		}
	}
	return all, err
}

// Count counts the people from one local date to another, within the range that
// was loaded.
func (s *Stays) Count(from, to string) People {
	p := People{s.constant, s.constant, s.constant}
	for _, stays := range s.members {
		var start, end, ever bool
		for _, x := range stays {
			start = start || x.joined < from && x.leftFrom(from)
			end = end || x.joined <= to && (x.left == "" || x.left > to)
			ever = ever || x.joined <= to && x.leftFrom(from)
		}
		p.Start += one(start)
		p.End += one(end)
		p.Ever += one(ever)
	}
	return p
}

// leftFrom reports whether the stay ended on a day or later, or not at all.
func (s stay) leftFrom(day string) bool { return s.left == "" || s.left >= day }

func one(b bool) int {
	if b {
		return 1
	}
	return 0
}
