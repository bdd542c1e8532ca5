package job_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/qunzhu/qunzhu/internal/clock"
	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/db/dbtest"
	"github.com/qunzhu/qunzhu/internal/fault"
	"github.com/qunzhu/qunzhu/internal/job"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m)
}

var day = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// bench is a queue on a domain clock that the test moves.
type bench struct {
	*testing.T
	db    *db.DB
	clock *clock.Domain
	queue *job.Queue
}

func each(t *testing.T, f func(b bench)) {
	dbtest.Each(t, []db.Migrations{job.Migrations()}, func(t *testing.T, d *db.DB) {
		c := clock.NewDomain(day)
		f(bench{t, d, c, job.NewQueue(c)})
	})
}

func (b bench) runner(o job.Options, handlers ...job.Handler) *job.Runner {
	b.Helper()
	o.Clock = b.clock
	r, err := job.NewRunner(b.db, handlers, nil, o)
	if err != nil {
		b.Fatal(err)
	}
	return r
}

func (b bench) enqueue(r job.Request) string {
	b.Helper()
	var jobID string
	err := b.db.Write(b.Context(), func(tx *db.Tx) (err error) {
		jobID, err = b.queue.Enqueue(b.Context(), tx, r)
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	return jobID
}

func (b bench) runDue(r *job.Runner, want int) {
	b.Helper()
	if n, err := r.RunDue(b.Context()); err != nil || n != want {
		b.Fatalf("ran %d of %d, %v", n, want, err)
	}
}

func (b bench) status(jobID string) job.Status {
	b.Helper()
	s, err := b.queue.Get(b.Context(), b.db, jobID)
	if err != nil {
		b.Fatal(err)
	}
	return s
}

func TestEightWorkersRunEachOfTwoThousandJobsOnce(t *testing.T) {
	each(t, func(b bench) {
		jobs := 2000
		if testing.Short() {
			jobs = 200 // SQLite takes half a minute for all under the race detector
		}
		ctx := b.Context()
		err := b.db.Write(ctx, func(tx *db.Tx) error {
			for i := range jobs {
				if _, err := b.queue.Enqueue(ctx, tx, job.Request{Kind: "count", Body: i}); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
		var mu sync.Mutex
		ran := make([]int, jobs)
		all := make(chan struct{})
		left := jobs
		count := job.Handle("count", func(_ context.Context, _ job.Job, i int) error {
			mu.Lock()
			defer mu.Unlock()
			ran[i]++
			if left--; left == 0 {
				close(all)
			}
			return nil
		})
		var nodes []*job.Runner
		for range 2 {
			nodes = append(nodes, b.runner(job.Options{Workers: 8}, count))
		}
		for _, r := range nodes {
			r.Start(ctx)
		}
		select {
		case <-all:
		case <-time.After(30 * time.Second):
			mu.Lock()
			b.Errorf("%d jobs were left", left)
			mu.Unlock()
		}
		for _, r := range nodes {
			if err := r.Stop(ctx); err != nil {
				b.Error(err)
			}
		}
		for i, n := range ran {
			if n != 1 {
				b.Fatalf("job %d ran %d times", i, n)
			}
		}
		if counts, err := b.queue.Counts(ctx, b.db); err != nil || counts[job.Done] != jobs {
			b.Fatalf("counts %v, %v", counts, err)
		}
	})
}

func TestErrorsDecideWhatHappensToAJob(t *testing.T) {
	boom := errors.New("boom")
	for _, c := range []struct {
		name     string
		err      error
		attempts int // until the end, with the clock moved far enough each time
		end      job.State
		reason   string
	}{
		{"nil", nil, 1, job.Done, ""},
		{"cancel", job.Cancel(boom), 1, job.Cancelled, "boom"},
		{"retry", boom, 3, job.Failed, "boom"},
	} {
		t.Run(c.name, func(t *testing.T) {
			each(t, func(b bench) {
				r := b.runner(job.Options{}, job.Handler{Kind: "k", MaxAttempts: 3, Run: func(context.Context, job.Job) error { return c.err }})
				jobID := b.enqueue(job.Request{Kind: "k"})
				for i := range c.attempts {
					b.runDue(r, 1)
					b.runDue(r, 0)
					if s := b.status(jobID); i+1 < c.attempts && s.State != job.Ready {
						b.Fatalf("after attempt %d: %+v", i+1, s)
					}
					b.clock.Set(b.clock.Now().Add(2 * time.Hour))
				}
				b.runDue(r, 0)
				if s := b.status(jobID); s.State != c.end || s.Error != c.reason || s.Attempt != c.attempts || s.FinishedAt.IsZero() {
					b.Fatalf("ended as %+v", s)
				}
			})
		})
	}
}

func TestSnoozeAndPanic(t *testing.T) {
	each(t, func(b bench) {
		calls := 0
		r := b.runner(job.Options{}, job.Handler{Kind: "k", MaxAttempts: 1, Run: func(_ context.Context, j job.Job) error {
			if calls++; calls < 4 {
				return job.Snooze(time.Minute)
			}
			if j.Attempt != 1 {
				b.Errorf("snoozing counted: attempt %d", j.Attempt)
			}
			panic("upside down")
		}})
		jobID := b.enqueue(job.Request{Kind: "k"})
		for range 3 {
			b.runDue(r, 1)
			b.runDue(r, 0)
			b.clock.Set(b.clock.Now().Add(time.Minute))
		}
		b.runDue(r, 1)
		if s := b.status(jobID); s.State != job.Failed || !strings.Contains(s.Error, "upside down") {
			b.Fatalf("a panic ended as %+v", s)
		}
		if err := b.queue.Retry(b.Context(), b.db, jobID); err != nil {
			b.Fatal(err)
		}
		if err := b.queue.Retry(b.Context(), b.db, jobID); !fault.Is(err, fault.Conflict) {
			b.Fatalf("retrying a waiting job gave %v", err)
		}
		if err := b.queue.Cancel(b.Context(), b.db, jobID, "不需要了"); err != nil {
			b.Fatal(err)
		}
		b.runDue(r, 0)
	})
}

func TestUniqueKeyAllowsOneWaitingAndOneRunning(t *testing.T) {
	each(t, func(b bench) {
		req := job.Request{Kind: "k", UniqueKey: "g1", RunAt: day.Add(time.Hour)}
		first := b.enqueue(req)
		req.RunAt = day
		if again := b.enqueue(req); again != first {
			b.Fatal("the same key waits twice")
		}
		if s := b.status(first); !s.RunAt.Equal(day) {
			b.Fatalf("the earlier time was not taken: %v", s.RunAt)
		}
		other := b.enqueue(job.Request{Kind: "k", UniqueKey: "g2"})
		var during string
		running := 0
		r := b.runner(job.Options{}, job.Handler{Kind: "k", Run: func(_ context.Context, j job.Job) error {
			running++
			if j.ID != first {
				return nil
			}
			if during = b.enqueue(req); during == first {
				b.Error("what runs swallowed a newer request")
			}
			// A second node must not start the newer one yet.
			second := b.runner(job.Options{}, job.Handler{Kind: "k", Run: func(context.Context, job.Job) error { return errors.New("side by side") }})
			if s := b.status(other); s.State == job.Ready {
				b.Errorf("one batch: %v", s.State)
			}
			b.runDue(second, 0)
			return errors.New("fails, and the newer one carries on")
		}})
		b.runDue(r, 3)
		if s := b.status(first); s.State != job.Superseded || s.FinishedAt.IsZero() {
			b.Fatalf("the older one is %+v", s)
		}
		if s := b.status(during); s.State != job.Done || running != 3 {
			b.Fatalf("the newer one is %v after %d runs", s.State, running)
		}
	})
}

func TestEnqueueBelongsToTheTransaction(t *testing.T) {
	each(t, func(b bench) {
		boom := errors.New("boom")
		err := b.db.Write(b.Context(), func(tx *db.Tx) error {
			_, err := b.queue.Enqueue(b.Context(), tx, job.Request{Kind: "k"})
			return errors.Join(err, boom)
		})
		if !errors.Is(err, boom) {
			b.Fatal(err)
		}
		if jobs, err := b.queue.List(b.Context(), b.db, job.Filter{}, "", 10); err != nil || len(jobs) != 0 {
			b.Fatalf("left behind: %v, %v", jobs, err)
		}
		for name, r := range map[string]job.Request{
			"no kind": {}, "big body": {Kind: "k", Body: strings.Repeat("x", 70<<10)}, "long key": {Kind: "k", UniqueKey: strings.Repeat("x", 300)},
		} {
			if _, err := b.queue.Enqueue(b.Context(), b.db, r); err == nil {
				b.Errorf("%s was taken", name)
			}
		}
	})
}

// A worker stops without a word: its job goes to another, and what the first
// one still does is refused.
func TestSilentWorkerLosesItsJob(t *testing.T) {
	each(t, func(b bench) {
		real := clock.NewDomain(day)
		var stolen error
		second := b.runner(job.Options{Real: real}, job.Handler{Kind: "k", Run: func(ctx context.Context, j job.Job) error {
			return b.db.Write(ctx, func(tx *db.Tx) error { return job.Complete(ctx, tx, fmt.Sprint("attempt ", j.Attempt)) })
		}})
		first := b.runner(job.Options{Real: real}, job.Handler{Kind: "k", Run: func(ctx context.Context, _ job.Job) error {
			real.Set(real.Now().Add(2 * time.Minute))
			b.runDue(second, 0) // rescued: it waits for its back-off
			b.clock.Set(b.clock.Now().Add(time.Minute))
			b.runDue(second, 1)
			stolen = b.db.Write(ctx, func(tx *db.Tx) error { return job.Complete(ctx, tx, "too late") })
			return stolen
		}})
		jobID := b.enqueue(job.Request{Kind: "k"})
		b.runDue(first, 1)
		if !errors.Is(stolen, job.ErrLost) {
			b.Fatalf("the first worker completed: %v", stolen)
		}
		if s := b.status(jobID); s.State != job.Done || string(s.Result) != `"attempt 2"` {
			b.Fatalf("ended as %+v", s)
		}
	})
}

func TestProgressCancelAndStop(t *testing.T) {
	each(t, func(b bench) {
		ctx := b.Context()
		started := make(chan struct{}, 2)
		const lease = 900 * time.Millisecond // a busy machine must be able to renew it in time
		r := b.runner(job.Options{Workers: 2, Lease: lease, Poll: 20 * time.Millisecond},
			job.Handle("k", func(ctx context.Context, _ job.Job, _ any) error {
				job.Progress(ctx, 3, 10, "三分之一")
				started <- struct{}{}
				<-ctx.Done()
				return context.Cause(ctx)
			}))
		r.Start(ctx)
		jobID := b.enqueue(job.Request{Kind: "k"})
		kept := b.enqueue(job.Request{Kind: "k"})
		r.Notify()
		<-started
		<-started
		eventually(b, func() bool { s := b.status(jobID); return s.ProgressDone == 3 && s.ProgressNote == "三分之一" })
		time.Sleep(lease + lease/3) // it must have been renewed
		if err := b.queue.Cancel(ctx, b.db, jobID, "停"); err != nil {
			b.Fatal(err)
		}
		short, cancel := context.WithTimeout(ctx, lease/2)
		defer cancel()
		if err := r.Stop(short); err != nil {
			b.Fatal(err)
		}
		if s := b.status(jobID); s.State != job.Cancelled || s.Error != "停" || s.Attempt != 1 {
			b.Fatalf("cancelled: %+v", s)
		}
		if s := b.status(kept); s.State != job.Ready || s.Attempt != 0 {
			b.Fatalf("interrupted: %+v", s)
		}
	})
}

func TestOldJobsAreDeletedFailedOnesLater(t *testing.T) {
	each(t, func(b bench) {
		fail := job.Handle("fail", func(context.Context, job.Job, any) error { return errors.New("no") })
		fail.MaxAttempts = 1
		ok := job.Handle("ok", func(ctx context.Context, _ job.Job, _ any) error {
			return job.SetResult(ctx, map[string]int{"rows": 7})
		})
		b.enqueue(job.Request{Kind: "fail"})
		done := b.enqueue(job.Request{Kind: "ok"})
		b.runDue(b.runner(job.Options{}, fail, ok), 2)
		if s := b.status(done); string(s.Result) != `{"rows":7}` {
			b.Fatalf("result %s", s.Result)
		}
		for _, step := range []struct {
			after time.Duration
			left  int
		}{{6 * 24 * time.Hour, 2}, {8 * 24 * time.Hour, 1}, {29 * 24 * time.Hour, 0}} {
			b.clock.Set(day.Add(step.after))
			b.runDue(b.runner(job.Options{}, fail, ok), 0)
			if jobs, err := b.queue.List(b.Context(), b.db, job.Filter{}, "", 10); err != nil || len(jobs) != step.left {
				b.Fatalf("after %v: %d jobs of %d, %v", step.after, len(jobs), step.left, err)
			}
		}
	})
}

func eventually(b bench, ok func() bool) {
	b.Helper()
	for range 200 {
		if ok() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	b.Fatal("it did not happen within two seconds")
}
