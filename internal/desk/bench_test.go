package desk_test

import (
	"context"
	"fmt"
	"hash/fnv"
	"log/slog"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/qunzhu/qunzhu/internal/activity"
	"github.com/qunzhu/qunzhu/internal/audit"
	"github.com/qunzhu/qunzhu/internal/clock"
	"github.com/qunzhu/qunzhu/internal/community"
	"github.com/qunzhu/qunzhu/internal/connector"
	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/db/dbtest"
	"github.com/qunzhu/qunzhu/internal/desk"
	"github.com/qunzhu/qunzhu/internal/effect"
	"github.com/qunzhu/qunzhu/internal/event"
	"github.com/qunzhu/qunzhu/internal/feature"
	"github.com/qunzhu/qunzhu/internal/hub"
	"github.com/qunzhu/qunzhu/internal/i18n"
	"github.com/qunzhu/qunzhu/internal/job"
	"github.com/qunzhu/qunzhu/internal/metric"
	"github.com/qunzhu/qunzhu/internal/seal"
	"github.com/qunzhu/qunzhu/internal/web"
	"github.com/qunzhu/qunzhu/internal/web/webtest"
)

var (
	shanghai = time.FixedZone("Asia/Shanghai", 8*3600)
	now      = time.Date(2026, 11, 22, 20, 33, 0, 0, shanghai)
	opened   = now.AddDate(0, 0, -140)
)

// wire is a platform reduced to what it declares.
type wire struct{}

func (wire) Kind() string { return "wire" }

func (wire) Declare(_ connector.Connection, g connector.Group) connector.Abilities {
	out := connector.Abilities{}
	for _, k := range connector.Capabilities() {
		out[k] = connector.Ability{Level: connector.Assisted, Reason: "wire.by_hand"}
	}
	out[connector.KnowRoster] = connector.Ability{Level: connector.Automatic}
	out[connector.Capability(effect.StaffNotify)] = connector.Ability{Level: connector.Automatic}
	out[connector.KnowMessages] = connector.Ability{Level: connector.None, Reason: "wire.no_archive", Unlock: "wire.archive"}
	if g.Archived {
		out[connector.KnowMessages] = connector.Ability{Level: connector.Automatic}
	}
	return out
}

// bench is the program around the pages, on real parts.
type bench struct {
	t     testing.TB
	deps  *feature.Deps
	clock *clock.Domain
	made  feature.Feature
}

func migrations() []db.Migrations {
	return append(hub.SpineMigrations(), audit.Migrations(), desk.Migrations())
}

func setup(t testing.TB, d *db.DB) *bench {
	t.Helper()
	key, err := seal.New(seal.NewKey())
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{t: t, clock: clock.NewDomain(now)}
	b.deps = &feature.Deps{DB: d, Clock: b.clock, Zone: shanghai, Store: connector.NewStore(key), Metrics: metric.NewRegistry(b.clock, shanghai),
		Log: slog.New(slog.DiscardHandler), Live: web.NewLive()}
	b.made = desk.New(b.deps)
	b.deps.Hub = hub.New(hub.Options{
		DB: d, Clock: b.clock, Zone: shanghai, Store: b.deps.Store, Connectors: []connector.Connector{wire{}}, Reactors: hub.SpineReactors(),
		Leases: job.NewLeases(d, "test", clock.Real{}), Log: b.deps.Log,
		Print: func(s string) uint64 { h := fnv.New64a(); _, _ = h.Write([]byte(s)); return h.Sum64() },
	})
	t.Cleanup(b.deps.Hub.Close)
	if err := b.deps.Metrics.Register(figure("daily_messages", ">", 15, messages), figure("member_growth", ">", 0.03, growth)); err != nil {
		t.Fatal(err)
	}
	return b
}

