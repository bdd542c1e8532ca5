package moderation

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"

	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/event"
	"github.com/qunzhu/qunzhu/internal/govern/moderation/match"
)

// The states of a case.
const (
	Open      = "open"
	Handled   = "handled"
	Dismissed = "dismissed"
)

// decided carries out what an operator decided. A decision about a case that is
// not known, which no command makes, changes nothing.
func (r *reaction) decided(ctx context.Context, e event.Event) error {
	d, err := event.Decode[Decided](e)
	if err != nil || !d.Decision.Valid() {
		return err
	}
	var categories string
	var deadline int64
	err = r.tx.QueryRow(ctx, "SELECT categories, deadline_at FROM moderation_cases WHERE community_id=$1 AND id=$2", r.community, d.Case).Scan(&categories, &deadline)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	before, err := r.standingDecision(ctx, d.Case)
	if err != nil {
		return err
	}
	if d.Decision == Undo {
		err = r.undo(ctx, d.Case, before)
	} else {
		var list []string
		if err := json.Unmarshal([]byte(categories), &list); err != nil {
			return err
		}
		err = r.decide(ctx, e, d, list, max(deadline-e.At.UnixMilli(), 0))
	}
	if err != nil {
		return err
	}
	return r.settleState(ctx, d.Case, before.decision)
}

// ruling is the last decision of a case that was not undone.
type ruling struct {
	id       string
	decision Decision
}

func (r *reaction) standingDecision(ctx context.Context, caseID string) (ruling, error) {
	var s ruling
	err := r.tx.QueryRow(ctx, "SELECT id, decision FROM moderation_decisions WHERE community_id=$1 AND case_id=$2 AND NOT undone ORDER BY seq DESC LIMIT 1",
		r.community, caseID).Scan(&s.id, &s.decision)
	if errors.Is(err, sql.ErrNoRows) {
		return s, nil
	}
	return s, err
}

func (r *reaction) undo(ctx context.Context, caseID string, last ruling) error {
	if last.id == "" {
		return nil
	}
	_, err := r.tx.Exec(ctx, "UPDATE moderation_decisions SET undone=$1 WHERE community_id=$2 AND id=$3", true, r.community, last.id)
	if err != nil {
		return err
	}
	return r.callOff(ctx, caseID, last.id)
}

func (r *reaction) decide(ctx context.Context, e event.Event, d Decided, categories []string, within int64) error {
	_, err := r.tx.Exec(ctx, `INSERT INTO moderation_decisions (community_id,id,case_id,decision,by_id,note,at,seq,undone) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9)`,
		r.community, e.ID, d.Case, string(d.Decision), d.By, d.Note, e.At.UnixMilli(), e.Seq, false)
	if err != nil {
		return err
	}
	grade, graded := d.Decision.Grade()
	if !graded {
		return r.callOff(ctx, d.Case, "")
	}
	if grade != Recall {
		// Another grade replaces the one that was asked for.
		_, err := r.tx.Exec(ctx, `UPDATE moderation_actions SET unwanted=$1 WHERE community_id=$2 AND case_id=$3 AND state IN ('asked','open') AND grade > 0 AND grade <> $4`,
			true, r.community, d.Case, int(grade))
		if err != nil {
			return err
		}
	}
	under, err := db.Int(ctx, r.tx, "SELECT count(*) FROM moderation_actions WHERE community_id=$1 AND case_id=$2 AND grade=$3 AND state IN ('asked','open') AND NOT unwanted",
		r.community, d.Case, int(grade))
	if err != nil || under > 0 {
		return err
	}
	return r.ask(ctx, e, d.Case, grade, e.ID, categories, max(within, 1))
}

// settleState derives a case's state from the decision that stands now and from
// what was carried out, and moves the counts of false alarms with it.
func (r *reaction) settleState(ctx context.Context, caseID string, before Decision) error {
	now, err := r.standingDecision(ctx, caseID)
	if err != nil {
		return err
	}
	verdict := ""
	if now.decision == FalsePositive || now.decision == Dismiss {
		verdict = string(now.decision)
	}
	_, err = r.tx.Exec(ctx, `UPDATE moderation_cases SET verdict=$1,
 state=CASE WHEN $1 <> '' OR excluded THEN 'dismissed' WHEN first_action_at IS NOT NULL THEN 'handled' ELSE 'open' END
 WHERE community_id=$2 AND id=$3`, verdict, r.community, caseID)
	if err != nil {
		return err
	}
	switch was, is := before == FalsePositive, now.decision == FalsePositive; {
	case is && !was:
		return r.countWrong(ctx, caseID, 1)
	case was && !is:
		return r.countWrong(ctx, caseID, -1)
	}
	return nil
}

func (r *reaction) countWrong(ctx context.Context, caseID string, n int) error {
	list, err := db.List(ctx, r.tx, scanText, "SELECT reasons FROM moderation_messages WHERE community_id=$1 AND case_id=$2 ORDER BY message_id", r.community, caseID)
	if err != nil {
		return err
	}
	for _, text := range list {
		var reasons []match.Reason
		if err := json.Unmarshal([]byte(text), &reasons); err != nil {
			return err
		}
		if err := r.countHits(ctx, reasons, 0, n, 0); err != nil {
			return err
		}
	}
	return nil
}
