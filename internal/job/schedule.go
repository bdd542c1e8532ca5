package job

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/qunzhu/qunzhu/internal/db"
)

// CatchUp is how late a slot may be found and still be carried out; after that
// it is marked missed ("已错过"): a morning paper at noon is worse than none.
const CatchUp = 2 * time.Hour

const (
	maxMissed   = 50                  // missed slots that are listed for one outage
	longestLook = 32 * 24 * time.Hour // how far back an outage is examined
)

// Schedule makes a job of kind Kind at every slot of Spec. A new schedule starts
// with the first slot after it was first seen.
type Schedule struct {
	Name string // stable: it is the key of the slots already carried out
	Spec string // see Cron
	Kind string
	// Sweep marks upkeep that looks at everything each time: of the slots that
	// fell due together only the latest is carried out, and none was missed.
	Sweep bool
}

// Slot is the body of a job made by a schedule.
type Slot struct {
	Schedule string    `json:"schedule"`
	At       time.Time `json:"at"` // the slot, not when the job runs
}

type plannedSchedule struct {
	Schedule
	cron Cron
}

func (s plannedSchedule) next(t time.Time, zone *time.Location) time.Time {
	return s.cron.Next(t, zone)
}

func planSchedules(in []Schedule, handlers map[string]Handler) ([]plannedSchedule, error) {
	names := map[string]bool{}
	var out []plannedSchedule
	for _, s := range in {
		if s.Name == "" || len(s.Name) > maxKey/2 || names[s.Name] {
			return nil, fmt.Errorf("schedule %q: a schedule needs a short name of its own", s.Name)
		}
		names[s.Name] = true
		if _, ok := handlers[s.Kind]; !ok {
			return nil, fmt.Errorf("schedule %q: nobody handles jobs of kind %q", s.Name, s.Kind)
		}
		c, err := ParseCron(s.Spec)
		if err != nil {
			return nil, fmt.Errorf("schedule %q: %w", s.Name, err)
		}
		out = append(out, plannedSchedule{s, c})
	}
	return out, nil
}

// enqueueSlots turns every slot that fell due since the last look into a job.
func (r *Runner) enqueueSlots(ctx context.Context) error {
	now := r.opt.Clock.Now()
	seen, err := r.seen(ctx)
	if err != nil {
		return err
	}
	var errs error
	for _, s := range r.schedules {
		to, known := seen[s.Name]
		if next := s.next(to, r.opt.Zone); known && (next.IsZero() || next.After(now)) {
			continue
		}
		err := r.store.db.Write(ctx, func(tx *db.Tx) error { return r.enqueueDue(ctx, tx, s, now) })
		if err != nil {
			errs = errors.Join(errs, fmt.Errorf("schedule %s: %w", s.Name, err))
		}
	}
	return errs
}

// seen returns for each schedule up to when its slots were dealt with.
func (r *Runner) seen(ctx context.Context) (map[string]time.Time, error) {
	if len(r.schedules) == 0 {
		return nil, nil
	}
	rows, err := r.store.db.Query(ctx, "SELECT name, seen_to FROM job_schedules")
	if err != nil {
		return nil, err
	}
	out := map[string]time.Time{}
	return out, db.Each(rows, func(rows *sql.Rows) error {
		var name string
		var ms int64
		err := rows.Scan(&name, &ms)
		out[name] = time.UnixMilli(ms).UTC()
		return err
	})
}

