package moderation

import (
	"cmp"
	"context"
	"database/sql"

	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/effect"
	"github.com/qunzhu/qunzhu/internal/event"
	"github.com/qunzhu/qunzhu/internal/task"
)

// The states of an action.
const (
	asked     = "asked"     // in the outbox
	waiting   = "open"      // a task for a person
	done      = "done"      // carried out, with evidence
	dropped   = "dropped"   // the task ended without it
	cancelled = "cancelled" // called off
	refused   = "refused"   // nobody can do it there
)

// ask asks for a grade on behalf of a case: because of the verdict when decision
// is "", else because of that event.
func (r *reaction) ask(ctx context.Context, e event.Event, caseID string, g Grade, decision string, categories []string, within int64) error {
	category := ""
	if len(categories) > 0 {
		category = categories[0]
	}
	measure := effect.Measure{
		Subject: caseID, Rule: category, Within: within,
		Args: map[string]string{"case": caseID, "category": category, "reason": spokenName(category)},
	}
	f := effect.New(e, Name, int(g), g.Kind(), measure)
	f.Text = g.said(category)
	r.effects = append(r.effects, f)
	_, err := r.tx.Exec(ctx, `INSERT INTO moderation_actions (community_id,id,case_id,group_id,member_id,kind,grade,decision_id,task_id,print,asked_at,state,unwanted,evidence_id)
 VALUES ($1,$2,$3,$4,$5,$6,$7,$8,'',0,$9,$10,$11,'')`, r.community, f.ID, caseID, e.Group, e.Member, string(g.Kind()), int(g), decision, e.At.UnixMilli(), asked, false)
	return err
}

// callOff marks what a case still waits for as unwanted, all of it or what one
// decision asked for; Tidy then cancels the tasks.
func (r *reaction) callOff(ctx context.Context, caseID, decision string) error {
	_, err := r.tx.Exec(ctx, `UPDATE moderation_actions SET unwanted=$1 WHERE community_id=$2 AND case_id=$3 AND state IN ('asked','open')
 AND ($4='' OR decision_id=$4)`, true, r.community, caseID, decision)
	return err
}

func (r *reaction) taskOpened(ctx context.Context, e event.Event) error {
	t, err := event.Decode[event.Task](e)
	if err != nil || t.Effect == "" {
		return err
	}
	_, err = r.tx.Exec(ctx, `UPDATE moderation_actions SET state=$1, task_id=$2, print=$3, opened_at=$4 WHERE community_id=$5 AND id=$6 AND state=$7`,
		waiting, t.Task, int64(t.Print), e.At.UnixMilli(), r.community, t.Effect, asked)
	if r.prints != nil {
		r.prints[t.Print] = true
	}
	return err
}

// proof is an action that is shown to have been carried out.
type proof struct {
	caseID string
	kind   effect.Kind
}

func scanProof(rows *sql.Rows) (p proof, err error) { return p, rows.Scan(&p.caseID, &p.kind) }

// carriedOut counts each proven action for its case.
func (r *reaction) carriedOut(ctx context.Context, e event.Event, proven []proof) error {
	for _, p := range proven {
		if err := r.acted(ctx, p.caseID, p.kind, e.At.UnixMilli(), e.ID); err != nil {
			return err
		}
	}
	return nil
}

func (r *reaction) taskEnded(ctx context.Context, e event.Event) error {
	t, err := event.Decode[event.TaskEnd](e)
	if err != nil {
		return err
	}
	state, at := cancelled, any(nil)
	if e.Kind == event.TaskCompleted {
		state = dropped
		if outcome := cmp.Or(t.Outcome, task.Done); outcome == task.Done || outcome == task.Observed {
			state, at = done, e.At.UnixMilli()
		}
	}
	ended, err := db.List(ctx, r.tx, scanProof, `UPDATE moderation_actions SET state=$1, done_at=$2, evidence_id=$3
 WHERE community_id=$4 AND task_id=$5 AND state='open' RETURNING case_id, kind`, state, at, e.ID, r.community, t.Task)
	if err != nil || state != done {
		return err
	}
	return r.carriedOut(ctx, e, ended)
}

