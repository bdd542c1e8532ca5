package event_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/db/dbtest"
	"github.com/qunzhu/qunzhu/internal/event"
	"github.com/qunzhu/qunzhu/internal/id"
)

var t0 = time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)

func each(t *testing.T, f func(t *testing.T, d *db.DB)) {
	dbtest.Each(t, []db.Migrations{event.Migrations()}, f)
}

func message(community string, n int, ref string) event.Event {
	at := t0.Add(time.Duration(n) * time.Second)
	return event.Event{
		Community: community, ID: id.At(at, ref), Group: "g1", Member: "m1", Kind: event.MessagePosted, At: at, Recorded: at,
		Body: event.Encode(event.Posted{Source: event.FromArchive, Type: "text", Ref: ref}), Words: event.Words{Text: "第" + ref + "条", External: "wm1"},
	}
}

func TestAppendKeepsTheSameThingOnce(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		a, b := message("c1", 1, "a"), message("c1", 2, "b")
		fresh, err := appendIn(ctx, d, b, a, a)
		if err != nil || len(fresh) != 2 {
			t.Fatalf("first: %d new, %v", len(fresh), err)
		}
		fresh, err = appendIn(ctx, d, a, message("c1", 3, "c"))
		if err != nil || len(fresh) != 1 || fresh[0].At != t0.Add(3*time.Second) {
			t.Fatalf("second: %+v, %v", fresh, err)
		}
		got, err := event.Get(ctx, d, "c1", a.ID, "unknown")
		if err != nil || len(got) != 1 || got[0].Words != a.Words || string(got[0].Body) != string(a.Body) {
			t.Fatalf("read back %+v, %v", got, err)
		}
	})
}

func TestNumbersFollowDispatchAndNotCommit(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		late := message("c1", 1, "late")
		appendAll(t, d, message("c1", 5, "x"), message("c1", 6, "y"))
		number(t, d, "c1", 0)
		appendAll(t, d, late)
		number(t, d, "c1", 2)
		events, err := event.Read(ctx, d, "c1", 0, 10)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, e := range events {
			got = append(got, fmt.Sprintf("%d:%d", e.Seq, e.At.Second()))
		}
		if fmt.Sprint(got) != "[1:5 2:6 3:1]" {
			t.Fatalf("order %v", got)
		}
		left, err := event.PendingCommunities(ctx, d, event.Shard("c1"))
		if err != nil || len(left) != 0 {
			t.Fatalf("pending %v, %v", left, err)
		}
	})
}

func TestAnAppendHeldOpenIsNumberedAfterItsCommit(t *testing.T) {
	d := dbtest.Postgres(t, []db.Migrations{event.Migrations()})
	ctx := context.Background()
	hold, held := make(chan struct{}), make(chan error, 1)
	begun := make(chan struct{})
	go func() {
		held <- d.Write(ctx, func(tx *db.Tx) error {
			_, err := event.Append(ctx, tx, []event.Event{message("c1", 1, "first")})
			close(begun)
			<-hold
			return err
		})
	}()
	<-begun
	appendAll(t, d, message("c1", 2, "second"))
	number(t, d, "c1", 0)
	close(hold)
	if err := <-held; err != nil {
		t.Fatal(err)
	}
	number(t, d, "c1", 1)
	events, err := event.Read(ctx, d, "c1", 0, 10)
	if err != nil || len(events) != 2 || events[0].At.Second() != 2 || events[1].At.Second() != 1 {
		t.Fatalf("log %+v, %v", events, err)
	}
}

func TestTimelineAndRefs(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		var all []event.Event
		for i := range 30 {
			all = append(all, message("c1", i, fmt.Sprintf("msg_%d%%", i)))
		}
		appendAll(t, d, all...)
		number(t, d, "c1", 0)
		before, err := event.Timeline(ctx, d, "c1", "g1", all[20].ID, 3)
		if err != nil || len(before) != 3 || before[0].ID != all[19].ID {
			t.Fatalf("before: %v, %v", before, err)
		}
		after, err := event.Following(ctx, d, "c1", "g1", all[20].ID, 3, event.MessagePosted)
		if err != nil || len(after) != 3 || after[0].ID != all[21].ID {
			t.Fatalf("after: %v, %v", after, err)
		}
		e, found, err := event.FindRef(ctx, d, "c1", "g1", "msg_7%", all[9].At, 100)
		if err != nil || !found || e.ID != all[7].ID {
			t.Fatalf("ref: %v %v %v", e.ID, found, err)
		}
		if _, found, _ := event.FindRef(ctx, d, "c1", "g1", "msg_7%", all[9].At, 5); found {
			t.Fatal("found a message that comes later in the log")
		}
		if _, found, _ := event.FindRef(ctx, d, "c1", "g1", "msgx7%", all[9].At, 100); found {
			t.Fatal("an underscore matched another character")
		}
	})
}

func appendAll(t *testing.T, d *db.DB, events ...event.Event) {
	t.Helper()
	ctx := context.Background()
	if _, err := appendIn(ctx, d, events...); err != nil {
		t.Fatal(err)
	}
}

func appendIn(ctx context.Context, d *db.DB, events ...event.Event) (fresh []event.Event, err error) {
	err = d.Write(ctx, func(tx *db.Tx) error {
		fresh, err = event.Append(ctx, tx, events)
		return err
	})
	return fresh, err
}

func number(t *testing.T, d *db.DB, community string, last int64) {
	t.Helper()
	ctx := context.Background()
	err := d.Write(ctx, func(tx *db.Tx) error {
		events, err := event.Pending(ctx, tx, community, 700)
		if err != nil {
			return err
		}
		return event.Number(ctx, tx, community, events, last)
	})
	if err != nil {
		t.Fatal(err)
	}
}
