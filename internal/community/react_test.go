package community_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/qunzhu/qunzhu/internal/community"
	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/db/dbtest"
	"github.com/qunzhu/qunzhu/internal/effect"
	"github.com/qunzhu/qunzhu/internal/event"
	"github.com/qunzhu/qunzhu/internal/fault"
	"github.com/qunzhu/qunzhu/internal/web"
)

var t0 = time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)

type bench struct {
	t *testing.T
	d *db.DB
	n int
}

// react gives the events to the reactor in one batch.
func (b *bench) react(events ...event.Event) {
	b.t.Helper()
	ctx := context.Background()
	for i := range events {
		b.n++
		events[i].Community, events[i].ID, events[i].Seq = "c1", fmt.Sprintf("E%03d", b.n), int64(b.n)
	}
	err := b.d.Write(ctx, func(tx *db.Tx) error {
		_, err := community.Reactor().React(ctx, tx, effect.Batch{Community: "c1", Events: events, Zone: time.UTC})
		return err
	})
	if err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) dump(query string) string { return fmt.Sprint(dbtest.Dump(b.t, b.d, query)) }

func each(t *testing.T, f func(b *bench)) {
	migrations := []db.Migrations{event.Migrations(), community.Migrations()}
	dbtest.Each(t, migrations, func(t *testing.T, d *db.DB) { f(&bench{t: t, d: d}) })
}

func adopted(group, platform string) event.Event {
	name, owner, admins := "育儿 1 群", "o1", []string{"a2", "o1", "a1"}
	return event.Event{Kind: event.GroupAdopted, Group: group, At: t0,
		Body: event.Encode(event.Group{Connection: "w1", Platform: platform, External: "wr" + group, Name: &name, Owner: &owner, Admins: &admins})}
}

func joined(group, member, name string, minute int) event.Event {
	return event.Event{Kind: event.MemberJoined, Group: group, Member: member, At: t0.Add(time.Duration(minute) * time.Minute),
		Words: event.Words{Name: name, External: "wm" + member}, Body: event.Encode(event.Joined{How: event.ByCallback, Kind: event.Member, Scene: "qr", State: "ch_store"})}
}

func left(group, member, how string, minute int) event.Event {
	return event.Event{Kind: event.MemberLeft, Group: group, Member: member, At: t0.Add(time.Duration(minute) * time.Minute), Body: event.Encode(event.Left{How: how, Scene: "self"})}
}

func TestAGroupChangesOnlyInWhatIsSaid(t *testing.T) {
	each(t, func(b *bench) {
		name := "育儿 2 群"
		b.react(adopted("g1", "wecom"), event.Event{Kind: event.GroupChanged, Group: "g1", At: t0, Body: event.Encode(event.Group{Name: &name})})
		g, err := community.GetGroup(context.Background(), b.d, web.Everywhere{}, "g1")
		if err != nil || g.Name != name || g.Owner != "o1" || fmt.Sprint(g.Admins) != "[a1 a2]" || g.Status != community.Live {
			b.t.Fatalf("group %+v, %v: the owner is no admin", g, err)
		}
		b.react(event.Event{Kind: event.GroupDismissed, Group: "g1", At: t0.Add(time.Hour), Body: event.Encode(struct{}{})})
		if g, _ = community.GetGroup(context.Background(), b.d, web.Everywhere{}, "g1"); g.Status != community.Dismissed || !g.Ended.Equal(t0.Add(time.Hour)) {
			b.t.Fatalf("dismissed %+v", g)
		}
	})
}

type only string

func (o only) SQL(column string, first int) (string, []any) {
	return column + "=" + db.Marks(1, first), []any{string(o)}
}

func TestAForeignGroupDoesNotExist(t *testing.T) {
	each(t, func(b *bench) {
		b.react(adopted("g1", "wecom"))
		if _, err := community.GetGroup(context.Background(), b.d, only("c2"), "g1"); !fault.Is(err, fault.NotFound) {
			b.t.Fatalf("another community's operator got %v", err)
		}
		if list, err := community.Groups(context.Background(), b.d, only("c2"), "", "", 10); err != nil || len(list) != 0 {
			b.t.Fatalf("another community's operator sees %v, %v", list, err)
		}
	})
}

func TestLeaversAreKeptAndMembersCounted(t *testing.T) {
	each(t, func(b *bench) {
		b.react(adopted("g1", "wecom"), joined("g1", "m1", "团团妈", 1), joined("g1", "m2", "小鱼儿", 2), joined("g1", "m3", "", 3))
		b.react(left("g1", "m1", event.ByCallback, 9), left("g1", "m3", event.ByReconcile, 9),
			event.Event{Kind: event.MemberChanged, Member: "m2", At: t0, Words: event.Words{Name: "小鱼儿妈"}, Body: event.Encode(event.Person{UnionID: "u2"})})
		if got := b.dump("SELECT members FROM community_groups"); got != "[1]" {
			b.t.Errorf("%s members", got)
		}
		if got := b.dump("SELECT member_id,joined_day,state,left_how,quit_scene FROM community_spells ORDER BY member_id"); got != "[m1|2026-11-02|ch_store|callback|self m2|2026-11-02|ch_store|| m3|2026-11-02|ch_store|reconciled|self]" {
			b.t.Errorf("spells %s", got)
		}
		if got := b.dump("SELECT id,external_id,name,unionid FROM community_members ORDER BY id"); got != "[m1|wmm1|团团妈| m2|wmm2|小鱼儿妈|u2 m3|wmm3||]" {
			b.t.Errorf("members %s", got)
		}
		roster, err := community.Roster(context.Background(), b.d, "c1", "g1")
		if err != nil || len(roster) != 2 || roster["wmm2"].Name != "小鱼儿妈" || roster["wmm3"].GoneAt.IsZero() {
			b.t.Errorf("roster %+v, %v: an inferred leave may be refuted", roster, err)
		}
	})
}

func TestTheLatestWordOnConsentHolds(t *testing.T) {
	each(t, func(b *bench) {
		consent := func(agreed bool) event.Event {
			return event.Event{Kind: event.ConsentChanged, Group: "g1", Member: "m1", At: t0, Body: event.Encode(event.Consent{Agreed: agreed})}
		}
		b.react(adopted("g1", "wecom"), joined("g1", "m1", "", 1), joined("g1", "m2", "", 1), consent(false))
		b.react(consent(true))
		got, err := community.Consents(context.Background(), b.d, "c1")
		if err != nil || got["g1"] != (community.Consent{Outsiders: 2, Agreed: 1}) {
			b.t.Fatalf("consents %+v, %v", got, err)
		}
	})
}

func TestAPersonalGroupIsAsBigAsItWasCounted(t *testing.T) {
	each(t, func(b *bench) {
		tally := func(day string, members int) event.Event {
			return event.Event{Kind: event.TallyRecorded, Group: "g1", At: t0, Body: event.Encode(event.Tally{Day: day, Members: &members})}
		}
		b.react(adopted("g1", community.WeChat), tally("2026-11-03", 197), tally("2026-11-02", 150), joined("g1", "m1", "从聊天记录里认得", 5))
		if got := b.dump("SELECT members FROM community_groups"); got != "[197]" {
			b.t.Fatalf("%s members: the latest day counts, and an import counts nobody", got)
		}
	})
}