// performed follows what the platform did by itself, or refused to.
func (r *reaction) performed(ctx context.Context, e event.Event) error {
	p, err := event.Decode[event.Performed](e)
	if err != nil {
		return err
	}
	state, at := refused, any(nil)
	if e.Kind == event.EffectDone {
		state, at = done, e.At.UnixMilli()
	}
	ended, err := db.List(ctx, r.tx, scanProof, `UPDATE moderation_actions SET state=$1, done_at=$2, evidence_id=$3
 WHERE community_id=$4 AND id=$5 AND state='asked' RETURNING case_id, kind`, state, at, e.ID, r.community, p.Effect)
	if err != nil || state != done {
		return err
	}
	return r.carriedOut(ctx, e, ended)
}

// staffSpoke recognises the prepared words in the group. They prove no removal.
func (r *reaction) staffSpoke(ctx context.Context, e event.Event) error {
	p, err := event.Decode[event.Posted](e)
	if err != nil || p.Kind != event.Staff || p.Print == 0 {
		return err
	}
	if err := r.readPrints(ctx); err != nil || !r.prints[p.Print] {
		return err
	}
	proven, err := db.List(ctx, r.tx, scanProof, `UPDATE moderation_actions SET state=$1, done_at=$2, evidence_id=$3
 WHERE community_id=$4 AND group_id=$5 AND print=$6 AND state='open' AND opened_at <= $2 AND kind <> $7 RETURNING case_id, kind`,
		done, e.At.UnixMilli(), e.ID, r.community, e.Group, int64(p.Print), string(effect.MemberRemove))
	if err != nil {
		return err
	}
	return r.carriedOut(ctx, e, proven)
}

// readPrints reads the prints of open tasks once a batch: a filter that may say
// yes for a task that has ended since, and never no for an open one.
func (r *reaction) readPrints(ctx context.Context) error {
	if r.prints != nil {
		return nil
	}
	list, err := db.List(ctx, r.tx, func(rows *sql.Rows) (n int64, err error) { return n, rows.Scan(&n) },
		"SELECT DISTINCT print FROM moderation_actions WHERE community_id=$1 AND state='open'", r.community)
	r.prints = make(map[uint64]bool, len(list))
	for _, n := range list {
		r.prints[uint64(n)] = true
	}
	return err
}

// memberGone ends what waits for a member who left. A removal that the platform
// reports is an action on every open case of that member in that group.
func (r *reaction) memberGone(ctx context.Context, e event.Event, removed bool) error {
	at := e.At.UnixMilli()
	if err := r.endForGone(ctx, e, removed); err != nil || !removed {
		return err
	}
	cases, err := db.List(ctx, r.tx, scanText, `SELECT id FROM moderation_cases WHERE community_id=$1 AND member_id=$2 AND group_id=$3
 AND realtime AND opened_at <= $4 AND (first_action_at IS NULL OR first_action_at > $4) ORDER BY id`, r.community, e.Member, e.Group, at)
	if err != nil {
		return err
	}
	for _, c := range cases {
		if err := r.acted(ctx, c, effect.MemberRemove, at, e.ID); err != nil {
			return err
		}
	}
	return nil
}

// endForGone ends the open actions on a member who left: a removal was done if
// the platform says so, anything else has become pointless.
func (r *reaction) endForGone(ctx context.Context, e event.Event, removed bool) error {
	if err := r.readPrints(ctx); err != nil || len(r.prints) == 0 {
		return err
	}
	at := e.At.UnixMilli()
	_, err := r.tx.Exec(ctx, `UPDATE moderation_actions SET state=CASE WHEN kind=$1 AND $2 THEN 'done' ELSE 'dropped' END,
 done_at=CASE WHEN kind=$1 AND $2 THEN $3 ELSE done_at END, evidence_id=$4
 WHERE community_id=$5 AND group_id=$6 AND member_id=$7 AND state='open' AND kind <> $8 AND opened_at <= $3`,
		string(effect.MemberRemove), removed, at, e.ID, r.community, e.Group, e.Member, string(effect.MessageRecall))
	return err
}

// acted keeps the earliest action of a case; with it the case is handled.
func (r *reaction) acted(ctx context.Context, caseID string, kind effect.Kind, at int64, evidence string) error {
	_, err := r.tx.Exec(ctx, `UPDATE moderation_cases SET first_action_at=$1, first_action=$2, evidence_id=$3, response_ms=$1-opened_at,
 state=CASE WHEN state='open' THEN 'handled' ELSE state END
 WHERE community_id=$4 AND id=$5 AND opened_at <= $1 AND (first_action_at IS NULL OR first_action_at > $1)`,
		at, string(kind), evidence, r.community, caseID)
	return err
}
