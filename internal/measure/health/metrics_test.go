package health_test

import (
	"context"
	"database/sql"
	"fmt"
	"testing"
	"time"

	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/event"
	"github.com/qunzhu/qunzhu/internal/measure/health"
)

// TestA6DailyMessages is the example of docs/definitions.md A6: 120 messages in 7 days of
// which 15 are by staff are exactly 15 a day, which is not more than 15.
func TestA6DailyMessages(t *testing.T) {
	each(t, func(b *bench) {
		b.group("G1", 40)
		b.join("G1", "boss", event.Staff, day(-20))
		b.say("G1", "G1-m000", event.Member, 105)
		b.say("G1", "boss", event.Staff, 15)
		b.record()
		b.want("G1", health.DailyMessages, "7d", "105/7=15.0000 fail ")
		b.want("G1", health.DailyMessages, "2026-W46", "105/7=15.0000 fail ")
		b.want("G1", health.TotalMessages, "7d", "120/1=120.0000  ")
		b.want("G1", health.SpeakerShare, "7d", "1/40=0.0250  ")
		b.want("G1", health.PerHundred, "7d", "105/2.8=37.5000  ")
		b.say("G1", "G1-m001", event.Member, 1)
		b.record()
		b.want("G1", health.DailyMessages, "7d", "106/7=15.1429 pass ")
		b.want("", health.DailyMessages, "7d", "106/7=15.1429 pass ")
		b.want("G1", health.DailyMessages, "2026-W47", "—/—=— no_data ")
	})
}

// TestA6MemberGrowth is the example of docs/definitions.md A6: 3.33 % passes and exactly
// 3 % does not.
func TestA6MemberGrowth(t *testing.T) {
	for joins, want := range map[int]string{15: "10/300=0.0333 pass ", 14: "9/300=0.0300 fail "} {
		each(t, func(b *bench) {
			b.group("G1", 300)
			b.join("G1", "boss", event.Staff, day(1)) // does not count
			for i := range joins {
				b.join("G1", fmt.Sprint("new", i), event.Member, day(i%7).Add(time.Hour))
			}
			for i := range 5 {
				b.leave("G1", fmt.Sprintf("G1-m%03d", i), day(i).Add(2*time.Hour))
			}
			b.record()
			b.want("G1", health.MemberGrowth, "7d", want)
			b.want("", health.MemberGrowth, "7d", want)
			b.want("G1", health.ExitRate, "7d", fmt.Sprintf("5/%d=%.4f  ", 300+joins, 5/float64(300+joins)))
			// The threshold speaks of weeks.
			b.want("G1", health.MemberGrowth, "14d", fmt.Sprintf("%d/300=%.4f  ", joins-5, float64(joins-5)/300))
		})
	}
}

func TestGrowthFromNothingIsUnknown(t *testing.T) {
	each(t, func(b *bench) {
		b.group("G1", 0)
		b.join("G1", "m1", event.Member, day(2))
		b.record()
		b.want("G1", health.MemberGrowth, "7d", "1/0=— no_data ")
		b.want("", health.MemberGrowth, "7d", "1/0=— no_data ")
	})
}

func TestAFewMembersAreNoSample(t *testing.T) {
	each(t, func(b *bench) {
		b.group("G1", 29)
		b.join("G1", "m1", event.Member, day(2))
		b.record()
		b.want("G1", health.MemberGrowth, "7d", "1/29=0.0345 insufficient sample")
	})
}

// TestTransfersBetweenOwnGroupsNetToZero: who changes groups neither comes nor
// goes for the community.
func TestTransfersBetweenOwnGroupsNetToZero(t *testing.T) {
	each(t, func(b *bench) {
		b.group("G1", 100)
		b.group("G2", 100)
		for i := range 20 {
			m := fmt.Sprintf("G1-m%03d", i)
			b.join("G2", m, event.Member, day(2))
			if i < 15 { // five stay in both
				b.leave("G1", m, day(3))
			}
		}
		b.record()
		b.want("G1", health.MemberGrowth, "7d", "-15/100=-0.1500 fail ")
		b.want("G2", health.MemberGrowth, "7d", "20/100=0.2000 pass ")
		b.want("", health.MemberGrowth, "7d", "0/200=0.0000 fail ")
		b.want("", health.ExitRate, "7d", "0/200=0.0000  ")
	})
}

