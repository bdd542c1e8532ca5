package activity

import (
	"context"
	"database/sql"
	"slices"
	"time"

	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/effect"
	"github.com/qunzhu/qunzhu/internal/event"
)

// countMoves counts the joins and leaves of a group anew for every day on which
// one of the given members was ever seen coming or going, and for the lost days
// on which they no longer are: only there can their spells have changed. Staff and bots are not counted.
func countMoves(ctx context.Context, tx *db.Tx, b effect.Batch, group string, members, lost []string) error {
	days, err := daysOf(ctx, tx, b, group, members, lost)
	if err != nil {
		return err
	}
	counts := map[string]*[3]int{}
	for _, d := range days {
		counts[d] = &[3]int{}
	}
	count := func(column string, into int, extra string) error {
		for part := range slices.Chunk(days, 500) {
			rows, err := tx.Query(ctx, `SELECT s.`+column+`, count(*) FROM community_spells s
 JOIN community_members m ON m.community_id=s.community_id AND m.id=s.member_id AND m.kind='member'
 WHERE s.community_id=$1 AND s.group_id=$2 AND s.`+column+` IN (`+db.Marks(len(part), 3)+`)`+extra+` GROUP BY s.`+column,
				db.Args([]any{b.Community, group}, part...)...)
			if err != nil {
				return err
			}
			err = db.Each(rows, func(r *sql.Rows) error {
				var day string
				var n int
				err := r.Scan(&day, &n)
				counts[day][into] = n
				return err
			})
			if err != nil {
				return err
			}
		}
		return nil
	}
	if err := count("joined_day", 0, ""); err != nil {
		return err
	}
	if err := count("left_day", 1, ""); err != nil {
		return err
	}
	if err := count("left_day", 2, " AND s.left_how='"+event.ByReconcile+"'"); err != nil {
		return err
	}
	rows := db.NewRows(6)
	for _, d := range days {
		c := counts[d]
		rows.Add(b.Community, group, d, c[0], c[1], c[2])
	}
	_, err = rows.Exec(ctx, tx, "INSERT INTO activity_moves (community_id,group_id,day,joins,leaves,inferred)",
		"ON CONFLICT (community_id,group_id,day) DO UPDATE SET joins=excluded.joins, leaves=excluded.leaves, inferred=excluded.inferred")
	return err
}

func daysOf(ctx context.Context, tx *db.Tx, b effect.Batch, group string, members, lost []string) ([]string, error) {
	seen := map[string]bool{}
	for _, d := range lost {
		seen[d] = true
	}
	for part := range slices.Chunk(members, 500) {
		rows, err := tx.Query(ctx, "SELECT at FROM community_sightings WHERE community_id=$1 AND group_id=$2 AND member_id IN ("+
			db.Marks(len(part), 3)+")", db.Args([]any{b.Community, group}, part...)...)
		if err != nil {
			return nil, err
		}
		err = db.Each(rows, func(r *sql.Rows) error {
			var at int64
			err := r.Scan(&at)
			seen[b.Day(time.UnixMilli(at))] = true
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	days := make([]string, 0, len(seen))
	for d := range seen {
		days = append(days, d)
	}
	slices.Sort(days)
	return days, nil
}
