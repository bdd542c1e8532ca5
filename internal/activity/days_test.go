package activity_test

import (
	"context"
	"database/sql"
	"fmt"
	"testing"
	"time"

	"github.com/qunzhu/qunzhu/internal/activity"
	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/event"
	"github.com/qunzhu/qunzhu/internal/fault"
)

// week shows the days of the test group from Monday on, one a line.
func (b *bench) week(g string, n int) string {
	out := ""
	for _, d := range b.days(g, monday.Format(time.DateOnly), monday.AddDate(0, 0, n-1).Format(time.DateOnly)) {
		out += fmt.Sprintf("\n%s msg %s valid %s by %s, +%s -%s =%s %.2f/%.2f %s/%s", d.Date[5:], show(d.Messages), show(d.Valid), show(d.Speakers),
			show(d.Joins), show(d.Leaves), show(d.MembersEnd), d.Coverage, d.RosterCoverage, d.Source, d.RosterSource)
		if d.Running {
			out += " running"
		}
	}
	return out
}

func day(n int) time.Time { return monday.AddDate(0, 0, n) }

// TestDaysTellTheUnknownFromZero: nothing before the first observation, nothing
// in the future, zero only where somebody listened.
func TestDaysTellTheUnknownFromZero(t *testing.T) {
	each(t, func(b *bench) {
		b.clock.Set(day(3).Add(12 * time.Hour))
		b.record(adopted(group, "wecom", day(1)))
		b.record(listened(group, event.FromAPI, day(1), day(3).Add(12*time.Hour)), listened(group, event.FromArchive, day(2), day(3).Add(12*time.Hour)))
		b.record(joined(group, "m1", event.Member, day(-2)), joined(group, "boss", event.Staff, day(1)), joined(group, "m2", event.Member, day(1)), left(group, "m2", day(3)))
		want := `
11-09 msg — valid — by —, +— -— =— 0.00/0.00 /
11-10 msg — valid — by —, +1 -0 =2 0.00/1.00 /api
11-11 msg 0 valid 0 by 0, +0 -0 =2 1.00/1.00 archive/api
11-12 msg 0 valid 0 by 0, +0 -1 =1 1.00/1.00 archive/api running
11-13 msg — valid — by —, +— -— =— 0.00/0.00 /`
		if got := b.week(group, 5); got != want {
			b.t.Errorf("%s\nwant%s", got, want)
		}
	})
}

func TestAConnectionsCoverageIsThatOfItsArchivedGroups(t *testing.T) {
	each(t, func(b *bench) {
		no := false
		b.record(adopted(group, "wecom", monday), adopted("G2", "wecom", monday))
		b.record(event.Event{Group: "G2", Kind: event.GroupChanged, At: monday, Body: event.Encode(event.Group{Archived: &no})})
		b.record(listened("", event.FromArchive, day(0), day(1)), listened("", event.FromAPI, day(0), day(1)))
		if got := b.week(group, 1); got != "\n11-09 msg 0 valid 0 by 0, +0 -0 =0 1.00/1.00 archive/api" {
			b.t.Error(got)
		}
		if got := b.week("G2", 1); got != "\n11-09 msg — valid — by —, +0 -0 =0 0.00/1.00 /api" {
			b.t.Error(got)
		}
	})
}

// TestCoverageHoldsTheConsentOfThoseWhoArePresent is docs/definitions.md §0.1b: words of
// members without consent are not seen.
func TestCoverageHoldsTheConsentOfThoseWhoArePresent(t *testing.T) {
	each(t, func(b *bench) {
		b.record(adopted(group, "wecom", monday))
		for i := range 5 {
			b.record(joined(group, fmt.Sprint("m", i), event.Member, monday))
		}
		b.record(joined(group, "boss", event.Staff, monday), listened(group, event.FromArchive, day(0), day(0).Add(18*time.Hour)))
		for i := range 4 {
			b.record(event.Event{Group: group, Member: fmt.Sprint("m", i), Kind: event.ConsentChanged, At: monday, Body: event.Encode(event.Consent{Agreed: i != 0})})
		}
		b.record(left(group, "m1", day(0).Add(time.Hour)), said(group, "m2", "大家早上好呀", day(0).Add(time.Hour)))
		// 18 of 24 hours, and m2 and m3 of the four outsiders who are left.
		if got := b.days(group, "2026-11-09", "2026-11-09")[0]; got.Coverage != 0.75*0.5 || show(got.Valid) != "1" {
			b.t.Errorf("%+v", got)
		}
	})
}

