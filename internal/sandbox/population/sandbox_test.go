package population_test

import (
	"testing"
	"time"

	"github.com/qunzhu/qunzhu/internal/sandbox"
	"github.com/qunzhu/qunzhu/internal/sandbox/population"
)

type steppedClock struct{ now time.Time }

func (c *steppedClock) Now() time.Time  { return c.now }
func (c *steppedClock) Set(t time.Time) { c.now = t }

// TestLifeInTheSandbox holds that the real simulated platform refuses nothing
// that the people do, and agrees with them on who is where.
func TestLifeInTheSandbox(t *testing.T) {
	clock := &steppedClock{now: time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)}
	end := clock.now.AddDate(0, 0, 40)
	w := sandbox.NewWorld(sandbox.Config{Clock: clock})
	p := population.New(7, clock.now, 40, w, clock)
	p.Found()
	for clock.now.Before(end) {
		stop := p.Boundary()
		p.RunUntil(stop)
		clock.Set(stop)
	}
	truth := p.Truth()
	if truth.Refused != 0 {
		t.Errorf("%d acts were refused", truth.Refused)
	}
	for _, g := range truth.Groups {
		view, ok := w.Group(g.ChatID)
		if !ok || view.Name != g.Name {
			t.Fatalf("group %s: %v %+v", g.ChatID, ok, view)
		}
		customers := 0
		for _, m := range view.Members {
			if m.Kind == "contact" {
				customers++
			}
		}
		if customers != g.Members {
			t.Errorf("%s: %d customers in the sandbox, %d by the population", g.Name, customers, g.Members)
		}
	}
}
