package importing_test

import (
	"context"
	"fmt"
	"hash/fnv"
	"strings"
	"testing"
	"time"

	"github.com/qunzhu/qunzhu/internal/audit"
	"github.com/qunzhu/qunzhu/internal/clock"
	"github.com/qunzhu/qunzhu/internal/connector"
	"github.com/qunzhu/qunzhu/internal/connectors/manual"
	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/db/dbtest"
	"github.com/qunzhu/qunzhu/internal/desk/importing"
	"github.com/qunzhu/qunzhu/internal/event"
	"github.com/qunzhu/qunzhu/internal/hub"
	"github.com/qunzhu/qunzhu/internal/job"
	"github.com/qunzhu/qunzhu/internal/seal"
)

var (
	shanghai = time.FixedZone("Asia/Shanghai", 8*3600)
	start    = time.Date(2026, 5, 1, 9, 0, 0, 0, shanghai)
)

// platform stands for a platform with an API: what it knows is ingested.
type platform struct{}

func (platform) Kind() string { return "wecom" }

func (platform) Declare(connector.Connection, connector.Group) connector.Abilities { return nil }

type bench struct {
	t     *testing.T
	db    *db.DB
	hub   *hub.Hub
	clock *clock.Domain
	queue *job.Queue
	s     *importing.Service
	wecom connector.Connection
}

func each(t *testing.T, f func(b *bench)) {
	t.Helper()
	migrations := append(hub.SpineMigrations(), audit.Migrations(), importing.Migrations())
	dbtest.Each(t, migrations, func(t *testing.T, d *db.DB) { f(setup(t, d)) })
}

func setup(t *testing.T, d *db.DB) *bench {
	t.Helper()
	key, err := seal.New(seal.NewKey())
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{t: t, db: d, clock: clock.NewDomain(start)}
	store := connector.NewStore(key)
	b.hub = hub.New(hub.Options{
		DB: d, Clock: b.clock, Zone: shanghai, Store: store, Connectors: []connector.Connector{manual.Connector{}, platform{}},
		Reactors: hub.SpineReactors(), Leases: job.NewLeases(d, "test", clock.Real{}),
		Print: func(s string) uint64 { h := fnv.New64a(); _, _ = h.Write([]byte(s)); return h.Sum64() },
	})
	t.Cleanup(b.hub.Close)
	b.queue = job.NewQueue(b.clock)
	b.s = importing.New(importing.Options{DB: d, Clock: b.clock, Zone: shanghai, Store: store, Queue: b.queue,
		Hub: func() *hub.Hub { return b.hub }, Dir: t.TempDir()})
	b.wecom = connector.Connection{ID: "w1", Kind: "wecom", Name: "企微", State: connector.Active, Created: start}
	if err := store.Put(context.Background(), d, b.wecom); err != nil {
		t.Fatal(err)
	}
	return b
}

// everything is the scope of an owner.
type everything struct{}

func (everything) SQL(string, int) (string, []any) { return "1=1", nil }

// platformGroup adopts a group of the platform with present members, by
// external id and name in turn, and returns its id.
func (b *bench) platformGroup(name string, members ...string) string {
	b.t.Helper()
	drafts := []connector.Draft{{Kind: event.GroupAdopted, Group: "chat1", At: start,
		Body: event.Group{Connection: b.wecom.ID, Platform: "wecom", External: "chat1", Name: &name}}}
	for i := 0; i < len(members); i += 2 {
		drafts = append(drafts, connector.Draft{Kind: event.MemberJoined, Group: "chat1", Member: members[i], Name: members[i+1], At: start,
			Body: event.Joined{How: event.BySnapshot, Kind: event.Member}})
	}
	b.ingest(drafts...)
	return b.row("SELECT id FROM community_groups WHERE external_id='chat1'")
}

func (b *bench) ingest(drafts ...connector.Draft) {
	b.t.Helper()
	if err := b.hub.Ingest(context.Background(), b.wecom, drafts); err != nil {
		b.t.Fatal(err)
	}
	b.dispatch()
}

func (b *bench) dispatch() {
	b.t.Helper()
	for {
		n, err := b.hub.Dispatch(context.Background())
		if err != nil {
			b.t.Fatal(err)
		}
		if n == 0 {
			return
		}
	}
}

// bring imports text and fails the test when that fails.
func (b *bench) bring(text string, r importing.Request) importing.Result {
	b.t.Helper()
	r.Reader = strings.NewReader(text)
	if r.Name == "" {
		r.Name = "chat.txt"
	}
	res, err := b.s.ImportFile(context.Background(), r, nil)
	if err != nil {
		b.t.Fatalf("import: %v", err)
	}
	return res
}

func (b *bench) undo(batch string) {
	b.t.Helper()
	if err := b.s.Undo(context.Background(), everything{}, batch, importing.Actor{}); err != nil {
		b.t.Fatalf("undo: %v", err)
	}
}

func (b *bench) dump(query string, args ...any) []string {
	b.t.Helper()
	return dbtest.Dump(b.t, b.db, query, args...)
}

func (b *bench) row(query string, args ...any) string {
	b.t.Helper()
	return strings.Join(b.dump(query, args...), " ")
}

func (b *bench) is(what, got string, want any) {
	b.t.Helper()
	if got != fmt.Sprint(want) {
		b.t.Errorf("%s: got %q, want %q", what, got, fmt.Sprint(want))
	}
}

func (b *bench) verify() {
	b.t.Helper()
	v := hub.Verifier{Migrations: hub.SpineMigrations(), Reactors: hub.SpineReactors(), Projections: hub.SpineProjections(), Batch: 7}
	if _, err := v.Verify(context.Background(), b.hub, "", func(d hub.Difference) { b.t.Errorf("difference %+v", d) }); err != nil {
		b.t.Fatal(err)
	}
}

// talk is n messages in WeChat's own multi-select form, one a minute from 16:00
// on the given day, numbered from first.
func talk(group, day string, first, n int) string {
	var text strings.Builder
	if group != "" {
		fmt.Fprintf(&text, "微信群\"%s\"的聊天记录如下:\n\n", group)
	}
	fmt.Fprintf(&text, "—————  %s  —————\n\n", day)
	for i := first; i < first+n; i++ {
		fmt.Fprintf(&text, "妈妈%d  16:%02d\n\n今天第%d个问题怎么办\n\n", i%3, i%60, i)
	}
	return text.String()
}
