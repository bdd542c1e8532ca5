package wecom_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/qunzhu/qunzhu/internal/connector"
	"github.com/qunzhu/qunzhu/internal/connectors/wecom"
	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/effect"
	"github.com/qunzhu/qunzhu/internal/event"
	"github.com/qunzhu/qunzhu/internal/i18n"
	"github.com/qunzhu/qunzhu/internal/sandbox"
)

// police asks for the removal of whoever advertises.
var police = effect.Reactor{Slice: "police", Kinds: []event.Kind{event.MessagePosted}, React: func(_ context.Context, _ *db.Tx, b effect.Batch) ([]effect.Effect, error) {
	var out []effect.Effect
	for _, e := range b.Events {
		if strings.Contains(e.Words.Text, "加V") {
			remove := effect.New(e, "police", 0, effect.MemberRemove, effect.Measure{Within: 300_000})
			remove.Text = "群内禁止广告，请查看 <群规>"
			out = append(out, remove)
		}
	}
	return out, nil
}}

// TestLifeOfAGroup follows a group from its creation to its end, over callbacks,
// API and archive.
func TestLifeOfAGroup(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		c := newCorp(t, d, police)
		c.connect(1)
		chat := c.world.CreateGroup(sandbox.Group{Name: "育儿1群", Owner: "lin", Admins: []string{"zhou"}, Archived: true})
		c.step(10 * time.Second)
		c.want("SELECT g.name, g.platform, o.external_id, g.capacity, g.archived, g.status, g.members FROM community_groups g JOIN community_members o ON o.id=g.owner_id",
			"育儿1群|wecom|lin|500|"+flag(d, false)+"|active|2")

		c.must(c.world.Join(chat, customer(1), sandbox.Join{Scene: 3, State: "poster"}))
		c.must(c.world.Join(chat, customer(2), sandbox.Join{Scene: 2}))
		c.must(c.world.Join(chat, customer(3), sandbox.Join{Scene: 1, Inviter: "lin"}))
		c.must(c.world.Join(chat, "wong", sandbox.Join{Scene: 1, Inviter: "lin"}))
		c.step(50 * time.Second)
		c.want(stays, "客户1|10|qr|poster|-1|| 客户2|10|link||-1|| 客户3|10|direct||-1||")
		c.want("SELECT name, unionid, kind FROM community_members WHERE name IN ('客户1','黄') ORDER BY name", "客户1|un1|member 黄||staff")
		c.same(chat)

		for _, m := range []struct{ who, text string }{{customer(1), "孩子夜醒怎么办"}, {customer(2), "低价加V了解"}, {"lin", "先记录三天的作息"}} {
			_, err := c.world.Say(chat, m.who, sandbox.Message{Text: m.text})
			c.must(err)
		}
		c.step(time.Minute)
		c.want("SELECT messages, valid_messages, source FROM activity_days", "3|2|archive")
		c.want("SELECT archived FROM community_groups", flag(d, true))
		c.want("SELECT kind, state FROM tasks", "member.remove|open")
		card := c.world.AppMessages("lin", 0)
		if len(card) != 1 || !strings.Contains(card[0].Description, "操作码: remove|"+chat+"|"+customer(2)+"\n话术:群内禁止广告，请查看 ＜群规＞") ||
			!strings.Contains(card[0].Description, "群: 育儿1群\n成员: 客户2") || !strings.HasPrefix(card[0].URL, "https://qunzhu.example/t/") {
			t.Fatalf("the owner's phone shows %+v", card)
		}

		c.must(c.world.Kick(chat, "lin", customer(2)))
		c.must(c.world.Leave(chat, customer(3)))
		c.must(c.world.Rename(chat, "育儿一群"))
		c.must(c.world.SetNotice(chat, "群规"))
		c.must(c.world.ChangeOwner(chat, "zhou"))
		c.step(time.Minute)
		c.want("SELECT state, outcome FROM tasks", "completed|observed")
		c.want(stays, "客户1|10|qr|poster|-1|| 客户2|10|link||120|callback|removed 客户3|10|direct||120|callback|self")
		c.want("SELECT g.name, g.notice, o.external_id FROM community_groups g JOIN community_members o ON o.id=g.owner_id", "育儿一群|群规|zhou")
		c.same(chat)

		c.must(c.world.Dismiss(chat))
		c.step(time.Minute)
		c.want("SELECT status, ended_at/1000-1793610000 FROM community_groups", "dismissed|180")
		c.verify(police)
	})
}

