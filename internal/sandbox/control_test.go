package sandbox

import (
	"errors"
	"io"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestAPIFaults(t *testing.T) {
	cases := []struct {
		name   string
		faults Faults
		before time.Duration // passes before the call
		want   []int         // errcodes of calls one after the other
	}{
		{"healthy", Faults{}, 0, []int{0, 0, 0}},
		{"untrusted address", Faults{TrustedIPs: []string{"10.1.1.1"}}, 0, []int{60020}},
		{"trusted address", Faults{TrustedIPs: []string{"127.0.0.1"}}, 0, []int{0}},
		{"out of range", Faults{VisibleUsers: []string{"zhou"}}, 0, []int{60011}},
		{"limit of the API", Faults{RateLimits: map[string]int{"user/get": 2}}, 0, []int{0, 0, 45009}},
		{"limit of every API", Faults{RateLimits: map[string]int{"*": 1}}, 0, []int{0, 45009}},
		{"limit of another API", Faults{RateLimits: map[string]int{"user/list": 1}}, 0, []int{0, 0}},
		{"token dies early", Faults{TokenLifetimeSeconds: 60}, 61 * time.Second, []int{40014}},
		{"token expires early", Faults{TokenLifetimeSeconds: 60, TokenError: 42001}, 61 * time.Second, []int{42001}},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			h := newHouse(t)
			h.must(h.server.SetFaults(tc.faults))
			h.wall.add(tc.before)
			for _, code := range tc.want {
				h.want(code, h.get("user/get", "userid=lin"))
			}
		})
	}
}

func TestVisibleRange(t *testing.T) {
	h := newHouse(t)
	h.must(h.world.Befriend("lin", contactID(1), ""))
	h.must(h.server.SetFaults(Faults{VisibleUsers: []string{"zhou"}}))
	h.want(90501, h.post("externalcontact/groupchat/get", reply{"chat_id": h.chat}))
	h.want(84061, h.get("externalcontact/get", "external_userid="+contactID(1)))
	if groups := h.want(0, h.post("externalcontact/groupchat/list", reply{"limit": 9}))["group_chat_list"].([]any); len(groups) != 0 {
		t.Errorf("groups out of range: %v", groups)
	}
}

func TestPlatformIsDown(t *testing.T) {
	h := newHouse(t)
	h.must(h.server.SetFaults(Faults{Down: "error"}))
	res, err := http.Get(h.http.URL + "/cgi-bin/gettoken")
	h.must(err)
	res.Body.Close()
	if res.StatusCode != http.StatusInternalServerError {
		t.Errorf("status %d, want 500", res.StatusCode)
	}
	h.must(h.server.SetFaults(Faults{Down: "refuse"}))
	if res, err := http.Get(h.http.URL + "/cgi-bin/gettoken"); err == nil {
		res.Body.Close()
		t.Errorf("answered with status %d", res.StatusCode)
	}
	// The control API stays up, or the fault could not be ended.
	out := h.send(http.MethodPut, "/sandbox/faults", reply{})
	if out["error"] != nil || h.server.Faults().Down != "" {
		t.Errorf("faults %v", out)
	}
}

func TestDelayedAPI(t *testing.T) {
	h := newHouse(t)
	h.must(h.server.SetFaults(Faults{DelayMS: map[string]int{"user/get": 60}}))
	start := time.Now()
	h.want(0, h.get("user/get", "userid=lin"))
	if took := time.Since(start); took < 60*time.Millisecond {
		t.Errorf("took %v, want at least 60ms", took)
	}
}

