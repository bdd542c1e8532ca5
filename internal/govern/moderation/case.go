package moderation

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/qunzhu/qunzhu/internal/community"
	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/effect"
	"github.com/qunzhu/qunzhu/internal/fault"
	"github.com/qunzhu/qunzhu/internal/govern/moderation/match"
)

// Case is one incident.
type Case struct {
	Community   string
	ID          string
	Group       string
	Member      string
	Message     string // event id of the first message
	LastMessage string
	Messages    int // violations merged into it
	Level       int // 1–4
	Categories  []string
	ListVersion string
	Source      string
	Realtime    bool // false: it came with an import and is not timed
	Standing    int  // earlier warnings that counted
	Newcomer    bool // the member had joined less than a day before
	Suggested   Grade
	Opened      time.Time // of the message
	Detected    time.Time
	Deadline    time.Time
	State       string
	Verdict     Decision // FalsePositive, Dismiss or ""
	Excluded    bool     // recalled by its sender before we knew of it
	FirstAction time.Time
	FirstKind   effect.Kind
	Response    time.Duration  // first action − message; meaningless without FirstAction
	Reasons     []match.Reason // of the first message
}

const caseColumns = `SELECT c.community_id,c.id,c.group_id,c.member_id,c.message_id,c.last_message_id,c.messages,c.level,c.categories,c.list_version,c.source,
 c.realtime,c.standing,c.newcomer,c.suggested,c.opened_at,c.detected_at,c.deadline_at,c.state,c.verdict,c.excluded,c.first_action_at,c.first_action,c.response_ms,COALESCE(m.reasons,'[]')
 FROM moderation_cases c LEFT JOIN moderation_messages m ON m.community_id=c.community_id AND m.message_id=c.message_id `

func scanCase(r *sql.Rows) (Case, error) {
	var c Case
	var opened, detected, deadline int64
	var first, response sql.NullInt64
	var categories, reasons string
	err := r.Scan(&c.Community, &c.ID, &c.Group, &c.Member, &c.Message, &c.LastMessage, &c.Messages, &c.Level, &categories, &c.ListVersion, &c.Source,
		&c.Realtime, &c.Standing, &c.Newcomer, &c.Suggested, &opened, &detected, &deadline, &c.State, &c.Verdict, &c.Excluded, &first, &c.FirstKind, &response, &reasons)
	if err != nil {
		return c, err
	}
	c.Opened, c.Detected, c.Deadline = time.UnixMilli(opened).UTC(), time.UnixMilli(detected).UTC(), time.UnixMilli(deadline).UTC()
	c.FirstAction, c.Response = db.Time(first), time.Duration(response.Int64)*time.Millisecond
	return c, errors.Join(json.Unmarshal([]byte(categories), &c.Categories), json.Unmarshal([]byte(reasons), &c.Reasons))
}

// The views of a list of cases.
const (
	ViewOpen     = "open"     // nobody has acted, in the order of their clocks
	ViewHandled  = "handled"  // latest first
	ViewDone     = "done"     // dismissed, latest first
	ViewImported = "imported" // open ones that came with imports, latest first
	ViewAll      = ""         // latest first
)

var views = map[string]string{
	ViewOpen:     "c.state='open' AND c.realtime",
	ViewHandled:  "c.state='handled'",
	ViewDone:     "c.state='dismissed'",
	ViewImported: "c.state='open' AND NOT c.realtime",
	ViewAll:      "1=1",
}

// Filter narrows a list of cases; empty fields do not.
type Filter struct {
	Community string
	Group     string
	Member    string
	View      string
	State     string
	Before    string // id of the last one of the page before; not with ViewOpen
	Limit     int
}

// Cases lists cases in scope.
func Cases(ctx context.Context, q db.Q, s community.Scope, f Filter) ([]Case, error) {
	view, ok := views[f.View]
	if !ok {
		view = views[ViewAll]
	}
	cond, args := s.SQL("c.community_id", 7)
	before := f.Before
	if before == "" {
		before = strings.Repeat("Z", 27)
	}
	order := "c.id DESC"
	if f.View == ViewOpen {
		order = "c.deadline_at, c.id"
	}
	return db.List(ctx, q, scanCase, caseColumns+`WHERE ($1='' OR c.community_id=$1) AND ($2='' OR c.group_id=$2) AND ($3='' OR c.member_id=$3)
 AND ($4='' OR c.state=$4) AND c.id < $5 AND `+view+" AND "+cond+" ORDER BY "+order+" LIMIT $6",
		append([]any{f.Community, f.Group, f.Member, f.State, before, f.Limit}, args...)...)
}

