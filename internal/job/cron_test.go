package job_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/robfig/cron/v3"
	"pgregory.net/rapid"

	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/job"
)

func zone(t rapid.TB, name string) *time.Location {
	loc, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

func TestCronOverClockChanges(t *testing.T) {
	for _, c := range []struct {
		zone, spec, after string
		want              []string
	}{
		{"Asia/Shanghai", "0 8 * * *", "2026-03-02T08:00:00+08:00", []string{"2026-03-03T08:00:00+08:00"}},
		// 02:00 becomes 03:00: the skipped slot comes at the change, once, and the next day at its time.
		{"America/New_York", "30 2 * * *", "2026-03-07T12:00:00-05:00", []string{"2026-03-08T03:00:00-04:00", "2026-03-09T02:30:00-04:00"}},
		// 02:00 becomes 01:00: the doubled slot comes the first time only.
		{"America/New_York", "30 1 * * *", "2026-10-31T12:00:00-04:00", []string{"2026-11-01T01:30:00-04:00", "2026-11-02T01:30:00-05:00"}},
		// A rhythm goes on through the doubled hour.
		{"America/New_York", "30 * * * *", "2026-11-01T01:00:00-04:00", []string{"2026-11-01T01:30:00-04:00", "2026-11-01T01:30:00-05:00", "2026-11-01T02:30:00-05:00"}},
		// Three skipped slots and the one at the change are one moment.
		{"America/New_York", "*/30 2-3 * * *", "2026-03-08T00:00:00-05:00", []string{"2026-03-08T03:00:00-04:00", "2026-03-08T03:30:00-04:00"}},
		// A whole day that never was.
		{"Pacific/Apia", "0 8 30 12 *", "2011-12-29T12:00:00-10:00", []string{"2011-12-31T00:00:00+14:00", "2012-12-30T08:00:00+14:00"}},
		{"Asia/Shanghai", "@every 15m", "2026-03-02T08:07:00+08:00", []string{"2026-03-02T08:15:00+08:00", "2026-03-02T08:30:00+08:00"}},
		{"Asia/Shanghai", "0 0 29 2 *", "2026-03-02T08:07:00+08:00", []string{"2028-02-29T00:00:00+08:00"}},
	} {
		parsed, err := job.ParseCron(c.spec)
		if err != nil {
			t.Fatal(err)
		}
		at, _ := time.Parse(time.RFC3339, c.after)
		for _, want := range c.want {
			at = parsed.Next(at, zone(t, c.zone))
			if got := at.In(zone(t, c.zone)).Format(time.RFC3339); got != want {
				t.Errorf("%s in %s: %s, want %s", c.spec, c.zone, got, want)
			}
		}
	}
}

func TestBadSchedulesAreRefused(t *testing.T) {
	for _, spec := range []string{"", "* * * *", "61 * * * *", "0 0 30 2 *", "TZ=Asia/Tokyo 0 8 * * *", "@sometimes"} {
		if _, err := job.ParseCron(spec); err == nil {
			t.Errorf("%q was taken", spec)
		}
	}
}

// The oracle looks at every minute and asks what the clock on the wall shows.
func TestCronAgainstEveryMinute(t *testing.T) {
	zones := []string{"America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Pacific/Apia", "Africa/Casablanca",
		"America/Sao_Paulo", "Asia/Shanghai", "Asia/Kathmandu", "Europe/Dublin", "America/Havana"}
	rapid.Check(t, func(t *rapid.T) {
		loc := zone(t, rapid.SampledFrom(zones).Draw(t, "zone"))
		spec := strings.Join([]string{
			rapid.SampledFrom([]string{"0", "30", "*/15", "*/7", "59", "*"}).Draw(t, "minute"),
			rapid.SampledFrom([]string{"*", "0", "1", "2", "3", "0-4", "*/2", "23"}).Draw(t, "hour"),
			"*", "*", rapid.SampledFrom([]string{"*", "0", "1-5", "0,6"}).Draw(t, "weekday"),
		}, " ")
		from := changeNear(t, loc).Add(-time.Duration(rapid.IntRange(0, 40).Draw(t, "hours before")) * time.Hour).Truncate(time.Minute)
		to := from.Add(3 * 24 * time.Hour)
		want := everyMinute(t, spec, from, to, loc)
		parsed, err := job.ParseCron(spec)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for at := parsed.Next(from, loc); !at.IsZero() && !at.After(to); at = parsed.Next(at, loc) {
			got = append(got, at.In(loc).Format(time.RFC3339))
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Fatalf("%q from %v:\n got %v\nwant %v", spec, from.In(loc), got, want)
		}
	})
}

// changeNear draws a moment and goes on to the next change of the zone's clock.
func changeNear(t *rapid.T, loc *time.Location) time.Time {
	at := time.Unix(rapid.Int64Range(820454400, 2050000000).Draw(t, "about"), 0).In(loc)
	if _, end := at.ZoneBounds(); !end.IsZero() {
		return end
	}
	return at
}

func everyMinute(t *rapid.T, spec string, from, to time.Time, loc *time.Location) []string {
	schedule, err := cron.ParseStandard(spec)
	if err != nil {
		t.Fatal(err)
	}
	schedule.(*cron.SpecSchedule).Location = time.UTC
	rhythm := strings.Fields(spec)[1] == "*"
	matches := func(wall time.Time) bool { return schedule.Next(wall.Add(-time.Second)).Equal(wall) }
	wallAt := func(at time.Time) time.Time {
		at = at.In(loc)
		return time.Date(at.Year(), at.Month(), at.Day(), at.Hour(), at.Minute(), 0, 0, time.UTC)
	}
	shown := map[time.Time]bool{}
	var out []string
	start := from.Add(-26 * time.Hour)
	last := wallAt(start.Add(-time.Minute))
	for at := start; !at.After(to); at = at.Add(time.Minute) {
		wall := wallAt(at)
		fires := matches(wall) && (rhythm || !shown[wall])
		for skipped := last.Add(time.Minute); !rhythm && skipped.Before(wall); skipped = skipped.Add(time.Minute) {
			fires = fires || matches(skipped)
		}
		shown[wall], last = true, wall
		if fires && at.After(from) {
			out = append(out, at.In(loc).Format(time.RFC3339))
		}
	}
	return out
}

// Whatever steps the clock makes and whichever node looks, every slot is dealt
// with once: carried out when it is at most two hours old, else missed.
func TestEverySlotIsDealtWithOnce(t *testing.T) {
	each(t, func(b bench) {
		round := 0
		rapid.Check(t, func(t *rapid.T) {
			round++
			loc := zone(t, rapid.SampledFrom([]string{"America/New_York", "Asia/Shanghai"}).Draw(t, "zone"))
			spec := rapid.SampledFrom([]string{"0 * * * *", "30 1,2 * * *", "*/20 0-6 * * *"}).Draw(t, "spec")
			kind := fmt.Sprint("slot", round)
			ran := map[time.Time]int{}
			handler := job.Handle(kind, func(_ context.Context, _ job.Job, s job.Slot) error { ran[s.At]++; return nil })
			var nodes [2]*job.Runner
			for i := range nodes {
				r, err := job.NewRunner(b.db, []job.Handler{handler}, []job.Schedule{{Name: kind, Spec: spec, Kind: kind}}, job.Options{Clock: b.clock, Zone: loc})
				if err != nil {
					t.Fatal(err)
				}
				nodes[i] = r
			}
			now := changeNear(t, loc).Add(-5 * time.Hour)
			parsed, _ := job.ParseCron(spec)
			want := map[time.Time]bool{} // slot → carried out
			for step := range rapid.IntRange(1, 5).Draw(t, "steps") {
				next := now.Add(time.Duration(rapid.IntRange(1, 300).Draw(t, "minutes")) * time.Minute)
				b.clock.Set(next)
				if _, err := nodes[rapid.IntRange(0, 1).Draw(t, "node")].RunDue(context.Background()); err != nil {
					t.Fatal(err)
				}
				for slot := parsed.Next(now, loc); step > 0 && !slot.After(next); slot = parsed.Next(slot, loc) {
					want[slot.UTC()] = next.Sub(slot) <= job.CatchUp
				}
				now = next
			}
			slots, err := b.queue.Slots(context.Background(), b.db, kind, 200)
			if err != nil || len(slots) != len(want) {
				t.Fatalf("%d slots of %d, %v", len(slots), len(want), err)
			}
			for _, s := range slots {
				carriedOut, known := want[s.At]
				if !known || carriedOut == s.Missed || carriedOut != (ran[s.At] == 1) || carriedOut != (s.JobID != "") {
					t.Fatalf("slot %+v ran %d times; wanted %v, %v", s, ran[s.At], carriedOut, known)
				}
			}
		})
	})
}

func TestNodesLookingAtOneMomentEnqueueASlotOnce(t *testing.T) {
	each(t, func(b bench) {
		h := job.Handle("paper", func(context.Context, job.Job, job.Slot) error { return nil })
		var nodes []*job.Runner
		for range 4 {
			r, err := job.NewRunner(b.db, []job.Handler{h}, []job.Schedule{{Name: "paper", Spec: "* * * * *", Kind: "paper"}},
				job.Options{Clock: b.clock, Poll: 5 * time.Millisecond})
			if err != nil {
				b.Fatal(err)
			}
			r.Start(b.Context())
			nodes = append(nodes, r)
		}
		eventually(b, func() bool {
			n, err := db.Int(b.Context(), b.db, "SELECT count(*) FROM job_schedules")
			return err == nil && n == 1
		})
		for minute := 1; minute <= 20; minute++ {
			b.clock.Set(day.Add(time.Duration(minute) * time.Minute))
			time.Sleep(5 * time.Millisecond)
		}
		eventually(b, func() bool { c, err := b.queue.Counts(b.Context(), b.db); return err == nil && c[job.Done] == 20 })
		for _, r := range nodes {
			if err := r.Stop(b.Context()); err != nil {
				b.Error(err)
			}
		}
		if c, err := b.queue.Counts(b.Context(), b.db); err != nil || c[job.Done] != 20 || len(c) != 1 {
			b.Fatalf("jobs %v, %v", c, err)
		}
		if next, err := nodes[0].NextDue(b.Context()); err != nil || !next.Equal(day.Add(21*time.Minute)) {
			b.Fatalf("next due %v, %v", next, err)
		}
	})
}

func FuzzParseCron(f *testing.F) {
	for _, s := range []string{"0 8 * * 1-5", "@every 1h", "*/5 * 1,15 * ?", "CRON_TZ=UTC * * * * *"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, spec string) {
		c, err := job.ParseCron(spec)
		if err != nil {
			return
		}
		if next := c.Next(day, time.UTC); !next.IsZero() && !next.After(day) {
			t.Fatalf("%q: the next slot after %v is %v", spec, day, next)
		}
	})
}

// Upkeep looks at everything each time: after an outage it runs once, and what it
// did not run before is nothing that somebody missed.
func TestASweepIsMadeUpForOnce(t *testing.T) {
	each(t, func(b bench) {
		ran := 0
		h := job.Handle("tidy", func(context.Context, job.Job, job.Slot) error { ran++; return nil })
		r, err := job.NewRunner(b.db, []job.Handler{h}, []job.Schedule{{Name: "tidy", Spec: "*/5 * * * *", Kind: "tidy", Sweep: true}}, job.Options{Clock: b.clock})
		if err != nil {
			b.Fatal(err)
		}
		for _, pause := range []time.Duration{0, 7 * time.Minute, time.Hour, 12 * time.Hour} {
			before := ran
			b.clock.Set(b.clock.Now().Add(pause))
			if _, err := r.RunDue(b.Context()); err != nil || pause > 0 && ran != before+1 {
				b.Fatalf("after %v it ran %d times, %v", pause, ran-before, err)
			}
		}
		slots, err := b.queue.Slots(b.Context(), b.db, "tidy", 200)
		if err != nil || len(slots) != 3 {
			b.Errorf("%d slots, %v", len(slots), err)
		}
	})
}
