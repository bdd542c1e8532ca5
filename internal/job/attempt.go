package job

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"runtime/debug"
	"sync"
	"time"

	"github.com/qunzhu/qunzhu/internal/clock"
	"github.com/qunzhu/qunzhu/internal/db"
)

type progress struct {
	done, total int64
	note        string
}

// attempt is one run of a handler.
type attempt struct {
	held
	clock clock.Clock // the domain's

	mu       sync.Mutex
	progress progress
	fresh    bool // the progress is not stored yet
	result   string
}

type attemptKey struct{}

func attemptOf(ctx context.Context) *attempt {
	a, _ := ctx.Value(attemptKey{}).(*attempt)
	return a
}

// Progress tells pages how far the job in ctx is; total 0 means unknown. It is
// stored within about a second and at the end, never inside the handler's
// transactions. Without a job in ctx it does nothing.
func Progress(ctx context.Context, done, total int64, note string) {
	if a := attemptOf(ctx); a != nil {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.progress, a.fresh = progress{done, total, clip(note)}, true
	}
}

// SetResult keeps v, at most 64 KiB of JSON, with the job in ctx when it is done.
func SetResult(ctx context.Context, v any) error {
	a := attemptOf(ctx)
	if a == nil {
		return nil
	}
	text, err := encodeResult(v)
	if err != nil {
		return err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.result = text
	return nil
}

// Complete marks the job in ctx as done inside tx, so that its effects and its
// end are committed together. It returns ErrLost when the job is another's by
// now; tx must then be given up. After it the handler returns nil.
func Complete(ctx context.Context, tx db.Q, result any) error {
	a := attemptOf(ctx)
	if a == nil {
		return errors.New("job.Complete is called outside of a job")
	}
	text, err := encodeResult(result)
	if err != nil {
		return err
	}
	p, _ := a.takeProgress()
	res, err := tx.Exec(ctx, finishSQL, a.ID, a.claim, string(Done), db.Millis(a.clock.Now()), "", text, p.done, p.total, p.note)
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n > 0 {
		return err
	}
	return ErrLost
}

func encodeResult(v any) (string, error) {
	if v == nil {
		return "", nil
	}
	text, err := json.Marshal(v)
	if err != nil {
		return "", fmt.Errorf("result of a job: %w", err)
	}
	if len(text) > maxBody {
		return "", fmt.Errorf("result of a job: %d bytes are over the limit of %d", len(text), maxBody)
	}
	return string(text), nil
}

func (a *attempt) takeProgress() (p progress, fresh bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	p, fresh = a.progress, a.fresh
	a.fresh = false
	return p, fresh
}

// run calls the handler with the lease kept alive, and returns what it returned.
func (r *Runner) run(ctx context.Context, a *attempt, h Handler) error {
	ctx, lose := context.WithCancelCause(context.WithValue(ctx, attemptKey{}, a))
	defer lose(nil)
	ctx, cancel := context.WithTimeout(ctx, h.Timeout)
	defer cancel()
	var beat sync.WaitGroup
	over := make(chan struct{})
	beat.Go(func() { r.keepAlive(ctx, a, lose, over) })
	err := call(ctx, h, a.Job)
	close(over)
	beat.Wait()
	return err
}

// call turns a panic of the handler into its error: one bad job must not stop
// the others.
func call(ctx context.Context, h Handler, j Job) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("panic: %v\n%s", v, debug.Stack())
		}
	}()
	return h.Run(ctx, j)
}

// keepAlive renews the lease and stores progress until the attempt is over.
func (r *Runner) keepAlive(ctx context.Context, a *attempt, lose context.CancelCauseFunc, over <-chan struct{}) {
	tick := time.NewTicker(min(time.Second, r.opt.Lease/3))
	defer tick.Stop()
	for {
		select {
		case <-over:
			return
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		p, fresh := a.takeProgress()
		now := r.opt.Real.Now()
		if !fresh && now.Sub(a.renewed) < r.opt.Lease/3 {
			continue
		}
		switch err := r.store.renew(ctx, a.held, now.Add(r.opt.Lease), p); {
		case errors.Is(err, ErrLost):
			lose(ErrLost)
			return
		case err == nil:
			a.renewed = now
		}
	}
}

// settle writes down how the attempt ended.
func (r *Runner) settle(ctx context.Context, a *attempt, h Handler, err error, stopping bool) error {
	now := r.opt.Clock.Now()
	p, _ := a.takeProgress()
	var cancelled *cancelError
	var snoozed *snoozeError
	switch {
	case err == nil:
		return r.store.finish(ctx, a.held, Done, now, "", a.result, p)
	case errors.As(err, &snoozed):
		return r.store.again(ctx, a.held, now.Add(snoozed.d), now, "", true)
	case errors.As(err, &cancelled):
		return r.store.finish(ctx, a.held, Cancelled, now, cancelled.cause.Error(), "", p)
	case stopping:
		return r.store.again(ctx, a.held, now, now, "", true)
	case a.Attempt >= h.MaxAttempts:
		slog.WarnContext(ctx, "job failed for good", "kind", a.Kind, "job", a.ID, "attempts", a.Attempt, "reason", err)
		return r.store.finish(ctx, a.held, Failed, now, err.Error(), "", p)
	}
	slog.InfoContext(ctx, "job will be tried again", "kind", a.Kind, "job", a.ID, "attempt", a.Attempt, "reason", err)
	return r.store.again(ctx, a.held, now.Add(r.opt.Backoff(a.Attempt)), now, err.Error(), false)
}

// Backoff is the pause after the n-th failed attempt: 5 s, doubling to at most
// an hour, ±20 % so that what failed together does not come back together.
func Backoff(n int) time.Duration {
	d := time.Hour
	if n < 10 {
		d = min(d, 5*time.Second<<max(n-1, 0))
	}
	return time.Duration(float64(d) * (0.8 + 0.4*rand.Float64()))
}