// GetCase returns a case in scope, or a NotFound fault.
func GetCase(ctx context.Context, q db.Q, s community.Scope, caseID string) (Case, error) {
	cond, args := s.SQL("c.community_id", 2)
	list, err := db.List(ctx, q, scanCase, caseColumns+"WHERE c.id=$1 AND "+cond, append([]any{caseID}, args...)...)
	if err != nil {
		return Case{}, err
	}
	if len(list) == 0 {
		return Case{}, fault.New(fault.NotFound, "moderation.case_unknown")
	}
	return list[0], nil
}

// Counts are what the head of the inbox shows.
type Counts struct {
	Open     int // live ones nobody has acted on
	Late     int // of them, past their deadline
	Imported int
	Today    int // live ones since the day began
	Wrong    int // of them, false alarms
}

// CountOpen counts the live cases in scope that nobody has acted on.
func CountOpen(ctx context.Context, q db.Q, s community.Scope, communityID string) (int, error) {
	cond, args := s.SQL("community_id", 2)
	n, err := db.Int(ctx, q, "SELECT count(*) FROM moderation_cases WHERE state='open' AND realtime AND ($1='' OR community_id=$1) AND "+cond, append([]any{communityID}, args...)...)
	return int(n), err
}

// CountCases counts cases in scope.
func CountCases(ctx context.Context, q db.Q, s community.Scope, communityID string, now, today time.Time) (Counts, error) {
	cond, args := s.SQL("community_id", 4)
	var c Counts
	err := q.QueryRow(ctx, `SELECT
 COALESCE(sum(CASE WHEN state='open' AND realtime THEN 1 ELSE 0 END),0),
 COALESCE(sum(CASE WHEN state='open' AND realtime AND deadline_at <= $2 THEN 1 ELSE 0 END),0),
 COALESCE(sum(CASE WHEN state='open' AND NOT realtime THEN 1 ELSE 0 END),0),
 COALESCE(sum(CASE WHEN realtime AND opened_at >= $3 THEN 1 ELSE 0 END),0),
 COALESCE(sum(CASE WHEN realtime AND opened_at >= $3 AND verdict='false_positive' THEN 1 ELSE 0 END),0)
 FROM moderation_cases WHERE ($1='' OR community_id=$1) AND (state='open' OR opened_at >= $3) AND `+cond,
		append([]any{communityID, db.Millis(now), db.Millis(today)}, args...)...).Scan(&c.Open, &c.Late, &c.Imported, &c.Today, &c.Wrong)
	return c, err
}

// Action is one answer of a case on its way.
type Action struct {
	ID       string
	Kind     effect.Kind
	Grade    Grade
	Decision string // event id of the decision, "" when the verdict asked
	Task     string
	Asked    time.Time
	State    string
	Unwanted bool
	Done     time.Time
}

// Actions of a case, earliest first.
func Actions(ctx context.Context, q db.Q, communityID, caseID string) ([]Action, error) {
	return db.List(ctx, q, func(r *sql.Rows) (Action, error) {
		var a Action
		var at int64
		var end sql.NullInt64
		err := r.Scan(&a.ID, &a.Kind, &a.Grade, &a.Decision, &a.Task, &at, &a.State, &a.Unwanted, &end)
		a.Asked, a.Done = time.UnixMilli(at).UTC(), db.Time(end)
		return a, err
	}, "SELECT id,kind,grade,decision_id,task_id,asked_at,state,unwanted,done_at FROM moderation_actions WHERE community_id=$1 AND case_id=$2 ORDER BY asked_at,id", communityID, caseID)
}

// Ruling is a decision as it was recorded.
type Ruling struct {
	ID       string
	Case     string
	Decision Decision
	By       string
	Note     string
	At       time.Time
	Undone   bool
}

// Rulings returns the decisions of cases of one community by case, earliest first.
func Rulings(ctx context.Context, q db.Q, communityID string, cases ...string) (map[string][]Ruling, error) {
	list, err := db.List(ctx, q, func(r *sql.Rows) (Ruling, error) {
		var d Ruling
		var at int64
		err := r.Scan(&d.ID, &d.Case, &d.Decision, &d.By, &d.Note, &at, &d.Undone)
		d.At = time.UnixMilli(at).UTC()
		return d, err
	}, "SELECT id,case_id,decision,by_id,note,at,undone FROM moderation_decisions WHERE community_id=$1 AND case_id IN ("+db.Marks(len(cases), 2)+") ORDER BY seq",
		db.Args([]any{communityID}, cases...)...)
	out := map[string][]Ruling{}
	for _, d := range list {
		out[d.Case] = append(out[d.Case], d)
	}
	return out, err
}
