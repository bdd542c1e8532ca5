package job

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/qunzhu/qunzhu/internal/db"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Migrations are the tables of jobs, schedules and leases.
func Migrations() db.Migrations { return db.Embedded("job", migrations) }

// State is where a job stands.
type State string

// The states. The last four are ends.
const (
	Ready      State = "ready"      // waits for its time or for a worker
	Running    State = "running"    // a worker holds it
	Done       State = "done"       // its handler returned nil
	Failed     State = "failed"     // its last attempt failed
	Cancelled  State = "cancelled"  // a person or its handler gave it up
	Superseded State = "superseded" // it would be tried again, but a newer one of its key waits already
)

// Request asks for a job.
type Request struct {
	Kind string
	// UniqueKey, when set, allows one waiting job of this kind and key: asking
	// again keeps the waiting one, at the earlier of both times. One that runs
	// already does not count, because it may have read too early; the new one
	// starts after it ended.
	UniqueKey string
	RunAt     time.Time // domain time; zero means now
	Body      any       // what the handler gets, as JSON of at most 64 KiB
}

// Job is one attempt at a request, as its handler sees it.
type Job struct {
	ID      string
	Kind    string
	Attempt int       // 1 for the first
	RunAt   time.Time // when it was to run, in domain time
	Body    json.RawMessage
}

// Decode reads the body into v.
func (j Job) Decode(v any) error {
	if err := json.Unmarshal(j.Body, v); err != nil {
		return fmt.Errorf("body of job %s %s: %w", j.Kind, j.ID, err)
	}
	return nil
}

// Handler does the jobs of one kind.
type Handler struct {
	Kind string
	// Run does the work. It returns nil when it is done, Cancel(err) when
	// trying again is useless, Snooze(d) to be called later without this
	// counting as an attempt, and any other error to be tried again after a
	// growing delay. It may run more than once for one job.
	Run         func(ctx context.Context, j Job) error
	Timeout     time.Duration // real time for one attempt; 0 means 10 minutes
	MaxAttempts int           // 0 means 10
}

// Handle makes a handler whose body is a T. A body that is no T is a job that
// can never work, so it is cancelled.
func Handle[T any](kind string, run func(ctx context.Context, j Job, body T) error) Handler {
	return Handler{Kind: kind, Run: func(ctx context.Context, j Job) error {
		var body T
		if err := j.Decode(&body); err != nil {
			return Cancel(err)
		}
		return run(ctx, j, body)
	}}
}

type cancelError struct{ cause error }

func (e *cancelError) Error() string { return "cancelled: " + e.cause.Error() }
func (e *cancelError) Unwrap() error { return e.cause }

// Cancel ends a job for good, with err as the reason that is kept.
func Cancel(err error) error {
	if err == nil {
		err = errors.New("no reason given")
	}
	return &cancelError{err}
}

type snoozeError struct{ d time.Duration }

func (e *snoozeError) Error() string { return "snoozed for " + e.d.String() }

// Snooze asks for the same job again after d of domain time, at least a
// millisecond.
func Snooze(d time.Duration) error { return &snoozeError{max(d, time.Millisecond)} }

// ErrLost means that another worker has the job, or a person cancelled it: what
// its handler still does must not count.
var ErrLost = errors.New("the job is no longer held by this worker")
