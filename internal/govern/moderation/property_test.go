package moderation_test

import (
	"flag"
	"fmt"
	"os"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/qunzhu/qunzhu/internal/db/dbtest"
	"github.com/qunzhu/qunzhu/internal/event"
	"github.com/qunzhu/qunzhu/internal/govern/moderation"
)

// TestMain keeps random courses few, because each has a database of its own;
// -rapid.checks asks for more.
func TestMain(m *testing.M) {
	flag.Parse()
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == "rapid.checks" })
	if !given {
		if err := flag.Set("rapid.checks", "10"); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}

// TestAnyCourseOfEventsIsReproducible plays random courses of joins, adverts,
// recalls, removals, staff messages and decisions, delivered in any order and
// dispatched in any portions: the tables follow from the log alone, however it
// is cut, and the clocks of cases stay sound.
func TestAnyCourseOfEventsIsReproducible(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		b := seeded(t, dbtest.SQLite(t, migrations()))
		b.at(start.Add(2 * time.Hour))
		var posted []string
		for i := range rapid.IntRange(5, 40).Draw(rt, "steps") {
			b.randomStep(rt, i, &posted)
			if rapid.Bool().Draw(rt, "drain") {
				b.drain()
			}
		}
		b.drain()
		b.want(`SELECT count(*) FROM moderation_cases WHERE (first_action_at IS NULL) <> (response_ms IS NULL) OR response_ms < 0
 OR state='handled' AND first_action_at IS NULL OR state='open' AND first_action_at IS NOT NULL`, "0")
		b.want("SELECT count(*) FROM moderation_cases c WHERE messages <> (SELECT count(*) FROM moderation_messages m WHERE m.case_id=c.id)", "0")
		b.want("SELECT count(*) FROM hub_parked", "0")
		b.verify()
	})
}

func (b *bench) randomStep(rt *rapid.T, i int, posted *[]string) {
	at := start.Add(time.Duration(rapid.IntRange(0, 40*60).Draw(rt, "second")) * time.Second)
	member := rapid.SampledFrom([]string{"m1", "m2"}).Draw(rt, "member")
	key := fmt.Sprint("s", i)
	switch rapid.SampledFrom([]string{"ad", "ad", "insult", "recall", "removal", "leave", "join", "staff", "decide", "tidy"}).Draw(rt, "step") {
	case "ad":
		b.deliver(key, said("g1", member, ad, at))
		*posted = append(*posted, key)
	case "insult":
		b.deliver(key, said("g1", member, insult, at))
		*posted = append(*posted, key)
	case "recall":
		// Of a message that came, or of the next one.
		b.deliver(key, recalled("g1", member, rapid.SampledFrom(append(*posted, fmt.Sprint("s", i+1))).Draw(rt, "which"), at))
	case "removal":
		b.deliver(key, left("g1", member, at, "removed"))
	case "leave":
		b.deliver(key, left("g1", member, at, "self"))
	case "join":
		b.deliver(key, joined("g1", member, at))
	case "staff":
		texts := append(b.rows("SELECT text FROM tasks"), "大家好")
		b.deliver(key, said("g1", "owner", rapid.SampledFrom(texts).Draw(rt, "text"), b.clock.Now()))
	case "decide":
		if list := b.rows("SELECT id FROM moderation_cases"); len(list) > 0 {
			decision := rapid.SampledFrom([]moderation.Decision{
				moderation.DecideRecall, moderation.DecideWarn, moderation.DecideRemove, moderation.FalsePositive, moderation.Dismiss, moderation.Undo,
			}).Draw(rt, "decision")
			// What cannot be decided now is refused and changes nothing.
			_, _ = b.decide(moderation.Case{ID: rapid.SampledFrom(list).Draw(rt, "case")}, decision)
		}
	case "tidy":
		if tasks := b.rows("SELECT id FROM tasks WHERE state='open'"); len(tasks) > 0 {
			b.record(event.Event{Community: b.community(), Kind: event.TaskCompleted, At: at.Add(time.Hour), ID: "END" + key,
				Body: event.Encode(event.TaskEnd{Task: tasks[0], By: "op1"})})
		}
	}
}