// figure is a metric as measure/health defines it, in few words.
func figure(key string, above metric.Comparator, threshold float64, of func(activity.Sum) metric.Value) metric.Definition {
	return metric.Definition{Key: key, NameKey: key, FormulaKey: key, Version: 1, Comparator: above, Threshold: threshold, Scopes: []metric.Scope{metric.Group},
		Compute: func(ctx context.Context, q db.Q, r metric.Request) (map[string]metric.Value, error) {
			sums, err := metric.Shared(r, "sums", func() (map[string]activity.Sum, error) {
				return activity.Sums(ctx, q, activity.Params{Zone: r.Zone, Now: r.Now}, r.Community, r.Window.From, r.Window.To)
			})
			out := map[string]metric.Value{}
			for id, s := range sums {
				out[id] = of(s)
			}
			return out, err
		}}
}

func messages(s activity.Sum) metric.Value {
	return metric.Value{Numerator: metric.Number(s.Spoken), Denominator: metric.Number(s.SpokenDays), Coverage: 1}
}

func growth(s activity.Sum) metric.Value {
	if s.MembersStart == nil {
		return metric.Value{}
	}
	return metric.Value{Numerator: metric.Number(s.Joins - s.Leaves), Denominator: metric.Number(*s.MembersStart), Coverage: 1}
}

// connect adds a connection whose groups go into a community of its own.
func (b *bench) connect(id, name string, rules ...connector.Rule) connector.Connection {
	b.t.Helper()
	c := connector.Connection{ID: id, Kind: "wire", Name: name, State: connector.Active, Created: opened, Rules: rules}
	if err := b.deps.Store.Put(context.Background(), b.deps.DB, c); err != nil {
		b.t.Fatal(err)
	}
	return c
}

func (b *bench) ingest(c connector.Connection, drafts ...connector.Draft) {
	b.t.Helper()
	if err := b.deps.Hub.Ingest(context.Background(), c, drafts); err != nil {
		b.t.Fatal(err)
	}
	if err := b.deps.Hub.Drain(context.Background()); err != nil {
		b.t.Fatal(err)
	}
}

// group describes a group to be seeded.
type group struct {
	external, name   string
	owner            string
	admins           []string
	capacity         int
	archived, manual bool
	launched         time.Time
}

func (g group) drafts() []connector.Draft {
	platform := "wecom"
	if g.manual {
		platform = "wechat"
	}
	admins := append([]string{}, g.admins...)
	body := event.Group{Connection: "w1", Platform: platform, External: g.external, Name: &g.name, Admins: &admins, Capacity: &g.capacity, Archived: &g.archived}
	if g.owner != "" {
		body.Owner = &g.owner
	}
	if !g.launched.IsZero() {
		body.LaunchedAt = &g.launched
	}
	out := []connector.Draft{{Kind: event.GroupAdopted, Group: g.external, At: opened, Body: body}}
	for _, s := range append([]string{g.owner}, g.admins...) {
		if s != "" {
			out = append(out, joins(g.external, s, s, opened, event.Staff))
		}
	}
	return out
}

func joins(group, member, name string, at time.Time, kind string) connector.Draft {
	return connector.Draft{Kind: event.MemberJoined, Group: group, Member: member, MemberKind: kind, At: at, Name: name,
		Body: event.Joined{How: event.ByCallback, Kind: kind, Scene: "qr", State: "门店活码"}}
}

func leaves(group, member string, at time.Time, how, scene string) connector.Draft {
	return connector.Draft{Kind: event.MemberLeft, Group: group, Member: member, At: at, Body: event.Left{How: how, Scene: scene}}
}

func says(group, member, text string, at time.Time) connector.Draft {
	return connector.Draft{Kind: event.MessagePosted, Group: group, Member: member, At: at, Key: text, Text: text,
		Body: event.Posted{Source: event.FromArchive, Type: "text", Kind: event.Member, Ref: text + at.String()}}
}

// hostile is a nickname that tries everything: markup, a formula, text that
// turns the line around.
const hostile = "=HYPERLINK(\"http://x\")<script>alert(1)</script>\u202E\u0000明天"