func TestFaultsOverHTTP(t *testing.T) {
	h := newHouse(t)
	for _, tc := range []struct{ body, want string }{
		{`{"duplicate":11}`, "duplicate"},
		{`{"drop_share":1.5}`, "drop_share"},
		{`{"member_lag_seconds":-1}`, "member_lag_seconds"},
		{`{"token_error":40001}`, "token_error"},
		{`{"down":"yes"}`, "down"},
		{`{"delay_ms":{"*":70000}}`, "delay_ms"},
		{`{"page_size":-2}`, "page_size"},
		{`{"duplicat":1}`, "duplicat"},
	} {
		out := h.send(http.MethodPut, "/sandbox/faults", []byte(tc.body))
		if msg, _ := out["error"].(string); !strings.Contains(msg, tc.want) {
			t.Errorf("%s: %v", tc.body, out)
		}
	}
	h.want0(h.send(http.MethodPut, "/sandbox/faults", reply{"duplicate": 2}))
	if got := h.send(http.MethodGet, "/sandbox/faults", nil); got["duplicate"] != 2.0 {
		t.Errorf("faults %v", got)
	}
}

func TestDriverLetsPeopleAct(t *testing.T) {
	h := newHouse(t)
	do := func(a reply) map[string]any {
		t.Helper()
		out := h.send(http.MethodPost, "/sandbox/do", a)
		h.want0(out)
		return out
	}
	h.want0(h.send(http.MethodPut, "/sandbox/callback", Callback{URL: h.app.URL + "?x=1", Token: testToken, AESKey: testAESKey}))
	do(reply{"action": "add_staff", "member": "wu", "name": "吴桐"})
	do(reply{"action": "add_contact", "member": "wmNEW", "name": "新人"})
	chat := do(reply{"action": "create_group", "member": "wu", "name": "读书1群", "archived": true})["chat_id"]
	do(reply{"action": "join", "chat_id": chat, "member": "wmNEW", "scene": 3, "state": "ch_menu"})
	id := do(reply{"action": "say", "chat_id": chat, "member": "wmNEW", "text": "大家好"})["msgid"]
	do(reply{"action": "recall", "chat_id": chat, "member": "wu", "msgid": id})
	do(reply{"action": "kick", "chat_id": chat, "by": "wu", "member": "wmNEW"})

	state := h.send(http.MethodPost, "/sandbox/flush", nil)
	if state["queue"] != 0.0 || state["delivery"].(map[string]any)["delivered"] != 4.0 || state["groups"] != 2.0 {
		t.Errorf("state %v", state)
	}
	kinds := map[string]int{}
	for _, c := range h.app.take() {
		kinds[c.Event+"/"+c.ChangeType+"/"+c.UpdateDetail]++
	}
	want := map[string]int{
		"change_external_chat/create/": 1, "change_external_chat/update/add_member": 1,
		"change_external_chat/update/del_member": 1, "msgaudit_notify//": 1,
	}
	if !maps.Equal(kinds, want) {
		t.Errorf("the app got %v, want %v", kinds, want)
	}
	if view := h.send(http.MethodGet, "/sandbox/groups/"+chat.(string), nil); view["Name"] != "读书1群" {
		t.Errorf("group %v", view)
	}
	for _, tc := range []struct {
		body reply
		want string
	}{
		{reply{"action": "dance"}, "create_group"},
		{reply{"action": "leave", "chat_id": "wrNONE", "member": "wu"}, "no such group"},
		{reply{"action": "leave", "chat_id": chat, "member": "wu"}, "owner"},
		{reply{"action": "kick", "chat_id": h.chat, "by": contactID(1), "member": contactID(2)}, "neither owner nor deputy"},
		{reply{"action": "add_contact", "member": "x"}, "wm"},
		{reply{"action": "join", "chat": "x"}, "chat"},
	} {
		out := h.send(http.MethodPost, "/sandbox/do", tc.body)
		if msg, _ := out["error"].(string); !strings.Contains(msg, tc.want) {
			t.Errorf("%v: %v", tc.body, out)
		}
	}
}

func TestIndexPage(t *testing.T) {
	h := newHouse(t)
	h.must(h.world.Rename(h.chat, "<b>星禾</b>"))
	h.want(0, h.post("message/send", reply{"touser": "lin", "msgtype": "text", "agentid": 1000002, "text": reply{"content": "请确认"}}))
	res, err := http.Get(h.http.URL + "/sandbox/")
	h.must(err)
	defer res.Body.Close()
	page, err := io.ReadAll(res.Body)
	h.must(err)
	for _, want := range []string{"&lt;b&gt;星禾", h.chat, "请确认", "</html>"} {
		if !strings.Contains(string(page), want) {
			t.Errorf("the page lacks %q", want)
		}
	}
}

