package wecom

import (
	"errors"
	"fmt"
	"iter"
	"reflect"
	"strings"
	"testing"
	"time"
)

const groupBase = "/cgi-bin/externalcontact/groupchat/"

func collect[T any](t *testing.T, seq iter.Seq2[T, error]) []T {
	t.Helper()
	var all []T
	for item, err := range seq {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, item)
	}
	return all
}

func TestGroupsWalksAllPages(t *testing.T) {
	p := newPlatform(t, map[string]any{groupBase + "list": func(c apiCall) any {
		if c.Body["limit"] != 1000.0 || c.Body["status_filter"] != 0.0 {
			return refuse(40058)
		}
		switch c.Body["cursor"] {
		case nil:
			return map[string]any{"errcode": 0, "group_chat_list": []GroupRef{{"wr1", 0}, {"wr2", 1}}, "next_cursor": "p2"}
		case "p2":
			return map[string]any{"errcode": 0, "group_chat_list": []GroupRef{{"wr3", 0}}}
		}
		return refuse(40058)
	}})
	got := collect(t, p.client(t).Groups(t.Context(), GroupNormal, "zhang", "li"))
	if want := []GroupRef{{"wr1", 0}, {"wr2", 1}, {"wr3", 0}}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	owners := p.last(t, groupBase+"list").Body["owner_filter"]
	if want := map[string]any{"userid_list": []any{"zhang", "li"}}; !reflect.DeepEqual(owners, want) {
		t.Errorf("owner_filter %v, want %v", owners, want)
	}
}

func TestListingEndsWithItsError(t *testing.T) {
	for name, answer := range map[string]any{
		"refused":        refuse(81017),
		"endless cursor": map[string]any{"errcode": 0, "next_cursor": "same"},
	} {
		p := newPlatform(t, map[string]any{groupBase + "list": answer})
		n, failed := 0, error(nil)
		for _, err := range p.client(t).Groups(t.Context(), GroupNormal) {
			n, failed = n+1, err
		}
		if n != 1 || failed == nil {
			t.Errorf("%s: %d items, error %v; want the error alone", name, n, failed)
		}
	}
}

func TestGroup(t *testing.T) {
	p := newPlatform(t, map[string]any{groupBase + "get": map[string]any{"errcode": 0, "group_chat": map[string]any{
		"chat_id": "wr1", "name": "秋季班", "owner": "zhang", "create_time": 1_700_000_000, "notice": "守则",
		"member_list": []map[string]any{
			{"userid": "zhang", "type": 1, "join_time": 1_700_000_000, "join_scene": 1},
			{"userid": "wm1", "type": 2, "unionid": "oU", "join_time": 1_700_000_100, "join_scene": 3, "state": "poster",
				"invitor": map[string]any{"userid": "zhang"}, "group_nickname": "小林", "name": "林"},
		},
		"admin_list": []map[string]any{{"userid": "li"}}, "member_version": "v9",
	}}})
	got, err := p.client(t).Group(t.Context(), "wr1")
	if err != nil {
		t.Fatal(err)
	}
	want := Group{
		ChatID: "wr1", Name: "秋季班", Owner: "zhang", CreatedAt: time.Unix(1_700_000_000, 0).UTC(), Notice: "守则",
		Members: []GroupMember{
			{UserID: "zhang", Type: MemberStaff, JoinedAt: time.Unix(1_700_000_000, 0).UTC(), JoinScene: 1},
			{UserID: "wm1", Type: MemberExternal, UnionID: "oU", JoinedAt: time.Unix(1_700_000_100, 0).UTC(), JoinScene: JoinedByScan,
				Inviter: "zhang", Nickname: "小林", Name: "林", State: "poster"},
		},
		Admins: []string{"li"}, MemberVersion: "v9",
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("\n got %+v\nwant %+v", got, want)
	}
	if need := p.last(t, groupBase+"get").Body["need_name"]; need != 1.0 {
		t.Errorf("need_name %v, want 1", need)
	}
}