// story seeds a small workspace: two communities, four groups with something to
// see in each.
func (b *bench) story() connector.Connection {
	b.t.Helper()
	made := hub.NewCommunity(opened, "second", event.Community{Name: "辅食团", Type: "conversion"})
	if _, err := b.deps.Hub.Record(context.Background(), made); err != nil {
		b.t.Fatal(err)
	}
	c := b.connect("w1", "新手妈妈", connector.Rule{Contains: "辅食", Community: made.Community})
	var drafts []connector.Draft
	for _, g := range []group{
		{external: "g1", name: "北京新手妈妈 3 群", owner: "limin", admins: []string{"wanglan", "zhaolei", "sunyue"}, capacity: 60, archived: true, launched: opened},
		{external: "g2", name: "上海二胎交流 1 群", owner: "limin", admins: []string{"wanglan"}, capacity: 500, launched: now.AddDate(0, 0, -60)},
		{external: "g3", name: "辅食团 · 望京", owner: "limin", capacity: 500, launched: now.AddDate(0, 0, -12)},
		{external: "g4", name: "邻里互助 <b>群</b>", manual: true},
	} {
		drafts = append(drafts, g.drafts()...)
	}
	for i := range 54 {
		m := fmt.Sprintf("wm%03d", i)
		drafts = append(drafts, joins("g1", m, fmt.Sprintf("团团妈 %d", i), opened.AddDate(0, 0, i*2), event.Member))
		if i%4 == 0 {
			drafts = append(drafts, joins("g2", m, fmt.Sprintf("团团妈 %d", i), opened.AddDate(0, 0, i*2), event.Member))
		}
	}
	for i := range 30 {
		m := fmt.Sprintf("wx%03d", i)
		drafts = append(drafts, joins("g2", m, fmt.Sprintf("小满爸 %d", i), opened.AddDate(0, 0, i), event.Member))
		if i < 8 {
			drafts = append(drafts, leaves("g2", m, now.Add(-time.Duration(i+24)*time.Hour), event.ByCallback, map[bool]string{true: "removed", false: "self"}[i < 2]))
		}
	}
	drafts = append(drafts, joins("g2", "evil", hostile, now.AddDate(0, 0, -9), event.Member), leaves("g2", "wx020", now.Add(-50*time.Hour), event.ByReconcile, ""))
	for day := range 16 {
		for i := range 20 + day%5*3 {
			at := time.Date(2026, 11, 21-day, 9, i, i, 0, shanghai)
			drafts = append(drafts, says("g1", fmt.Sprintf("wm%03d", i%50), fmt.Sprintf("第 %d 天第 %d 句: 孩子夜醒怎么办", day, i), at))
		}
	}
	drafts = append(drafts, says("g1", "wm001", "刚刚好: "+hostile, now.Add(-time.Hour)))
	b.ingest(c, drafts...)
	b.ingest(c, connector.Draft{Kind: event.CoverageObserved, Group: "g1", At: now, Body: event.Coverage{Connection: "w1", Source: event.FromArchive, From: now.AddDate(0, 0, -20), To: now}},
		connector.Draft{Kind: event.CoverageObserved, At: now, Body: event.Coverage{Connection: "w1", Source: event.FromAPI, From: now.AddDate(0, 0, -30), To: now}})
	b.confirm("g1", "g2", "g3")
	b.task("g2", "evil", now.Add(3*time.Minute+12*time.Second))
	b.task("g1", "", now.Add(3*time.Hour))
	b.task("g2", "wx010", now.Add(-7*time.Minute))
	return c
}

func (b *bench) confirm(external ...string) {
	b.t.Helper()
	if err := b.deps.Store.Confirm(context.Background(), b.deps.DB, "w1", now.Add(-20*time.Minute), external...); err != nil {
		b.t.Fatal(err)
	}
}

// id finds our id of a platform's group.
func (b *bench) id(external string) string {
	b.t.Helper()
	list := dbtest.Dump(b.t, b.deps.DB, "SELECT group_id FROM connector_bindings WHERE external_id=$1", external)
	if len(list) != 1 {
		b.t.Fatalf("group %s: %v", external, list)
	}
	return list[0]
}

func (b *bench) communityOf(external string) string {
	b.t.Helper()
	return dbtest.Dump(b.t, b.deps.DB, "SELECT community_id FROM connector_bindings WHERE external_id=$1", external)[0]
}

