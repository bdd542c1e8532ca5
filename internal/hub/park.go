package hub

import (
	"context"
	"database/sql"
	"time"

	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/effect"
	"github.com/qunzhu/qunzhu/internal/event"
)

// block is a group whose events wait for one slice, behind a parked one.
type block struct{ slice, group string }

type parking struct {
	event  event.Event
	reason string
	behind bool
}

func blockedGroups(ctx context.Context, tx *db.Tx, community string) (map[block]bool, error) {
	rows, err := tx.Query(ctx, "SELECT DISTINCT slice, group_id FROM hub_parked WHERE community_id=$1", community)
	if err != nil {
		return nil, err
	}
	out := map[block]bool{}
	return out, db.Each(rows, func(r *sql.Rows) error {
		var b block
		err := r.Scan(&b.slice, &b.group)
		out[b] = true
		return err
	})
}

func (h *Hub) park(ctx context.Context, tx *db.Tx, community, slice string, list []parking) error {
	rows := db.NewRows(8)
	for _, p := range list {
		rows.Add(community, slice, p.event.Seq, p.event.ID, p.event.Group, p.reason, p.behind, db.Millis(h.Clock.Now()))
	}
	_, err := rows.Exec(ctx, tx, "INSERT INTO hub_parked (community_id,slice,seq,event_id,group_id,reason,behind,parked_at)",
		"ON CONFLICT (community_id,slice,seq) DO NOTHING")
	return err
}

// Parked is an event that a slice could not digest, or that waits behind one.
type Parked struct {
	Community string
	Slice     string
	Seq       int64
	Event     string
	Group     string
	Reason    string
	Behind    bool
	At        time.Time
}

// ListParked lists parked events in order; community "" is all.
func ListParked(ctx context.Context, q db.Q, community string, limit int) ([]Parked, error) {
	return db.List(ctx, q, func(r *sql.Rows) (Parked, error) {
		var p Parked
		var at int64
		err := r.Scan(&p.Community, &p.Slice, &p.Seq, &p.Event, &p.Group, &p.Reason, &p.Behind, &at)
		p.At = time.UnixMilli(at).UTC()
		return p, err
	}, `SELECT community_id,slice,seq,event_id,group_id,reason,behind,parked_at FROM hub_parked
 WHERE $1='' OR community_id=$1 ORDER BY community_id, slice, seq LIMIT $2`, community, limit)
}

// RetryParked gives parked events to their slice again, in order, until one
// fails once more. It returns how many were digested.
func (h *Hub) RetryParked(ctx context.Context, community, slice string) (int, error) {
	done := 0
	for {
		more := false
		err := h.DB.Write(ctx, func(tx *db.Tx) error {
			var err error
			more, err = h.retryOne(ctx, tx, community, slice)
			return err
		})
		if err != nil || !more {
			h.nudge(loopPerform)
			return done, err
		}
		done++
	}
}

func (h *Hub) retryOne(ctx context.Context, tx *db.Tx, community, slice string) (bool, error) {
	var seq int64
	var eventID string
	err := tx.QueryRow(ctx, "SELECT seq, event_id FROM hub_parked WHERE community_id=$1 AND slice=$2 ORDER BY seq LIMIT 1"+db.ForUpdate(tx),
		community, slice).Scan(&seq, &eventID)
	if err != nil {
		if err == sql.ErrNoRows {
			return false, nil
		}
		return false, err
	}
	events, err := event.Get(ctx, tx, community, eventID)
	if err != nil {
		return false, err
	}
	for _, r := range h.Reactors {
		if r.Slice != slice {
			continue
		}
		effects, err := h.try(ctx, tx, r, effect.Batch{Community: community, Events: events, Zone: h.Zone})
		if err != nil {
			return false, err
		}
		if err := effect.Put(ctx, tx, h.Clock.Now(), effects); err != nil {
			return false, err
		}
	}
	_, err = tx.Exec(ctx, "DELETE FROM hub_parked WHERE community_id=$1 AND slice=$2 AND seq=$3", community, slice, seq)
	return err == nil, err
}
