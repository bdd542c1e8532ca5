package desk

import (
	"context"
	"database/sql"
	"time"

	"github.com/qunzhu/qunzhu/internal/community"
	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/metric"
)

// maxGroups bounds a page that looks at every group; the biggest operators the
// product is made for run a few thousand.
const maxGroups = 10_000

// surround is what stands around a group in other tables.
type surround struct {
	owner, ownerExternal string
	joins, leaves        int
	heard                time.Time
}

// loadStandings reads the groups of a scope and what stands around them: two
// statements, whatever the number of groups.
func loadStandings(ctx context.Context, q db.Q, s community.Scope, week metric.Window) ([]Standing, error) {
	groups, err := community.Groups(ctx, q, s, "", "", maxGroups)
	if err != nil {
		return nil, err
	}
	around, err := surroundings(ctx, q, s, week)
	if err != nil {
		return nil, err
	}
	list := make([]Standing, len(groups))
	for i, g := range groups {
		a := around[g.ID]
		list[i] = Standing{Group: g, OwnerName: a.owner, OwnerExternal: a.ownerExternal, Joins: a.joins, Leaves: a.leaves, Heard: a.heard}
	}
	return list, nil
}

// surroundings seeks in the other tables from each group: their keys begin with
// community and group, so that a range of days is a few rows.
func surroundings(ctx context.Context, q db.Q, s community.Scope, week metric.Window) (map[string]surround, error) {
	cond, args := s.SQL("g.community_id", 3)
	rows, err := q.Query(ctx, `SELECT g.id, COALESCE(o.name,''), COALESCE(o.external_id,''), b.confirmed_at,
 (SELECT max(t.day) FROM activity_tallies t WHERE t.community_id=g.community_id AND t.group_id=g.id),
 COALESCE((SELECT sum(a.joins) FROM activity_moves a WHERE a.community_id=g.community_id AND a.group_id=g.id AND a.day BETWEEN $1 AND $2),0),
 COALESCE((SELECT sum(a.leaves) FROM activity_moves a WHERE a.community_id=g.community_id AND a.group_id=g.id AND a.day BETWEEN $1 AND $2),0)
 FROM community_groups g
 LEFT JOIN community_members o ON o.community_id=g.community_id AND o.id=g.owner_id
 LEFT JOIN connector_bindings b ON b.connection_id=g.connection_id AND b.external_id=g.external_id AND b.community_id=g.community_id
 WHERE `+cond, append([]any{week.From, week.To}, args...)...)
	if err != nil {
		return nil, err
	}
	out := map[string]surround{}
	return out, db.Each(rows, func(r *sql.Rows) error {
		var id string
		var a surround
		var confirmed sql.NullInt64
		var tally sql.NullString
		err := r.Scan(&id, &a.owner, &a.ownerExternal, &confirmed, &tally, &a.joins, &a.leaves)
		a.heard = latest(db.Time(confirmed), endOfDay(tally.String))
		out[id] = a
		return err
	})
}

// endOfDay is about when a day was closed; the zero time for no day.
func endOfDay(day string) time.Time {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return time.Time{}
	}
	return t.Add(24 * time.Hour)
}
