package sandbox

import (
	"fmt"
	"net/http"
	"reflect"
	"testing"
	"time"
)

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

// Staff ids are the corp's to choose, even such as look like a contact's.
func TestStaffWithTheIDOfAContact(t *testing.T) {
	h := newHouse(t)
	h.world.AddStaff(Staff{UserID: "wong", Name: "黄"})
	h.must(h.world.Join(h.chat, "wong", Join{Scene: 1, Inviter: "lin"}))
	h.must(h.world.ChangeOwner(h.chat, "wong"))
	if m := memberOf(h.groupChat(h.chat), "wong"); m["type"] != 1.0 || m["name"] != "黄" {
		t.Errorf("member %v", m)
	}
	if got := h.want(0, h.get("auth/getuserinfo", "code="+h.server.OAuthCode("wong"))); got["userid"] != "wong" {
		t.Errorf("identity %v", got)
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

func TestGroupsAreHandedOver(t *testing.T) {
	h := newHouse(t)
	h.connect()
	give := func(api, owner string) float64 {
		t.Helper()
		out := h.want(0, h.post("externalcontact/groupchat/"+api, reply{"chat_id_list": []string{h.chat}, "new_owner": owner}))
		if failed := out["failed_chat_list"].([]any); len(failed) > 0 {
			return failed[0].(map[string]any)["errcode"].(float64)
		}
		return 0
	}
	steps := []struct {
		api, owner string
		want       float64
	}{
		{"transfer", "zhou", 90500},
		{"onjob_transfer", "lin", 90504},
		{"onjob_transfer", "zhou", 0},
		{"onjob_transfer", "lin", 0},
		{"onjob_transfer", "zhou", 40128},
	}
	for i, s := range steps {
		if got := give(s.api, s.owner); got != s.want {
			t.Errorf("step %d: %s to %s: errcode %v, want %v", i, s.api, s.owner, got, s.want)
		}
	}
	h.must(h.world.Resign("lin"))
	if got := give("onjob_transfer", "he"); got != 90502 {
		t.Errorf("on-job hand-over after the owner resigned: errcode %v", got)
	}
	if got := give("transfer", "he"); got != 0 {
		t.Errorf("inheritance: errcode %v", got)
	}
	chat := h.groupChat(h.chat)
	if chat["owner"] != "he" || memberOf(chat, "he") == nil || memberOf(chat, "lin") != nil {
		t.Errorf("group %v", chat)
	}
	if got := h.flush(); len(got) != 0 {
		t.Errorf("%d events for what the API did", len(got))
	}
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
