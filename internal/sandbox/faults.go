package sandbox

import (
	"errors"
	"fmt"
	"sync"
	"time"
)

// Faults are the ways in which the platform misbehaves. The zero value is a
// platform in good health.
type Faults struct {
	// Callbacks.
	Duplicate    int     `json:"duplicate"`     // further deliveries of each event, 0..10
	Reorder      bool    `json:"reorder"`       // deliver what is due in random order
	DropShare    float64 `json:"drop_share"`    // share of events that are lost, 0..1
	CallbacksOff bool    `json:"callbacks_off"` // every event is lost

	// MemberLagSeconds is how long groupchat/get lags behind the events, up to
	// a day.
	MemberLagSeconds int `json:"member_lag_seconds"`
	// TokenLifetimeSeconds ends tokens early although expires_in says 7200.
	TokenLifetimeSeconds int `json:"token_lifetime_seconds"`
	// TokenError answers such a token: 40014 (default) or 42001.
	TokenError int `json:"token_error"`
	// TrustedIPs are the only callers when not empty; others get 60020.
	TrustedIPs []string `json:"trusted_ips"`
	// VisibleUsers are the only staff in the app's visible range when not empty.
	VisibleUsers []string `json:"visible_users"`
	// RateLimits is calls per minute by API path, such as
	// "externalcontact/groupchat/get"; "*" stands for every API. Above: 45009.
	RateLimits map[string]int `json:"rate_limits"`
	// DelayMS is how long an API takes, by path or "*".
	DelayMS map[string]int `json:"delay_ms"`
	// Down is "refuse" (connections are cut) or "error" (HTTP 500).
	Down string `json:"down"`
	// PageSize bounds each page of a list below what was asked for.
	PageSize int `json:"page_size"`
	// ArchiveLimit answers 301058 to a pull of more records than this.
	ArchiveLimit int `json:"archive_limit"`
}

const maxDelay = time.Minute

func (f Faults) validate() error {
	if f.Duplicate < 0 || f.Duplicate > 10 {
		return fmt.Errorf("duplicate is %d, expected 0 to 10", f.Duplicate)
	}
	if f.DropShare < 0 || f.DropShare > 1 {
		return fmt.Errorf("drop_share is %g, expected 0 to 1", f.DropShare)
	}
	if lag := time.Duration(f.MemberLagSeconds) * time.Second; lag < 0 || lag > keepDeparted {
		return fmt.Errorf("member_lag_seconds is %d, expected 0 to %d", f.MemberLagSeconds, int(keepDeparted.Seconds()))
	}
	if f.TokenLifetimeSeconds < 0 || f.PageSize < 0 || f.ArchiveLimit < 0 {
		return errors.New("token_lifetime_seconds, page_size and archive_limit must not be negative")
	}
	switch f.TokenError {
	case 0, 40014, 42001:
	default:
		return fmt.Errorf("token_error is %d, expected 40014 or 42001", f.TokenError)
	}
	switch f.Down {
	case "", "refuse", "error":
	default:
		return fmt.Errorf("down is %q, expected refuse, error or nothing", f.Down)
	}
	for path, ms := range f.DelayMS {
		if d := time.Duration(ms) * time.Millisecond; d < 0 || d > maxDelay {
			return fmt.Errorf("delay_ms of %q is %d, expected 0 to %d", path, ms, maxDelay.Milliseconds())
		}
	}
	return nil
}

// byPath returns the value of an API path, else that of every API.
func byPath(m map[string]int, path string) (int, bool) {
	if v, ok := m[path]; ok {
		return v, true
	}
	v, ok := m["*"]
	return v, ok
}

// pageLimit is the page size in force when limit was asked for.
func (f Faults) pageLimit(limit int) int {
	if f.PageSize > 0 {
		return min(limit, f.PageSize)
	}
	return limit
}

// rateBook counts calls per API and minute of the wall clock.
type rateBook struct {
	mu     sync.Mutex
	minute int64
	calls  map[string]int
}

func (b *rateBook) allow(path string, limit int, now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if minute := now.Unix() / 60; b.calls == nil || minute != b.minute {
		b.minute, b.calls = minute, map[string]int{}
	}
	b.calls[path]++
	return b.calls[path] <= limit
}
