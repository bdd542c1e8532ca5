package task

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"time"

	"github.com/qunzhu/qunzhu/internal/community"
	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/fault"
)

const columns = `SELECT community_id,id,kind,group_id,member_id,subject,effect_id,assignee_id,deputies,args,text,opened_at,deadline_at,overdue_at,state,outcome,ended_at,ended_by,evidence_id,note FROM tasks `

func scan(r *sql.Rows) (Task, error) {
	var t Task
	var deputies, args string
	var opened int64
	var deadline, overdue, ended sql.NullInt64
	err := r.Scan(&t.Community, &t.ID, &t.Kind, &t.Group, &t.Member, &t.Subject, &t.Effect, &t.Assignee, &deputies, &args, &t.Text,
		&opened, &deadline, &overdue, &t.State, &t.Outcome, &ended, &t.EndedBy, &t.Evidence, &t.Note)
	if err != nil {
		return t, err
	}
	t.Opened, t.Deadline, t.Overdue, t.Ended = time.UnixMilli(opened).UTC(), db.Time(deadline), db.Time(overdue), db.Time(ended)
	return t, errors.Join(json.Unmarshal([]byte(deputies), &t.Deputies), json.Unmarshal([]byte(args), &t.Args))
}

// Filter narrows a list of tasks; empty fields do not.
type Filter struct {
	Community string
	Group     string
	State     string
	Subject   string
	After     string // id of the last one of the page before
	Limit     int
}

// List returns tasks in scope, latest first.
func List(ctx context.Context, q db.Q, s community.Scope, f Filter) ([]Task, error) {
	cond, args := s.SQL("community_id", 7)
	before := f.After
	if before == "" {
		before = "ZZZZZZZZZZZZZZZZZZZZZZZZZZZ"
	}
	return db.List(ctx, q, scan, columns+`WHERE ($1='' OR community_id=$1) AND ($2='' OR group_id=$2) AND ($3='' OR state=$3) AND ($4='' OR subject=$4)
 AND id < $5 AND `+cond+` ORDER BY id DESC LIMIT $6`, append([]any{f.Community, f.Group, f.State, f.Subject, before, f.Limit}, args...)...)
}

// Get returns a task in scope, or a NotFound fault.
func Get(ctx context.Context, q db.Q, s community.Scope, id string) (Task, error) {
	cond, args := s.SQL("community_id", 2)
	list, err := db.List(ctx, q, scan, columns+"WHERE id=$1 AND "+cond, append([]any{id}, args...)...)
	if err != nil {
		return Task{}, err
	}
	if len(list) == 0 {
		return Task{}, fault.New(fault.NotFound, "fault.task_unknown")
	}
	return list[0], nil
}

// CountOpen counts open tasks in scope and how many of them are overdue.
func CountOpen(ctx context.Context, q db.Q, s community.Scope, communityID string, now time.Time) (open, overdue int, err error) {
	cond, args := s.SQL("community_id", 3)
	err = q.QueryRow(ctx, `SELECT count(*), COALESCE(sum(CASE WHEN deadline_at < $1 THEN 1 ELSE 0 END),0) FROM tasks
 WHERE state='open' AND ($2='' OR community_id=$2) AND `+cond, append([]any{db.Millis(now), communityID}, args...)...).Scan(&open, &overdue)
	return open, overdue, err
}

// Due returns open tasks whose deadline passed and that nobody was reminded of.
func Due(ctx context.Context, q db.Q, now time.Time, limit int) ([]Task, error) {
	return db.List(ctx, q, scan, columns+"WHERE state='open' AND deadline_at < $1 AND overdue_at IS NULL ORDER BY deadline_at LIMIT $2", db.Millis(now), limit)
}
