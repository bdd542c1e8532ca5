package hub_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/qunzhu/qunzhu/internal/clock"
	"github.com/qunzhu/qunzhu/internal/connector"
	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/db/dbtest"
	"github.com/qunzhu/qunzhu/internal/effect"
	"github.com/qunzhu/qunzhu/internal/event"
	"github.com/qunzhu/qunzhu/internal/fault"
	"github.com/qunzhu/qunzhu/internal/hub"
	"github.com/qunzhu/qunzhu/internal/id"
	"github.com/qunzhu/qunzhu/internal/job"
	"github.com/qunzhu/qunzhu/internal/seal"
)

var start = time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)

// wire is a connector whose callbacks are JSON lists of drafts: a platform
// reduced to its delivery.
type wire struct {
	mu       sync.Mutex
	outcomes map[effect.Kind]connector.Outcome
	orders   []connector.Order
}

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
	return connector.Abilities{
		connector.Capability(effect.StaffNotify):  {Level: connector.Automatic},
		connector.Capability(effect.MemberRemove): {Level: connector.Assisted},
		connector.Capability(effect.MemberMute):   {Level: connector.None, Reason: "platform_cannot"},
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
			out[i].Drafts = append(out[i].Drafts, draft(l, fmt.Sprint(r.Key, n)))
		}
	}
	return out
}

func draft(l line, key string) connector.Draft {
	d := connector.Draft{Kind: l.Kind, Group: l.Group, Member: l.Member, At: l.At, Key: key, Text: l.Text, Name: l.Member}
	switch l.Kind {
	case event.GroupAdopted:
		name, owner := l.Group, "owner"
		d.Body = event.Group{Connection: "w1", Platform: "wire", External: l.Group, Name: &name, Owner: &owner}
	case event.MemberJoined:
		var b event.Joined
		_ = json.Unmarshal(l.Body, &b)
		d.Body = b
	case event.MemberLeft:
		var b event.Left
		_ = json.Unmarshal(l.Body, &b)
		d.Body = b
	case event.MessagePosted:
		d.Body = event.Posted{Source: event.FromArchive, Type: "text", Kind: event.Member, Ref: key}
	default:
		d.Body = l.Body
	}
	return d
}

func (w *wire) Perform(_ context.Context, _ connector.Connection, o connector.Order) connector.Outcome {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.orders = append(w.orders, o)
	if out, ok := w.outcomes[o.Kind]; ok {
		return out
	}
	return connector.Outcome{State: effect.Done}
}

type bench struct {
	t     *testing.T
	db    *db.DB
	hub   *hub.Hub
	clock *clock.Domain
	wire  *wire
	mux   *http.ServeMux
}

func setup(t *testing.T, d *db.DB, extra ...effect.Reactor) *bench {
	t.Helper()
	key, err := seal.New(seal.NewKey())
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{t: t, db: d, clock: clock.NewDomain(start), wire: &wire{}, mux: http.NewServeMux()}
	store := connector.NewStore(key)
	b.hub = hub.New(hub.Options{
		DB: d, Clock: b.clock, Zone: time.UTC, Store: store, Connectors: []connector.Connector{b.wire},
		Reactors: append(hub.SpineReactors(), extra...), Leases: job.NewLeases(d, "test", clock.Real{}),
		Print: func(s string) uint64 { h := fnv.New64a(); _, _ = h.Write([]byte(s)); return h.Sum64() },
	})
	t.Cleanup(b.hub.Close)
	if err := store.Put(context.Background(), d, connector.Connection{ID: "w1", Kind: "wire", Name: "wire", State: connector.Active, Created: start}); err != nil {
		t.Fatal(err)
	}
	b.mux.HandleFunc("/hooks/{connector}/{connection}", b.hub.Receive)
	return b
}

func (b *bench) call(key string, lines ...line) int {
	body, err := json.Marshal(lines)
	if err != nil {
		b.t.Fatal(err)
	}
	w := httptest.NewRecorder()
	b.mux.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/hooks/wire/w1?id="+key, strings.NewReader(string(body))))
	return w.Code
}

func (b *bench) drain() {
	b.t.Helper()
	if err := b.hub.Drain(context.Background()); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) dump(query string) []string { return dbtest.Dump(b.t, b.db, query) }

