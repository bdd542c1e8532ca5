package sandbox

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestTokenIsTheSameWhileItIsValid(t *testing.T) {
	h := newHouse(t)
	if again := h.login("sandbox-app-secret"); again != h.token {
		t.Error("a second token within validity")
	}
	h.wall.add(tokenLife)
	h.want(42001, h.get("get_api_domain_ip", ""))
	if h.login("sandbox-app-secret") == h.token {
		t.Error("the expired token was given out again")
	}
}

func TestGetTokenRefuses(t *testing.T) {
	h := newHouse(t)
	for query, code := range map[string]int{
		"corpsecret=x":                   41002,
		"corpid=ww0sandbox":              41004,
		"corpid=wwother&corpsecret=x":    40013,
		"corpid=ww0sandbox&corpsecret=x": 40001,
	} {
		out := h.want(code, h.send(http.MethodGet, "/cgi-bin/gettoken?"+query, nil))
		if msg := out["errmsg"].(string); !strings.Contains(msg, "hint: [") || !strings.Contains(msg, "from ip: 127.0.0.1") {
			t.Errorf("errmsg %q", msg)
		}
	}
}

// Every refusal that the API documents for a call on its own.
func TestAPIRefuses(t *testing.T) {
	h := newHouse(t)
	dismissed := h.world.CreateGroup(Group{Name: "旧群", Owner: "he"})
	h.must(h.world.Dismiss(dismissed))
	unknown := "wr" + strings.Repeat("x", 30)
	yesterday := h.clock.Now().AddDate(0, 0, -1).Unix()
	manyChats := []string{h.chat, h.chat, h.chat, h.chat, h.chat, h.chat}
	const ec, gc = "externalcontact/", "externalcontact/groupchat/"
	cases := []struct {
		path string
		body any // nil: GET with query
		get  string
		code int
	}{
		{path: "user/get", get: "userid=nobody", code: 60111},
		{path: "user/list", get: "department_id=99", code: 60123},
		{path: "department/list", get: "id=x", code: 60123},
		{path: ec + "list", get: "userid=nobody", code: 60111},
		{path: ec + "list", get: "userid=lin", code: 84061},
		{path: ec + "get", get: "external_userid=wmNOBODY", code: 40096},
		{path: ec + "get", get: "external_userid=" + contactID(1), code: 84061},
		{path: ec + "batch/get_by_user", body: reply{}, code: 40058},
		{path: gc + "list", body: reply{}, code: 40058},
		{path: gc + "list", body: reply{"limit": 1001}, code: 40058},
		{path: gc + "list", body: reply{"limit": 1, "cursor": "?"}, code: 40058},
		{path: gc + "list", body: reply{"limit": 1, "owner_filter": reply{"userid_list": []string{"nobody"}}}, code: 60111},
		{path: gc + "list", body: reply{"limit": 1, "owner_filter": reply{"userid_list": make([]string, 101)}}, code: 81017},
		{path: gc + "get", body: reply{"chat_id": "x"}, code: 86001},
		{path: gc + "get", body: reply{"chat_id": unknown}, code: 86003},
		{path: gc + "get", body: reply{"chat_id": dismissed}, code: 49008},
		{path: gc + "get", body: []byte("{"), code: 47001},
		{path: gc + "get", get: "chat_id=x", code: 43002},
		{path: gc + "add_join_way", body: reply{"scene": 3, "chat_id_list": []string{h.chat}}, code: 40058},
		{path: gc + "add_join_way", body: reply{"scene": 2, "chat_id_list": manyChats}, code: 41091},
		{path: gc + "add_join_way", body: reply{"scene": 2, "chat_id_list": []string{unknown}}, code: 86003},
		{path: gc + "add_join_way", body: reply{"scene": 2, "chat_id_list": []string{h.chat}, "state": strings.Repeat("长", 31)}, code: 40058},
		{path: gc + "get_join_way", body: reply{"config_id": "x"}, code: 41044},
		{path: gc + "statistic", body: reply{"day_begin_time": h.clock.Now().Unix()}, code: 600018},
		{path: gc + "statistic_group_by_day", body: reply{"day_begin_time": h.clock.Now().Unix()}, code: 600018},
		{path: gc + "statistic_group_by_day", body: reply{"day_begin_time": yesterday - 30*86400, "day_end_time": yesterday}, code: 40058},
		{path: gc + "statistic_group_by_day", body: reply{"day_begin_time": yesterday - 180*86400}, code: 40058},
		{path: ec + "group_welcome_template/add", body: reply{"notify": 1}, code: 40063},
		{path: ec + "group_welcome_template/get", body: reply{"template_id": "x"}, code: 40058},
		{path: ec + "add_msg_template", body: reply{"chat_type": "group", "text": reply{"content": "x"}}, code: 40063},
		{path: ec + "add_msg_template", body: reply{"chat_type": "group", "sender": "he", "text": reply{"content": "x"}}, code: 41048},
		{path: ec + "add_msg_template", body: reply{"chat_type": "group", "sender": "lin", "attachments": []reply{{"msgtype": "poem"}}}, code: 86214},
		{path: ec + "get_groupmsg_task", body: reply{"msgid": "x"}, code: 41047},
		{path: "message/send", body: reply{"msgtype": "text", "agentid": 1000002, "text": reply{"content": "x"}}, code: 82001},
		{path: "message/send", body: reply{"touser": "nobody", "msgtype": "text", "agentid": 1000002, "text": reply{"content": "x"}}, code: 81013},
		{path: "message/send", body: reply{"touser": "lin", "msgtype": "text", "agentid": 7, "text": reply{"content": "x"}}, code: 40056},
		{path: "message/send", body: reply{"touser": "lin", "msgtype": "fax", "agentid": 1000002}, code: 40008},
		{path: "message/send", body: reply{"touser": "lin", "msgtype": "textcard", "agentid": 1000002, "textcard": reply{"title": "x"}}, code: 40063},
		{path: "message/recall", body: reply{"msgid": "x"}, code: 40058},
		{path: "media/upload", body: reply{}, code: 40004},
		{path: "ticket/get", get: "type=wx_card", code: 40058},
		{path: "auth/getuserinfo", get: "code=x", code: 40029},
		{path: "msgaudit/get_permit_user_list", body: reply{}, code: 48002},
	}
	for _, tc := range cases {
		t.Run(fmt.Sprintf("%s %d", tc.path, tc.code), func(t *testing.T) {
			sub := *h
			sub.T = t
			if tc.body == nil {
				sub.want(tc.code, sub.get(tc.path, tc.get))
			} else {
				sub.want(tc.code, sub.post(tc.path, tc.body))
			}
		})
	}
}

