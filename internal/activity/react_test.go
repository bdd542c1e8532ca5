package activity_test

import (
	"cmp"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/qunzhu/qunzhu/internal/activity"
	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/db/dbtest"
	"github.com/qunzhu/qunzhu/internal/event"
	"github.com/qunzhu/qunzhu/internal/hub"
	"github.com/qunzhu/qunzhu/internal/id"
)

func TestARecallTakesItsMessageBackInEitherOrder(t *testing.T) {
	at := monday.Add(9 * time.Hour)
	for _, recallFirst := range []bool{false, true} {
		each(t, func(b *bench) {
			message := said(group, "m1", "今天的菜谱", at)
			events := []event.Event{message, recalled(message, at.Add(time.Minute))}
			if recallFirst {
				events[0], events[1] = events[1], events[0]
			}
			b.record(adopted(group, "wecom", monday))
			b.record(said(group, "m2", "收到请回复一下", at))
			for _, e := range events {
				b.record(e)
			}
			if got := b.talk(); got != "[2026-11-09|1|1|1]" {
				t.Errorf("recall first %v: %s", recallFirst, got)
			}
			b.verify(3)
		})
	}
}

func TestARepeatWithinSixtySecondsIsNotValid(t *testing.T) {
	at := monday.Add(9 * time.Hour)
	for _, c := range []struct {
		name    string
		offsets []time.Duration // in the order of arrival
		valid   int
	}{
		{"after 60 s", []time.Duration{0, 60 * time.Second}, 1},
		{"after more", []time.Duration{0, 60*time.Second + time.Millisecond}, 2},
		{"a chain", []time.Duration{0, 50 * time.Second, 100 * time.Second}, 1},
		{"the first arrives last", []time.Duration{40 * time.Second, 0}, 1},
		{"the middle arrives last", []time.Duration{0, 100 * time.Second, 50 * time.Second}, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			each(t, func(b *bench) {
				b.record(adopted(group, "wecom", monday))
				for _, o := range c.offsets {
					b.record(said(group, "m1", "低价团购", at.Add(o)))
				}
				want := fmt.Sprintf("[2026-11-09|%d|%d|1]", len(c.offsets), c.valid)
				if got := b.talk(); got != want {
					t.Errorf("%s, want %s", got, want)
				}
				b.verify(3)
			})
		})
	}
}

func TestAnotherMemberOrTextIsNoRepeat(t *testing.T) {
	each(t, func(b *bench) {
		at := monday.Add(9 * time.Hour)
		b.record(adopted(group, "wecom", monday))
		b.record(said(group, "m1", "想要一份", at), said(group, "m2", "想要一份", at.Add(time.Second)), said(group, "m1", "想要两份", at.Add(2*time.Second)))
		if got := b.talk(); got != "[2026-11-09|3|3|2]" {
			b.t.Error(got)
		}
	})
}

func TestRetractingAnImportTakesEverySpeakerBack(t *testing.T) {
	each(t, func(b *bench) {
		at := monday.Add(9 * time.Hour)
		b.record(adopted(group, "wecom", monday))
		message := said(group, "m1", "昨天的讲座很好", at)
		message.ID = "IMPORTED"
		retraction := event.Event{Group: group, Kind: event.MessageRetracted, At: at.Add(time.Hour), Body: event.Encode(event.Retracted{Event: "IMPORTED", Batch: "b1"})}
		b.record(message)
		b.record(retraction)
		again := retraction
		again.ID = "AGAIN"
		b.record(again)
		if got := b.talk(); got != "[2026-11-09|0|0|0]" {
			b.t.Error(got)
		}
		b.verify(3)
	})
}

func TestAMessageCountsOnTheLocalDayOfItsMillisecond(t *testing.T) {
	each(t, func(b *bench) {
		midnight := monday.AddDate(0, 0, 1)
		b.record(adopted(group, "wecom", monday))
		b.record(said(group, "m1", "睡前最后一句", midnight.Add(-time.Millisecond)), said(group, "m1", "新的一天开始", midnight))
		if got := b.talk(); got != "[2026-11-09|1|1|1 2026-11-10|1|1|1]" {
			b.t.Error(got)
		}
	})
}

// TestCoverageOfDaysThatClocksChange holds the covered share of a day of 25 and
// of one of 23 hours, which are whole when all their hours are covered.
func TestCoverageOfDaysThatClocksChange(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	for _, day := range []string{"2026-10-25", "2026-03-29"} {
		dbtest.Each(t, hub.SpineMigrations(), func(t *testing.T, d *db.DB) {
			b := setup(t, d, berlin)
			start, err := time.ParseInLocation(time.DateOnly, day, berlin)
			if err != nil {
				t.Fatal(err)
			}
			end := start.AddDate(0, 0, 1)
			b.record(adopted(group, "wecom", start.AddDate(0, 0, -1)))
			b.record(listened(group, event.FromArchive, start, end))
			if got := b.days(group, day, day)[0]; got.Coverage != 1 || show(got.Messages) != "0" {
				t.Errorf("%s of %v: coverage %v, messages %s", day, activity.DayLength(day, berlin), got.Coverage, show(got.Messages))
			}
			half := b.days(group, end.Format(time.DateOnly), end.Format(time.DateOnly))[0]
			if half.Messages != nil || half.Coverage != 0 {
				t.Errorf("the day after is known: %+v", half)
			}
		})
	}
}

