package task

import (
	"cmp"
	"context"
	"encoding/json"

	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/effect"
	"github.com/qunzhu/qunzhu/internal/event"
)

// Reactor projects tasks, tells their assignees, and closes those that were
// observed to be done.
func Reactor() effect.Reactor {
	return effect.Reactor{
		Slice: "task",
		Kinds: []event.Kind{
			event.TaskOpened, event.TaskCompleted, event.TaskCancelled, event.TaskOverdue,
			event.MemberLeft, event.MessagePosted,
		},
		React: react,
	}
}

func react(ctx context.Context, tx *db.Tx, b effect.Batch) ([]effect.Effect, error) {
	var effects []effect.Effect
	for _, e := range b.Events {
		var err error
		var more []effect.Effect
		switch e.Kind {
		case event.TaskOpened:
			more, err = open(ctx, tx, e)
		case event.TaskCompleted, event.TaskCancelled:
			err = end(ctx, tx, e)
		case event.TaskOverdue:
			more, err = overdue(ctx, tx, e)
		case event.MemberLeft:
			err = left(ctx, tx, e)
		case event.MessagePosted:
			err = posted(ctx, tx, e)
		}
		if err != nil {
			return nil, err
		}
		effects = append(effects, more...)
	}
	return effects, nil
}

func open(ctx context.Context, tx *db.Tx, e event.Event) ([]effect.Effect, error) {
	t, err := event.Decode[event.Task](e)
	if err != nil {
		return nil, err
	}
	deputies, err := json.Marshal(append([]string{}, t.Deputies...))
	if err != nil {
		return nil, err
	}
	args, err := json.Marshal(t.Args)
	if err != nil {
		return nil, err
	}
	_, err = tx.Exec(ctx, `INSERT INTO tasks (community_id,id,kind,group_id,member_id,subject,effect_id,assignee_id,deputies,args,text,print,opened_at,deadline_at,state,outcome,ended_by,evidence_id,note)
 VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,'','','','') ON CONFLICT (community_id,id) DO NOTHING`,
		e.Community, t.Task, t.Kind, e.Group, e.Member, t.Subject, t.Effect, t.Assignee, string(deputies), string(args), e.Words.Text,
		int64(t.Print), db.Millis(e.At), db.NullMillis(t.Deadline), Open)
	if err != nil || t.Assignee == "" {
		return nil, err
	}
	return []effect.Effect{effect.New(e, "task", 0, effect.StaffNotify, effect.Notice{Task: t.Task, To: t.Assignee})}, nil
}

func end(ctx context.Context, tx *db.Tx, e event.Event) error {
	t, err := event.Decode[event.TaskEnd](e)
	if err != nil {
		return err
	}
	state, outcome := Completed, cmp.Or(t.Outcome, Done)
	if e.Kind == event.TaskCancelled {
		state, outcome = Cancelled, cmp.Or(t.Outcome, NotNeeded)
	}
	_, err = tx.Exec(ctx, `UPDATE tasks SET state=$1, outcome=$2, ended_at=$3, ended_by=$4, evidence_id=$5, note=$6
 WHERE community_id=$7 AND id=$8 AND state='open'`, state, outcome, db.Millis(e.At), t.By, e.ID, t.Note, e.Community, t.Task)
	return err
}

// overdue marks a task whose deadline passed and tells the deputies.
func overdue(ctx context.Context, tx *db.Tx, e event.Event) ([]effect.Effect, error) {
	t, err := event.Decode[event.TaskEnd](e)
	if err != nil {
		return nil, err
	}
	res, err := tx.Exec(ctx, "UPDATE tasks SET overdue_at=$1 WHERE community_id=$2 AND id=$3 AND state='open' AND overdue_at IS NULL",
		db.Millis(e.At), e.Community, t.Task)
	if err != nil {
		return nil, err
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return nil, err
	}
	var list string
	if err := tx.QueryRow(ctx, "SELECT deputies FROM tasks WHERE community_id=$1 AND id=$2", e.Community, t.Task).Scan(&list); err != nil {
		return nil, err
	}
	var deputies []string
	if err := json.Unmarshal([]byte(list), &deputies); err != nil {
		return nil, err
	}
	var effects []effect.Effect
	for i, d := range deputies {
		effects = append(effects, effect.New(e, "task", i, effect.StaffNotify, effect.Notice{Task: t.Task, To: d, Reminder: true}))
	}
	return effects, nil
}

// left closes removals that the platform reports (QuitScene=1), and what has
// become pointless because the member is gone.
func left(ctx context.Context, tx *db.Tx, e event.Event) error {
	l, err := event.Decode[event.Left](e)
	if err != nil {
		return err
	}
	removal := Moot
	if l.Scene == "removed" {
		removal = Observed
	}
	_, err = tx.Exec(ctx, `UPDATE tasks SET state=$1, outcome=CASE WHEN kind=$2 THEN $3 ELSE $4 END, ended_at=$5, evidence_id=$6
 WHERE community_id=$7 AND group_id=$8 AND member_id=$9 AND state='open' AND kind IN ($2,$10,$11,$12) AND opened_at <= $5`,
		Completed, string(effect.MemberRemove), removal, Moot, db.Millis(e.At), e.ID, e.Community, e.Group, e.Member,
		string(effect.MemberRemind), string(effect.MemberWarn), string(effect.MemberMute))
	return err
}

// posted closes a task whose prepared words a member of staff has put into the
// group. Saying that somebody will be removed removes nobody.
func posted(ctx context.Context, tx *db.Tx, e event.Event) error {
	p, err := event.Decode[event.Posted](e)
	if err != nil || p.Kind != event.Staff || p.Print == 0 {
		return err
	}
	_, err = tx.Exec(ctx, `UPDATE tasks SET state=$1, outcome=$2, ended_at=$3, ended_by=$4, evidence_id=$5
 WHERE community_id=$6 AND group_id=$7 AND print=$8 AND state='open' AND opened_at <= $3 AND kind<>$9`,
		Completed, Observed, db.Millis(e.At), e.Member, e.ID, e.Community, e.Group, int64(p.Print), string(effect.MemberRemove))
	return err
}
