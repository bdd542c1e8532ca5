package sandbox

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestWelcomeTemplates(t *testing.T) {
	h := newHouse(t)
	const api = "externalcontact/group_welcome_template/"
	id := h.want(0, h.post(api+"add", reply{"text": reply{"content": "欢迎 %NICKNAME%"}, "notify": 1}))["template_id"]
	h.want(0, h.post(api+"edit", reply{"template_id": id, "text": reply{"content": "你好"}, "link": reply{"title": "群规"}}))
	got := h.want(0, h.post(api+"get", reply{"template_id": id}))
	if got["text"].(map[string]any)["content"] != "你好" || got["link"] == nil || got["notify"] != nil {
		t.Errorf("template %v", got)
	}
	h.want(0, h.post(api+"del", reply{"template_id": id}))
	h.want(40058, h.post(api+"get", reply{"template_id": id}))
	for range maxWelcomeTemplates {
		h.want(0, h.post(api+"add", reply{"text": reply{"content": "x"}}))
	}
	h.want(41055, h.post(api+"add", reply{"text": reply{"content": "x"}}))
}

func TestMassSendWaitsForItsOwner(t *testing.T) {
	h := newHouse(t)
	const api = "externalcontact/"
	foreign := h.world.CreateGroup(Group{Name: "别人的群", Owner: "he"})
	added := h.want(0, h.post(api+"add_msg_template", reply{
		"chat_type": "group", "sender": "lin", "chat_id_list": []string{h.chat, foreign}, "text": reply{"content": "今晚八点直播"},
		"attachments": []reply{{"msgtype": "link", "link": reply{"title": "预约", "url": "https://example.com"}}},
	}))
	if !reflect.DeepEqual(added["fail_list"], []any{foreign}) {
		t.Errorf("fail_list %v", added["fail_list"])
	}
	id := added["msgid"]
	status := func() any {
		return h.want(0, h.post(api+"get_groupmsg_task", reply{"msgid": id}))["task_list"].([]any)[0].(map[string]any)["status"]
	}
	results := func() []any {
		return h.want(0, h.post(api+"get_groupmsg_send_result", reply{"msgid": id, "userid": "lin"}))["send_list"].([]any)
	}
	if status() != 0.0 || len(results()) != 0 || h.archived() != 0 {
		t.Error("something was sent without the owner")
	}
	for range maxReminders {
		h.want(0, h.post(api+"remind_groupmsg_send", reply{"msgid": id}))
	}
	h.want(41094, h.post(api+"remind_groupmsg_send", reply{"msgid": id}))

	if got := h.world.MassTasks("lin"); len(got) != 1 || got[0].Confirmed || got[0].Text != "今晚八点直播" {
		t.Errorf("on the phone: %v", got)
	}
	h.want0(h.send(http.MethodPost, "/sandbox/phone/lin/confirm", reply{"msgid": id}))
	sent := results()
	if status() != 2.0 || len(sent) != 1 || sent[0].(map[string]any)["status"] != 1.0 || h.archived() != 2 {
		t.Errorf("after the tap: status %v, results %v", status(), sent)
	}
	if err := h.world.ConfirmMass(id.(string), "lin"); err == nil {
		t.Error("sent twice")
	}
}

func TestMassSendQuota(t *testing.T) {
	h := newHouse(t)
	send := func() map[string]any {
		id := h.want(0, h.post("externalcontact/add_msg_template", reply{
			"chat_type": "group", "sender": "lin", "chat_id_list": []string{h.chat}, "text": reply{"content": "x"},
		}))["msgid"].(string)
		h.must(h.world.ConfirmMass(id, "lin"))
		out := h.post("externalcontact/get_groupmsg_send_result", reply{"msgid": id, "userid": "lin"})
		return out["send_list"].([]any)[0].(map[string]any)
	}
	for range 31 {
		if got := send(); got["status"] != 1.0 {
			t.Fatalf("within the quota of March: %v", got)
		}
	}
	if got := send(); got["status"] != 3.0 {
		t.Errorf("over the quota: %v", got)
	}
	h.clock.add(31 * 24 * time.Hour)
	if got := send(); got["status"] != 1.0 {
		t.Errorf("next month: %v", got)
	}
}

