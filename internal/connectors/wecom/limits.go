package wecom

import (
	"context"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Limits bounds the calls to each API. The zero value means the platform's own
// base rate of 10 000 calls a minute per corp and API (D:90454).
type Limits struct {
	PerMinute int            // calls a minute for an API without its own entry
	PerPath   map[string]int // calls a minute by path, such as "/cgi-bin/message/send"
	// BackgroundShare is the part of each API's budget that calls of
	// Client.Background may use, 0 to 1; zero means 0.3.
	BackgroundShare float64
}

const (
	defaultPerMinute       = 10_000
	defaultBackgroundShare = 0.3
	// A bucket of burst b that fills at r a minute lets b+r calls through in the
	// worst minute; this part of the budget is the burst, the rest is the rate.
	burstPart = 0.1
)

// limiter holds one token bucket for each API and traffic class, and the pause
// that the platform imposed on an API.
type limiter struct {
	limits Limits
	now    func() time.Time

	mu    sync.Mutex
	paths map[string]*pathLimit
}

type pathLimit struct {
	all, background *rate.Limiter
	blockedUntil    time.Time
}

func newLimiter(limits Limits, now func() time.Time) *limiter {
	if limits.PerMinute <= 0 {
		limits.PerMinute = defaultPerMinute
	}
	if limits.BackgroundShare <= 0 || limits.BackgroundShare > 1 {
		limits.BackgroundShare = defaultBackgroundShare
	}
	return &limiter{limits: limits, now: now, paths: map[string]*pathLimit{}}
}

// wait blocks until path may be called. While the platform blocks path, and when
// ctx would end before a slot is free, it refuses at once with a throttled
// APIError: the caller's queue delays better than a sleeping goroutine.
func (l *limiter) wait(ctx context.Context, path string, background bool) error {
	p, blocked := l.path(path)
	if blocked > 0 {
		return &APIError{Code: codeTooOften, Msg: "held back after the platform's refusal", Path: path, RetryAfter: blocked}
	}
	buckets := []*rate.Limiter{p.all}
	if background {
		buckets = []*rate.Limiter{p.background, p.all}
	}
	for _, bucket := range buckets {
		if err := bucket.Wait(ctx); err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			return &APIError{Code: codeTooOften, Msg: "own call budget is used up", Path: path, RetryAfter: time.Second}
		}
	}
	return nil
}

// block keeps calls to path back for d.
func (l *limiter) block(path string, d time.Duration) {
	p, _ := l.path(path)
	l.mu.Lock()
	defer l.mu.Unlock()
	p.blockedUntil = l.now().Add(d)
}

func (l *limiter) path(path string) (p *pathLimit, blocked time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	p, ok := l.paths[path]
	if !ok {
		perMinute := l.limits.PerMinute
		if n := l.limits.PerPath[path]; n > 0 {
			perMinute = n
		}
		p = &pathLimit{
			all:        bucket(float64(perMinute)),
			background: bucket(float64(perMinute) * l.limits.BackgroundShare),
		}
		l.paths[path] = p
	}
	return p, p.blockedUntil.Sub(l.now())
}

func bucket(perMinute float64) *rate.Limiter {
	burst := max(1, int(perMinute*burstPart))
	perSecond := max(perMinute-float64(burst), 0.5) / 60
	return rate.NewLimiter(rate.Limit(perSecond), burst)
}
