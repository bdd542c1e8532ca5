package wecom_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/qunzhu/qunzhu/internal/connector"
	"github.com/qunzhu/qunzhu/internal/fault"
	"github.com/qunzhu/qunzhu/internal/sandbox"
)

func wrongFields(err error) []string {
	if err == nil {
		return nil
	}
	var names []string
	for _, f := range fault.As(err).Fields {
		names = append(names, f.Name)
	}
	return names
}

func (c *corp) say(chat, who, text string) string {
	c.t.Helper()
	id, err := c.world.Say(chat, who, sandbox.Message{Text: text})
	c.must(err)
	return id
}

// TestArchive pulls messages under two keys, a recall and a refusal, in small
// portions (301058).
func TestArchive(t *testing.T) {
	c := newLite(t)
	c.connect(1, 2)
	chat := c.group(true, 1, 2, 3)
	c.step(time.Minute)
	c.must(c.platform.SetFaults(sandbox.Faults{ArchiveLimit: 3}))
	for i := range 5 {
		c.say(chat, customer(1), fmt.Sprintf("第一把钥匙下的第%d句", i))
	}
	_, err := c.world.RegisterPublicKey(publicPEM(t, rsaKeys()[1]))
	c.must(err)
	taken := c.say(chat, customer(2), "这句会被撤回的")
	c.say(chat, "lin", "第二把钥匙")
	c.step(time.Minute)
	c.want("SELECT messages, valid_messages, speakers FROM activity_days", "7|6|2")

	c.must(c.world.Recall(chat, customer(2), taken))
	c.must(c.world.Consent(chat, customer(3), false))
	c.must(c.world.Consent(chat, customer(1), true))
	c.say(chat, customer(3), "不同意存档的人说的")
	c.step(time.Minute)
	c.want("SELECT messages, valid_messages FROM activity_days", "6|5")
	const consents = "SELECT m.external_id, c.agreed FROM community_consents c JOIN community_members m ON m.id=c.member_id WHERE c.group_id<>'' ORDER BY m.external_id"
	c.want(consents, customer(1)+"|1 "+customer(2)+"|1 "+customer(3)+"|0")

	before := c.dump(eventCount)
	c.must(c.store.SaveCursor(t.Context(), c.db, cursorAt("archive", `{"seq":0}`)))
	c.step(time.Minute)
	c.want(eventCount, before) // pulled again, nothing is new
	c.want("SELECT count(*) FROM hub_inbox WHERE state<>'done'", "0")
	c.verify()
}

// TestArchiveKeyIsAddedLater: messages sealed for a key that is missing wait for
// it, and the others go on.
func TestArchiveKeyIsAddedLater(t *testing.T) {
	c := newLite(t)
	c.connect(1)
	chat := c.group(true, 1)
	c.step(time.Minute)
	_, err := c.world.RegisterPublicKey(publicPEM(t, rsaKeys()[1]))
	c.must(err)
	c.say(chat, customer(1), "缺钥匙的消息")
	c.step(time.Minute)
	c.want("SELECT kind, state FROM hub_inbox WHERE state<>'done'", "sealed|new")
	if got := c.dump("SELECT error FROM hub_inbox WHERE state='new'"); !strings.Contains(got, "version 2") {
		t.Errorf("the reason is %q", got)
	}
	c.put(c.connection(1, 2))
	c.step(time.Minute)
	c.want("SELECT messages FROM activity_days", "1")
	c.want("SELECT count(*) FROM hub_inbox WHERE state<>'done'", "0")
}

// TestG19StrangeMessages is case 19 of docs/definitions.md G: giant, nested and unknown
// messages neither block nor vanish.
func TestG19StrangeMessages(t *testing.T) {
	c := newLite(t)
	c.connect(1)
	chat := c.group(true, 1)
	c.step(time.Minute)
	strange := []sandbox.Message{
		{Type: "hologram", Raw: map[string]any{"hologram": map[string]any{"depth": 3}}},
		{Type: "text", Text: strings.Repeat("很长", 40_000)},
		{Type: "text", Text: "带\x00控制\x01字符\xff的"},
		{Type: "image"}, {Type: "emotion"}, {Type: "link"},
	}
	for _, m := range strange {
		_, err := c.world.Say(chat, customer(1), m)
		c.must(err)
		c.clock.Set(c.clock.Now().Add(time.Minute))
	}
	c.must(c.world.SwitchCorp("lin"))
	c.say(chat, customer(1), "排在最后的正常消息")
	c.step(time.Minute)
	c.want("SELECT messages FROM activity_days", fmt.Sprint(len(strange)+1))
	c.want("SELECT count(*) FROM hub_inbox WHERE state<>'done'", "0")
	c.verify()
}

// TestG04ArchiveGap: what the archive no longer hands out after five days is
// missing from the coverage for good.
func TestG04ArchiveGap(t *testing.T) {
	c := newLite(t)
	c.connect(1)
	chat := c.group(true, 1)
	c.step(time.Hour)
	c.say(chat, customer(1), "来得及的")
	c.step(time.Hour)
	c.clock.Set(c.clock.Now().Add(7 * 24 * time.Hour))
	c.drain()
	const covered = "SELECT day, covered_ms/3600000 FROM activity_coverage WHERE source='archive' ORDER BY day"
	got := c.dump(covered)
	if !strings.HasPrefix(got, "2026-11-02|") || strings.Contains(got, "2026-11-03|24") || !strings.Contains(got, "2026-11-08|24") {
		t.Errorf("covered %s", got)
	}
}

func cursorAt(name, value string) connector.Cursor {
	return connector.Cursor{Connection: "w1", Name: name, Value: value}
}
