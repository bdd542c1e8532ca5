package moderation_test

import (
	"context"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/qunzhu/qunzhu/internal/auth"
	"github.com/qunzhu/qunzhu/internal/clock"
	"github.com/qunzhu/qunzhu/internal/community"
	"github.com/qunzhu/qunzhu/internal/connector"
	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/db/dbtest"
	"github.com/qunzhu/qunzhu/internal/effect"
	"github.com/qunzhu/qunzhu/internal/event"
	"github.com/qunzhu/qunzhu/internal/govern/moderation"
	"github.com/qunzhu/qunzhu/internal/hub"
	"github.com/qunzhu/qunzhu/internal/job"
	"github.com/qunzhu/qunzhu/internal/seal"
)

var start = time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)

func migrations() []db.Migrations { return append(hub.SpineMigrations(), moderation.Migrations()) }

// wire is a platform reduced to its delivery: callbacks are JSON lists of lines.
// Only a person can answer a violation there, and nobody can mute.
type wire struct{ orders []connector.Order }

type line struct {
	Kind   event.Kind      `json:"kind"`
	Group  string          `json:"group"`
	Member string          `json:"member"`
	At     time.Time       `json:"at"`
	Body   json.RawMessage `json:"body"`
	Text   string          `json:"text"`
}

func (*wire) Kind() string { return "wire" }

func (*wire) Declare(connector.Connection, connector.Group) connector.Abilities {
	person := connector.Ability{Level: connector.Assisted}
	return connector.Abilities{
		connector.Capability(effect.StaffNotify):   {Level: connector.Automatic},
		connector.Capability(effect.MemberRemind):  person,
		connector.Capability(effect.MemberWarn):    person,
		connector.Capability(effect.MemberRemove):  person,
		connector.Capability(effect.MessageRecall): person,
	}
}

func (*wire) Receive(_ connector.Connection, r *http.Request, body []byte) (connector.Reply, []connector.Raw, error) {
	return connector.Reply{}, []connector.Raw{{Key: r.URL.Query().Get("id"), Kind: "wire", At: start, Body: body}}, nil
}

func (*wire) Translate(_ context.Context, _ connector.Connection, raws []connector.Raw, _ connector.Knowledge) []connector.Translation {
	out := make([]connector.Translation, len(raws))
	for i, r := range raws {
		var lines []line
		if err := json.Unmarshal(r.Body, &lines); err != nil {
			out[i].Err = err
			continue
		}
		for n, l := range lines {
			d, err := l.draft(fmt.Sprint(r.Key, "-", n))
			if err != nil {
				out[i].Err = err
				break
			}
			out[i].Drafts = append(out[i].Drafts, d)
		}
	}
	return out
}

func (l line) draft(key string) (connector.Draft, error) {
	d := connector.Draft{Kind: l.Kind, Group: l.Group, Member: l.Member, At: l.At, Key: key, Text: l.Text, Name: l.Member}
	var err error
	switch l.Kind {
	case event.GroupAdopted:
		owner := "owner"
		d.Body = event.Group{Connection: "w1", Platform: "wire", External: l.Group, Name: &l.Group, Owner: &owner}
	case event.MemberJoined:
		d.Body, err = decode[event.Joined](l.Body)
	case event.MemberLeft:
		d.Body, err = decode[event.Left](l.Body)
	case event.MessageRecalled:
		d.Body, err = decode[event.Recalled](l.Body)
	case event.MessagePosted:
		var p event.Posted
		p, err = decode[event.Posted](l.Body)
		p.Ref = key
		d.Body = p
	default:
		d.Body = l.Body
	}
	return d, err
}

func decode[T any](b json.RawMessage) (v T, err error) { return v, json.Unmarshal(b, &v) }

func (w *wire) Perform(_ context.Context, _ connector.Connection, o connector.Order) connector.Outcome {
	w.orders = append(w.orders, o)
	return connector.Outcome{State: effect.Done}
}

type bench struct {
	t       *testing.T
	db      *db.DB
	hub     *hub.Hub
	clock   *clock.Domain
	wire    *wire
	mux     *http.ServeMux
	engines *moderation.Engines
	auto    int
}

