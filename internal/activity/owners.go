package activity

import (
	"context"
	"database/sql"

	"github.com/qunzhu/qunzhu/internal/community"
	"github.com/qunzhu/qunzhu/internal/db"
)

// OwnerDay is one day of one owner as the platform's group statistics give it
// (D:92133). No single group can be read from it.
type OwnerDay struct {
	Day        string
	Chats      int // groups owned
	Active     int // of them with a message
	Members    int
	NewMembers int
	Speakers   int
	Messages   int // everything, staff included: 总消息量, shown and never judged
}

// OwnerSeries is an owner's days, oldest first.
type OwnerSeries struct {
	Community string
	Owner     string // the platform's userid
	Days      []OwnerDay
	// Cumulative says that the platform counted messages up to the day and not of
	// the day; Messages are differences then. The documents leave it open
	// (wechat-platforms D:92133), so the numbers decide.
	Cumulative bool
}

// Owners returns the statistics of the owners in scope from a local day on.
func Owners(ctx context.Context, q db.Q, s community.Scope, communityID, from string) ([]OwnerSeries, error) {
	cond, args := s.SQL("community_id", 3)
	rows, err := q.Query(ctx, `SELECT community_id,owner,day,chats,active_chats,members,new_members,active_members,messages FROM activity_owner_days
 WHERE ($1='' OR community_id=$1) AND day>=$2 AND `+cond+` ORDER BY community_id, owner, day`, append([]any{communityID, from}, args...)...)
	if err != nil {
		return nil, err
	}
	var out []OwnerSeries
	err = db.Each(rows, func(r *sql.Rows) error {
		var home, owner string
		var d OwnerDay
		if err := r.Scan(&home, &owner, &d.Day, &d.Chats, &d.Active, &d.Members, &d.NewMembers, &d.Speakers, &d.Messages); err != nil {
			return err
		}
		if n := len(out); n == 0 || out[n-1].Community != home || out[n-1].Owner != owner {
			out = append(out, OwnerSeries{Community: home, Owner: owner})
		}
		last := &out[len(out)-1]
		last.Days = append(last.Days, d)
		return nil
	})
	for i := range out {
		out[i].settle()
	}
	return out, err
}

// surely is how many days must agree before a series counts as cumulative.
const surely = 14

// settle turns running totals into days. A series that never falls over two
// weeks and ends well above its start is one: no group writes more every day.
func (s *OwnerSeries) settle() {
	if len(s.Days) < surely || s.Days[len(s.Days)-1].Messages < 2*s.Days[0].Messages || s.Days[0].Messages == 0 {
		return
	}
	for i := 1; i < len(s.Days); i++ {
		if s.Days[i].Messages < s.Days[i-1].Messages {
			return
		}
	}
	s.Cumulative = true
	for i := len(s.Days) - 1; i > 0; i-- {
		s.Days[i].Messages -= s.Days[i-1].Messages
	}
	s.Days = s.Days[1:]
}
