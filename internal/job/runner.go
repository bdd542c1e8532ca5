package job

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/qunzhu/qunzhu/internal/clock"
	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/id"
)

// Options of a Runner; zero fields have the values named.
type Options struct {
	Workers   int                            // jobs at one time: 4
	Poll      time.Duration                  // how often to look without being notified: 1 s
	Lease     time.Duration                  // how long a worker may be silent: 60 s
	Retention time.Duration                  // how long ended jobs are kept, failed ones four times that: 7 days
	Backoff   func(failed int) time.Duration // pause after a failed attempt: Backoff
	Zone      *time.Location                 // of the schedules: UTC
	Clock     clock.Clock                    // domain time, for due times: clock.Real
	Real      clock.Clock                    // for leases: clock.Real
}

func (o Options) withDefaults() Options {
	def := func(d *time.Duration, v time.Duration) {
		if *d <= 0 {
			*d = v
		}
	}
	def(&o.Poll, time.Second)
	def(&o.Lease, time.Minute)
	def(&o.Retention, 7*24*time.Hour)
	if o.Workers <= 0 {
		o.Workers = 4
	}
	if o.Backoff == nil {
		o.Backoff = Backoff
	}
	if o.Zone == nil {
		o.Zone = time.UTC
	}
	if o.Clock == nil {
		o.Clock = clock.Real{}
	}
	if o.Real == nil {
		o.Real = clock.Real{}
	}
	return o
}

// Runner executes jobs and schedules. Any number of runners, in any number of
// processes, may work on one database.
type Runner struct {
	opt       Options
	store     *store
	queue     *Queue
	handlers  map[string]Handler
	schedules []plannedSchedule

	wake      chan struct{}
	busy      atomic.Int64
	work      sync.WaitGroup
	stopping  chan struct{}
	stopOnce  sync.Once
	interrupt context.CancelFunc

	upkeeping             sync.Mutex // guards the two times
	nextRescue, nextPrune time.Time
}

// NewRunner checks the handlers and schedules and returns a runner at rest.
func NewRunner(d *db.DB, handlers []Handler, schedules []Schedule, o Options) (*Runner, error) {
	o = o.withDefaults()
	r := &Runner{
		opt: o, queue: NewQueue(o.Clock), handlers: make(map[string]Handler, len(handlers)),
		store: &store{db: d, commit: db.NewCommit(d, 64), worker: id.New(o.Real.Now())},
		wake:  make(chan struct{}, 1), stopping: make(chan struct{}), interrupt: func() {},
	}
	for _, h := range handlers {
		if _, dup := r.handlers[h.Kind]; dup || h.Kind == "" || h.Run == nil {
			return nil, fmt.Errorf("job handler %q: a handler needs a kind of its own and a function", h.Kind)
		}
		if h.Timeout <= 0 {
			h.Timeout = 10 * time.Minute
		}
		if h.MaxAttempts <= 0 {
			h.MaxAttempts = 10
		}
		r.handlers[h.Kind] = h
		r.store.kinds = append(r.store.kinds, h.Kind)
	}
	var err error
	r.schedules, err = planSchedules(schedules, r.handlers)
	return r, err
}

