package job

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"github.com/qunzhu/qunzhu/internal/clock"
	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/fault"
	"github.com/qunzhu/qunzhu/internal/id"
)

const (
	maxBody = 64 << 10
	maxKey  = 200
)

// Queue puts jobs in and shows them. Its clock is the domain's.
type Queue struct{ clock clock.Clock }

// NewQueue returns a queue whose "now" is c's.
func NewQueue(c clock.Clock) *Queue { return &Queue{c} }

// Enqueue puts a job in as part of tx and returns its id; of a unique key, the
// id of the one that waits already.
func (q *Queue) Enqueue(ctx context.Context, tx db.Q, r Request) (string, error) {
	now := q.clock.Now()
	if r.RunAt.IsZero() {
		r.RunAt = now
	}
	body, err := encodeBody(r)
	if err != nil {
		return "", err
	}
	key := sql.NullString{String: r.UniqueKey, Valid: r.UniqueKey != ""}
	var jobID string
	err = tx.QueryRow(ctx, `INSERT INTO job_jobs (id, kind, unique_key, state, body, run_at, created_at)
		VALUES ($1, $2, $3, 'ready', $4, $5, $6)
		ON CONFLICT (kind, unique_key) WHERE state = 'ready' DO UPDATE
		SET run_at = CASE WHEN excluded.run_at < job_jobs.run_at THEN excluded.run_at ELSE job_jobs.run_at END
		RETURNING id`,
		id.New(now), r.Kind, key, body, db.Millis(r.RunAt), db.Millis(now)).Scan(&jobID)
	if err != nil {
		return "", fmt.Errorf("enqueue %s: %w", r.Kind, err)
	}
	return jobID, nil
}

func encodeBody(r Request) (string, error) {
	if r.Kind == "" || len(r.Kind) > maxKey || len(r.UniqueKey) > maxKey {
		return "", fmt.Errorf("enqueue %q: the kind needs 1 to %d bytes and the unique key at most %d", r.Kind, maxKey, maxKey)
	}
	body, err := json.Marshal(r.Body)
	if err != nil {
		return "", fmt.Errorf("enqueue %s: body: %w", r.Kind, err)
	}
	if len(body) > maxBody {
		return "", fmt.Errorf("enqueue %s: a body of %d bytes is over the limit of %d: store the data and pass its id", r.Kind, len(body), maxBody)
	}
	return string(body), nil
}

// Status is a job as pages show it. Times are domain times, zero when there is none.
type Status struct {
	Job
	UniqueKey             string
	State                 State
	CreatedAt             time.Time
	StartedAt, FinishedAt time.Time
	ProgressDone          int64
	ProgressTotal         int64 // 0 when the handler does not know it
	ProgressNote          string
	Result                json.RawMessage // what SetResult or Complete was given
	Error                 string          // of the last attempt that failed
}

const statusColumns = `id, kind, attempt, run_at, body, coalesce(unique_key, ''), state, created_at, started_at,
	finished_at, progress_done, progress_total, progress_note, result, error`

// Get returns a job; an unknown id is a NotFound fault.
func (q *Queue) Get(ctx context.Context, r db.Q, jobID string) (Status, error) {
	found, err := db.List(ctx, r, scanStatus, "SELECT "+statusColumns+" FROM job_jobs WHERE id = $1", jobID)
	if err != nil {
		return Status{}, err
	}
	if len(found) == 0 {
		return Status{}, fault.New(fault.NotFound, "fault.job_unknown", jobID)
	}
	return found[0], nil
}

// Filter narrows List; zero fields do not.
type Filter struct {
	Kind  string
	State State
}

// List returns the newest jobs first, at most limit (1 to 200), from before the
// id that a former page ended with.
func (q *Queue) List(ctx context.Context, r db.Q, f Filter, before string, limit int) ([]Status, error) {
	return db.List(ctx, r, scanStatus, "SELECT "+statusColumns+` FROM job_jobs
		WHERE ($1 = '' OR kind = $1) AND ($2 = '' OR state = $2) AND ($3 = '' OR id < $3)
		ORDER BY id DESC LIMIT $4`, f.Kind, string(f.State), before, min(max(limit, 1), 200))
}

func scanStatus(rows *sql.Rows) (Status, error) {
	var s Status
	var runAt, created int64
	var started, finished sql.NullInt64
	var body, result string
	err := rows.Scan(&s.ID, &s.Kind, &s.Attempt, &runAt, &body, &s.UniqueKey, &s.State, &created, &started,
		&finished, &s.ProgressDone, &s.ProgressTotal, &s.ProgressNote, &result, &s.Error)
	s.RunAt, s.CreatedAt = time.UnixMilli(runAt).UTC(), time.UnixMilli(created).UTC()
	s.StartedAt, s.FinishedAt = db.Time(started), db.Time(finished)
	s.Body, s.Result = json.RawMessage(body), json.RawMessage(result)
	return s, err
}

// Counts returns the number of jobs in each state, for metrics and pages.
func (q *Queue) Counts(ctx context.Context, r db.Q) (map[State]int, error) {
	out := map[State]int{}
	rows, err := r.Query(ctx, "SELECT state, count(*) FROM job_jobs GROUP BY state")
	if err != nil {
		return nil, err
	}
	return out, db.Each(rows, func(rows *sql.Rows) error {
		var s State
		var n int
		err := rows.Scan(&s, &n)
		out[s] = n
		return err
	})
}

// Cancel ends a job that waits or runs; the worker of a running one is told
// within a few seconds. A job that has ended is a Conflict fault.
func (q *Queue) Cancel(ctx context.Context, tx db.Q, jobID, reason string) error {
	return q.change(ctx, tx, jobID, "fault.job_ended", `UPDATE job_jobs SET state = 'cancelled', error = $2, finished_at = $3
		WHERE id = $1 AND state IN ('ready', 'running')`, jobID, clip(reason), db.Millis(q.clock.Now()))
}

// Retry lets a job that failed or was cancelled begin anew, now. Any other
// state, or another job of its key that waits, is a Conflict fault.
func (q *Queue) Retry(ctx context.Context, tx db.Q, jobID string) error {
	return q.change(ctx, tx, jobID, "fault.job_not_retryable", `UPDATE job_jobs
		SET state = 'ready', attempt = 0, run_at = $2, finished_at = NULL
		WHERE id = $1 AND state IN ('failed', 'cancelled') AND NOT EXISTS (SELECT 1 FROM job_jobs o
			WHERE o.kind = job_jobs.kind AND o.unique_key = job_jobs.unique_key AND o.state = 'ready')`,
		jobID, db.Millis(q.clock.Now()))
}

func (q *Queue) change(ctx context.Context, tx db.Q, jobID, conflict, query string, args ...any) error {
	res, err := tx.Exec(ctx, query, args...)
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n > 0 {
		return err
	}
	s, err := q.Get(ctx, tx, jobID)
	if err != nil {
		return err
	}
	return fault.New(fault.Conflict, conflict, string(s.State))
}