func (b *bench) task(external, member string, deadline time.Time) {
	b.t.Helper()
	home := b.communityOf(external)
	body := event.Task{Task: fmt.Sprintf("T-%s-%s", external, member), Kind: string(effect.MemberRemove), Deadline: deadline}
	e := event.Event{Community: home, Group: b.id(external), ID: fmt.Sprintf("E-%s-%s", external, member), Kind: event.TaskOpened, At: now.Add(-10 * time.Minute),
		Words: event.Words{Text: "请不要在群里发广告"}}
	if member == "" {
		body.Kind = string(effect.GroupPost)
	} else if ids := dbtest.Dump(b.t, b.deps.DB, "SELECT id FROM community_members WHERE external_id=$1 AND community_id=$2", member, home); len(ids) == 1 {
		e.Member = ids[0]
	}
	if ids := dbtest.Dump(b.t, b.deps.DB, "SELECT id FROM community_members WHERE external_id='limin' AND community_id=$1", home); len(ids) == 1 {
		body.Assignee = ids[0]
	}
	e.Body = event.Encode(body)
	if _, err := b.deps.Hub.Record(context.Background(), e); err != nil {
		b.t.Fatal(err)
	}
}

// only is a scope of one community.
type only struct{ community string }

func (o only) Allows(community string) bool { return community == o.community }

func (o only) SQL(column string, first int) (string, []any) {
	return fmt.Sprintf("%s=$%d", column, first), []any{o.community}
}

// operator holds permissions in one community, "" everywhere.
func operator(community string, permissions ...string) webtest.As {
	holds := func(p string) bool { return strings.Contains(strings.Join(permissions, " ")+" ", p+" ") }
	return webtest.As{ID: "01OPERATOR", Name: "王岚", Login: "wanglan",
		Can: func(p, in string) bool { return holds(p) && (community == "" || in == community) },
		Scope: func(p string) web.Scope {
			switch {
			case !holds(p):
				return only{"nobody"}
			case community == "":
				return web.Everywhere{}
			}
			return only{community}
		}}
}

// communities fills the picker, as the program does.
func (b *bench) communities(ctx context.Context, a web.Actor) ([]web.Community, error) {
	list, err := community.Communities(ctx, b.deps.DB, a.Scope(desk.View))
	out := make([]web.Community, len(list))
	for i, c := range list {
		out[i] = web.Community{ID: c.ID, Name: c.Name}
	}
	return out, err
}

// words are the reasons that the test's connector declares.
var words = fstest.MapFS{
	"locale/zh-CN.json": {Data: []byte(`{"wire.by_hand":"平台没有接口, 由人在客户端完成","wire.no_archive":"没有会话存档","wire.archive":"开通会话内容存档 (按席位收费)"}`)},
	"locale/en.json":    {Data: []byte(`{"wire.by_hand":"no interface: done by a person","wire.no_archive":"no message archive","wire.archive":"buy the archive (by seat)"}`)},
}

// serve starts the pages for an operator.
func (b *bench) serve(as webtest.As) (*webtest.Site, *i18n.Catalog) {
	b.t.Helper()
	catalog, err := i18n.Load(append(web.Locale(), b.made.Locale, activity.Locale, words)...)
	if err != nil {
		b.t.Fatal(err)
	}
	b.deps.Catalog = catalog
	r, err := web.NewRouter(web.Options{
		Catalog: catalog, Log: b.deps.Log, Live: b.deps.Live, Sessions: as, Now: b.clock.Now, Zone: func() *time.Location { return shanghai },
		Templates: []web.Templates{b.made.Templates}, Nav: b.made.Nav, Panels: b.made.Panels,
		Limits: web.Limits{AddressRate: 1e6, AddressBurst: 1e6, ActorRate: 1e6, ActorBurst: 1e6},
		Shell:  web.Shell{Workspace: func(context.Context) (string, error) { return "星禾母婴", nil }, Communities: b.communities},
	})
	if err != nil {
		b.t.Fatal(err)
	}
	b.made.Routes(r)
	h, err := r.Handler()
	if err != nil {
		b.t.Fatal(err)
	}
	return webtest.Start(b.t, h), catalog
}
