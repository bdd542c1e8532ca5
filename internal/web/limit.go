package web

import (
	"net/http"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/qunzhu/qunzhu/internal/fault"
)

// limiter keeps a token bucket for every key. Its memory is bounded: buckets
// that have been full again for a while are dropped.
type limiter struct {
	rate  rate.Limit
	burst int

	mu      sync.Mutex
	buckets map[string]*rate.Limiter
}

const maxBuckets = 20_000

func newLimiter(r rate.Limit, burst int) *limiter {
	return &limiter{rate: r, burst: burst, buckets: map[string]*rate.Limiter{}}
}

func (l *limiter) allow(key string) bool {
	now := time.Now()
	l.mu.Lock()
	defer l.mu.Unlock()
	b, ok := l.buckets[key]
	if !ok {
		if len(l.buckets) >= maxBuckets {
			l.sweep(now)
		}
		b = rate.NewLimiter(l.rate, l.burst)
		l.buckets[key] = b
	}
	return b.AllowN(now, 1)
}

// sweep drops full buckets, which say nothing; if there are none, all: with
// twenty thousand busy clients the limits start anew.
func (l *limiter) sweep(now time.Time) {
	for key, b := range l.buckets {
		if b.TokensAt(now) >= float64(l.burst) {
			delete(l.buckets, key)
		}
	}
	if len(l.buckets) >= maxBuckets {
		clear(l.buckets)
	}
}

// tooFast answers a client that exceeds its address's limit, and reports so.
func (r *Router) tooFast(w http.ResponseWriter, req *http.Request, l *limiter) bool {
	if l.allow(addressKey(Address(req.Context()))) {
		return false
	}
	r.fail(r.newCtx(w, req), fault.New(fault.TooMany, "fault.too_many"))
	return true
}

// addressKey is the /64 of an IPv6 address: one client owns all of it.
func addressKey(addr netip.Addr) string {
	if addr.Is6() {
		if p, err := addr.Prefix(64); err == nil {
			return p.String()
		}
	}
	return addr.String()
}
