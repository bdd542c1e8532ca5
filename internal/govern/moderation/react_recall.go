package moderation

import (
	"context"
	"database/sql"
	"encoding/json"

	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/effect"
	"github.com/qunzhu/qunzhu/internal/event"
	"github.com/qunzhu/qunzhu/internal/govern/moderation/match"
)

// recalled notes that a message was taken back, also when the message itself is
// still to come.
func (r *reaction) recalled(ctx context.Context, e event.Event) error {
	b, err := event.Decode[event.Recalled](e)
	if err != nil || b.Ref == "" {
		return err
	}
	_, err = r.tx.Exec(ctx, `INSERT INTO moderation_recalls (community_id,group_id,source,ref,at,event_id) VALUES ($1,$2,$3,$4,$5,$6)
 ON CONFLICT (community_id,group_id,source,ref) DO NOTHING`, r.community, e.Group, b.Source, b.Ref, e.At.UnixMilli(), e.ID)
	if err != nil {
		return err
	}
	cases, err := db.List(ctx, r.tx, scanText, `UPDATE moderation_messages SET recalled_at=$1, recall_id=$2
 WHERE community_id=$3 AND group_id=$4 AND source=$5 AND ref=$6 AND recalled_at IS NULL RETURNING case_id`,
		e.At.UnixMilli(), e.ID, r.community, e.Group, b.Source, b.Ref)
	if err != nil {
		return err
	}
	for _, c := range cases {
		if err := r.settleRecalls(ctx, c); err != nil {
			return err
		}
	}
	return nil
}

func scanText(rows *sql.Rows) (s string, err error) { return s, rows.Scan(&s) }

// settleRecalls stops the clock of a case whose messages are all gone (docs/definitions.md
// G21). Taken back before we knew of them, they never were a case of ours to
// answer, and what was asked for is called off.
func (r *reaction) settleRecalls(ctx context.Context, caseID string) error {
	var left, late int64
	var last sql.NullInt64
	err := r.tx.QueryRow(ctx, `SELECT COALESCE(sum(CASE WHEN recalled_at IS NULL THEN 1 ELSE 0 END),0),
 COALESCE(sum(CASE WHEN recalled_at >= detected_at THEN 1 ELSE 0 END),0), max(recalled_at)
 FROM moderation_messages WHERE community_id=$1 AND case_id=$2`, r.community, caseID).Scan(&left, &late, &last)
	if err != nil || left > 0 {
		return err
	}
	var evidence string
	err = r.tx.QueryRow(ctx, "SELECT max(recall_id) FROM moderation_messages WHERE community_id=$1 AND case_id=$2 AND recalled_at=$3",
		r.community, caseID, last.Int64).Scan(&evidence)
	if err != nil {
		return err
	}
	if late > 0 {
		return r.acted(ctx, caseID, effect.MessageRecall, last.Int64, evidence)
	}
	_, err = r.tx.Exec(ctx, `UPDATE moderation_cases SET excluded=$1, state='dismissed' WHERE community_id=$2 AND id=$3 AND first_action_at IS NULL`,
		true, r.community, caseID)
	if err != nil {
		return err
	}
	return r.callOff(ctx, caseID, "")
}

// retracted takes a message of an undone import out of its case again.
func (r *reaction) retracted(ctx context.Context, e event.Event) error {
	b, err := event.Decode[event.Retracted](e)
	if err != nil {
		return err
	}
	type gone struct{ caseID, reasons string }
	list, err := db.List(ctx, r.tx, func(rows *sql.Rows) (g gone, err error) { return g, rows.Scan(&g.caseID, &g.reasons) },
		"DELETE FROM moderation_messages WHERE community_id=$1 AND message_id=$2 RETURNING case_id, reasons", r.community, b.Event)
	if err != nil {
		return err
	}
	for _, g := range list {
		var reasons []match.Reason
		if err := json.Unmarshal([]byte(g.reasons), &reasons); err != nil {
			return err
		}
		if err := r.countHits(ctx, reasons, -1, 0, 0); err != nil {
			return err
		}
		if _, err := r.tx.Exec(ctx, "UPDATE moderation_cases SET messages=messages-1 WHERE community_id=$1 AND id=$2", r.community, g.caseID); err != nil {
			return err
		}
		if _, err := r.tx.Exec(ctx, "DELETE FROM moderation_cases WHERE community_id=$1 AND id=$2 AND messages <= 0", r.community, g.caseID); err != nil {
			return err
		}
	}
	return nil
}
