package api_test

import (
	"fmt"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/qunzhu/qunzhu/internal/auth"
	"github.com/qunzhu/qunzhu/internal/fault"
)

const key = "Idempotency-Key: order-1"

func (b *bench) write(token, body string, headers ...string) *httptest.ResponseRecorder {
	return b.call("POST", "/api/v1/things", token, body, headers...)
}

func (b *bench) executed(want int64) {
	b.t.Helper()
	if n := b.made.Load(); n != want {
		b.t.Errorf("executed %d times; expected %d", n, want)
	}
}

func TestARepeatedWriteIsExecutedOnce(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		token := b.token(auth.WriteScope)
		first := b.write(token, `{"name":"n"}`, key)
		again := b.write(token, `{"name":"n"}`, key)
		if b.is(first) != b.is(again) || again.Header().Get("Idempotency-Replayed") != "true" || first.Header().Get("Idempotency-Replayed") != "" {
			t.Errorf("first %s %v, again %s %v", first.Body, first.Header(), again.Body, again.Header())
		}
		b.executed(1)
		b.problem(b.write(token, `{"name":"m"}`, key), 422, fault.Invalid)
		b.is(b.write(b.token(auth.WriteScope), `{"name":"m"}`, key)) // another token's key is another key
		b.is(b.write(token, `{"name":"n"}`))                         // without a key every write counts
		b.executed(3)
		b.clock.Set(start.Add(24*time.Hour + time.Second))
		b.is(b.write(token, `{"name":"m"}`, key))
		b.executed(4)
	})
}

func TestWritesAtOnceAreExecutedOnce(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		token := b.token(auth.WriteScope)
		b.slow = 100 * time.Millisecond
		answers := make([]*httptest.ResponseRecorder, 6)
		var wg sync.WaitGroup
		for i := range answers {
			wg.Go(func() { answers[i] = b.write(token, `{"name":"n"}`, key) })
		}
		wg.Wait()
		for _, a := range answers {
			if b.is(a) != b.is(answers[0]) {
				t.Errorf("answers differ: %s and %s", a.Body, answers[0].Body)
			}
		}
		b.executed(1)
	})
}

func TestOnlyAnswersAreKeptAndNotFailures(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		token := b.token(auth.WriteScope)
		b.broken.Store(true)
		b.problem(b.write(token, `{"name":"n"}`, key), 500, fault.Internal)
		b.broken.Store(false)
		b.is(b.write(token, `{"name":"n"}`, key))
		b.executed(2)
		for range 2 {
			b.problem(b.write(token, `{"name":"x"}`, "Idempotency-Key: refused"), 422, fault.Invalid)
		}
		b.executed(3)
		for _, bad := range []string{"with space", "schlüssel", fmt.Sprintf("%0201d", 1)} {
			b.problem(b.write(token, `{"name":"n"}`, "Idempotency-Key: "+bad), 422, fault.Invalid)
		}
		b.executed(3)
	})
}
