package moderation_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/qunzhu/qunzhu/internal/event"
	"github.com/qunzhu/qunzhu/internal/govern/moderation"
	"github.com/qunzhu/qunzhu/internal/metric"
)

// offend posts an advert of its own member at at and removes the member after
// response; 0 leaves the case open.
func (b *consoleBench) offend(name string, at time.Time, response time.Duration) {
	b.t.Helper()
	b.at(at.Add(5*time.Second)).send("bad"+name, joined("g1", name, at.Add(-48*time.Hour)), said("g1", name, ad, at))
	if response > 0 {
		b.at(at.Add(response)).send("out"+name, left("g1", name, at.Add(response), "removed"))
	}
}

// listened notes that the archive was read without a gap around day.
func (b *consoleBench) listened(day time.Time) {
	b.t.Helper()
	archived := true
	group := b.rows("SELECT id FROM community_groups WHERE name='g1'")[0]
	b.record(
		event.Event{Community: b.community(), Group: group, Kind: event.GroupChanged, At: day.Add(-96 * time.Hour), ID: "ARCHIVED", Body: event.Encode(event.Group{Archived: &archived})},
		event.Event{Community: b.community(), Group: group, Kind: event.CoverageObserved, At: day, ID: "HEARD",
			Body: event.Encode(event.Coverage{Connection: "w1", Source: event.FromArchive, From: day.Add(-96 * time.Hour), To: day.Add(24 * 10 * time.Hour)})},
	)
}

func (b *consoleBench) metrics(window string) map[string]metric.Value {
	b.t.Helper()
	r := metric.NewRegistry(b.clock, time.UTC)
	if err := r.Register(b.feature.Metrics...); err != nil {
		b.t.Fatal(err)
	}
	w, err := r.Window(window)
	if err != nil {
		b.t.Fatal(err)
	}
	values, err := r.ComputeCommunity(b.t.Context(), b.db, nil, b.community(), w)
	if err != nil {
		b.t.Fatal(err)
	}
	groups, err := r.ComputeGroups(b.t.Context(), b.db, nil, b.community(), w)
	if err != nil || len(groups) != 2 {
		b.t.Fatalf("groups %+v, %v", groups, err)
	}
	out := map[string]metric.Value{}
	for _, v := range values {
		out[v.Key] = v
	}
	return out
}

// TestA3ViolationResponseIsJudged is the worked example of docs/definitions.md A3 over
// real cases: 80.0 % in time and a P90 of exactly five minutes both fail.
func TestA3ViolationResponseIsJudged(t *testing.T) {
	eachConsole(t, func(t *testing.T, b *consoleBench) {
		for i, s := range []int{60, 120, 200, 299, 300} {
			b.offend(fmt.Sprint("x", i), start.Add(time.Duration(i)*10*time.Minute), time.Duration(s)*time.Second)
		}
		b.offend("wrong", start.Add(2*time.Hour), 0)
		if _, err := b.decide(b.cases(moderation.ViewOpen)[0], moderation.FalsePositive); err != nil {
			t.Fatal(err)
		}
		b.at(start.Add(4*time.Hour)).send("old", imported("g1", "m1", ad, start.Add(3*time.Hour)))
		b.at(time.Date(2026, 11, 3, 10, 0, 0, 0, time.UTC))
		b.listened(start)

		got := b.metrics("1d")
		rate := got[moderation.MetricInTime]
		if *rate.Numerator != 4 || *rate.Denominator != 5 || *rate.Value != 0.8 || rate.Status != metric.Fail || len(rate.Sources) != 1 {
			t.Errorf("in time %+v", rate)
		}
		if p90 := got[moderation.MetricP90]; *p90.Value != 300 || p90.Status != metric.Fail {
			t.Errorf("P90 %+v", p90)
		}
		for key, want := range map[string]float64{
			moderation.MetricP50: 200, moderation.MetricMax: 300, moderation.MetricDetection: 5, moderation.MetricHandling: 295,
		} {
			if v := got[key]; v.Value == nil || *v.Value != want || v.Status != "" {
				t.Errorf("%s: %+v", key, v)
			}
		}
	})
}

func TestWhatIsNeverAnsweredCountsAsLate(t *testing.T) {
	b := console(t)
	b.offend("quick", start, time.Minute)
	b.offend("never", start.Add(time.Hour), 0)
	b.at(time.Date(2026, 11, 3, 10, 0, 0, 0, time.UTC))
	b.listened(start)
	got := b.metrics("1d")
	if rate := got[moderation.MetricInTime]; *rate.Numerator != 1 || *rate.Denominator != 2 {
		t.Errorf("in time %+v", rate)
	}
	if p90 := got[moderation.MetricP90]; *p90.Value != (24 * time.Hour).Seconds() {
		t.Errorf("P90 %v", *p90.Value)
	}
}

func TestWithoutListeningNothingIsJudged(t *testing.T) {
	b := console(t)
	b.offend("quick", start, time.Minute)
	b.at(time.Date(2026, 11, 3, 10, 0, 0, 0, time.UTC))
	got := b.metrics("1d")
	if rate := got[moderation.MetricInTime]; rate.Status != metric.Insufficient || rate.Reason != metric.Coverage {
		t.Errorf("in time %+v", rate)
	}
}
