// Package clock has the two times of the program. Real time runs sessions,
// leases and timeouts. Domain time is when things happen in the groups: in a
// demo it is first stepped through simulated history and then runs at a
// multiple of real time.
package clock

import (
	"sync"
	"time"
)

// Clock tells the time.
type Clock interface {
	Now() time.Time
}

// Real is the machine's clock.
type Real struct{}

// Now implements Clock.
func (Real) Now() time.Time { return time.Now() }

// Domain is a clock that can be set and scaled. The zero value is not usable;
// use NewDomain.
type Domain struct {
	mu     sync.Mutex
	base   time.Time // domain time at anchor
	anchor time.Time // real time
	speed  float64   // domain seconds a real second; 0 stands still
}

// NewDomain returns a clock that stands still at t.
func NewDomain(t time.Time) *Domain {
	return &Domain{base: t, anchor: time.Now()}
}

// Now implements Clock.
func (d *Domain) Now() time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.now()
}

func (d *Domain) now() time.Time {
	if d.speed == 0 {
		return d.base
	}
	return d.base.Add(time.Duration(float64(time.Since(d.anchor)) * d.speed))
}

// Set moves the clock to t; it goes on from there at its speed.
func (d *Domain) Set(t time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.base, d.anchor = t, time.Now()
}

// Run lets the clock go at speed times real time from where it stands.
func (d *Domain) Run(speed float64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.base, d.anchor, d.speed = d.now(), time.Now(), speed
}