func TestTheBestSourceOfADayCounts(t *testing.T) {
	each(t, func(b *bench) {
		imported := func(member, text string, at time.Time) event.Event {
			e := said(group, member, text, at)
			p, _ := event.Decode[event.Posted](e)
			p.Source = event.FromImport
			e.Body = event.Encode(p)
			return e
		}
		b.record(adopted(group, "wecom", day(1)))
		b.record(tallied(group, "2026-11-09", event.Tally{Messages: number(40), Members: number(90)}, day(1)),
			tallied(group, "2026-11-10", event.Tally{Messages: number(50), Joins: number(9), Leaves: number(8)}, day(2)),
			tallied(group, "2026-11-12", event.Tally{Messages: number(60), Joins: number(1), Leaves: number(0)}, day(3)))
		b.record(tallied(group, "2026-11-12", event.Tally{Messages: number(61), Joins: number(2), Leaves: number(0)}, day(4)))
		b.record(imported("n1", "昨天讲得真好", day(0).Add(time.Hour)), imported("n1", "今天还有讲座吗", day(1).Add(time.Hour)), listened(group, event.FromImport, day(0), day(2)))
		b.record(listened(group, event.FromArchive, day(1), day(2)), listened(group, event.FromAPI, day(1), day(2)),
			said(group, "m1", "今天还有讲座吗", day(1).Add(time.Hour)), said(group, "m2", "晚上八点开始", day(1).Add(2*time.Hour)))
		want := `
11-09 msg 1 valid 1 by 1, +— -— =— 1.00/1.00 import/manual
11-10 msg 2 valid 2 by 2, +0 -0 =0 1.00/1.00 archive/api
11-11 msg — valid — by —, +— -— =0 0.00/0.00 /
11-12 msg 61 valid — by —, +2 -0 =0 1.00/1.00 manual/manual`
		if got := b.week(group, 4); got != want {
			b.t.Errorf("%s\nwant%s", got, want)
		}
	})
}

func TestAGroupWithoutAnAPIHasWhatWasEntered(t *testing.T) {
	each(t, func(b *bench) {
		b.record(adopted("P1", "wechat", day(1)))
		b.record(tallied("P1", "2026-11-10", event.Tally{Members: number(120), Messages: number(30)}, day(1)),
			tallied("P1", "2026-11-11", event.Tally{Members: number(123), Messages: number(35), Joins: number(4), Leaves: number(1)}, day(2)))
		s := b.sum("P1", "2026-11-11", "2026-11-12")
		if s.Spoken != 35 || s.SpokenDays != 1 || s.Coverage != 0.5 || show(s.MembersStart) != "120" || show(s.MembersEnd) != "123" ||
			s.Joins != 4 || s.Leaves != 1 || fmt.Sprint(s.Sources) != "[manual]" || s.Speakers != nil {
			b.t.Errorf("%+v", s)
		}
	})
}