func TestAPIRefusesWithoutToken(t *testing.T) {
	h := newHouse(t)
	h.want(41001, h.send(http.MethodGet, "/cgi-bin/user/get?userid=lin", nil))
	h.want(40014, h.send(http.MethodGet, "/cgi-bin/user/get?userid=lin&access_token=made-up", nil))
	h.server.ExpireTokens()
	h.want(40014, h.get("user/get", "userid=lin"))

	res, err := http.Get(h.http.URL + "/cgi-bin/externalcontact/groupchat/kick?access_token=" + h.token)
	h.must(err)
	res.Body.Close()
	if res.StatusCode != http.StatusNotFound {
		t.Errorf("an invented API answers with status %d", res.StatusCode)
	}
}

func TestDirectory(t *testing.T) {
	h := newHouse(t)
	if got := h.want(0, h.get("user/get", "userid=lin")); got["name"] != "林晓" {
		t.Errorf("user/get: %v", got)
	}
	list := h.want(0, h.get("user/list", "department_id=1&fetch_child=1"))["userlist"].([]any)
	if len(list) != 3 {
		t.Errorf("%d users, want 3", len(list))
	}
	departments := h.want(0, h.get("department/list", ""))["department"].([]any)
	if len(departments) != 3 || departments[1].(map[string]any)["name"] != "运营部" {
		t.Errorf("departments %v", departments)
	}
	ids := h.want(0, h.post("user/list_id", reply{"limit": 2}))
	if len(ids["dept_user"].([]any)) != 2 || ids["next_cursor"] == "" {
		t.Errorf("user/list_id: %v", ids)
	}
	if follow := h.want(0, h.get("externalcontact/get_follow_user_list", "")); len(follow["follow_user"].([]any)) != 3 {
		t.Errorf("follow users: %v", follow)
	}
}