func (b *bench) verify(extra ...effect.Reactor) hub.Report {
	b.t.Helper()
	v := hub.Verifier{Migrations: hub.SpineMigrations(), Reactors: append(hub.SpineReactors(), extra...), Projections: hub.SpineProjections(), Batch: 7}
	report, err := v.Verify(context.Background(), b.hub, "", func(d hub.Difference) { b.t.Errorf("difference %+v", d) })
	if err != nil {
		b.t.Fatal(err)
	}
	return report
}

func joined(group, member string, at time.Time) line {
	return line{Kind: event.MemberJoined, Group: group, Member: member, At: at, Body: event.Encode(event.Joined{How: event.ByCallback, Kind: event.Member})}
}

func left(group, member string, at time.Time, scene string) line {
	return line{Kind: event.MemberLeft, Group: group, Member: member, At: at, Body: event.Encode(event.Left{How: event.ByCallback, Scene: scene})}
}

func said(group, member, text string, at time.Time) line {
	return line{Kind: event.MessagePosted, Group: group, Member: member, At: at, Text: text}
}

func adopted(group string) line { return line{Kind: event.GroupAdopted, Group: group, At: start} }

func each(t *testing.T, f func(t *testing.T, d *db.DB)) {
	dbtest.Each(t, hub.SpineMigrations(), f)
}

// TestG01DuplicateCallbackHasOneEffect is case 1 of docs/definitions.md G.
func TestG01DuplicateCallbackHasOneEffect(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		b := setup(t, d)
		b.call("adopt", adopted("g1"))
		b.drain()
		at := start.Add(time.Minute)
		for range 3 {
			if code := b.call("one", joined("g1", "m1", at), said("g1", "m1", "孩子夜醒怎么办", at.Add(time.Second))); code != 200 {
				t.Fatalf("answered %d", code)
			}
		}
		var wg sync.WaitGroup
		for range 3 {
			wg.Go(func() { b.call("two", joined("g1", "m2", at)) })
		}
		wg.Wait()
		b.clock.Set(start.Add(time.Hour))
		b.drain()
		if got := b.dump("SELECT joins, leaves FROM activity_moves"); fmt.Sprint(got) != "[2|0]" {
			t.Errorf("moves %v", got)
		}
		if got := b.dump("SELECT messages, valid_messages, speakers FROM activity_days"); fmt.Sprint(got) != "[1|1|1]" {
			t.Errorf("days %v", got)
		}
		states, err := hub.InboxStates(context.Background(), d)
		if err != nil || states["w1"].Repeats != 4 {
			t.Errorf("inbox %+v, %v", states, err)
		}
		b.verify()
	})
}

// TestG02OutOfOrderEvents is case 2 of docs/definitions.md G: a leave before its join, and
// an hour's events in any order give the same spells and counts.
func TestG02OutOfOrderEvents(t *testing.T) {
	var lines []line
	rng := rand.New(rand.NewPCG(7, 7))
	for m := range 25 {
		member := fmt.Sprintf("m%02d", m)
		at := start.Add(time.Duration(rng.IntN(1500)) * time.Second)
		lines = append(lines, joined("g1", member, at))
		for range rng.IntN(6) {
			at = at.Add(time.Duration(rng.IntN(90)) * time.Second)
			lines = append(lines, said("g1", member, []string{"今天吃什么", "辅食怎么做", "收到"}[rng.IntN(3)], at))
		}
		if m%3 == 0 {
			lines = append(lines, left("g1", member, at.Add(time.Duration(rng.IntN(600))*time.Second), "self"))
		}
	}
	each(t, func(t *testing.T, d *db.DB) {
		var want string
		for round := range 3 {
			b := setup(t, freshLike(t, d))
			b.call("adopt", adopted("g1"))
			b.clock.Set(start.Add(2 * time.Hour))
			order := rng.Perm(len(lines))
			for n, i := range order {
				b.call(fmt.Sprintf("e%d", i), lines[i])
				if n%9 == round {
					b.drain()
				}
			}
			b.drain()
			got := strings.Join(append(append(
				b.dump("SELECT member_id,n,joined_at,left_at,quit_scene FROM community_spells ORDER BY member_id,n"),
				b.dump("SELECT day,messages,valid_messages,speakers FROM activity_days ORDER BY day")...),
				b.dump("SELECT day,joins,leaves FROM activity_moves ORDER BY day")...), "\n")
			if round > 0 && got != want {
				t.Fatalf("another order of arrival gave\n%s\ninstead of\n%s", got, want)
			}
			want = got
			b.verify()
		}
	})
}

