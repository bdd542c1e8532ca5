package health_test

import (
	"context"
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/qunzhu/qunzhu/internal/clock"
	"github.com/qunzhu/qunzhu/internal/connector"
	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/db/dbtest"
	"github.com/qunzhu/qunzhu/internal/event"
	"github.com/qunzhu/qunzhu/internal/hub"
	"github.com/qunzhu/qunzhu/internal/id"
	"github.com/qunzhu/qunzhu/internal/job"
	"github.com/qunzhu/qunzhu/internal/measure/health"
	"github.com/qunzhu/qunzhu/internal/metric"
	"github.com/qunzhu/qunzhu/internal/seal"
)

const com, conn = "COM", "W1"

var (
	shanghai = time.FixedZone("CST", 8*3600)
	// monday starts ISO week 2026-W46, the week of the examples.
	monday = time.Date(2026, 11, 9, 0, 0, 0, 0, shanghai)
)

func day(n int) time.Time { return monday.AddDate(0, 0, n) }

// bench is a hub with the spine's reactors and the registry of this slice.
type bench struct {
	t        testing.TB
	db       *db.DB
	hub      *hub.Hub
	clock    *clock.Domain
	registry *metric.Registry
	events   []event.Event
	n        int
}

func setup(t testing.TB, d *db.DB) *bench {
	t.Helper()
	key, err := seal.New(seal.NewKey())
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{t: t, db: d, clock: clock.NewDomain(day(7).Add(time.Hour))}
	b.hub = hub.New(hub.Options{
		DB: d, Clock: b.clock, Zone: shanghai, Store: connector.NewStore(key), Reactors: hub.SpineReactors(),
		Leases: job.NewLeases(d, "test", clock.Real{}),
	})
	t.Cleanup(b.hub.Close)
	b.registry = metric.NewRegistry(b.clock, shanghai)
	if err := b.registry.Register(health.Metrics()...); err != nil {
		t.Fatal(err)
	}
	b.add(event.Event{Kind: event.CommunityCreated, At: day(-30), Body: event.Encode(event.Community{Name: "新手妈妈", Type: "interest"})})
	return b
}

func each(t *testing.T, f func(b *bench)) {
	dbtest.Each(t, hub.SpineMigrations(), func(t *testing.T, d *db.DB) { f(setup(t, d)) })
}

func (b *bench) add(e event.Event) {
	b.n++
	e.Community, e.ID = com, id.At(e.At, e.Group, string(e.Kind), strconv.Itoa(b.n))
	b.events = append(b.events, e)
}

// record dispatches what was added.
func (b *bench) record() {
	b.t.Helper()
	if _, err := b.hub.Record(context.Background(), b.events...); err != nil {
		b.t.Fatal(err)
	}
	b.events = nil
}

// group adopts an archived group a month before the week, with members who are
// named after it; it is listened to from ten days before the week to its end.
func (b *bench) group(g string, members int) {
	archived, capacity := true, 500
	b.add(event.Event{Group: g, Kind: event.GroupAdopted, At: day(-30), Body: event.Encode(event.Group{
		Connection: conn, Platform: "wecom", External: g, Name: &g, Archived: &archived, Capacity: &capacity,
	})})
	for i := range members {
		b.join(g, fmt.Sprintf("%s-m%03d", g, i), event.Member, day(-20))
	}
	for _, source := range []string{event.FromArchive, event.FromAPI} {
		b.add(event.Event{Group: g, Kind: event.CoverageObserved, At: day(7), Body: event.Encode(event.Coverage{Connection: conn, Source: source, From: day(-10), To: day(7)})})
	}
}

func (b *bench) join(g, member, kind string, at time.Time) {
	b.add(event.Event{Group: g, Member: member, Kind: event.MemberJoined, At: at, Body: event.Encode(event.Joined{How: event.ByCallback, Kind: kind, Scene: "qr"}), Words: event.Words{Name: member}})
}

func (b *bench) leave(g, member string, at time.Time) {
	b.add(event.Event{Group: g, Member: member, Kind: event.MemberLeft, At: at, Body: event.Encode(event.Left{How: event.ByCallback, Scene: "self"})})
}

// say posts n valid messages of a member over the days of the week.
func (b *bench) say(g, member, kind string, n int) {
	for i := range n {
		b.add(event.Event{Group: g, Member: member, Kind: event.MessagePosted, At: day(i % 7).Add(9*time.Hour + time.Duration(i)*time.Minute), Body: event.Encode(event.Posted{
			Source: event.FromArchive, Type: "text", Kind: kind, Valid: kind == event.Member,
		})})
	}
}

// in is one value of a group in the week, and of the community with group "".
func (b *bench) in(g, key, window string) metric.Value {
	b.t.Helper()
	w, err := b.registry.Window(window)
	if err != nil {
		b.t.Fatal(err)
	}
	var values []metric.Value
	if g == "" {
		values, err = b.registry.ComputeCommunity(context.Background(), b.db, []string{key}, com, w)
	} else {
		values, err = b.registry.ComputeGroup(context.Background(), b.db, []string{key}, com, g, w)
	}
	if err != nil || len(values) != 1 {
		b.t.Fatal(values, err)
	}
	return values[0]
}

// show writes a value as "numerator/denominator=value status reason".
func show(v metric.Value) string {
	number := func(f *float64, digits int) string {
		if f == nil {
			return "—"
		}
		return strconv.FormatFloat(*f, 'f', digits, 64)
	}
	return fmt.Sprintf("%s/%s=%s %s %s", number(v.Numerator, -1), number(v.Denominator, -1), number(v.Value, 4), v.Status, v.Reason)
}

func (b *bench) want(g, key, window, want string) {
	b.t.Helper()
	if got := show(b.in(g, key, window)); got != want {
		b.t.Errorf("%s of %q in %s: %s, want %s", key, g, window, got, want)
	}
}
