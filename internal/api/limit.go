package api

import (
	"math"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/qunzhu/qunzhu/internal/fault"
)

// maxBuckets bounds a limiter's memory.
const maxBuckets = 20_000

// limiter keeps a token bucket for every key.
type limiter struct {
	rate  rate.Limit
	burst int

	mu      sync.Mutex
	buckets map[string]*rate.Limiter
}

func newLimiter(perSecond float64, burst int) *limiter {
	return &limiter{rate: rate.Limit(perSecond), burst: burst, buckets: map[string]*rate.Limiter{}}
}

// take takes one request of key's, or returns how long to wait for it.
func (l *limiter) take(key string) time.Duration {
	now := time.Now()
	l.mu.Lock()
	defer l.mu.Unlock()
	b, ok := l.buckets[key]
	if !ok {
		l.sweep(now)
		b = rate.NewLimiter(l.rate, l.burst)
		l.buckets[key] = b
	}
	if b.AllowN(now, 1) {
		return 0
	}
	missing := 1 - b.TokensAt(now)
	return max(time.Duration(missing/float64(l.rate)*float64(time.Second)), 1)
}

// sweep drops full buckets, which say nothing, when there are too many; if none
// is full, all.
func (l *limiter) sweep(now time.Time) {
	if len(l.buckets) < maxBuckets {
		return
	}
	for key, b := range l.buckets {
		if b.TokensAt(now) >= float64(l.burst) {
			delete(l.buckets, key)
		}
	}
	if len(l.buckets) >= maxBuckets {
		clear(l.buckets)
	}
}

// tooFast is the fault of a client that has to wait.
func tooFast(wait time.Duration) error {
	return &waiting{fault.New(fault.TooMany, "fault.too_many"), int(math.Ceil(wait.Seconds()))}
}

// waiting is a fault that goes away by itself.
type waiting struct {
	fault   *fault.Error
	seconds int
}

// Error implements error.
func (w *waiting) Error() string { return w.fault.Error() }

// Unwrap gives the fault.
func (w *waiting) Unwrap() error { return w.fault }

// network is what one client can easily change within: an IPv6 /64.
func network(address string) string {
	addr, err := netip.ParseAddr(address)
	if err != nil || addr.Unmap().Is4() {
		return address
	}
	if p, err := addr.Prefix(64); err == nil {
		return p.String()
	}
	return address
}
