package population

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestRegularStops(t *testing.T) {
	for from, want := range map[string]string{
		"00:00:00": "02T08:00", "07:59:59": "02T08:00", "08:00:00": "02T10:00", "21:59:00": "02T22:00", "22:00:00": "03T08:00", "23:30:00": "03T08:00",
	} {
		at, err := time.ParseInLocation("2006-01-02 15:04:05", "2026-03-02 "+from, china)
		if err != nil {
			t.Fatal(err)
		}
		if got := nextRegularStop(at.UTC()).Format("02T15:04"); got != want {
			t.Errorf("after %s comes %s, want %s", from, got, want)
		}
	}
}

func TestStopsStayFewAndOrdered(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var s stops
		dice := newDice(rapid.Uint64().Draw(t, "seed"))
		offsets := rapid.SliceOf(rapid.IntRange(0, 2*24*3600)).Draw(t, "seconds")
		for _, o := range offsets {
			at := day0.Add(time.Duration(o) * time.Second)
			s.add(causeTrouble, at.Add(20*time.Second), at.Add(40*time.Second), dice)
		}
		if !slices.IsSortedFunc(s.ahead, time.Time.Compare) {
			t.Fatalf("not in order: %v", s.ahead)
		}
		if len(s.ahead) > 3*maxStops { // the last second may reach into a third day
			t.Fatalf("%d stops in two days", len(s.ahead))
		}
	})
}

// TestTroubleIsFollowedByAStop holds the promise of [Population.Boundary]: a
// violation in an archived group gives the server its turn within 40 s.
func TestTroubleIsFollowedByAStop(t *testing.T) {
	clock := &testClock{}
	r := newRecorder(t, clock)
	p := New(8, day0, 30, r, clock)
	p.Found()
	var turns []time.Time
	for end := day0.AddDate(0, 0, 30); clock.now.Before(end); {
		stop := p.Boundary()
		p.RunUntil(stop)
		clock.Set(stop)
		turns = append(turns, stop)
	}
	seen, prompt := 0, 0
	for _, v := range p.Truth().Violations {
		if !v.Seen {
			continue
		}
		seen++
		i, _ := slices.BinarySearchFunc(turns, v.At, time.Time.Compare)
		if turns[i].Sub(v.At) <= 40*time.Second {
			prompt++
		}
	}
	if seen < 30 || float64(prompt) < 0.95*float64(seen) {
		t.Errorf("of %d visible violations %d are followed by a stop", seen, prompt)
	}
}