func setup(t *testing.T, d *db.DB) *bench {
	t.Helper()
	key, err := seal.New(seal.NewKey())
	if err != nil {
		t.Fatal(err)
	}
	engines, err := moderation.NewEngines(d, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{t: t, db: d, clock: clock.NewDomain(start), wire: &wire{}, mux: http.NewServeMux(), engines: engines, auto: 4}
	store := connector.NewStore(key)
	b.hub = hub.New(hub.Options{
		DB: d, Clock: b.clock, Zone: time.UTC, Store: store, Connectors: []connector.Connector{b.wire},
		Reactors: reactors(), Leases: job.NewLeases(d, "test", clock.Real{}),
		Print:    func(s string) uint64 { h := fnv.New64a(); _, _ = h.Write([]byte(s)); return h.Sum64() },
		Annotate: moderation.Annotate(engines, func(string) int { return b.auto }),
	})
	t.Cleanup(b.hub.Close)
	if err := store.Put(t.Context(), d, connector.Connection{ID: "w1", Kind: "wire", Name: "wire", State: connector.Active, Created: start}); err != nil {
		t.Fatal(err)
	}
	b.mux.HandleFunc("/hooks/{connector}/{connection}", b.hub.Receive)
	return b
}

// seeded has groups g1 and g2 and members who joined a month ago.
func seeded(t *testing.T, d *db.DB) *bench {
	b := setup(t, d)
	b.send("adopt", adopted("g1"), adopted("g2"))
	long := start.Add(-30 * 24 * time.Hour)
	b.send("in", joined("g1", "m1", long), joined("g1", "m2", long), joined("g2", "m1", long), joined("g1", "owner", long))
	return b
}

func reactors() []effect.Reactor { return append(hub.SpineReactors(), moderation.Reactor()) }

// send delivers lines at once and lets everything happen that follows.
func (b *bench) send(key string, lines ...line) {
	b.t.Helper()
	b.deliver(key, lines...)
	b.drain()
}

func (b *bench) deliver(key string, lines ...line) {
	b.t.Helper()
	body, err := json.Marshal(lines)
	if err != nil {
		b.t.Fatal(err)
	}
	w := httptest.NewRecorder()
	b.mux.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/hooks/wire/w1?id="+key, strings.NewReader(string(body))))
	if w.Code != http.StatusOK {
		b.t.Fatalf("the callback was answered %d", w.Code)
	}
}

func (b *bench) drain() {
	b.t.Helper()
	if err := b.hub.Drain(b.t.Context()); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) at(t time.Time) *bench {
	b.clock.Set(t)
	return b
}

// want compares the rows of a query with what they should be.
func (b *bench) want(query string, rows ...string) {
	b.t.Helper()
	if got := dbtest.Dump(b.t, b.db, query); !slices.Equal(got, rows) {
		b.t.Errorf("%s\n got %q\nwant %q", query, got, rows)
	}
}

func (b *bench) cases(view string) []moderation.Case {
	b.t.Helper()
	list, err := moderation.Cases(b.t.Context(), b.db, auth.Everywhere(), moderation.Filter{View: view, Limit: 100})
	if err != nil {
		b.t.Fatal(err)
	}
	return list
}

func (b *bench) onlyCase() moderation.Case {
	b.t.Helper()
	list := b.cases(moderation.ViewAll)
	if len(list) != 1 {
		b.t.Fatalf("%d cases: %+v", len(list), list)
	}
	return list[0]
}

func (b *bench) decide(c moderation.Case, d moderation.Decision) (moderation.Case, error) {
	c, err := moderation.Decide(b.t.Context(), b.db, b.hub, auth.Everywhere(), b.clock.Now(), moderation.Decided{Case: c.ID, Decision: d, By: "op1"})
	b.drain()
	return c, err
}

func (b *bench) community() string {
	b.t.Helper()
	list, err := community.Communities(b.t.Context(), b.db, auth.Everywhere())
	if err != nil || len(list) != 1 {
		b.t.Fatalf("communities %+v, %v", list, err)
	}
	return list[0].ID
}

// verify rebuilds the slice's tables from the log, event by event and all at once.
func (b *bench) verify() {
	b.t.Helper()
	for _, size := range []int{1, 1000} {
		v := hub.Verifier{Migrations: migrations(), Reactors: reactors(), Projections: moderation.Projections(), Batch: size}
		_, err := v.Verify(b.t.Context(), b.hub, "", func(d hub.Difference) { b.t.Errorf("in batches of %d: %+v", size, d) })
		if err != nil {
			b.t.Fatal(err)
		}
	}
}

func each(t *testing.T, f func(t *testing.T, d *db.DB)) {
	t.Helper()
	t.Parallel()
	dbtest.Each(t, migrations(), f)
}

func adopted(group string) line { return line{Kind: event.GroupAdopted, Group: group, At: start} }

func joined(group, member string, at time.Time) line {
	kind := event.Member
	if member == "owner" {
		kind = event.Staff
	}
	return line{Kind: event.MemberJoined, Group: group, Member: member, At: at, Body: event.Encode(event.Joined{How: event.ByCallback, Kind: kind})}
}

func left(group, member string, at time.Time, scene string) line {
	return line{Kind: event.MemberLeft, Group: group, Member: member, At: at, Body: event.Encode(event.Left{How: event.ByCallback, Scene: scene})}
}

func said(group, member, text string, at time.Time) line {
	kind := event.Member
	if member == "owner" {
		kind = event.Staff
	}
	return line{Kind: event.MessagePosted, Group: group, Member: member, At: at, Text: text,
		Body: event.Encode(event.Posted{Source: event.FromArchive, Type: "text", Kind: kind})}
}

func imported(group, member, text string, at time.Time) line {
	l := said(group, member, text, at)
	l.Body = event.Encode(event.Posted{Source: event.FromImport, Type: "text", Kind: event.Member, Batch: "b1"})
	return l
}

// recalled takes back the first message that was delivered under key.
func recalled(group, member, key string, at time.Time) line {
	return line{Kind: event.MessageRecalled, Group: group, Member: member, At: at, Body: event.Encode(event.Recalled{Source: event.FromArchive, Ref: key + "-0"})}
}

func (b *bench) record(events ...event.Event) {
	b.t.Helper()
	if _, err := b.hub.Record(b.t.Context(), events...); err != nil {
		b.t.Fatal(err)
	}
	b.drain()
}

func (b *bench) rows(query string) []string { return dbtest.Dump(b.t, b.db, query) }

func (b *bench) tasks() []string { return b.rows("SELECT id FROM tasks ORDER BY opened_at") }

func sqlite(t *testing.T) *db.DB { return dbtest.SQLite(t, migrations()) }

// fresh is an empty database of the engine of d.
func fresh(t *testing.T, d *db.DB) *db.DB {
	t.Helper()
	if d.Engine() == db.Postgres {
		return dbtest.Postgres(t, migrations())
	}
	return sqlite(t)
}
