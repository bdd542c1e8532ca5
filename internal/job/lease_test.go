package job_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/qunzhu/qunzhu/internal/clock"
	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/job"
)

func TestFenceGrowsAndAPausedHolderCannotCommit(t *testing.T) {
	each(t, func(b bench) {
		ctx := b.Context()
		real := clock.NewDomain(day)
		one, two := job.NewLeases(b.db, "one", real), job.NewLeases(b.db, "two", real)
		old, err := one.Acquire(ctx, "shard/3", time.Minute)
		if err != nil || old.Fence != 1 {
			b.Fatalf("%+v, %v", old, err)
		}
		for _, l := range []*job.Leases{one, two} {
			if _, err := l.Acquire(ctx, "shard/3", time.Minute); !errors.Is(err, job.ErrHeld) {
				b.Fatalf("a held lease gave %v", err)
			}
		}
		real.Set(day.Add(50 * time.Second))
		if old, err = one.Renew(ctx, old, time.Minute); err != nil {
			b.Fatal(err)
		}
		real.Set(day.Add(90 * time.Second))
		if _, err := two.Acquire(ctx, "shard/3", time.Minute); !errors.Is(err, job.ErrHeld) {
			b.Fatalf("a renewed lease gave %v", err)
		}
		commit := func(l job.Lease) error {
			return b.db.Write(ctx, func(tx *db.Tx) error { return job.Check(ctx, tx, l.Name, l.Fence) })
		}
		// The holder pauses past its time; while nobody took over, nothing is wrong.
		real.Set(day.Add(time.Hour))
		if err := commit(old); err != nil {
			b.Fatal(err)
		}
		fresh, err := two.Acquire(ctx, "shard/3", time.Minute)
		if err != nil || fresh.Fence != 2 {
			b.Fatalf("%+v, %v", fresh, err)
		}
		if err := commit(old); !errors.Is(err, job.ErrFenced) {
			b.Fatalf("the paused holder committed: %v", err)
		}
		if _, err := one.Renew(ctx, old, time.Minute); !errors.Is(err, job.ErrFenced) {
			b.Fatalf("the paused holder renewed: %v", err)
		}
		if err := one.Release(ctx, old); !errors.Is(err, job.ErrFenced) {
			b.Fatalf("the paused holder released: %v", err)
		}
		if err := errors.Join(commit(fresh), two.Release(ctx, fresh)); err != nil {
			b.Fatal(err)
		}
		if next, err := one.Acquire(ctx, "shard/3", time.Minute); err != nil || next.Fence != 3 {
			b.Fatalf("after the release: %+v, %v", next, err)
		}
		if list, err := one.List(ctx, b.db); err != nil || len(list) != 1 || list[0].Owner != "one" {
			b.Fatalf("list %+v, %v", list, err)
		}
	})
}

func TestTakeoverWaitsForTheHoldersTransaction(t *testing.T) {
	each(t, func(b bench) {
		ctx := b.Context()
		real := clock.NewDomain(day)
		one, two := job.NewLeases(b.db, "one", real), job.NewLeases(b.db, "two", real)
		held, err := one.Acquire(ctx, "x", time.Minute)
		if err != nil {
			b.Fatal(err)
		}
		real.Set(day.Add(time.Hour))
		var committed atomic.Bool
		var taking sync.WaitGroup
		err = b.db.Write(ctx, func(tx *db.Tx) error {
			if err := job.Check(ctx, tx, held.Name, held.Fence); err != nil {
				return err
			}
			taking.Go(func() {
				if _, err := two.Acquire(ctx, "x", time.Minute); err != nil {
					b.Error(err)
				}
				if !committed.Load() {
					b.Error("the lease was taken over inside the holder's transaction")
				}
			})
			time.Sleep(50 * time.Millisecond)
			committed.Store(true)
			return nil
		})
		taking.Wait()
		if err != nil {
			b.Fatal(err)
		}
	})
}

func TestOneOfManyHolds(t *testing.T) {
	each(t, func(b bench) {
		ctx := b.Context()
		var inside, turns atomic.Int64
		var wg sync.WaitGroup
		for range 8 {
			leases := job.NewLeases(b.db, "node", clock.Real{})
			wg.Go(func() {
				for turn := 0; turn < 3; {
					err := leases.Hold(ctx, "x", time.Minute, func(context.Context, job.Lease) error {
						if inside.Add(1) != 1 {
							b.Error("two hold one lease")
						}
						time.Sleep(time.Millisecond)
						inside.Add(-1)
						turns.Add(1)
						return nil
					})
					switch {
					case err == nil:
						turn++
					case errors.Is(err, job.ErrHeld):
						time.Sleep(time.Millisecond)
					default:
						b.Error(err)
						return
					}
				}
			})
		}
		wg.Wait()
		if turns.Load() != 24 {
			b.Fatalf("%d turns of 24", turns.Load())
		}
		err := job.NewLeases(b.db, "a", clock.Real{}).Hold(ctx, "y", 30*time.Millisecond, func(ctx context.Context, l job.Lease) error {
			if _, err := b.db.Exec(ctx, "UPDATE job_leases SET fence = fence + 1 WHERE name = 'y'"); err != nil {
				return err
			}
			<-ctx.Done()
			return context.Cause(ctx)
		})
		if !errors.Is(err, job.ErrFenced) {
			b.Fatalf("a lost lease ended f with %v", err)
		}
	})
}