func TestSumsAreThoseOfTheDays(t *testing.T) {
	each(t, func(b *bench) {
		b.record(adopted(group, "wecom", day(0)), adopted("G2", "wecom", day(0)))
		b.record(listened("", event.FromArchive, day(0), day(6)), listened("", event.FromAPI, day(0), day(7)))
		for i := range 6 {
			at := day(i).Add(9 * time.Hour)
			b.record(joined(group, fmt.Sprint("m", i), event.Member, at), said(group, "m0", fmt.Sprint("第几天了", i), at.Add(time.Minute)), said(group, "boss", "欢迎", at))
		}
		b.record(left(group, "m0", day(5).Add(12*time.Hour)))
		s := b.sum(group, "2026-11-11", "2026-11-15")
		if s.Expected != 5 || s.TalkDays != 4 || s.Spoken != 8 || show(s.Speakers) != "2" || s.Coverage != 0.8 ||
			s.Joins != 4 || s.Leaves != 1 || s.RosterDays != 5 || show(s.MembersStart) != "2" || show(s.MembersEnd) != "5" {
			b.t.Errorf("%+v", s)
		}
		if other := b.sum("G2", "2026-11-11", "2026-11-15"); other.Spoken != 0 || other.TalkDays != 4 || show(other.MembersEnd) != "0" {
			b.t.Errorf("the other group: %+v", other)
		}
	})
}

func TestSomebodyWhoMovesBetweenGroupsStays(t *testing.T) {
	each(t, func(b *bench) {
		b.record(adopted(group, "wecom", day(-7)), adopted("G2", "wecom", day(-7)))
		for i := range 4 {
			b.record(joined(group, fmt.Sprint("m", i), event.Member, day(-3)))
		}
		b.record(joined(group, "boss", event.Staff, day(-3)))
		b.record(left(group, "m0", day(1)), joined("G2", "m0", event.Member, day(2)), joined("G2", "m1", event.Member, day(2)), joined("G2", "new", event.Member, day(3)))
		b.record(joined("G2", "brief", event.Member, day(3)), left("G2", "brief", day(4)))
		stays, err := activity.LoadStays(context.Background(), b.db, com, "2026-11-01", "2026-11-15")
		if err != nil {
			b.t.Fatal(err)
		}
		for dates, want := range map[[2]string]activity.People{
			{"2026-11-09", "2026-11-15"}: {Start: 4, End: 5, Ever: 6},
			{"2026-11-02", "2026-11-08"}: {Start: 0, End: 4, Ever: 4},
			{"2026-11-12", "2026-11-12"}: {Start: 4, End: 6, Ever: 6},
		} {
			if got := stays.Count(dates[0], dates[1]); got != want {
				b.t.Errorf("%v: %+v, want %+v", dates, got, want)
			}
		}
	})
}

// counter counts the statements that run through it.
type counter struct {
	db.Q
	n int
}

func (c *counter) Query(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	c.n++
	return c.Q.Query(ctx, query, args...)
}

func (c *counter) QueryRow(ctx context.Context, query string, args ...any) *sql.Row {
	c.n++
	return c.Q.QueryRow(ctx, query, args...)
}

func TestTheNumberOfStatementsDoesNotGrowWithTheGroups(t *testing.T) {
	each(t, func(b *bench) {
		b.record(adopted("G000", "wecom", monday))
		few := b.statements()
		var more []event.Event
		for i := range 60 {
			more = append(more, adopted(fmt.Sprintf("G%03d", i+1), "wecom", monday))
		}
		b.record(more...)
		if many := b.statements(); many != few || few > 10 {
			b.t.Errorf("%d statements for one group, %d for 61", few, many)
		}
	})
}

func (b *bench) statements() int {
	c := &counter{Q: b.db}
	all, err := activity.Sums(context.Background(), c, b.params(), com, "2026-11-09", "2026-11-15")
	if err != nil || len(all) == 0 {
		b.t.Fatalf("%d groups, %v", len(all), err)
	}
	return c.n
}

func TestARangeThatCannotBeReadIsRefused(t *testing.T) {
	each(t, func(b *bench) {
		b.record(adopted(group, "wecom", monday))
		for _, c := range [][2]string{{"2026-11-31", "2026-12-01"}, {"2026-11-01", ""}, {"2026-11-02", "2026-11-01"}, {"2020-01-01", "2026-01-01"}} {
			_, err := activity.Sums(context.Background(), b.db, b.params(), com, c[0], c[1])
			if !fault.Is(err, fault.Invalid) {
				b.t.Errorf("%v gave %v", c, err)
			}
		}
	})
}