func freshLike(t *testing.T, d *db.DB) *db.DB {
	t.Helper()
	if d.Engine() == db.Postgres {
		return dbtest.Postgres(t, hub.SpineMigrations())
	}
	return dbtest.SQLite(t, hub.SpineMigrations())
}

func TestAFailingReactorParksOneEventAndNoOther(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		broken := true
		picky := effect.Reactor{Slice: "picky", Kinds: []event.Kind{event.MessagePosted}, React: func(_ context.Context, _ *db.Tx, b effect.Batch) ([]effect.Effect, error) {
			for _, e := range b.Events {
				if broken && e.Words.Text == "毒" {
					return nil, errors.New("cannot digest this")
				}
			}
			return nil, nil
		}}
		b := setup(t, d, picky)
		b.call("adopt", adopted("g1"), adopted("g2"))
		b.clock.Set(start.Add(time.Hour))
		for i, text := range []string{"你好呀", "毒", "排在后面"} {
			b.call(fmt.Sprint("a", i), said("g1", "m1", text, start.Add(time.Duration(i)*time.Minute)))
			b.call(fmt.Sprint("b", i), said("g2", "m2", "别的群照常", start.Add(time.Duration(i)*2*time.Minute)))
		}
		b.drain()
		parked, err := hub.ListParked(context.Background(), d, "", 10)
		if err != nil || len(parked) != 2 || parked[0].Behind || parked[0].Reason != "cannot digest this" || !parked[1].Behind {
			t.Fatalf("parked %+v, %v", parked, err)
		}
		if got := b.dump("SELECT sum(messages) FROM activity_days"); fmt.Sprint(got) != "[6]" {
			t.Errorf("another slice counted %v of 6", got)
		}
		broken = false
		n, err := b.hub.RetryParked(context.Background(), parked[0].Community, "picky")
		if err != nil || n != 2 {
			t.Fatalf("retried %d, %v", n, err)
		}
		b.verify(picky)
	})
}

// TestG19BadMessageNeverBlocksTheNext is the pump's half of case 19 of docs/definitions.md G.
func TestG19BadMessageNeverBlocksTheNext(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		b := setup(t, d)
		b.call("adopt", adopted("g1"))
		w := httptest.NewRecorder()
		b.mux.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/hooks/wire/w1?id=bad", strings.NewReader("{not json")))
		b.call("good", said("g1", "m1", "正常\x00消息\xff", start))
		b.drain()
		if got := b.dump("SELECT messages FROM activity_days"); fmt.Sprint(got) != "[1]" {
			t.Errorf("counted %v", got)
		}
		kept, err := hub.KeptRaws(context.Background(), d, 10)
		if err != nil || len(kept) != 1 || kept[0].Key != "bad" {
			t.Fatalf("kept %+v, %v", kept, err)
		}
	})
}

