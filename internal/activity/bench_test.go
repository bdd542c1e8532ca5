package activity_test

import (
	"context"
	"fmt"
	"hash/fnv"
	"strconv"
	"testing"
	"time"

	"github.com/qunzhu/qunzhu/internal/activity"
	"github.com/qunzhu/qunzhu/internal/clock"
	"github.com/qunzhu/qunzhu/internal/community"
	"github.com/qunzhu/qunzhu/internal/connector"
	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/db/dbtest"
	"github.com/qunzhu/qunzhu/internal/event"
	"github.com/qunzhu/qunzhu/internal/hub"
	"github.com/qunzhu/qunzhu/internal/id"
	"github.com/qunzhu/qunzhu/internal/job"
	"github.com/qunzhu/qunzhu/internal/seal"
)

const (
	com   = "COM"
	group = "G1"
	conn  = "W1"
)

var (
	shanghai = time.FixedZone("CST", 8*3600)
	// monday is the start of ISO week 2026-W46.
	monday = time.Date(2026, 11, 9, 0, 0, 0, 0, shanghai)
)

// bench is a real hub with the spine's reactors, fed with events.
type bench struct {
	t     testing.TB
	db    *db.DB
	hub   *hub.Hub
	clock *clock.Domain
	zone  *time.Location
	n     int
}

func setup(t testing.TB, d *db.DB, zone *time.Location) *bench {
	t.Helper()
	key, err := seal.New(seal.NewKey())
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{t: t, db: d, zone: zone, clock: clock.NewDomain(monday.AddDate(0, 0, 7))}
	b.hub = hub.New(hub.Options{
		DB: d, Clock: b.clock, Zone: zone, Store: connector.NewStore(key), Reactors: hub.SpineReactors(),
		Leases: job.NewLeases(d, "test", clock.Real{}),
	})
	t.Cleanup(b.hub.Close)
	return b
}

// each runs f on both engines, in Shanghai.
func each(t *testing.T, f func(b *bench)) {
	dbtest.Each(t, hub.SpineMigrations(), func(t *testing.T, d *db.DB) { f(setup(t, d, shanghai)) })
}

// record appends events, which get an id and the community where they have none.
func (b *bench) record(events ...event.Event) {
	b.t.Helper()
	for i := range events {
		e := &events[i]
		b.n++
		if e.ID == "" {
			e.ID = id.At(e.At, e.Group, string(e.Kind), strconv.Itoa(b.n))
		}
		if e.Community == "" {
			e.Community = com
		}
	}
	if _, err := b.hub.Record(context.Background(), events...); err != nil {
		b.t.Fatal(err)
	}
}

// verify rebuilds the log in batches of the given size and compares.
func (b *bench) verify(batch int) {
	b.t.Helper()
	v := hub.Verifier{Migrations: hub.SpineMigrations(), Reactors: hub.SpineReactors(), Projections: hub.SpineProjections(), Batch: batch}
	if _, err := v.Verify(context.Background(), b.hub, "", func(d hub.Difference) { b.t.Errorf("difference %+v", d) }); err != nil {
		b.t.Fatal(err)
	}
}

// days reads days of a group, by date.
func (b *bench) days(g, from, to string) []activity.Day {
	b.t.Helper()
	list, err := community.GroupsByID(context.Background(), b.db, com, g)
	if err != nil || len(list) != 1 {
		b.t.Fatalf("group %s: %v, %v", g, list, err)
	}
	days, err := activity.Days(context.Background(), b.db, b.params(), list[0], from, to)
	if err != nil {
		b.t.Fatal(err)
	}
	return days
}

func (b *bench) params() activity.Params { return activity.Params{Zone: b.zone, Now: b.clock.Now()} }

func (b *bench) sum(g, from, to string) activity.Sum {
	b.t.Helper()
	all, err := activity.Sums(context.Background(), b.db, b.params(), com, from, to)
	if err != nil {
		b.t.Fatal(err)
	}
	return all[g]
}

// talk reads the counted rows of the test group.
func (b *bench) talk() string {
	b.t.Helper()
	return fmt.Sprint(dbtest.Dump(b.t, b.db, "SELECT day,messages,valid_messages,speakers FROM activity_days ORDER BY day,source"))
}

func adopted(g, platform string, at time.Time) event.Event {
	archived := platform == "wecom"
	return event.Event{Group: g, Kind: event.GroupAdopted, At: at, Body: event.Encode(event.Group{Connection: conn, Platform: platform, External: g, Name: &g, Archived: &archived})}
}

func said(g, member, text string, at time.Time) event.Event {
	h := fnv.New64a()
	_, _ = h.Write([]byte(text))
	return event.Event{Group: g, Member: member, Kind: event.MessagePosted, At: at, Body: event.Encode(event.Posted{
		Source: event.FromArchive, Type: "text", Ref: "ref-" + member + at.UTC().Format("150405.000"), Kind: event.Member, Valid: true, Print: h.Sum64(),
	})}
}

func recalled(e event.Event, at time.Time) event.Event {
	p, err := event.Decode[event.Posted](e)
	if err != nil {
		panic(err)
	}
	return event.Event{Group: e.Group, Member: e.Member, Kind: event.MessageRecalled, At: at, Body: event.Encode(event.Recalled{Source: p.Source, Ref: p.Ref})}
}

func joined(g, member, kind string, at time.Time) event.Event {
	return event.Event{Group: g, Member: member, Kind: event.MemberJoined, At: at, Body: event.Encode(event.Joined{How: event.ByCallback, Kind: kind})}
}

func left(g, member string, at time.Time) event.Event {
	return event.Event{Group: g, Member: member, Kind: event.MemberLeft, At: at, Body: event.Encode(event.Left{How: event.ByCallback, Scene: "self"})}
}

func listened(g, source string, from, to time.Time) event.Event {
	return event.Event{Group: g, Kind: event.CoverageObserved, At: to, Body: event.Encode(event.Coverage{Connection: conn, Source: source, From: from, To: to})}
}

func tallied(g, day string, t event.Tally, at time.Time) event.Event {
	t.Day = day
	return event.Event{Group: g, Kind: event.TallyRecorded, At: at, Body: event.Encode(t)}
}

func number(n int) *int { return &n }

// show writes a number, or a dash for an unknown one.
func show(n *int) string {
	if n == nil {
		return "—"
	}
	return fmt.Sprint(*n)
}