func TestMassSendToCustomersAndCancel(t *testing.T) {
	h := newHouse(t)
	h.must(h.world.Befriend("lin", contactID(1), ""))
	h.must(h.world.Befriend("zhou", contactID(2), ""))
	add := func() string {
		return h.want(0, h.post("externalcontact/add_msg_template", reply{
			"external_userid": []string{contactID(1), contactID(2), contactID(3)}, "text": reply{"content": "x"},
		}))["msgid"].(string)
	}
	id := add()
	h.must(h.world.Unfriend("lin", contactID(1), true))
	h.must(h.world.ConfirmMass(id, "lin"))
	row := func(user string) any {
		out := h.want(0, h.post("externalcontact/get_groupmsg_send_result", reply{"msgid": id, "userid": user}))
		return out["send_list"].([]any)[0].(map[string]any)["status"]
	}
	if row("lin") != 2.0 || row("zhou") != 0.0 {
		t.Errorf("lin %v (want 2), zhou %v (want 0)", row("lin"), row("zhou"))
	}
	h.want(0, h.post("externalcontact/cancel_groupmsg_send", reply{"msgid": id}))
	if err := h.world.ConfirmMass(id, "zhou"); err == nil {
		t.Error("a cancelled mass send can be confirmed")
	}
}

func TestAppMessagesReachPhones(t *testing.T) {
	h := newHouse(t)
	card := reply{"touser": "lin|nobody", "msgtype": "textcard", "agentid": 1000002, "textcard": reply{
		"title": "移出成员", "description": "操作码: remove|wr|wm", "url": "https://example.com/t/1",
	}}
	out := h.want(0, h.post("message/send", card))
	if out["invaliduser"] != "nobody" || out["msgid"] == "" {
		t.Errorf("answer %v", out)
	}
	h.want(0, h.post("message/send", reply{"toparty": "2", "msgtype": "text", "agentid": 1000002, "text": reply{"content": strings.Repeat("字", 1000)}}))
	h.want(0, h.post("message/send", reply{"touser": "@all", "msgtype": "markdown", "agentid": 1000002, "markdown": reply{"content": "**日报**"}}))

	got := h.world.AppMessages("lin", 0)
	if len(got) != 3 || got[0].Seq != 1 || got[2].Seq != 3 || got[0].Title != "移出成员" || got[2].Text != "**日报**" {
		t.Fatalf("lin's phone: %v", got)
	}
	if n := len(got[1].Text); n > 2048 || n%len("字") != 0 {
		t.Errorf("the text was cut to %d bytes", n)
	}
	if got := h.world.AppMessages("he", 0); len(got) != 1 {
		t.Errorf("he's phone: %v", got)
	}
	h.want(0, h.post("message/recall", reply{"msgid": out["msgid"]}))
	if got := h.world.AppMessages("lin", 0); len(got) != 2 {
		t.Errorf("after the recall: %v", got)
	}
	phone := h.send(http.MethodGet, "/sandbox/phone/lin?after=2", nil)
	if messages := phone["messages"].([]any); len(messages) != 1 {
		t.Errorf("phone over HTTP: %v", phone)
	}
}

func TestDuplicateCheckOfAppMessages(t *testing.T) {
	h := newHouse(t)
	send := func(check int) {
		h.want(0, h.post("message/send", reply{"touser": "lin", "msgtype": "text", "agentid": 1000002,
			"text": reply{"content": "提醒"}, "enable_duplicate_check": check}))
	}
	for _, check := range []int{1, 1, 0} {
		send(check)
	}
	if got := len(h.world.AppMessages("lin", 0)); got != 2 {
		t.Errorf("%d messages, want 2", got)
	}
	h.clock.add(31 * time.Minute)
	send(1)
	if got := len(h.world.AppMessages("lin", 0)); got != 3 {
		t.Errorf("after half an hour: %d messages, want 3", got)
	}
}

func TestUploadMedia(t *testing.T) {
	h := newHouse(t)
	upload := func(field, content string) map[string]any {
		var body bytes.Buffer
		form := multipart.NewWriter(&body)
		part, err := form.CreateFormFile(field, "a.png")
		h.must(err)
		part.Write([]byte(content))
		h.must(form.Close())
		req := httptest.NewRequest(http.MethodPost, "/cgi-bin/media/upload?type=image&access_token="+h.token, &body)
		req.Header.Set("Content-Type", form.FormDataContentType())
		return h.record(req)
	}
	out := h.want(0, upload("media", "png"))
	if _, isString := out["created_at"].(string); !isString || out["media_id"] == "" {
		t.Errorf("answer %v", out)
	}
	h.want(44001, upload("media", ""))
	h.want(41005, upload("file", "png"))
}
