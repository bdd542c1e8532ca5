package effect_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/db/dbtest"
	"github.com/qunzhu/qunzhu/internal/effect"
	"github.com/qunzhu/qunzhu/internal/event"
)

var t0 = time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)

func each(t *testing.T, f func(t *testing.T, d *db.DB)) {
	dbtest.Each(t, []db.Migrations{effect.Migrations()}, f)
}

func put(t *testing.T, d *db.DB, n int) {
	t.Helper()
	ctx := context.Background()
	var list []effect.Effect
	for i := range n {
		e := event.Event{Community: "c1", ID: fmt.Sprintf("E%04d", i), Group: "g1", At: t0}
		list = append(list, effect.New(e, "test", 0, effect.StaffNotify, effect.Notice{Task: "t"}))
	}
	if err := d.Write(ctx, func(tx *db.Tx) error { return effect.Put(ctx, tx, t0, list) }); err != nil {
		t.Fatal(err)
	}
}

func TestNoEffectIsHandedOutTwice(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		const total = 300
		put(t, d, total)
		put(t, d, total)
		var mu sync.Mutex
		seen := map[string]int{}
		var wg sync.WaitGroup
		for range 6 {
			wg.Go(func() {
				for {
					var got []effect.Effect
					err := d.Write(ctx, func(tx *db.Tx) (err error) {
						got, err = effect.Claim(ctx, tx, t0, time.Minute, 7)
						return err
					})
					if err != nil {
						t.Error(err)
						return
					}
					if len(got) == 0 {
						return
					}
					mu.Lock()
					for _, e := range got {
						seen[e.ID]++
					}
					mu.Unlock()
				}
			})
		}
		wg.Wait()
		for id, n := range seen {
			if n != 1 {
				t.Errorf("%s was handed out %d times", id, n)
			}
		}
		if left, _ := db.Int(ctx, d, "SELECT count(*) FROM effects WHERE state='ready'"); int(left)+len(seen) != total {
			t.Errorf("%d claimed and %d left of %d", len(seen), left, total)
		}
	})
}

func TestAnAbandonedEffectIsFoundAndEndsOnce(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		put(t, d, 1)
		claim := func(at time.Time) (got []effect.Effect) {
			t.Helper()
			if err := d.Write(ctx, func(tx *db.Tx) (err error) {
				got, err = effect.Claim(ctx, tx, at, time.Minute, 10)
				return err
			}); err != nil {
				t.Fatal(err)
			}
			return got
		}
		mine := claim(t0)
		if len(mine) != 1 || mine[0].Attempts != 1 {
			t.Fatalf("claimed %+v", mine)
		}
		if again := claim(t0.Add(time.Hour)); len(again) != 0 {
			t.Fatal("a running effect was claimed")
		}
		var lost []effect.Effect
		if err := d.Write(ctx, func(tx *db.Tx) (err error) {
			lost, err = effect.Expired(ctx, tx, t0.Add(2*time.Minute), time.Minute, 10)
			return err
		}); err != nil || len(lost) != 1 {
			t.Fatalf("abandoned %+v, %v", lost, err)
		}
		for i, want := range []bool{true, false} {
			ended, err := effect.End(ctx, d, lost[0], effect.Done, t0.Add(3*time.Minute), "")
			if err != nil || ended != want {
				t.Fatalf("end %d: %v, %v", i, ended, err)
			}
		}
	})
}

func TestRetryWaitsForItsTime(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		put(t, d, 1)
		var got []effect.Effect
		claim := func(at time.Time) int {
			t.Helper()
			if err := d.Write(ctx, func(tx *db.Tx) (err error) {
				got, err = effect.Claim(ctx, tx, at, time.Minute, 10)
				return err
			}); err != nil {
				t.Fatal(err)
			}
			return len(got)
		}
		if claim(t0) != 1 {
			t.Fatal("not claimed")
		}
		if err := effect.Retry(ctx, d, got[0], t0.Add(time.Minute), "45009"); err != nil {
			t.Fatal(err)
		}
		if claim(t0.Add(30*time.Second)) != 0 || claim(t0.Add(time.Minute)) != 1 || got[0].Attempts != 2 {
			t.Fatalf("after the pause: %+v", got)
		}
	})
}
