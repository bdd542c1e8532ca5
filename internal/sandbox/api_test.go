package sandbox

import (
	"fmt"
	"net/http"
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
