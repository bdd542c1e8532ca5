package moderation

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/event"
)

// place is a member in a group.
type place struct{ group, member string }

// presence is what a case needs to know of a member's coming and going: the
// latest join and the latest removal, in milliseconds, 0 for unknown.
type presence struct {
	joined, removed int64
	removal         string // event id
}

// with keeps the later of two observations, so that their order does not matter.
func (p presence) with(o presence) presence {
	p.joined = max(p.joined, o.joined)
	if o.removed > p.removed || o.removed == p.removed && o.removal > p.removal {
		p.removed, p.removal = o.removed, o.removal
	}
	return p
}

// newcomer reports whether at is within the first day after a known join.
func (p presence) newcomer(at time.Time) bool {
	since := at.UnixMilli() - p.joined
	return p.joined > 0 && since >= 0 && since < newcomerFor.Milliseconds()
}

func (r *reaction) joined(e event.Event) error {
	b, err := event.Decode[event.Joined](e)
	if err != nil || b.Kind != event.Member || b.How == event.ByImport {
		return err
	}
	at := place{e.Group, e.Member}
	r.moves[at] = r.moves[at].with(presence{joined: e.At.UnixMilli()})
	return nil
}

// left remembers removals, also for violations that are reported after them, and
// closes what waits for them.
func (r *reaction) left(ctx context.Context, e event.Event) error {
	b, err := event.Decode[event.Left](e)
	if err != nil {
		return err
	}
	removed := b.Scene == "removed"
	if removed {
		at := place{e.Group, e.Member}
		r.moves[at] = r.moves[at].with(presence{removed: e.At.UnixMilli(), removal: e.ID})
	}
	return r.memberGone(ctx, e, removed)
}

func (r *reaction) presence(ctx context.Context, at place) (presence, error) {
	var p presence
	var joined, removed sql.NullInt64
	err := r.tx.QueryRow(ctx, `SELECT joined_at,removed_at,removal_id FROM moderation_presence
 WHERE community_id=$1 AND group_id=$2 AND member_id=$3`, r.community, at.group, at.member).Scan(&joined, &removed, &p.removal)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return p, err
	}
	p.joined, p.removed = joined.Int64, removed.Int64
	return p.with(r.moves[at]), nil
}

// saveMoves writes the moves of the batch, in the order of their key.
func (r *reaction) saveMoves(ctx context.Context) error {
	places := slices.SortedFunc(maps.Keys(r.moves), func(a, b place) int {
		return cmp.Or(cmp.Compare(a.group, b.group), cmp.Compare(a.member, b.member))
	})
	rows := db.NewRows(6)
	for _, at := range places {
		p := r.moves[at]
		rows.Add(r.community, at.group, at.member, nullZero(p.joined), nullZero(p.removed), p.removal)
	}
	_, err := rows.Exec(ctx, r.tx, "INSERT INTO moderation_presence (community_id,group_id,member_id,joined_at,removed_at,removal_id)",
		`ON CONFLICT (community_id,group_id,member_id) DO UPDATE SET
 joined_at=CASE WHEN moderation_presence.joined_at IS NULL OR excluded.joined_at > moderation_presence.joined_at
  THEN COALESCE(excluded.joined_at, moderation_presence.joined_at) ELSE moderation_presence.joined_at END,
 removal_id=CASE WHEN excluded.removed_at IS NOT NULL AND (moderation_presence.removed_at IS NULL OR excluded.removed_at > moderation_presence.removed_at
  OR excluded.removed_at = moderation_presence.removed_at AND excluded.removal_id > moderation_presence.removal_id)
  THEN excluded.removal_id ELSE moderation_presence.removal_id END,
 removed_at=CASE WHEN excluded.removed_at IS NOT NULL AND (moderation_presence.removed_at IS NULL OR excluded.removed_at > moderation_presence.removed_at)
  THEN excluded.removed_at ELSE moderation_presence.removed_at END`)
	return err
}

func nullZero(n int64) any {
	if n == 0 {
		return nil
	}
	return n
}
