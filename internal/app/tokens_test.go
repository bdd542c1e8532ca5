package app

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/qunzhu/qunzhu/internal/connector"
	"github.com/qunzhu/qunzhu/internal/connectors/wecom"
	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/db/dbtest"
	"github.com/qunzhu/qunzhu/internal/seal"
)

// TestG07TokensAreSharedBetweenProcesses: two processes on one database use one
// token, and only one of them renews it at a time (docs/definitions.md G7).
func TestG07TokensAreSharedBetweenProcesses(t *testing.T) {
	dbtest.Each(t, allMigrations(), func(t *testing.T, d *db.DB) {
		sealer, err := seal.New(seal.NewKey())
		if err != nil {
			t.Fatal(err)
		}
		process := func() *sharedTokens {
			return newSharedTokens(&workspace{db: d, sealer: sealer, store: connector.NewStore(sealer)})
		}
		ctx := t.Context()
		one, two := process(), process()
		now := time.Now().Truncate(time.Millisecond)
		if err := one.Save(ctx, "corp", wecom.Token{Value: "token with spaces", IssuedAt: now, ExpiresAt: now.Add(time.Hour)}); err != nil {
			t.Fatal(err)
		}
		got, err := two.Load(ctx, "corp")
		if err != nil || got.Value != "token with spaces" || !got.IssuedAt.Equal(now) || !got.ExpiresAt.Equal(now.Add(time.Hour)) {
			t.Fatalf("the other process read %+v, %v", got, err)
		}
		var inside, most atomic.Int32
		var wg sync.WaitGroup
		for _, p := range []*sharedTokens{one, two, process()} {
			wg.Go(func() {
				unlock, err := p.Lock(ctx, "corp")
				if err != nil {
					t.Error(err)
					return
				}
				most.Store(max(most.Load(), inside.Add(1)))
				time.Sleep(20 * time.Millisecond)
				inside.Add(-1)
				unlock()
			})
		}
		wg.Wait()
		if most.Load() != 1 {
			t.Errorf("%d processes renewed at once", most.Load())
		}
		unlock, err := one.Lock(ctx, "corp")
		if err != nil {
			t.Fatal(err)
		}
		defer unlock()
		short, cancel := context.WithTimeout(ctx, 150*time.Millisecond)
		defer cancel()
		if _, err := two.Lock(short, "corp"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("waiting ended with %v", err)
		}
	})
}