func TestANearlyFullGroupIsNotJudged(t *testing.T) {
	each(t, func(b *bench) {
		b.group("G1", 449)
		b.group("G2", 449)
		b.join("G2", "boss", event.Staff, day(-20)) // 450 of 500
		b.record()
		b.want("G1", health.MemberGrowth, "7d", "0/449=0.0000 fail ")
		b.want("G2", health.MemberGrowth, "7d", "0/449=0.0000 insufficient full")
		b.want("", health.MemberGrowth, "7d", "0/898=0.0000 fail ")
	})
}

func TestARunningWeekHasNoStatus(t *testing.T) {
	each(t, func(b *bench) {
		b.group("G1", 300)
		b.clock.Set(day(3).Add(12 * time.Hour))
		b.events = b.events[:len(b.events)-2] // the coverage, which would lie in the future
		for _, source := range []string{event.FromArchive, event.FromAPI} {
			b.add(event.Event{Group: "G1", Kind: event.CoverageObserved, At: day(3), Body: event.Encode(event.Coverage{Connection: conn, Source: source, From: day(-10), To: day(3).Add(12 * time.Hour)})})
		}
		b.join("G1", "new", event.Member, day(2))
		b.record()
		b.want("G1", health.MemberGrowth, "2026-W46", "1/300=0.0033 insufficient partial")
		b.want("G1", health.DailyMessages, "2026-W46", "0/4=0.0000 insufficient partial")
	})
}

func TestAHandCountedGroupIsMeasuredByItsTallies(t *testing.T) {
	each(t, func(b *bench) {
		name := "老客群"
		b.add(event.Event{Group: "P1", Kind: event.GroupAdopted, At: day(-30), Body: event.Encode(event.Group{Connection: "M1", Platform: "wechat", External: "P1", Name: &name})})
		for i := range 8 {
			members, messages := 100+i, 20
			b.add(event.Event{Group: "P1", Kind: event.TallyRecorded, At: day(i - 1).Add(22 * time.Hour), Body: event.Encode(event.Tally{
				Day: day(i - 1).Format(time.DateOnly), Members: &members, Messages: &messages,
			})})
		}
		b.record()
		b.want("P1", health.DailyMessages, "7d", "140/7=20.0000 pass ")
		b.want("P1", health.MemberGrowth, "7d", "7/100=0.0700 pass ")
		b.want("", health.MemberGrowth, "7d", "7/100=0.0700 pass ")
		if v := b.in("P1", health.DailyMessages, "7d"); fmt.Sprint(v.Sources) != "[manual]" || v.Coverage != 1 {
			b.t.Errorf("%+v", v)
		}
	})
}

// TestStatementsDoNotGrowWithTheGroups keeps a board of a thousand groups as
// quick to ask for as one of three.
func TestStatementsDoNotGrowWithTheGroups(t *testing.T) {
	each(t, func(b *bench) {
		var before int
		for round, groups := range []int{1, 40} {
			for i := range groups {
				b.group(fmt.Sprintf("R%d-%02d", round, i), 1)
			}
			b.record()
			c := &counter{Q: b.db}
			w, err := b.registry.Window("7d")
			if err != nil {
				b.t.Fatal(err)
			}
			if _, err := b.registry.ComputeGroups(context.Background(), c, nil, com, w); err != nil {
				b.t.Fatal(err)
			}
			if round > 0 && c.n != before || c.n > 10 {
				b.t.Errorf("%d statements, %d before", c.n, before)
			}
			before = c.n
		}
	})
}

// counter counts statements.
type counter struct {
	db.Q
	n int
}

func (c *counter) Query(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	c.n++
	return c.Q.Query(ctx, query, args...)
}
