package app

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/qunzhu/qunzhu/internal/db/dbtest"
	"github.com/qunzhu/qunzhu/internal/sandbox"
	"github.com/qunzhu/qunzhu/internal/web/webtest"
)

// TestTheInboxIsWorkedByKeys posts an advert, opens the inbox in a browser and
// decides by the keyboard: each key records its decision, Z takes one back.
func TestTheInboxIsWorkedByKeys(t *testing.T) {
	b := webtest.Open(t, webtest.Light)
	m, who := demonstration(t, 2)
	advertise(t, m)
	b.Login(m.base, who.Login, who.Password)
	var want []string
	for _, k := range []struct{ key, decision string }{{"1", "remind"}, {"Z", "undo"}, {"2", "warn"}, {"Z", "undo"}, {"3", "mute"}, {"Z", "undo"}, {"4", "remove"}, {"Z", "undo"}, {"X", "false_positive"}} {
		b.Visit(m.base+"/risk/cases/"+lastCase(t, m), 1280, 900)
		press(b, k.key)
		want = append(want, k.decision)
		if got := decisions(t, m, len(want)); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Fatalf("after %s the decisions are %v, want %v", k.key, got, want)
		}
	}
	b.Visit(m.base+"/risk/inbox", 1280, 900)
	press(b, "j")
	press(b, "k")
	for _, e := range b.Errors() {
		t.Errorf("the console says: %s", e)
	}
}

// advertise lets a member of an archived group post an advert, of which nobody
// of the staff has read anything yet.
func advertise(t *testing.T, m *demo) {
	t.Helper()
	for _, g := range m.world.Groups() {
		for _, p := range g.Members {
			if !g.Archived || p.Kind != "contact" {
				continue
			}
			if _, err := m.world.Say(g.ChatID, p.ID, sandbox.Message{Type: "text", Text: "低价纸尿裤，加薇 abc12345 秒通过，内部价"}); err != nil {
				t.Fatal(err)
			}
			m.now.Set(m.now.Now().Add(time.Minute))
			if err := m.step(t.Context()); err != nil {
				t.Fatal(err)
			}
			return
		}
	}
	t.Fatal("nobody can advertise")
}

func lastCase(t *testing.T, m *demo) string {
	t.Helper()
	list := dbtest.Dump(t, m.server.ws.db, "SELECT id FROM moderation_cases ORDER BY opened_at DESC LIMIT 1")
	if len(list) == 0 {
		t.Fatal("the advert made no case")
	}
	return list[0]
}

func press(b *webtest.Browser, key string) {
	b.Run(`document.body.dispatchEvent(new KeyboardEvent("keydown", {key: "` + key + `", bubbles: true, cancelable: true}))`)
}

// decisions waits until n decisions are in the log.
func decisions(t *testing.T, m *demo, n int) []string {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		var out []string
		for _, body := range dbtest.Dump(t, m.server.ws.db, "SELECT body FROM events WHERE kind='case.decided' AND seq IS NOT NULL ORDER BY seq") {
			_, rest, _ := strings.Cut(body, `"decision":"`)
			decision, _, _ := strings.Cut(rest, `"`)
			out = append(out, decision)
		}
		if len(out) >= n || time.Now().After(deadline) {
			return out
		}
	}
}