func TestJoinWayLifecycle(t *testing.T) {
	ok := map[string]any{"errcode": 0}
	p := newPlatform(t, map[string]any{
		groupBase + "add_join_way":    map[string]any{"errcode": 0, "config_id": "c1"},
		groupBase + "update_join_way": ok, groupBase + "del_join_way": ok,
		groupBase + "get_join_way": map[string]any{"errcode": 0, "join_way": map[string]any{
			"config_id": "c1", "scene": 2, "auto_create_room": 1, "chat_id_list": []string{"wr1", "wr2"}, "state": "s", "qr_code": "https://q"}},
	})
	c, ctx := p.client(t), t.Context()
	id, err := c.AddJoinWay(ctx, JoinWay{Scene: JoinWayQRCode, ChatIDs: []string{"wr1"}, State: "s", QRCode: "ignored"})
	if err != nil || id != "c1" {
		t.Fatalf("id %q, %v", id, err)
	}
	if body := p.last(t, groupBase+"add_join_way").Body; body["qr_code"] != nil || body["auto_create_room"] != 0.0 {
		t.Errorf("request %v: qr_code must be absent, auto_create_room must be said", body)
	}
	way, err := c.JoinWay(ctx, id)
	if err != nil || way.QRCode != "https://q" || len(way.ChatIDs) != 2 {
		t.Fatalf("join way %+v, %v", way, err)
	}
	if err := errors.Join(c.UpdateJoinWay(ctx, way), c.DeleteJoinWay(ctx, id)); err != nil {
		t.Error(err)
	}
}

