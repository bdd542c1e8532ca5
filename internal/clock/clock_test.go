package clock

import (
	"testing"
	"time"
)

func TestDomainClockStandsStillUntilRun(t *testing.T) {
	start := time.Date(2026, 8, 1, 8, 0, 0, 0, time.UTC)
	c := NewDomain(start)
	time.Sleep(2 * time.Millisecond)
	if !c.Now().Equal(start) {
		t.Fatalf("moved to %v", c.Now())
	}
	c.Set(start.Add(time.Hour))
	if !c.Now().Equal(start.Add(time.Hour)) {
		t.Fatalf("set to %v", c.Now())
	}
	c.Run(3600)
	time.Sleep(5 * time.Millisecond)
	if got := c.Now().Sub(start.Add(time.Hour)); got < 18*time.Second {
		t.Fatalf("an hour a second went only %v in 5 ms", got)
	}
}