// Notify tells the runner that a job was enqueued, so that it need not wait for
// its next look. Call it after the commit; it never blocks.
func (r *Runner) Notify() {
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// Start begins to execute jobs and returns. It is called once.
func (r *Runner) Start(ctx context.Context) {
	ctx, r.interrupt = context.WithCancel(ctx)
	r.work.Go(func() { r.loop(ctx) })
}

// Stop takes no new jobs and waits for those that run. When ctx ends first they
// are interrupted; one that gives up then is put back without losing an attempt.
func (r *Runner) Stop(ctx context.Context) error {
	r.stopOnce.Do(func() { close(r.stopping) })
	ended := make(chan struct{})
	go func() { r.work.Wait(); close(ended) }()
	defer r.interrupt()
	select {
	case <-ended:
		return nil
	case <-ctx.Done():
	}
	r.interrupt()
	select {
	case <-ended:
		return nil
	case <-time.After(5 * time.Second):
		return errors.New("a job did not stop when it was interrupted; another worker takes it over when its lease runs out")
	}
}

func (r *Runner) loop(ctx context.Context) {
	look := time.NewTicker(r.opt.Poll)
	defer look.Stop()
	for {
		if err := r.turn(ctx); err != nil && ctx.Err() == nil {
			slog.ErrorContext(ctx, "jobs cannot be claimed", "reason", err)
		}
		select {
		case <-r.stopping:
			return
		case <-ctx.Done():
			return
		case <-r.wake:
		case <-look.C:
		}
	}
}

// turn does what is due: slots, rescue, and as many jobs as there are free workers.
func (r *Runner) turn(ctx context.Context) error {
	if err := r.upkeep(ctx); err != nil {
		return err
	}
	free := r.opt.Workers - int(r.busy.Load())
	if free <= 0 {
		return nil
	}
	jobs, err := r.store.claim(ctx, r.opt.Clock.Now(), r.opt.Real.Now(), r.opt.Lease, free)
	for _, h := range jobs {
		r.busy.Add(1)
		r.work.Go(func() {
			defer r.Notify()
			defer r.busy.Add(-1)
			if err := r.execute(ctx, h); err != nil {
				slog.ErrorContext(ctx, "the end of a job was not stored; it will run again", "kind", h.Kind, "job", h.ID, "reason", err)
			}
		})
	}
	return err
}

// upkeep enqueues due slots, rescues jobs of silent workers and deletes old ones.
func (r *Runner) upkeep(ctx context.Context) error {
	r.upkeeping.Lock()
	defer r.upkeeping.Unlock()
	if err := r.enqueueSlots(ctx); err != nil {
		return err
	}
	now := r.opt.Real.Now()
	if !now.Before(r.nextRescue) {
		r.nextRescue = now.Add(r.opt.Lease / 6)
		if err := r.rescue(ctx, now); err != nil {
			return err
		}
	}
	if !now.Before(r.nextPrune) {
		r.nextPrune = now.Add(time.Hour)
		domain := r.opt.Clock.Now()
		return r.store.prune(ctx, domain.Add(-r.opt.Retention), domain.Add(-4*r.opt.Retention))
	}
	return nil
}

var errSilent = errors.New("the worker fell silent: its process stopped or its machine stood still")

func (r *Runner) rescue(ctx context.Context, now time.Time) error {
	lost, err := r.store.expired(ctx, now)
	for _, h := range lost {
		a := &attempt{held: h, clock: r.opt.Clock}
		err = errors.Join(err, unlessLost(r.settle(ctx, a, r.handlers[h.Kind], errSilent, false)))
	}
	return err
}

// execute runs one held job to its end; the error is about storing that end.
func (r *Runner) execute(ctx context.Context, h held) error {
	if now := r.opt.Real.Now(); now.Sub(h.renewed) > r.opt.Lease/3 { // it waited for its turn in a batch
		if err := r.store.renew(ctx, h, now.Add(r.opt.Lease), progress{}); err != nil {
			return unlessLost(err)
		}
		h.renewed = now
	}
	a := &attempt{held: h, clock: r.opt.Clock}
	handler := r.handlers[h.Kind]
	err := r.run(ctx, a, handler)
	stopping := ctx.Err() != nil
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
	defer cancel()
	return unlessLost(r.settle(ctx, a, handler, err, stopping))
}

// unlessLost drops ErrLost: the job was completed in the handler's transaction,
// cancelled, or taken over, and its row says what holds.
func unlessLost(err error) error {
	if errors.Is(err, ErrLost) {
		return nil
	}
	return err
}

// RunDue executes everything that is due now, one job after another in the
// order of their times, with what becomes due by it, and returns the number of
// attempts. Failures of jobs are kept with the jobs; the error is of storage or ctx.
func (r *Runner) RunDue(ctx context.Context) (int, error) {
	const batch = 16
	total := 0
	for {
		if err := r.upkeep(ctx); err != nil {
			return total, err
		}
		jobs, err := r.store.claim(ctx, r.opt.Clock.Now(), r.opt.Real.Now(), r.opt.Lease, batch)
		if err != nil || len(jobs) == 0 {
			return total, err
		}
		for _, h := range jobs {
			if err := r.execute(ctx, h); err != nil {
				return total, err
			}
			total++
		}
		if err := ctx.Err(); err != nil {
			return total, err
		}
	}
}

// NextDue returns the domain time at which RunDue will next have something to
// do, zero when nothing waits. Simulated history steps to it, so that no slot
// is found late.
func (r *Runner) NextDue(ctx context.Context) (time.Time, error) {
	next, err := r.store.nextRun(ctx)
	if err != nil {
		return time.Time{}, err
	}
	for _, s := range r.schedules {
		if slot := s.next(r.opt.Clock.Now(), r.opt.Zone); !slot.IsZero() && (next.IsZero() || slot.Before(next)) {
			next = slot
		}
	}
	return next, nil
}
