package community

import (
	"context"
	"database/sql"
	"slices"
	"time"

	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/effect"
	"github.com/qunzhu/qunzhu/internal/event"
)

// pair is one member in one group.
type pair struct{ group, member string }

// putMoves stores the sightings of a batch and folds the spells of everybody it
// speaks of anew.
func putMoves(ctx context.Context, tx *db.Tx, b effect.Batch, moves []event.Event) error {
	if len(moves) == 0 {
		return nil
	}
	rows := db.NewRows(11)
	touched := map[pair]bool{}
	var retracted []event.Event
	for _, e := range moves {
		if e.Kind == event.JoinRetracted {
			retracted = append(retracted, e)
			touched[pair{e.Group, e.Member}] = true
			continue
		}
		s, err := sighting(e)
		if err != nil {
			return err
		}
		touched[pair{e.Group, e.Member}] = true
		rows.Add(e.Community, e.Group, e.Member, db.Millis(s.At), s.ID, s.Joined, s.How, s.Scene, s.State, s.Inviter, db.NullMillis(s.Seen))
	}
	_, err := rows.Exec(ctx, tx, "INSERT INTO community_sightings (community_id,group_id,member_id,at,event_id,joined,how,scene,state,inviter_id,seen_at)",
		"ON CONFLICT (community_id,group_id,member_id,at,event_id) DO NOTHING")
	if err != nil {
		return err
	}
	for _, e := range retracted {
		if err := unsee(ctx, tx, e); err != nil {
			return err
		}
	}
	for group, members := range byGroup(touched) {
		if err := refold(ctx, tx, b, group, members); err != nil {
			return err
		}
	}
	return nil
}

// unsee forgets a join that an undone import had brought.
func unsee(ctx context.Context, tx *db.Tx, e event.Event) error {
	r, err := event.Decode[event.Retracted](e)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, "DELETE FROM community_sightings WHERE community_id=$1 AND group_id=$2 AND member_id=$3 AND at=$4 AND event_id=$5",
		e.Community, e.Group, e.Member, db.Millis(r.At), r.Event)
	return err
}

func sighting(e event.Event) (Sighting, error) {
	if e.Kind == event.MemberLeft {
		l, err := event.Decode[event.Left](e)
		return Sighting{At: e.At, ID: e.ID, How: l.How, Scene: l.Scene}, err
	}
	j, err := event.Decode[event.Joined](e)
	return Sighting{At: e.At, ID: e.ID, Joined: true, How: j.How, Scene: j.Scene, State: j.State, Inviter: j.Inviter, Seen: j.Seen}, err
}

func byGroup(touched map[pair]bool) map[string][]string {
	out := map[string][]string{}
	for p := range touched {
		out[p.group] = append(out[p.group], p.member)
	}
	for _, m := range out {
		slices.Sort(m)
	}
	return out
}

func refold(ctx context.Context, tx *db.Tx, b effect.Batch, group string, members []string) error {
	rows := db.NewRows(15)
	for part := range slices.Chunk(members, 500) {
		seen, err := sightings(ctx, tx, b.Community, group, part)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, "DELETE FROM community_spells WHERE community_id=$1 AND group_id=$2 AND member_id IN ("+
			db.Marks(len(part), 3)+")", db.Args([]any{b.Community, group}, part...)...); err != nil {
			return err
		}
		for _, m := range part {
			for n, s := range Fold(seen[m]) {
				rows.Add(b.Community, group, m, n+1, db.NullMillis(s.Joined), nullDay(b, s.Joined), s.How, s.Scene, s.State, s.Inviter,
					db.NullMillis(s.Left), nullDay(b, s.Left), s.LeftHow, s.Quit, db.NullMillis(s.Seen))
			}
		}
	}
	if _, err := rows.Exec(ctx, tx, `INSERT INTO community_spells (community_id,group_id,member_id,n,joined_at,joined_day,how,scene,state,inviter_id,left_at,left_day,left_how,quit_scene,seen_at)`, ""); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `UPDATE community_groups SET members=(SELECT count(*) FROM community_spells s
 WHERE s.community_id=$1 AND s.group_id=$2 AND s.left_at IS NULL) WHERE community_id=$1 AND id=$2 AND platform<>$3`, b.Community, group, WeChat)
	return err
}

func nullDay(b effect.Batch, t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return b.Day(t)
}

func sightings(ctx context.Context, tx *db.Tx, community, group string, members []string) (map[string][]Sighting, error) {
	rows, err := tx.Query(ctx, `SELECT member_id,at,event_id,joined,how,scene,state,inviter_id,seen_at FROM community_sightings
 WHERE community_id=$1 AND group_id=$2 AND member_id IN (`+db.Marks(len(members), 3)+`)`, db.Args([]any{community, group}, members...)...)
	if err != nil {
		return nil, err
	}
	out := map[string][]Sighting{}
	return out, db.Each(rows, func(r *sql.Rows) error {
		var m string
		var s Sighting
		var at int64
		var seen sql.NullInt64
		err := r.Scan(&m, &at, &s.ID, &s.Joined, &s.How, &s.Scene, &s.State, &s.Inviter, &seen)
		s.At, s.Seen = time.UnixMilli(at).UTC(), db.Time(seen)
		out[m] = append(out[m], s)
		return err
	})
}