func TestAssistedBecomesATaskThatTheObservedRemovalCloses(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		police := effect.Reactor{Slice: "police", Kinds: []event.Kind{event.MessagePosted}, React: func(_ context.Context, _ *db.Tx, b effect.Batch) ([]effect.Effect, error) {
			var out []effect.Effect
			for _, e := range b.Events {
				if strings.Contains(e.Words.Text, "加V") {
					remove := effect.New(e, "police", 0, effect.MemberRemove, effect.Measure{Subject: "case1", Within: 300_000})
					remove.Text = "请移出广告成员"
					out = append(out, remove, effect.New(e, "police", 1, effect.MemberMute, effect.Measure{}))
				}
			}
			return out, nil
		}}
		b := setup(t, d, police)
		b.call("adopt", adopted("g1"))
		b.call("in", joined("g1", "m1", start), joined("g1", "owner", start))
		b.clock.Set(start.Add(time.Minute))
		b.call("ad", said("g1", "m1", "低价加V", start.Add(30*time.Second)))
		b.drain()
		if got := b.dump("SELECT kind,state,text,deadline_at-opened_at FROM tasks"); fmt.Sprint(got) != "[member.remove|open|请移出广告成员|270000]" {
			t.Fatalf("tasks %v", got)
		}
		if len(b.wire.orders) != 1 || b.wire.orders[0].To != "owner" || b.wire.orders[0].Member != "m1" {
			t.Fatalf("the owner was told %+v", b.wire.orders)
		}
		if got := b.dump("SELECT kind,state FROM effects ORDER BY kind"); fmt.Sprint(got) != "[member.mute|refused member.remove|assisted staff.notify|done]" {
			t.Fatalf("effects %v", got)
		}
		b.clock.Set(start.Add(3 * time.Minute))
		b.call("out", left("g1", "m1", start.Add(2*time.Minute), "removed"))
		b.drain()
		if got := b.dump("SELECT state,outcome FROM tasks"); fmt.Sprint(got) != "[completed|observed]" {
			t.Fatalf("tasks %v", got)
		}
		b.verify(police)
	})
}

func TestAnUnknownOutcomeIsNeverRepeatedBlindly(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		b := setup(t, d)
		b.call("adopt", adopted("g1"))
		b.call("in", joined("g1", "owner", start))
		b.drain()
		b.wire.outcomes = map[effect.Kind]connector.Outcome{effect.StaffNotify: {State: effect.Unknown}}
		groups := b.dump("SELECT community_id, id FROM community_groups")
		at := strings.Split(groups[0], "|")
		body := event.Task{Task: "T1", Kind: string(effect.MemberRemind), Assignee: strings.TrimSpace(b.dump("SELECT id FROM community_members")[0])}
		if _, err := b.hub.Record(context.Background(), event.Event{Community: at[0], Group: at[1], ID: "E1", Kind: event.TaskOpened, At: start, Body: event.Encode(body)}); err != nil {
			t.Fatal(err)
		}
		b.wire.mu.Lock()
		b.wire.orders = nil
		b.wire.mu.Unlock()
		if _, err := b.hub.Perform(context.Background()); err != nil {
			t.Fatal(err)
		}
		b.drainQuietly()
		if len(b.wire.orders) == 0 {
			t.Fatal("nothing was sent")
		}
		if got := b.dump("SELECT kind FROM tasks WHERE kind='check'"); len(got) == 0 {
			t.Fatalf("no task asks whether it was sent: %v", b.dump("SELECT kind,state FROM tasks"))
		}
	})
}

// drainQuietly runs the stages a few times: with every send in doubt there is
// always another doubt to look into.
func (b *bench) drainQuietly() {
	for range 3 {
		if _, err := b.hub.Dispatch(context.Background()); err != nil {
			b.t.Fatal(err)
		}
	}
}

// TestACommandThatNobodyAppliesIsStored: while another node holds the lease and
// does not dispatch, who asked is told that the event is kept.
func TestACommandThatNobodyAppliesIsStored(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		absent := job.NewLeases(d, "absent", clock.Real{})
		for slot := range 4 {
			if _, err := absent.Acquire(ctx, fmt.Sprintf("dispatch:%d", slot), time.Minute); err != nil {
				t.Fatal(err)
			}
		}
		h := hub.New(hub.Options{
			DB: d, Clock: clock.NewDomain(start), Zone: time.UTC, Reactors: hub.SpineReactors(),
			Leases: job.NewLeases(d, "here", clock.Real{}), Patience: 20 * time.Millisecond,
		})
		t.Cleanup(h.Close)
		fresh, err := h.Record(ctx, event.Event{
			Community: "01COMMUNITY", ID: id.At(start, "command"), Kind: event.CommunityCreated, At: start,
			Body: event.Encode(event.Community{}),
		})
		if !fault.Is(err, fault.Unavailable) || len(fresh) != 1 {
			t.Errorf("Record = %d events, %v; expected the stored event and the word that it is not applied", len(fresh), err)
		}
		if stored := dbtest.Dump(t, d, "SELECT kind FROM events WHERE seq IS NULL"); len(stored) != 1 {
			t.Errorf("stored and waiting: %v", stored)
		}
	})
}