func TestMembership(t *testing.T) {
	h := newHouse(t)
	w := h.world
	for i := 4; i <= 6; i++ {
		h.must(w.Join(h.chat, contactID(i), Join{Scene: 3}))
	}
	cases := []struct {
		name string
		err  error
		want error
	}{
		{"full", w.Join(h.chat, contactID(7), Join{Scene: 3}), ErrGroupFull},
		{"twice", w.Join(h.chat, contactID(4), Join{Scene: 3}), ErrAlreadyMember},
		{"unknown contact", w.Join(h.chat, "wmNOBODY", Join{Scene: 3}), ErrNoPerson},
		{"unknown group", w.Join("wrNONE", contactID(4), Join{Scene: 3}), ErrNoGroup},
		{"not in", w.Leave(h.chat, contactID(8)), ErrNotMember},
		{"owner leaves", w.Leave(h.chat, "lin"), ErrNotAllowed},
		{"customer removes", w.Kick(h.chat, contactID(4), contactID(5)), ErrNotAllowed},
		{"customer as owner", w.ChangeOwner(h.chat, contactID(4)), ErrNotAllowed},
		{"stranger speaks", second(w.Say(h.chat, contactID(8), Message{Text: "x"})), ErrNotMember},
		{"unknown code", w.ScanJoinWay("x", contactID(8)), ErrNoJoinWay},
		{"consent of staff", w.Consent(h.chat, "lin", true), ErrNotMember},
	}
	for _, tc := range cases {
		if !errors.Is(tc.err, tc.want) {
			t.Errorf("%s: got %v, want %v", tc.name, tc.err, tc.want)
		}
	}
	h.must(w.Leave(h.chat, contactID(4)))
	h.must(w.Join(h.chat, contactID(7), Join{Scene: 3}))
	if _, ok := w.Group("wrNONE"); ok {
		t.Error("a group that is none")
	}
	v, _ := w.Group(h.chat)
	v.Members[0].Name = "changed"
	if again, _ := w.Group(h.chat); again.Members[0].Name != "林晓" || len(again.Members) != 8 {
		t.Errorf("view %v", again.Members)
	}
}

func second(_ string, err error) error { return err }

func TestReadFile(t *testing.T) {
	f, err := ReadFile(strings.NewReader(`{
		"corp": {"corp_id": "ww1", "agent_id": 7},
		"callback": {"url": "http://127.0.0.1:9/hooks", "token": "abc", "aes_key": "` + testAESKey + `"},
		"faults": {"duplicate": 1},
		"staff": [{"userid": "lin", "name": "林晓"}],
		"contacts": [{"external_userid": "wm1", "name": "客户"}],
		"groups": [{"name": "群", "owner": "lin", "members": ["wm1"]}]
	}`))
	if err != nil {
		t.Fatal(err)
	}
	w := NewWorld(f.Corp)
	if err := f.Populate(w); err != nil {
		t.Fatal(err)
	}
	if groups := w.Groups(); len(groups) != 1 || len(groups[0].Members) != 2 || f.Faults.Duplicate != 1 || w.Config().AgentID != 7 {
		t.Errorf("groups %v", groups)
	}
	for body, want := range map[string]string{
		`{"corp":{"corp_id":"x"}}`:    "corp_id",
		`{"corp":{"corpid":"wwx"}}`:   "corpid",
		`{"callback":{"url":"x"}}`:    "callback",
		`{"faults":{"drop_share":2}}`: "drop_share",
		`{} {}`:                       "more than one",
		`{`:                           "EOF",
	} {
		if _, err := ReadFile(strings.NewReader(body)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", body, err)
		}
	}
	f, err = ReadFile(strings.NewReader(`{"groups":[{"name":"群","owner":"nobody"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Populate(NewWorld(f.Corp)); err == nil {
		t.Error("a group without owner")
	}
}