// TestMain keeps properties that write to a database to a few cases.
func TestMain(m *testing.M) {
	flag.Parse()
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == "rapid.checks" })
	if !given {
		if err := flag.Set("rapid.checks", "5"); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}

// TestTheOrderOfArrivalDoesNotMatter records an hour of talk, recalls, joins and
// leaves in any order and in any batches: the counts are those of a reading of
// the whole hour in the order in which it happened.
func TestTheOrderOfArrivalDoesNotMatter(t *testing.T) {
	dbtest.Each(t, hub.SpineMigrations(), func(t *testing.T, d *db.DB) {
		b := setup(t, d, shanghai)
		round := 0
		rapid.Check(t, func(rt *rapid.T) {
			round++
			home := fmt.Sprintf("C%d", round)
			events := hour(rapid.Uint64().Draw(rt, "seed"))
			b.record(in(home, adopted(group, "wecom", monday))...)
			order := rapid.Permutation(events).Draw(rt, "order")
			for part := range slices.Chunk(order, rapid.IntRange(1, 20).Draw(rt, "batch")) {
				b.record(in(home, part...)...)
			}
			if got, want := counted(t, d, home), reading(events); got != want {
				rt.Fatalf("counted\n%s\ninstead of\n%s", got, want)
			}
		})
		b.verify(1)
	})
}

// reading counts an hour by the definitions, without regard to how it arrives.
func reading(events []event.Event) string {
	events = slices.SortedFunc(slices.Values(events), func(a, b event.Event) int { return cmp.Or(a.At.Compare(b.At), strings.Compare(a.ID, b.ID)) })
	recalled := map[string]bool{}
	for _, e := range events {
		if e.Kind == event.MessageRecalled {
			r, _ := event.Decode[event.Recalled](e)
			recalled[r.Ref] = true
		}
	}
	type tally struct {
		messages, valid, joins, leaves int
		speakers                       map[string]bool
	}
	days := map[string]*tally{}
	last := map[string]time.Time{}
	for _, e := range events {
		day := e.At.In(shanghai).Format(time.DateOnly)
		if days[day] == nil {
			days[day] = &tally{speakers: map[string]bool{}}
		}
		switch t := days[day]; e.Kind {
		case event.MemberJoined:
			t.joins++
		case event.MemberLeft:
			t.leaves++
		case event.MessagePosted:
			p, _ := event.Decode[event.Posted](e)
			words := fmt.Sprint(e.Member, p.Print)
			before, spoken := last[words]
			last[words] = e.At
			if recalled[p.Ref] {
				continue
			}
			t.messages++
			t.speakers[e.Member] = true
			if !spoken || e.At.Sub(before) > time.Minute {
				t.valid++
			}
		}
	}
	var out []string
	for _, day := range slices.Sorted(maps.Keys(days)) {
		t := days[day]
		if t.messages+t.joins+t.leaves == 0 {
			continue
		}
		out = append(out, fmt.Sprintf("%s|%d|%d|%d|%d|%d", day, t.messages, t.valid, len(t.speakers), t.joins, t.leaves))
	}
	return strings.Join(out, "\n")
}

func in(home string, events ...event.Event) []event.Event {
	out := make([]event.Event, len(events))
	for i, e := range events {
		e.Community = home
		out[i] = e
	}
	return out
}

// counted is what the tables say, in the words of reading.
func counted(t *testing.T, d *db.DB, home string) string {
	return strings.Join(dbtest.Dump(t, d, `SELECT x.day, COALESCE(messages,0), COALESCE(valid_messages,0), COALESCE(speakers,0), COALESCE(joins,0), COALESCE(leaves,0)
 FROM (SELECT day FROM activity_days WHERE community_id=$1 AND messages>0 UNION SELECT day FROM activity_moves WHERE community_id=$1 AND joins+leaves>0) x
 LEFT JOIN activity_days d ON d.community_id=$1 AND d.day=x.day LEFT JOIN activity_moves m ON m.community_id=$1 AND m.day=x.day ORDER BY x.day`, home), "\n")
}

// hour is some talk around a midnight: repeats, recalls, joins and leaves.
func hour(seed uint64) []event.Event {
	rng := rand.New(rand.NewPCG(seed, 1))
	start := monday.Add(23*time.Hour + 30*time.Minute)
	var events []event.Event
	for m := range 5 {
		member := fmt.Sprintf("m%d", m)
		at := start.Add(time.Duration(rng.IntN(1200)) * time.Second)
		events = append(events, joined(group, member, event.Member, at))
		for range rng.IntN(7) {
			at = at.Add(time.Duration(rng.IntN(80)+1) * time.Second)
			message := said(group, member, []string{"今晚吃什么", "群里有活动吗"}[rng.IntN(2)], at)
			events = append(events, message)
			if rng.IntN(4) == 0 {
				events = append(events, recalled(message, at.Add(time.Duration(rng.IntN(90))*time.Second)))
			}
		}
		if rng.IntN(3) == 0 {
			events = append(events, left(group, member, at.Add(time.Duration(rng.IntN(900)+1)*time.Second)))
		}
	}
	for i := range events {
		events[i].ID = id.At(events[i].At, strconv.Itoa(i))
	}
	return events
}