func TestContacts(t *testing.T) {
	h := newHouse(t)
	h.must(h.world.Befriend("lin", contactID(1), "ch_store"))
	h.must(h.world.Befriend("zhou", contactID(1), ""))
	if got := h.want(0, h.get("externalcontact/list", "userid=lin"))["external_userid"]; !reflect.DeepEqual(got, []any{contactID(1)}) {
		t.Errorf("list: %v", got)
	}
	got := h.want(0, h.get("externalcontact/get", "external_userid="+contactID(1)))
	contact := got["external_contact"].(map[string]any)
	follows := got["follow_user"].([]any)
	if contact["unionid"] != "un1" || contact["type"] != 1.0 || len(follows) != 2 || follows[0].(map[string]any)["state"] != "ch_store" {
		t.Errorf("get: %v", got)
	}
	batch := h.want(0, h.post("externalcontact/batch/get_by_user", reply{"userid_list": []string{"lin", "zhou"}, "limit": 1}))
	if len(batch["external_contact_list"].([]any)) != 1 || batch["next_cursor"] == "" {
		t.Errorf("batch: %v", batch)
	}
}

func TestGroupListPages(t *testing.T) {
	h := newHouse(t)
	want := []string{h.chat}
	for i := range 4 {
		want = append(want, h.world.CreateGroup(Group{Name: fmt.Sprint(i), Owner: "he"}))
	}
	h.must(h.server.SetFaults(Faults{PageSize: 2}))
	var got []string
	cursor := ""
	for range 10 {
		out := h.want(0, h.post("externalcontact/groupchat/list", reply{"limit": 100, "cursor": cursor}))
		for _, g := range out["group_chat_list"].([]any) {
			got = append(got, g.(map[string]any)["chat_id"].(string))
		}
		if cursor = out["next_cursor"].(string); cursor == "" {
			break
		}
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	filtered := h.post("externalcontact/groupchat/list", reply{"limit": 9, "owner_filter": reply{"userid_list": []string{"lin"}}})
	if n := len(filtered["group_chat_list"].([]any)); n != 1 {
		t.Errorf("%d groups of lin, want 1", n)
	}
	h.must(h.world.Resign("lin"))
	orphans := h.post("externalcontact/groupchat/list", reply{"limit": 9, "status_filter": 1})
	if n := len(orphans["group_chat_list"].([]any)); n != 1 {
		t.Errorf("%d groups wait for inheritance, want 1", n)
	}
}

func (h *house) groupChat(chatID string) map[string]any {
	h.Helper()
	return h.want(0, h.post("externalcontact/groupchat/get", reply{"chat_id": chatID, "need_name": 1}))["group_chat"].(map[string]any)
}

func memberOf(chat map[string]any, id string) map[string]any {
	for _, m := range chat["member_list"].([]any) {
		if m := m.(map[string]any); m["userid"] == id {
			return m
		}
	}
	return nil
}

func TestGroupGet(t *testing.T) {
	h := newHouse(t)
	h.must(h.world.Join(h.chat, contactID(4), Join{Scene: 3, State: "ch_poster"}))
	h.must(h.world.Join(h.chat, contactID(5), Join{Scene: 2, Inviter: contactID(4)}))
	chat := h.groupChat(h.chat)
	if chat["owner"] != "lin" || chat["name"] != "星禾妈妈1群" || len(chat["member_list"].([]any)) != 7 {
		t.Fatalf("group %v", chat)
	}
	owner, invited := memberOf(chat, "lin"), memberOf(chat, contactID(1))
	scanned, linked := memberOf(chat, contactID(4)), memberOf(chat, contactID(5))
	if owner["type"] != 1.0 || owner["unionid"] != nil {
		t.Errorf("owner %v", owner)
	}
	if invited["type"] != 2.0 || invited["unionid"] != "un1" || invited["name"] != "客户1" ||
		!reflect.DeepEqual(invited["invitor"], map[string]any{"userid": "lin"}) {
		t.Errorf("invited %v", invited)
	}
	if scanned["state"] != "ch_poster" || scanned["join_scene"] != 3.0 || scanned["join_time"] != float64(h.clock.Now().Unix()) {
		t.Errorf("scanned %v", scanned)
	}
	if linked["join_scene"] != 2.0 || linked["invitor"] != nil {
		t.Errorf("invited by a customer: %v", linked)
	}
	if !reflect.DeepEqual(chat["admin_list"], []any{map[string]any{"userid": "zhou"}}) {
		t.Errorf("admins %v", chat["admin_list"])
	}
}

func TestMemberInfoLags(t *testing.T) {
	h := newHouse(t)
	h.clock.add(time.Hour)
	h.must(h.server.SetFaults(Faults{MemberLagSeconds: 60}))
	h.must(h.world.Join(h.chat, contactID(4), Join{Scene: 3}))
	h.must(h.world.Leave(h.chat, contactID(1)))
	chat := h.groupChat(h.chat)
	if memberOf(chat, contactID(4)) != nil || memberOf(chat, contactID(1)) == nil {
		t.Error("the answer is ahead of its lag")
	}
	h.clock.add(time.Minute)
	chat = h.groupChat(h.chat)
	if memberOf(chat, contactID(4)) == nil || memberOf(chat, contactID(1)) != nil {
		t.Error("the answer never catches up")
	}
}

func TestJoinWay(t *testing.T) {
	h := newHouse(t)
	const api = "externalcontact/groupchat/"
	added := h.want(0, h.post(api+"add_join_way", reply{
		"scene": 2, "chat_id_list": []string{h.chat}, "state": "ch_poster", "room_base_name": "星禾妈妈", "room_base_id": 2,
	}))
	if added["qr_code"] != nil {
		t.Error("add_join_way gives the code away; only get_join_way does")
	}
	id := added["config_id"].(string)
	way := h.want(0, h.post(api+"get_join_way", reply{"config_id": id}))["join_way"].(map[string]any)
	if way["state"] != "ch_poster" || way["auto_create_room"] != 1.0 {
		t.Errorf("join way %v", way)
	}
	res, err := http.Get(way["qr_code"].(string))
	h.must(err)
	res.Body.Close()
	if res.StatusCode != http.StatusOK {
		t.Errorf("the code's address answers with status %d", res.StatusCode)
	}

	h.connect()
	for i := 4; i <= 7; i++ { // the group has 5 of 8 seats taken
		h.must(h.world.ScanJoinWay(id, contactID(i)))
	}
	second := ""
	for _, c := range h.flush() {
		if c.ChangeType == "create" {
			second = c.ChatId
		}
	}
	if second == "" || memberOf(h.groupChat(second), contactID(7))["state"] != "ch_poster" {
		t.Error("the fourth newcomer is not in a second group")
	}
	if name := h.groupChat(second)["name"]; name != "星禾妈妈2" {
		t.Errorf("the second group is called %v", name)
	}
	way = h.post(api+"get_join_way", reply{"config_id": id})["join_way"].(map[string]any)
	if !reflect.DeepEqual(way["chat_id_list"], []any{h.chat, second}) {
		t.Errorf("the code leads to %v", way["chat_id_list"])
	}

	h.want(0, h.post(api+"update_join_way", reply{"config_id": id, "scene": 2, "chat_id_list": []string{h.chat}, "auto_create_room": 0}))
	if err := h.world.ScanJoinWay(id, contactID(8)); err != ErrGroupFull {
		t.Errorf("a full group without successor: %v", err)
	}
	h.want(0, h.post(api+"del_join_way", reply{"config_id": id}))
	h.want(41044, h.post(api+"get_join_way", reply{"config_id": id}))
}

func TestStatistics(t *testing.T) {
	h := newHouse(t)
	born := h.clock.Now()
	for i := 1; i <= 3; i++ {
		_, err := h.world.Say(h.chat, contactID(i%2+1), Message{Text: "你好"})
		h.must(err)
	}
	h.clock.add(24 * time.Hour)
	h.must(h.world.Leave(h.chat, contactID(3)))
	h.clock.add(24 * time.Hour)

	const api = "externalcontact/groupchat/statistic"
	days := h.want(0, h.post(api+"_group_by_day", reply{
		"day_begin_time": born.Unix(), "day_end_time": born.Unix() + 86400, "owner_filter": reply{"userid_list": []string{"lin"}},
	}))["items"].([]any)
	want := []map[string]any{
		{"new_chat_cnt": 1.0, "chat_total": 1.0, "chat_has_msg": 1.0, "new_member_cnt": 5.0, "member_total": 5.0, "member_has_msg": 2.0, "msg_total": 3.0},
		{"new_chat_cnt": 0.0, "chat_total": 1.0, "chat_has_msg": 0.0, "new_member_cnt": 0.0, "member_total": 4.0, "member_has_msg": 0.0, "msg_total": 0.0},
	}
	for i, d := range days {
		if got := d.(map[string]any)["data"]; !reflect.DeepEqual(got, want[i]) {
			t.Errorf("day %d: got %v, want %v", i, got, want[i])
		}
	}
	if start := days[0].(map[string]any)["stat_time"]; start != float64(time.Date(2026, 3, 10, 0, 0, 0, 0, platformZone).Unix()) {
		t.Errorf("stat_time %v", start)
	}

	owners := h.want(0, h.post(api, reply{"day_begin_time": born.Unix(), "day_end_time": born.Unix() + 86400}))
	items := owners["items"].([]any)
	if owners["total"] != 1.0 || items[0].(map[string]any)["owner"] != "lin" {
		t.Fatalf("owners %v", owners)
	}
	sum := items[0].(map[string]any)["data"].(map[string]any)
	if sum["msg_total"] != 3.0 || sum["member_total"] != 4.0 || sum["new_member_cnt"] != 5.0 {
		t.Errorf("sum %v", sum)
	}
}

func TestStatisticsBeforeTheWorldBegan(t *testing.T) {
	h := newHouse(t)
	now := h.clock.Now()
	h.clock.add(-100 * 24 * time.Hour)
	chat := h.world.CreateGroup(Group{Name: "老群", Owner: "he"})
	for i := 1; i <= 6; i++ {
		h.must(h.world.Join(chat, contactID(i), Join{Scene: 3}))
	}
	h.clock.add(100 * 24 * time.Hour)
	ask := func() any {
		return h.want(0, h.post("externalcontact/groupchat/statistic_group_by_day", reply{
			"day_begin_time": now.AddDate(0, 0, -60).Unix(), "day_end_time": now.AddDate(0, 0, -31).Unix(),
			"owner_filter": reply{"userid_list": []string{"he"}},
		}))["items"]
	}
	first := ask()
	messages := 0.0
	for _, d := range first.([]any) {
		data := d.(map[string]any)["data"].(map[string]any)
		messages += data["msg_total"].(float64)
		if data["member_total"] != 7.0 || data["member_has_msg"].(float64) > 7 {
			t.Errorf("day %v", data)
		}
	}
	if messages == 0 {
		t.Error("a month of silence")
	}
	if !reflect.DeepEqual(first, ask()) {
		t.Error("the past changes between two calls")
	}
}

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

func TestOAuthCodeIsGoodOnce(t *testing.T) {
	h := newHouse(t)
	code := h.server.OAuthCode("lin")
	if got := h.want(0, h.get("auth/getuserinfo", "code="+code)); got["userid"] != "lin" {
		t.Errorf("staff: %v", got)
	}
	h.want(40029, h.get("auth/getuserinfo", "code="+code))
	outside := h.want(0, h.get("auth/getuserinfo", "code="+h.server.OAuthCode(contactID(1))))
	if outside["external_userid"] != contactID(1) || outside["openid"] == "" || outside["userid"] != nil {
		t.Errorf("customer: %v", outside)
	}
	late := h.server.OAuthCode("lin")
	h.wall.add(codeLife + time.Second)
	h.want(40029, h.get("auth/getuserinfo", "code="+late))
}

func TestTickets(t *testing.T) {
	h := newHouse(t)
	corp := h.want(0, h.get("get_jsapi_ticket", ""))["ticket"]
	app := h.want(0, h.get("ticket/get", "type=agent_config"))["ticket"]
	if corp == app || corp != h.get("get_jsapi_ticket", "")["ticket"] {
		t.Errorf("corp's ticket %v, app's %v", corp, app)
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
