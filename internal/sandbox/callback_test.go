package sandbox

import (
	"context"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"
)

func TestSetCallbackVerifiesTheAddress(t *testing.T) {
	h := newHouse(t)
	good := Callback{URL: h.app.URL + "/?x=1", Token: testToken, AESKey: testAESKey}
	cases := []struct {
		name string
		edit func(*Callback)
		want string
	}{
		{"other token", func(c *Callback) { c.Token = "Other" }, "status 401"},
		{"no address", func(c *Callback) { c.URL = "hooks" }, "url"},
		{"short key", func(c *Callback) { c.AESKey = "abc" }, "43"},
		{"token with a sign", func(c *Callback) { c.Token = "a-b" }, "token"},
		{"nobody listens", func(c *Callback) { c.URL = "http://127.0.0.1:1/" }, "verification"},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			cb := good
			tc.edit(&cb)
			err := h.server.SetCallback(t.Context(), cb)
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got %v, want it to mention %q", err, tc.want)
			}
		})
	}
	h.must(h.server.SetCallback(t.Context(), good))
}

func TestEventsTellWhatPeopleDid(t *testing.T) {
	h := newHouse(t)
	h.connect()
	w := h.world
	steps := []struct {
		name   string
		do     func() error
		detail string
		check  func(callback) bool
	}{
		{"scan", func() error { return w.Join(h.chat, contactID(4), Join{Scene: 3, State: "ch_menu"}) }, "add_member",
			func(c callback) bool { return c.JoinScene == 3 && c.Members[0] == contactID(4) && c.MemChangeCnt == 1 }},
		{"invitation by link", func() error { return w.Join(h.chat, contactID(5), Join{Scene: 2}) }, "add_member",
			func(c callback) bool {
				return c.JoinScene == 0 && c.LastMemVer != c.CurMemVer && len(c.CurMemVer) == 32
			}},
		{"leave", func() error { return w.Leave(h.chat, contactID(4)) }, "del_member",
			func(c callback) bool { return c.QuitScene == 0 && c.Members[0] == contactID(4) }},
		{"kick", func() error { return w.Kick(h.chat, "zhou", contactID(5)) }, "del_member",
			func(c callback) bool { return c.QuitScene == 1 && c.Members[0] == contactID(5) }},
		{"rename", func() error { return w.Rename(h.chat, "星禾 ]]> 群") }, "change_name",
			func(c callback) bool { return c.Members == nil && c.LastMemVer == c.CurMemVer }},
		{"notice", func() error { return w.SetNotice(h.chat, "群规") }, "change_notice", func(callback) bool { return true }},
		{"owner", func() error { return w.ChangeOwner(h.chat, "zhou") }, "change_owner", func(callback) bool { return true }},
		{"dismissal", func() error { return w.Dismiss(h.chat) }, "", func(c callback) bool { return c.ChangeType == "dismiss" }},
	}
	for _, step := range steps {
		h.must(step.do())
		got := h.flush()
		if len(got) != 1 {
			t.Fatalf("%s: %d events, want 1", step.name, len(got))
		}
		c := got[0]
		if c.Event != "change_external_chat" || c.ChatId != h.chat || c.UpdateDetail != step.detail ||
			c.CreateTime != h.clock.Now().Unix() || !step.check(c) {
			t.Errorf("%s: %s", step.name, c.XML)
		}
	}
}

func TestEventElementsKeepTheDocumentedOrder(t *testing.T) {
	h := newHouse(t)
	h.connect()
	h.must(h.world.Join(h.chat, contactID(4), Join{Scene: 3}))
	var names []string
	for _, m := range regexp.MustCompile(`<([A-Z]\w*)>`).FindAllStringSubmatch(h.flush()[0].XML, -1) {
		names = append(names, m[1])
	}
	want := "ToUserName FromUserName CreateTime MsgType Event ChatId ChangeType UpdateDetail JoinScene QuitScene" +
		" MemChangeCnt MemChangeList Item LastMemVer CurMemVer"
	if got := strings.Join(names, " "); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestContactEvents(t *testing.T) {
	h := newHouse(t)
	h.connect()
	h.must(h.world.Befriend("lin", contactID(1), "ch_store"))
	h.must(h.world.Unfriend("lin", contactID(1), true))
	h.must(h.world.Befriend("lin", contactID(1), ""))
	h.must(h.world.Unfriend("lin", contactID(1), false))
	got := h.flush()
	want := []string{"add_external_contact", "del_follow_user", "add_external_contact", "del_external_contact"}
	if len(got) != len(want) {
		t.Fatalf("%d events, want %d", len(got), len(want))
	}
	for i, c := range got {
		if c.ChangeType != want[i] || c.UserID != "lin" || c.ExternalUser != contactID(1) {
			t.Errorf("event %d: %s", i, c.XML)
		}
	}
	if got[0].WelcomeCode == "" {
		t.Error("a new customer comes without a welcome code")
	}
	h.want(0, h.post("externalcontact/send_welcome_msg", reply{"welcome_code": got[0].WelcomeCode, "text": reply{"content": "欢迎"}}))
	h.want(41050, h.post("externalcontact/send_welcome_msg", reply{"welcome_code": got[0].WelcomeCode, "text": reply{"content": "欢迎"}}))
	h.clock.add(21 * time.Second)
	h.want(41050, h.post("externalcontact/send_welcome_msg", reply{"welcome_code": got[2].WelcomeCode, "text": reply{"content": "欢迎"}}))
}

func TestDeliveryRetriesThreeTimes(t *testing.T) {
	cases := []struct {
		name      string
		fail      int // first attempts that fail
		attempts  int
		delivered int
		failed    int
	}{
		{"at once", 0, 1, 1, 0},
		{"after a failure", 1, 2, 1, 0},
		{"at the last attempt", 2, 3, 1, 0},
		{"never", 9, 3, 0, 1},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			h := newHouse(t)
			h.connect()
			h.app.answer = func(attempt int) int {
				if attempt <= tc.fail {
					return http.StatusServiceUnavailable
				}
				return http.StatusOK
			}
			h.must(h.world.Rename(h.chat, "新群名"))
			h.flush()
			st := h.server.DeliveryStats()
			if h.app.attempts != tc.attempts || st.Delivered != tc.delivered || st.Failed != tc.failed {
				t.Errorf("attempts %d, stats %+v", h.app.attempts, st)
			}
		})
	}
}