// enqueueDue deals with the slots of one schedule up to now. The row of the
// schedule is locked, and (schedule, slot) is unique: of two nodes that look at
// the same moment one enqueues.
func (r *Runner) enqueueDue(ctx context.Context, tx *db.Tx, s plannedSchedule, now time.Time) error {
	_, err := tx.Exec(ctx, `INSERT INTO job_schedules (name, seen_to) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING`,
		s.Name, db.Millis(now))
	if err != nil {
		return err
	}
	from, err := db.Int(ctx, tx, "SELECT seen_to FROM job_schedules WHERE name = $1"+db.ForUpdate(tx), s.Name)
	if err != nil || from >= db.Millis(now) {
		return err
	}
	due, missed := s.between(time.UnixMilli(from), now, r.opt.Zone)
	if s.Sweep {
		due, missed = latest(due, missed), nil
	}
	for _, slot := range missed {
		if _, err := addSlot(ctx, tx, s.Name, slot, "missed"); err != nil {
			return err
		}
	}
	if len(missed) > 0 {
		slog.WarnContext(ctx, "slots of a schedule were missed", "schedule", s.Name, "count", len(missed), "last", missed[len(missed)-1])
	}
	for _, slot := range due {
		if err := r.enqueueSlot(ctx, tx, s, slot); err != nil {
			return err
		}
	}
	_, err = tx.Exec(ctx, "UPDATE job_schedules SET seen_to = $2 WHERE name = $1", s.Name, db.Millis(now))
	return err
}

// between lists the slots in (from, now]: those to be carried out, and the
// latest of those that are too old for it.
func (s plannedSchedule) between(from, now time.Time, zone *time.Location) (due, missed []time.Time) {
	if oldest := now.Add(-longestLook); from.Before(oldest) {
		from = oldest
	}
	for slot := s.next(from, zone); !slot.IsZero() && !slot.After(now); slot = s.next(slot, zone) {
		if now.Sub(slot) <= CatchUp {
			due = append(due, slot)
			continue
		}
		if missed = append(missed, slot); len(missed) > maxMissed {
			missed = missed[1:]
		}
	}
	return due, missed
}

// latest is the last slot of all, if there is one.
func latest(due, missed []time.Time) []time.Time {
	all := append(missed, due...)
	return all[max(0, len(all)-1):]
}

func (r *Runner) enqueueSlot(ctx context.Context, tx *db.Tx, s plannedSchedule, slot time.Time) error {
	added, err := addSlot(ctx, tx, s.Name, slot, "enqueued")
	if err != nil || !added {
		return err
	}
	jobID, err := r.queue.Enqueue(ctx, tx, Request{
		Kind: s.Kind, UniqueKey: s.Name + "@" + slot.UTC().Format(time.RFC3339), RunAt: slot,
		Body: Slot{Schedule: s.Name, At: slot.UTC()},
	})
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, "UPDATE job_slots SET job_id = $3 WHERE schedule = $1 AND slot = $2", s.Name, db.Millis(slot), jobID)
	return err
}

// addSlot reports whether the slot was new.
func addSlot(ctx context.Context, tx *db.Tx, schedule string, slot time.Time, state string) (bool, error) {
	res, err := tx.Exec(ctx, `INSERT INTO job_slots (schedule, slot, state) VALUES ($1, $2, $3)
		ON CONFLICT (schedule, slot) DO NOTHING`, schedule, db.Millis(slot), state)
	if err != nil {
		return false, err
	}
	n, err := res.RowsAffected()
	return n > 0, err
}

// SlotStatus is what became of a slot.
type SlotStatus struct {
	Slot
	Missed bool   // found more than CatchUp late
	JobID  string // "" when missed
}

// Slots returns the latest slots of a schedule, newest first, at most limit (1 to 200).
func (q *Queue) Slots(ctx context.Context, r db.Q, schedule string, limit int) ([]SlotStatus, error) {
	return db.List(ctx, r, func(rows *sql.Rows) (SlotStatus, error) {
		s := SlotStatus{Slot: Slot{Schedule: schedule}}
		var ms int64
		var state string
		err := rows.Scan(&ms, &state, &s.JobID)
		s.At, s.Missed = time.UnixMilli(ms).UTC(), state == "missed"
		return s, err
	}, "SELECT slot, state, job_id FROM job_slots WHERE schedule = $1 ORDER BY slot DESC LIMIT $2", schedule, min(max(limit, 1), 200))
}
