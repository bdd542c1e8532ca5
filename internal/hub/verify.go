package hub

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/effect"
	"github.com/qunzhu/qunzhu/internal/event"
)

// Projection names a table that is rebuilt from the log.
type Projection struct {
	Table string
	Key   []string // its primary key, community_id first
	Skip  []string // columns that hold erasable words
}

// Difference is one row that the rebuilt projection and the live one do not
// agree on, or another thing that verify objects to.
type Difference struct {
	Community string `json:"community_id"`
	Table     string `json:"table"`
	Key       string `json:"key"`
	Live      string `json:"live,omitempty"`
	Rebuilt   string `json:"rebuilt,omitempty"`
	Problem   string `json:"problem"`
}

// Report sums up a verification.
type Report struct {
	Communities int `json:"communities"`
	Events      int `json:"events"`
	Tables      int `json:"tables"`
	Rows        int `json:"rows"`
	Effects     int `json:"effects"`
	Parked      int `json:"parked"`
	Differences int `json:"differences"`
}

// Verifier rebuilds projections from the log and compares them.
type Verifier struct {
	Migrations  []db.Migrations
	Reactors    []effect.Reactor
	Projections []Projection
	Batch       int // events a batch in the rebuild; another number than the server's
}

// Verify reads the log and the live projections in one snapshot of live, beside
// a running server; it rebuilds in a scratch database, with the outbox off, and
// calls report for each difference. Community "" is all of them.
func (v Verifier) Verify(ctx context.Context, h *Hub, community string, report func(Difference)) (Report, error) {
	var sum Report
	dir, err := os.MkdirTemp("", "qunzhu-verify-")
	if err != nil {
		return sum, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	scratch, err := db.Open(ctx, filepath.Join(dir, "scratch.db"))
	if err != nil {
		return sum, err
	}
	defer func() { _ = scratch.Close() }()
	if _, err := scratch.Exec(ctx, "PRAGMA synchronous=OFF"); err != nil {
		return sum, err
	}
	if err := scratch.Migrate(ctx, v.Migrations); err != nil {
		return sum, err
	}
	counted := func(d Difference) {
		sum.Differences++
		report(d)
	}
	err = h.DB.Read(ctx, func(live *db.Tx) error {
		list, err := cursors(ctx, live, community)
		if err != nil {
			return err
		}
		for _, c := range list {
			sum.Communities++
			if err := v.community(ctx, h, live, scratch, c, &sum, counted); err != nil {
				return fmt.Errorf("verify %s: %w", c.community, err)
			}
		}
		return nil
	})
	sum.Tables = len(v.Projections)
	return sum, err
}

type position struct {
	community string
	seq       int64
}

func cursors(ctx context.Context, q db.Q, community string) ([]position, error) {
	return db.List(ctx, q, func(r *sql.Rows) (p position, err error) {
		return p, r.Scan(&p.community, &p.seq)
	}, "SELECT community_id, seq FROM hub_cursors WHERE $1='' OR community_id=$1 ORDER BY community_id", community)
}

func (v Verifier) community(ctx context.Context, h *Hub, live *db.Tx, scratch *db.DB, p position, sum *Report, report func(Difference)) error {
	n, err := v.rebuild(ctx, h, live, scratch, p)
	if err != nil {
		return err
	}
	sum.Events += n
	parked, err := ListParked(ctx, live, p.community, 1000)
	if err != nil {
		return err
	}
	sum.Parked += len(parked)
	for _, k := range parked {
		report(Difference{Community: p.community, Table: "hub_parked", Key: fmt.Sprintf("%s/%d", k.Slice, k.Seq), Live: k.Reason, Problem: "parked"})
	}
	for _, t := range append(v.Projections, Projection{Table: "effects", Key: []string{"community_id", "id"}, Skip: outboxStates}) {
		rows, err := compare(ctx, live, scratch, p.community, t, report)
		if err != nil {
			return fmt.Errorf("compare %s: %w", t.Table, err)
		}
		if t.Table == "effects" {
			sum.Effects += rows
		} else {
			sum.Rows += rows
		}
	}
	return nil
}

// outboxStates are the outbox's columns that tell what became of an effect: the
// log says that it was asked for, the platform the rest.
var outboxStates = []string{"state", "attempts", "run_at", "lease_until", "error", "ended_at"}

// rebuild replays a community's log up to the cursor. Parked events stay parked:
// the live projection has not seen them either.
func (v Verifier) rebuild(ctx context.Context, h *Hub, live *db.Tx, scratch *db.DB, p position) (int, error) {
	replay := New(Options{DB: scratch, Clock: h.Clock, Zone: h.Zone, Reactors: v.Reactors, Log: h.Log, Batch: v.Batch})
	parked, err := parkedSeqs(ctx, live, p.community)
	if err != nil {
		return 0, err
	}
	total := 0
	for after := int64(0); after < p.seq; {
		events, err := event.Read(ctx, live, p.community, after, v.Batch)
		if err != nil {
			return total, err
		}
		if len(events) == 0 {
			return total, fmt.Errorf("the log ends at %d, before the cursor at %d", after, p.seq)
		}
		for i, e := range events {
			if e.Seq != after+int64(i)+1 {
				return total, fmt.Errorf("event %d is missing from the log", after+int64(i)+1)
			}
		}
		err = scratch.Write(ctx, func(tx *db.Tx) error { return replay.replay(ctx, tx, p.community, events, parked) })
		if err != nil {
			return total, err
		}
		after = events[len(events)-1].Seq
		total += len(events)
	}
	return total, nil
}

// parkedAt is an event that a slice has not digested.
type parkedAt struct {
	slice string
	seq   int64
}

func parkedSeqs(ctx context.Context, q db.Q, community string) (map[parkedAt]bool, error) {
	list, err := db.List(ctx, q, func(r *sql.Rows) (p parkedAt, err error) {
		return p, r.Scan(&p.slice, &p.seq)
	}, "SELECT slice, seq FROM hub_parked WHERE community_id=$1", community)
	out := make(map[parkedAt]bool, len(list))
	for _, p := range list {
		out[p] = true
	}
	return out, err
}

// replay restores events to the scratch log under their own numbers, which need
// not follow their ids across the live batches, and runs every reactor on them.
func (h *Hub) replay(ctx context.Context, tx *db.Tx, community string, events []event.Event, parked map[parkedAt]bool) error {
	if err := event.Restore(ctx, tx, events); err != nil {
		return err
	}
	for _, r := range h.Reactors {
		mine := effect.Batch{Community: community, Zone: h.Zone}
		for _, e := range events {
			if slices.Contains(r.Kinds, e.Kind) && !parked[parkedAt{r.Slice, e.Seq}] {
				mine.Events = append(mine.Events, e)
			}
		}
		if len(mine.Events) == 0 {
			continue
		}
		effects, err := r.React(ctx, tx, mine)
		if err != nil {
			return fmt.Errorf("%s after event %d: %w", r.Slice, events[0].Seq-1, err)
		}
		if err := effect.Put(ctx, tx, h.Clock.Now(), effects); err != nil {
			return err
		}
	}
	return nil
}
