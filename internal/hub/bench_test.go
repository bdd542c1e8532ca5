package hub_test

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/qunzhu/qunzhu/internal/clock"
	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/event"
	"github.com/qunzhu/qunzhu/internal/hub"
	"github.com/qunzhu/qunzhu/internal/id"
	"github.com/qunzhu/qunzhu/internal/job"
)

// BenchmarkDispatch is append and dispatch of messages in batches of 500 on
// SQLite with synchronous=FULL; BenchmarkBareInsert is what it is held against:
// the event, three counters and a member row, in batches of 500.
func BenchmarkDispatch(b *testing.B) {
	ctx := context.Background()
	d := benchDB(b)
	h := hub.New(hub.Options{DB: d, Clock: clock.NewDomain(start), Zone: time.UTC, Reactors: hub.SpineReactors(), Leases: job.NewLeases(d, "bench", clock.Real{})})
	defer h.Close()
	b.ResetTimer()
	for n := 0; n < b.N; n += 500 {
		events := messages(n, 500)
		if err := d.Write(ctx, func(tx *db.Tx) error { _, err := event.Append(ctx, tx, events); return err }); err != nil {
			b.Fatal(err)
		}
		if _, err := h.Dispatch(ctx); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
}

func BenchmarkBareInsert(b *testing.B) {
	ctx := context.Background()
	d := benchDB(b)
	if _, err := d.Exec(ctx, `CREATE TABLE bare_events (community_id TEXT NOT NULL, id TEXT NOT NULL, body TEXT NOT NULL, at BIGINT NOT NULL)`); err != nil {
		b.Fatal(err)
	}
	for _, sql := range []string{
		"CREATE UNIQUE INDEX bare_key ON bare_events (community_id, id)",
		"CREATE TABLE bare_counters (k TEXT PRIMARY KEY, n BIGINT NOT NULL)",
		"CREATE TABLE bare_members (community_id TEXT NOT NULL, id TEXT NOT NULL, n BIGINT NOT NULL, PRIMARY KEY (community_id, id))",
	} {
		if _, err := d.Exec(ctx, sql); err != nil {
			b.Fatal(err)
		}
	}
	b.ResetTimer()
	for n := 0; n < b.N; n += 500 {
		events := messages(n, 500)
		err := d.Write(ctx, func(tx *db.Tx) error {
			log, members := db.NewRows(4), db.NewRows(3)
			seen := map[string]bool{}
			for _, e := range events {
				log.Add(e.Community, e.ID, string(e.Body), e.At.UnixMilli())
				if !seen[e.Member] {
					seen[e.Member] = true
					members.Add(e.Community, e.Member, 1)
				}
			}
			if _, err := log.Exec(ctx, tx, "INSERT INTO bare_events (community_id,id,body,at)", "ON CONFLICT DO NOTHING"); err != nil {
				return err
			}
			if _, err := members.Exec(ctx, tx, "INSERT INTO bare_members (community_id,id,n)", "ON CONFLICT (community_id,id) DO UPDATE SET n=bare_members.n+excluded.n"); err != nil {
				return err
			}
			for range 3 {
				if _, err := tx.Exec(ctx, "INSERT INTO bare_counters (k,n) VALUES ('k',$1) ON CONFLICT (k) DO UPDATE SET n=bare_counters.n+excluded.n", len(events)); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
}

func benchDB(b *testing.B) *db.DB {
	b.Helper()
	ctx := context.Background()
	d, err := db.Open(ctx, filepath.Join(b.TempDir(), "bench.db"))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = d.Close() })
	if err := d.Migrate(ctx, hub.SpineMigrations()); err != nil {
		b.Fatal(err)
	}
	return d
}

func messages(from, n int) []event.Event {
	out := make([]event.Event, n)
	for i := range out {
		k := from + i
		at := start.Add(time.Duration(k) * time.Second)
		member := id.Of("m", fmt.Sprint(k*7919%2000))
		out[i] = event.Event{
			Community: "01COMMUNITY", ID: id.At(at, fmt.Sprint(k)), Group: id.Of("g", fmt.Sprint(k%20)), Member: member,
			Kind: event.MessagePosted, At: at, Recorded: at,
			Body:  event.Encode(event.Posted{Source: event.FromArchive, Type: "text", Kind: event.Member, Class: "substantive", Valid: true, Print: uint64(k) * 0x9E3779B97F4A7C15, Length: 30}),
			Words: event.Words{Text: "三个月的宝宝夜里总醒, 大家都是怎么做的呀", Name: "团团妈", External: member},
		}
	}
	return out
}
