package moderation

import (
	"context"
	"database/sql"
	"time"
	"unicode/utf8"

	"github.com/qunzhu/qunzhu/internal/auth"
	"github.com/qunzhu/qunzhu/internal/community"
	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/event"
	"github.com/qunzhu/qunzhu/internal/fault"
	"github.com/qunzhu/qunzhu/internal/id"
	"github.com/qunzhu/qunzhu/internal/task"
)

const maxNote = 200 // characters

// Decide records a decision about a case in scope and calls off the tasks that
// it makes pointless. Faults: NotFound, Invalid (decision, note), Conflict when
// there is nothing to undo or the case stands dismissed already.
func Decide(ctx context.Context, d *db.DB, rec Recorder, s community.Scope, now time.Time, in Decided) (Case, error) {
	c, err := GetCase(ctx, d, s, in.Case)
	if err != nil {
		return c, err
	}
	if !in.Decision.Valid() {
		return c, fault.InvalidField("decision", "moderation.decision_unknown")
	}
	if utf8.RuneCountInString(in.Note) > maxNote {
		return c, fault.InvalidField("note", "form.max", maxNote)
	}
	rulings, err := Rulings(ctx, d, c.Community, c.ID)
	if err != nil {
		return c, err
	}
	if err := allowed(c, in.Decision, standing(rulings[c.ID])); err != nil {
		return c, err
	}
	_, err = rec.Record(ctx, event.Event{
		Community: c.Community, Group: c.Group, Member: c.Member, Kind: CaseDecided, At: now,
		ID: id.New(now), Body: event.Encode(in),
	})
	if err != nil {
		return c, err
	}
	if _, err := Tidy(ctx, d, rec, now, c.Community); err != nil {
		return c, err
	}
	return GetCase(ctx, d, s, c.ID)
}

// standing is the last ruling that was not undone; ok is false without one.
func standing(rulings []Ruling) (last Ruling) {
	for _, r := range rulings {
		if !r.Undone {
			last = r
		}
	}
	return last
}

func allowed(c Case, d Decision, last Ruling) error {
	switch {
	case d == Undo && last.ID == "":
		return fault.New(fault.Conflict, "moderation.nothing_to_undo")
	case d != Undo && c.State == Dismissed && c.Excluded:
		return fault.New(fault.Conflict, "moderation.case_recalled")
	case d != Undo && c.State == Dismissed:
		return fault.New(fault.Conflict, "moderation.case_dismissed")
	}
	return nil
}

// Tidy cancels the tasks of actions that were called off: by a decision, by undo,
// or because the sender recalled the message first. Community "" is all of them.
// It returns how many; what another node cancels at the same time does no harm.
func Tidy(ctx context.Context, d *db.DB, rec Recorder, now time.Time, communityID string) (int, error) {
	const batch = 200
	cond, args := auth.Everywhere().Within(communityID).SQL("a.community_id", 2)
	events, err := db.List(ctx, d, func(r *sql.Rows) (event.Event, error) {
		e := event.Event{Kind: event.TaskCancelled, At: now}
		var taskID string
		err := r.Scan(&e.Community, &e.Group, &e.Member, &taskID)
		e.ID = id.At(now, taskID, string(event.TaskCancelled))
		e.Body = event.Encode(event.TaskEnd{Task: taskID, Outcome: task.NotNeeded})
		return e, err
	}, `SELECT a.community_id,a.group_id,a.member_id,a.task_id FROM moderation_actions a
 WHERE a.unwanted AND a.state='open' AND `+cond+" ORDER BY a.community_id,a.id LIMIT $1", append([]any{batch}, args...)...)
	if err != nil || len(events) == 0 {
		return 0, err
	}
	_, err = rec.Record(ctx, events...)
	return len(events), err
}