func TestWelcomeTemplate(t *testing.T) {
	const base = "/cgi-bin/externalcontact/group_welcome_template/"
	p := newPlatform(t, map[string]any{
		base + "add": map[string]any{"errcode": 0, "template_id": "t1"},
		base + "get": map[string]any{"errcode": 0, "text": map[string]any{"content": "欢迎"}, "link": map[string]any{"title": "群规", "url": "https://a"}},
	})
	id, err := p.client(t).AddWelcomeTemplate(t.Context(), WelcomeTemplate{Text: "欢迎 %NICKNAME%", NotifyOwners: true})
	if err != nil || id != "t1" {
		t.Fatalf("id %q, %v", id, err)
	}
	if body := p.last(t, base+"add").Body; body["notify"] != 1.0 || body["template_id"] != nil {
		t.Errorf("request %v", body)
	}
	got, err := p.client(t).WelcomeTemplate(t.Context(), "t1")
	if want := (WelcomeTemplate{Text: "欢迎", Link: &Link{Title: "群规", URL: "https://a"}}); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestContacts(t *testing.T) {
	p := newPlatform(t, map[string]any{
		"/cgi-bin/externalcontact/get_follow_user_list": map[string]any{"errcode": 0, "follow_user": []string{"zhang"}},
		"/cgi-bin/externalcontact/get": func(c apiCall) any {
			follow := map[string]any{"userid": "zhang", "createtime": 1_700_000_000, "state": "s", "tags": []map[string]any{{"tag_id": "et1"}, {"tag_name": "own"}}}
			next := "2"
			if c.Query["cursor"] != nil {
				follow, next = map[string]any{"userid": "li"}, ""
			}
			return map[string]any{"errcode": 0, "external_contact": map[string]any{"external_userid": "wm1", "name": "林"},
				"follow_user": []any{follow}, "next_cursor": next}
		},
		"/cgi-bin/externalcontact/batch/get_by_user": map[string]any{"errcode": 0, "external_contact_list": []map[string]any{{
			"external_contact": map[string]any{"external_userid": "wm1", "gender": "1"}, "follow_info": map[string]any{"userid": "zhang", "tag_id": []string{"et1"}}}}},
	})
	c := p.client(t)
	if users, err := c.FollowUsers(t.Context()); err != nil || !reflect.DeepEqual(users, []string{"zhang"}) {
		t.Errorf("follow users %v, %v", users, err)
	}
	contact, follows, err := c.Contact(t.Context(), "wm1")
	if err != nil || contact.Name != "林" || len(follows) != 2 || !reflect.DeepEqual(follows[0].TagIDs, []string{"et1"}) || follows[1].UserID != "li" {
		t.Errorf("contact %+v, follows %+v, %v", contact, follows, err)
	}
	batch := collect(t, c.Contacts(t.Context(), "zhang"))
	if len(batch) != 1 || batch[0].Contact.ExternalUserID != "wm1" || !reflect.DeepEqual(batch[0].Follow.TagIDs, []string{"et1"}) {
		t.Errorf("batch %+v", batch)
	}
}

func TestDirectory(t *testing.T) {
	p := newPlatform(t, map[string]any{
		"/cgi-bin/user/list":       map[string]any{"errcode": 0, "userlist": []User{{UserID: "zhang", Name: "张", Departments: []int{1}, Status: 1}}},
		"/cgi-bin/department/list": map[string]any{"errcode": 0, "department": []Department{{ID: 1, Name: "总部", Order: 1}}},
		pingPath:                   map[string]any{"errcode": 0, "ip_list": []string{"1.2.3.4"}},
	})
	c := p.client(t)
	if users, err := c.Users(t.Context(), 1, true); err != nil || len(users) != 1 || users[0].Name != "张" {
		t.Errorf("users %v, %v", users, err)
	}
	if q := p.last(t, "/cgi-bin/user/list").Query; q["fetch_child"][0] != "1" || q["department_id"][0] != "1" {
		t.Errorf("query %v", q)
	}
	if departments, err := c.Departments(t.Context()); err != nil || len(departments) != 1 {
		t.Errorf("departments %v, %v", departments, err)
	}
	if ips, err := c.CallbackIPs(t.Context()); err != nil || !reflect.DeepEqual(ips, []string{"1.2.3.4"}) {
		t.Errorf("ips %v, %v", ips, err)
	}
}

func TestSend(t *testing.T) {
	const path = "/cgi-bin/message/send"
	p := newPlatform(t, map[string]any{path: map[string]any{"errcode": 0, "msgid": "m1", "invaliduser": "a|b"}})
	receipt, err := p.client(t).Send(t.Context(), AppMessage{
		AgentID: 7, To: Recipients{Users: []string{"zhang", "li"}},
		Body: TextCard{Title: "移出成员", Description: "<b>林</b> & 王", URL: "https://a/?x=1&y=2"}, DuplicateCheck: time.Hour,
	})
	if err != nil || receipt.MessageID != "m1" || !reflect.DeepEqual(receipt.InvalidUsers, []string{"a", "b"}) || len(receipt.InvalidTags) != 0 {
		t.Fatalf("receipt %+v, %v", receipt, err)
	}
	want := map[string]any{
		"agentid": 7.0, "msgtype": "textcard", "touser": "zhang|li", "toparty": "", "totag": "",
		"textcard":               map[string]any{"title": "移出成员", "description": "<b>林</b> & 王", "url": "https://a/?x=1&y=2"},
		"enable_duplicate_check": 1.0, "duplicate_check_interval": 3600.0,
	}
	if got := p.last(t, path).Body; !reflect.DeepEqual(got, want) {
		t.Errorf("\n got %v\nwant %v", got, want)
	}
}

func TestMassSend(t *testing.T) {
	const base = "/cgi-bin/externalcontact/"
	ok := map[string]any{"errcode": 0}
	p := newPlatform(t, map[string]any{
		base + "add_msg_template": map[string]any{"errcode": 0, "msgid": "m1", "fail_list": []string{"wr9"}},
		base + "get_groupmsg_task": map[string]any{"errcode": 0, "task_list": []map[string]any{
			{"userid": "zhang", "status": 2, "send_time": 1_700_000_000}, {"userid": "li", "status": 0}}},
		base + "get_groupmsg_send_result": map[string]any{"errcode": 0, "send_list": []map[string]any{
			{"chat_id": "wr1", "userid": "zhang", "status": 1, "send_time": 1_700_000_000}}},
		base + "remind_groupmsg_send": ok, base + "cancel_groupmsg_send": ok,
	})
	c, ctx := p.client(t), t.Context()
	id, failed, err := c.AddMassSend(ctx, MassSend{Sender: "zhang", ChatIDs: []string{"wr1", "wr9"}, Text: "早报", Links: []Link{{Title: "t", URL: "https://a"}}})
	if err != nil || id != "m1" || !reflect.DeepEqual(failed, []string{"wr9"}) {
		t.Fatalf("id %q, failed %v, %v", id, failed, err)
	}
	want := map[string]any{"chat_type": "group", "sender": "zhang", "chat_id_list": []any{"wr1", "wr9"}, "text": map[string]any{"content": "早报"},
		"attachments": []any{map[string]any{"msgtype": "link", "link": map[string]any{"title": "t", "url": "https://a"}}}}
	if got := p.last(t, base+"add_msg_template").Body; !reflect.DeepEqual(got, want) {
		t.Errorf("\n got %v\nwant %v", got, want)
	}
	sent := time.Unix(1_700_000_000, 0).UTC()
	if tasks := collect(t, c.MassSendTasks(ctx, id)); !reflect.DeepEqual(tasks, []MassSendTask{{"zhang", true, sent}, {UserID: "li"}}) {
		t.Errorf("tasks %+v", tasks)
	}
	if results := collect(t, c.MassSendResults(ctx, id, "zhang")); !reflect.DeepEqual(results, []MassSendResult{{"wr1", "zhang", MassSendDone, sent}}) {
		t.Errorf("results %+v", results)
	}
	if err := errors.Join(c.RemindMassSend(ctx, id), c.CancelMassSend(ctx, id)); err != nil {
		t.Error(err)
	}
}

func TestArguments(t *testing.T) {
	p := newPlatform(t, nil)
	c, ctx := p.client(t), t.Context()
	to := Recipients{Users: []string{"zhang"}}
	send := func(m AppMessage) error { _, err := c.Send(ctx, m); return err }
	many := make([]string, 101)
	for i := range many {
		many[i] = fmt.Sprint(i)
	}
	now := time.Unix(1_790_000_000, 0)
	tests := map[string]struct {
		field string
		err   error
	}{
		"text over 2048 bytes":    {"text.content", send(AppMessage{To: to, Body: Text{strings.Repeat("字", 683)}})},
		"empty text":              {"text.content", send(AppMessage{To: to, Body: Text{}})},
		"text not UTF-8":          {"text.content", send(AppMessage{To: to, Body: Text{"\xff"}})},
		"markdown too long":       {"markdown.content", send(AppMessage{To: to, Body: Markdown{strings.Repeat("x", 2049)}})},
		"card title too long":     {"textcard.title", send(AppMessage{To: to, Body: TextCard{strings.Repeat("x", 129), "d", "https://a", ""}})},
		"card without scheme":     {"textcard.url", send(AppMessage{To: to, Body: TextCard{"t", "d", "a.example", ""}})},
		"card button too long":    {"textcard.btntxt", send(AppMessage{To: to, Body: TextCard{"t", "d", "https://a", "五个字符了"}})},
		"no recipients":           {"recipients", send(AppMessage{Body: Text{"x"}})},
		"recipient with bar":      {"recipient id", send(AppMessage{To: Recipients{Users: []string{"a|b"}}, Body: Text{"x"}})},
		"no body":                 {"body", send(AppMessage{To: to})},
		"duplicate span too long": {"duplicate check", send(AppMessage{To: to, Body: Text{"x"}, DuplicateCheck: 5 * time.Hour})},
		"join way without groups": {"chat_id_list", second(c.AddJoinWay(ctx, JoinWay{Scene: 2}))},
		"join way of six groups":  {"chat_id_list", second(c.AddJoinWay(ctx, JoinWay{Scene: 2, ChatIDs: many[:6]}))},
		"join way scene":          {"scene", second(c.AddJoinWay(ctx, JoinWay{Scene: 3, ChatIDs: many[:1]}))},
		"join way state":          {"state", second(c.AddJoinWay(ctx, JoinWay{Scene: 2, ChatIDs: many[:1], State: strings.Repeat("字", 31)}))},
		"update without id":       {"config_id", c.UpdateJoinWay(ctx, JoinWay{Scene: 2, ChatIDs: many[:1]})},
		"welcome text too long":   {"text", second(c.AddWelcomeTemplate(ctx, WelcomeTemplate{Text: strings.Repeat("字", 1001)}))},
		"welcome link without URL": {"link.url", second(c.AddWelcomeTemplate(ctx,
			WelcomeTemplate{Text: "x", Link: &Link{Title: "t"}}))},
		"mass send of nobody":    {"sender", third(c.AddMassSend(ctx, MassSend{Text: "x"}))},
		"mass send too long":     {"text", third(c.AddMassSend(ctx, MassSend{Sender: "zhang", Text: strings.Repeat("x", 4001)}))},
		"mass send of ten links": {"attachments", third(c.AddMassSend(ctx, MassSend{Sender: "zhang", Text: "x", Links: make([]Link, 10)}))},
		"group without id":       {"chat_id", second(c.Group(ctx, ""))},
		"counts of no owner":     {"owners", second(c.DailyCounts(ctx, nil, now, now, now))},
		"counts of 101 owners":   {"owners", second(c.DailyCounts(ctx, many, now, now, now))},
		"totals over 31 days":    {"days", second(c.OwnerTotals(ctx, many[:1], now.AddDate(0, 0, -31), now.AddDate(0, 0, -1), now))},
		"totals of today":        {"days", second(c.OwnerTotals(ctx, many[:1], now, now, now))},
		"contacts of nobody":     {"userid_list", firstError(c.Contacts(ctx))},
		"groups of too many":     {"owners", firstError(c.Groups(ctx, 0, many...))},
	}
	for name, tt := range tests {
		var input *InputError
		if !errors.As(tt.err, &input) || input.Field != tt.field || input.Expected == "" {
			t.Errorf("%s: %v, want an InputError for %s", name, tt.err, tt.field)
		}
	}
	if len(p.calls) != 0 {
		t.Errorf("%d calls were made with wrong arguments", len(p.calls))
	}
}

func second[T any](_ T, err error) error { return err }

func third[A, B any](_ A, _ B, err error) error { return err }

func firstError[T any](seq iter.Seq2[T, error]) error {
	for _, err := range seq {
		return err
	}
	return nil
}

func TestDailyCountsAsksInSpans(t *testing.T) {
	const path = groupBase + "statistic_group_by_day"
	now := time.Date(2026, 11, 20, 1, 0, 0, 0, shanghai)
	p := newPlatform(t, map[string]any{path: func(c apiCall) any {
		from, to := int64(c.Body["day_begin_time"].(float64)), int64(c.Body["day_end_time"].(float64))
		today := time.Date(2026, 11, 20, 0, 0, 0, 0, shanghai).Unix()
		if to >= today {
			return refuse(600018)
		}
		if to-from >= 30*86400 || from < today-180*86400 {
			return refuse(40058)
		}
		var items []map[string]any
		for day := from; day <= to; day += 86400 {
			items = append(items, map[string]any{"stat_time": day, "data": map[string]any{"msg_total": day / 86400}})
		}
		return map[string]any{"errcode": 0, "items": items}
	}})
	c := p.client(t)
	for name, tt := range map[string]struct {
		from, to  time.Time
		days      int
		firstDate string
	}{
		"a year":        {now.AddDate(-1, 0, 0), now.AddDate(0, 0, 5), 180, "2026-05-24"},
		"yesterday":     {now.AddDate(0, 0, -1), now.AddDate(0, 0, -1), 1, "2026-11-19"},
		"31 days":       {now.AddDate(0, 0, -31), now, 31, "2026-10-20"},
		"today":         {now, now, 0, ""},
		"backwards":     {now.AddDate(0, 0, -3), now.AddDate(0, 0, -5), 0, ""},
		"UTC yesterday": {now.AddDate(0, 0, -1).UTC(), now.UTC(), 1, "2026-11-19"},
	} {
		days, err := c.DailyCounts(t.Context(), []string{"zhang"}, tt.from, tt.to, now)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if len(days) != tt.days {
			t.Errorf("%s: %d days, want %d", name, len(days), tt.days)
		}
		for i, d := range days {
			if want := tt.firstDate; i == 0 && d.Day.Format(time.DateOnly) != want {
				t.Errorf("%s: starts %s, want %s", name, d.Day.Format(time.DateOnly), want)
			}
			if i > 0 && !d.Day.Equal(days[i-1].Day.AddDate(0, 0, 1)) {
				t.Errorf("%s: %s follows %s", name, d.Day, days[i-1].Day)
			}
		}
	}
}

func TestOwnerTotalsWalksOffsets(t *testing.T) {
	now := time.Date(2026, 11, 20, 1, 0, 0, 0, shanghai)
	p := newPlatform(t, map[string]any{groupBase + "statistic": func(c apiCall) any {
		offset, _ := c.Body["offset"].(float64)
		owner := []string{"zhang", "li", "wang"}[int(offset)]
		return map[string]any{"errcode": 0, "total": 3, "next_offset": offset + 1,
			"items": []map[string]any{{"owner": owner, "data": map[string]any{"chat_total": offset}}}}
	}})
	got, err := p.client(t).OwnerTotals(t.Context(), []string{"zhang", "li", "wang"}, now.AddDate(0, 0, -7), now, now)
	if err != nil || len(got) != 3 || got[2].Owner != "wang" || got[2].Counts.Chats != 2 {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestArchiveConsents(t *testing.T) {
	const path = "/cgi-bin/msgaudit/check_single_agree"
	p := newPlatform(t, map[string]any{
		path: func(c apiCall) any {
			info := c.Body["info"].([]any)
			if len(info) > 100 {
				return refuse(40058)
			}
			var out []any
			for _, pair := range info {
				m := pair.(map[string]any)
				out = append(out, map[string]any{"userid": m["userid"], "exteranalopenid": m["exteranalopenid"],
					"agree_status": "Default_Agree", "status_change_time": 1_700_000_000})
			}
			return map[string]any{"errcode": 0, "agreeinfo": out}
		},
		"/cgi-bin/msgaudit/check_room_agree": map[string]any{"errcode": 0, "agreeinfo": []map[string]any{
			{"exteranalopenid": "wm1", "agree_status": "Disagree", "status_change_time": 0}}},
		"/cgi-bin/msgaudit/get_permit_user_list": map[string]any{"errcode": 0, "ids": []string{"zhang"}},
		"/cgi-bin/msgaudit/groupchat/get":        refuse(301059),
	})
	c := p.client(t)
	pairs := make([]ContactPair, 250)
	for i := range pairs {
		pairs[i] = ContactPair{"zhang", fmt.Sprintf("wm%d", i)}
	}
	got, err := c.SingleConsents(t.Context(), pairs)
	if err != nil || len(got) != 250 || got[249].ExternalUserID != "wm249" || !got[249].Consent.Allowed() {
		t.Fatalf("%d consents, %v", len(got), err)
	}
	if n := p.count(path); n != 3 {
		t.Errorf("250 pairs took %d calls, want 3", n)
	}
	room, err := c.RoomConsents(t.Context(), "wr1")
	if err != nil || len(room) != 1 || room[0].Consent.Allowed() || !room[0].ChangedAt.IsZero() {
		t.Errorf("room %+v, %v", room, err)
	}
	if users, err := c.ArchiveUsers(t.Context(), EditionAny); err != nil || !reflect.DeepEqual(users, []string{"zhang"}) {
		t.Errorf("users %v, %v", users, err)
	}
	var api *APIError
	if _, err := c.Room(t.Context(), "wr1"); !errors.As(err, &api) || api.Code != 301059 {
		t.Errorf("an external room: %v", err)
	}
}