func flag(d *db.DB, b bool) string {
	switch {
	case d.Engine() == db.Postgres && b:
		return "true"
	case d.Engine() == db.Postgres:
		return "false"
	case b:
		return "1"
	}
	return "0"
}

func TestGroupsThatWereThereBefore(t *testing.T) {
	c := newLite(t)
	var chats []string
	for range 5 {
		chat := c.world.CreateGroup(sandbox.Group{Name: "旧群", Owner: "lin", Admins: []string{"zhou"}})
		c.must(c.world.Join(chat, customer(1), sandbox.Join{Scene: 2}))
		chats = append(chats, chat)
	}
	c.must(c.platform.SetFaults(sandbox.Faults{PageSize: 2}))
	c.clock.Set(start.Add(24 * time.Hour))
	c.connect(1)
	for _, chat := range chats {
		c.same(chat)
	}
	c.want("SELECT count(*), min(observed_from)/1000-1793610000, min(launched_at)/1000-1793610000 FROM community_groups", "5|86400|0")
	c.want("SELECT external_id, name, active FROM connector_staff ORDER BY external_id", "lin|林晓|1 wong|黄|1 zhou|周宁|1")
	c.want("SELECT owner, day, chats, members, new_members FROM activity_owner_days", "lin|2026-11-02|5|15|15")

	const told = "SELECT count(*) FROM events WHERE kind<>'coverage.observed'"
	before := c.dump(told)
	c.due("groups", "statistics", "consents", "directory")
	c.must(c.platform.SetFaults(sandbox.Faults{}))
	c.clock.Set(start.Add(24*time.Hour + 30*time.Minute))
	c.drain()
	if n := c.called("/cgi-bin/externalcontact/groupchat/get"); n != 5 {
		t.Errorf("%d groups read, of which all were read within the hour", n-5)
	}
	c.clock.Set(start.Add(26 * time.Hour))
	c.due("groups", "statistics", "consents")
	c.drain()
	c.want(told, before)
}

func TestDeclareSaysWhyAndWhatWouldChangeIt(t *testing.T) {
	catalog, err := i18n.Load(wecom.Locale)
	if err != nil {
		t.Fatal(err)
	}
	if gaps := catalog.Gaps(); len(gaps) > 0 {
		t.Errorf("not in every language: %v", gaps)
	}
	c := newLite(t)
	tests := map[string]struct {
		conn     connector.Connection
		archived bool
		messages connector.Ability
	}{
		"without archive": {c.connection(), false, connector.Ability{Level: connector.None, Reason: "ability.wecom.messages", Unlock: "ability.wecom.unlock_archive"}},
		"without seat":    {c.connection(1), false, connector.Ability{Level: connector.None, Reason: "ability.wecom.messages", Unlock: "ability.wecom.unlock_seat"}},
		"archived":        {c.connection(1), true, connector.Ability{Level: connector.Automatic}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			abilities := c.wecom.Declare(tt.conn, connector.Group{Archived: tt.archived})
			if abilities[connector.KnowMessages] != tt.messages {
				t.Errorf("messages: %+v", abilities[connector.KnowMessages])
			}
			if abilities.For(effect.MemberRemove).Level != connector.Assisted || !abilities.For(effect.StaffNotify).Idempotent {
				t.Errorf("remove %+v, notify %+v", abilities.For(effect.MemberRemove), abilities.For(effect.StaffNotify))
			}
			for _, capability := range connector.Capabilities() {
				a, ok := abilities[capability]
				if !ok || a.Level != connector.Automatic && !catalog.Has(a.Reason) || a.Unlock != "" && !catalog.Has(a.Unlock) {
					t.Errorf("%s is declared %+v", capability, a)
				}
			}
		})
	}
}
