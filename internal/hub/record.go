package hub

import (
	"context"
	"time"

	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/event"
	"github.com/qunzhu/qunzhu/internal/fault"
)

// Record appends events that a person or the program caused and waits until
// they are dispatched, so that who asked sees the result. It returns those that
// were new; with them comes a fault of code Unavailable when the dispatch takes
// longer than Patience: the events are stored and will be dispatched later.
func (h *Hub) Record(ctx context.Context, events ...event.Event) ([]event.Event, error) {
	for i := range events {
		events[i].Recorded = h.Clock.Now()
	}
	var fresh []event.Event
	for _, part := range byCommunity(events) {
		var added []event.Event
		err := h.commit.Do(ctx, func(tx *db.Tx) (err error) {
			added, err = event.Append(ctx, tx, part)
			return err
		})
		if err != nil {
			return nil, err
		}
		fresh = append(fresh, added...)
	}
	h.nudge(loopDispatch)
	for _, e := range fresh {
		if err := h.await(ctx, e); err != nil {
			return fresh, err
		}
	}
	return fresh, nil
}

// await dispatches until e has a number, or waits for the node that does.
func (h *Hub) await(ctx context.Context, e event.Event) error {
	patience := time.After(h.Patience)
	for {
		n, err := db.Int(ctx, h.DB, "SELECT count(*) FROM events WHERE community_id=$1 AND id=$2 AND seq IS NOT NULL", e.Community, e.ID)
		if err != nil || n == 1 {
			return err
		}
		if _, err := h.Dispatch(ctx); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-patience:
			return fault.New(fault.Unavailable, "fault.not_applied_yet")
		case <-time.After(2 * time.Millisecond):
		}
	}
}

func byCommunity(events []event.Event) map[string][]event.Event {
	out := map[string][]event.Event{}
	for _, e := range events {
		out[e.Community] = append(out[e.Community], e)
	}
	return out
}