func TestSlowAppCountsAsFailed(t *testing.T) {
	h := newHouse(t)
	h.connect()
	h.app.answer = func(int) int { time.Sleep(300 * time.Millisecond); return http.StatusOK }
	h.must(h.world.Rename(h.chat, "新群名"))
	h.flush()
	if st := h.server.DeliveryStats(); st.Failed != 1 || st.Retried != 2 {
		t.Errorf("stats %+v", st)
	}
}

func TestCallbackFaults(t *testing.T) {
	cases := []struct {
		name   string
		faults Faults
		want   int
	}{
		{"healthy", Faults{}, 3},
		{"duplicates", Faults{Duplicate: 2}, 9},
		{"dropped", Faults{DropShare: 1}, 0},
		{"off", Faults{CallbacksOff: true}, 0},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			h := newHouse(t)
			h.connect()
			h.must(h.server.SetFaults(tc.faults))
			for _, name := range []string{"一", "二", "三"} {
				h.must(h.world.Rename(h.chat, name))
			}
			if got := h.flush(); len(got) != tc.want {
				t.Errorf("%d deliveries, want %d", len(got), tc.want)
			}
		})
	}
}

func TestReorderFaultChangesTheOrder(t *testing.T) {
	h := newHouse(t)
	h.connect()
	order := func() string {
		for i := 4; i <= 6; i++ {
			h.must(h.world.Join(h.chat, contactID(i), Join{Scene: 3}))
		}
		for i := 4; i <= 6; i++ {
			h.must(h.world.Leave(h.chat, contactID(i)))
		}
		var out []string
		for _, c := range h.flush() {
			out = append(out, c.UpdateDetail+c.Members[0])
		}
		return strings.Join(out, " ")
	}
	healthy := order()
	h.must(h.server.SetFaults(Faults{Reorder: true}))
	shuffled := order()
	if len(healthy) != len(shuffled) || healthy == shuffled {
		t.Errorf("healthy %s\nshuffled %s", healthy, shuffled)
	}
}

func TestNothingIsCalledBackForTheAPI(t *testing.T) {
	h := newHouse(t)
	h.connect()
	h.want(0, h.post("externalcontact/groupchat/add_join_way", reply{"scene": 2, "chat_id_list": []string{h.chat}}))
	h.want(0, h.post("message/send", reply{"touser": "lin", "msgtype": "text", "agentid": 1000002, "text": reply{"content": "提醒"}}))
	if got := h.flush(); len(got) != 0 {
		t.Errorf("%d events", len(got))
	}
}

func TestArchiveNotificationIsThrottled(t *testing.T) {
	h := newHouse(t)
	h.connect()
	say := func() {
		_, err := h.world.Say(h.chat, contactID(1), Message{Text: "在吗"})
		h.must(err)
	}
	say()
	if got := h.flush(); len(got) != 1 || got[0].Event != "msgaudit_notify" || got[0].AgentID != 2000004 {
		t.Fatalf("first message: %v", got)
	}
	h.clock.add(5 * time.Second)
	say()
	say()
	if got := h.flush(); len(got) != 0 {
		t.Fatalf("within 15 s: %d events", len(got))
	}
	h.clock.add(10 * time.Second)
	if got := h.flush(); len(got) != 1 {
		t.Fatalf("after 15 s: %d events, want 1", len(got))
	}
}

func TestRunDeliversInTheBackground(t *testing.T) {
	h := newHouse(t)
	h.connect()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- h.server.Run(ctx) }()
	h.must(h.world.Rename(h.chat, "新群名"))
	deadline := time.Now().Add(5 * time.Second)
	for h.server.DeliveryStats().Delivered == 0 && time.Now().Before(deadline) {
		time.Sleep(5 * time.Millisecond)
	}
	if h.server.DeliveryStats().Delivered != 1 {
		t.Error("not delivered")
	}
	cancel()
	if err := <-done; err != context.Canceled {
		t.Errorf("Run returned %v", err)
	}
}
