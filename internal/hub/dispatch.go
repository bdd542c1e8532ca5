package hub

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/effect"
	"github.com/qunzhu/qunzhu/internal/event"
	"github.com/qunzhu/qunzhu/internal/job"
)

// Dispatch numbers committed events and gives them to the reactors. It returns
// how many it dispatched.
func (h *Hub) Dispatch(ctx context.Context) (int, error) {
	total := 0
	for slot := range h.slots {
		n, err := h.dispatchSlot(ctx, slot)
		total += n
		if err != nil {
			return total, err
		}
	}
	return total, nil
}

// dispatchSlot works off the shards of one slot under its lease.
func (h *Hub) dispatchSlot(ctx context.Context, slot int) (int, error) {
	h.slots[slot].Lock()
	defer h.slots[slot].Unlock()
	total := 0
	for shard := slot; shard < event.Shards; shard += len(h.slots) {
		communities, err := event.PendingCommunities(ctx, h.DB, shard)
		if err != nil {
			return total, err
		}
		for _, c := range communities {
			lease, held, err := h.hold(ctx, fmt.Sprintf("dispatch:%d", slot))
			if err != nil || !held {
				return total, err
			}
			n, err := h.dispatchBatch(ctx, lease, c)
			total += n
			if err != nil {
				return total, err
			}
		}
	}
	return total, nil
}

// dispatchBatch gives one community's next events to every reactor in one
// transaction: their projections, their effects and the cursor move together.
func (h *Hub) dispatchBatch(ctx context.Context, lease job.Lease, community string) (int, error) {
	n := 0
	topics := map[string]bool{}
	effects := false
	err := h.DB.Write(ctx, func(tx *db.Tx) error {
		if err := job.Check(ctx, tx, lease.Name, lease.Fence); err != nil {
			return err
		}
		last, err := cursor(ctx, tx, community)
		if err != nil {
			return err
		}
		events, err := event.Pending(ctx, tx, community, h.Batch)
		if err != nil || len(events) == 0 {
			n = 0
			return err
		}
		if err := event.Number(ctx, tx, community, events, last); err != nil {
			return err
		}
		asked, err := h.react(ctx, tx, effect.Batch{Community: community, Events: events, Zone: h.Zone})
		if err != nil {
			return err
		}
		if err := effect.Put(ctx, tx, h.Clock.Now(), asked); err != nil {
			return err
		}
		n, effects = len(events), len(asked) > 0
		for _, e := range events {
			topics[topicOf(e.Kind)] = true
			if e.Kind == event.CommunityChanged || e.Kind == event.CommunityCreated {
				topics["communities"] = true
			}
		}
		return moveCursor(ctx, tx, community, events[len(events)-1].Seq, lease.Fence)
	})
	if errors.Is(err, job.ErrFenced) {
		h.mu.Lock()
		delete(h.leases, lease.Name)
		h.mu.Unlock()
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("dispatch %s: %w", community, err)
	}
	if topics["communities"] {
		h.Forget()
	}
	if effects {
		h.nudge(loopPerform)
	}
	for t := range topics {
		h.Live(t)
	}
	return n, nil
}

func topicOf(k event.Kind) string {
	switch k {
	case event.TaskOpened, event.TaskCompleted, event.TaskCancelled, event.TaskOverdue:
		return "tasks"
	case event.MessagePosted, event.MessageRecalled:
		return "messages"
	}
	return "groups"
}

func cursor(ctx context.Context, tx *db.Tx, community string) (int64, error) {
	var seq int64
	err := tx.QueryRow(ctx, "SELECT seq FROM hub_cursors WHERE community_id=$1"+db.ForUpdate(tx), community).Scan(&seq)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return seq, err
}

func moveCursor(ctx context.Context, tx *db.Tx, community string, seq, fence int64) error {
	_, err := tx.Exec(ctx, `INSERT INTO hub_cursors (community_id,seq,fence) VALUES ($1,$2,$3)
 ON CONFLICT (community_id) DO UPDATE SET seq=excluded.seq, fence=excluded.fence`, community, seq, fence)
	return err
}

// react gives the batch to every reactor in order and collects the effects.
func (h *Hub) react(ctx context.Context, tx *db.Tx, b effect.Batch) ([]effect.Effect, error) {
	var all []effect.Effect
	blocked, err := blockedGroups(ctx, tx, b.Community)
	if err != nil {
		return nil, err
	}
	for _, r := range h.Reactors {
		mine := b
		mine.Events = nil
		var parked []parking
		for _, e := range b.Events {
			switch {
			case !slices.Contains(r.Kinds, e.Kind):
			case blocked[block{r.Slice, e.Group}]:
				parked = append(parked, parking{e, "", true})
			case e.Depth > event.MaxDepth:
				parked = append(parked, parking{e, "too many causes in a row: a loop", false})
				blocked[block{r.Slice, e.Group}] = true
			default:
				mine.Events = append(mine.Events, e)
			}
		}
		effects, failed, err := h.reactOne(ctx, tx, r, mine, blocked)
		if err != nil {
			return nil, err
		}
		if err := h.park(ctx, tx, b.Community, r.Slice, append(parked, failed...)); err != nil {
			return nil, err
		}
		all = append(all, effects...)
	}
	return all, nil
}

// reactOne runs one reactor on its events; when that fails it runs them one by
// one, so that only the bad event, and what of its group comes behind it, is
// parked.
func (h *Hub) reactOne(ctx context.Context, tx *db.Tx, r effect.Reactor, b effect.Batch, blocked map[block]bool) ([]effect.Effect, []parking, error) {
	if len(b.Events) == 0 {
		return nil, nil, nil
	}
	effects, err := h.try(ctx, tx, r, b)
	if err == nil {
		return effects, nil, nil
	}
	if fatal(ctx, err) {
		return nil, nil, err
	}
	var all []effect.Effect
	var parked []parking
	for _, e := range b.Events {
		if blocked[block{r.Slice, e.Group}] {
			parked = append(parked, parking{e, "", true})
			continue
		}
		one := b
		one.Events = []event.Event{e}
		effects, err := h.try(ctx, tx, r, one)
		switch {
		case err == nil:
			all = append(all, effects...)
		case fatal(ctx, err):
			return nil, nil, err
		default:
			parked = append(parked, parking{e, err.Error(), false})
			blocked[block{r.Slice, e.Group}] = true
			h.Log.ErrorContext(ctx, "an event was parked", "slice", r.Slice, "event", e.ID, "kind", e.Kind, "reason", err)
		}
	}
	return all, parked, nil
}

// fatal reports whether the transaction itself is lost, so that the whole batch
// has to be run again.
func fatal(ctx context.Context, err error) bool {
	return ctx.Err() != nil || db.Retryable(err) || errors.Is(err, sql.ErrTxDone) || errors.Is(err, sql.ErrConnDone)
}

func (h *Hub) try(ctx context.Context, tx *db.Tx, r effect.Reactor, b effect.Batch) (effects []effect.Effect, err error) {
	err = tx.Savepoint(ctx, func() (err error) {
		defer func() {
			if v := recover(); v != nil {
				err = fmt.Errorf("panic: %v", v)
			}
		}()
		effects, err = r.React(ctx, tx, b)
		return err
	})
	return effects, err
}
