package rest_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/qunzhu/qunzhu/internal/api"
	"github.com/qunzhu/qunzhu/internal/audit"
	"github.com/qunzhu/qunzhu/internal/auth"
	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/db/dbtest"
	"github.com/qunzhu/qunzhu/internal/desk/rest"
	"github.com/qunzhu/qunzhu/internal/hub"
)

func TestCommunitiesAndGroups(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		communities := all[rest.Community](b, b.reader, "/communities")
		if len(communities) != 2 || communities[0].Name != "别家" || communities[1].ID != b.home || communities[1].Type != "service" {
			t.Errorf("communities %+v", communities)
		}
		if groups := all[rest.Group](b, b.reader, "/groups"); len(groups) != 2 {
			t.Errorf("groups %+v", groups)
		}
		groups := all[rest.Group](b, b.reader, "/groups?community="+b.home)
		one := get[rest.Group](b, b.reader, "/groups/"+b.group)
		if len(groups) != 1 || fmt.Sprint(groups[0].ID, groups[0].Owner, groups[0].Admins) != fmt.Sprint(one.ID, one.Owner, one.Admins) {
			t.Errorf("list %+v, alone %+v", groups, one)
		}
		if one.ExternalID != "wr1" || one.Owner != "u-owner" || fmt.Sprint(one.Admins) != "[u-deputy]" || one.Platform != "wecom" ||
			one.Status != "active" || one.Members != 4 || one.CommunityID != b.home || one.Capacity != nil {
			t.Errorf("group %+v", one)
		}
		if one.Stage == nil || *one.Stage != "cold_start" || one.LaunchedAt == nil || one.LaunchedAt.Format(time.RFC3339) != "2026-11-02T09:00:00+08:00" {
			t.Errorf("stage %v, launched %v", one.Stage, one.LaunchedAt)
		}
	})
}

func TestMembersAndSpells(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		var members, spells []string
		for _, m := range all[rest.Member](b, b.reader, "/groups/"+b.group+"/members") {
			members = append(members, fmt.Sprint(m.ExternalID, m.Name, m.Kind, m.Tier, m.JoinedAt.Format(" 15:04")))
		}
		slices.Sort(members)
		if want := "[m1名m1memberregular 10:00 m2名m2memberregular 09:02 u-deputy名u-deputystaffregular 09:00 u-owner名u-ownerstaffregular 09:00]"; fmt.Sprint(members) != want {
			t.Errorf("members %v", members)
		}
		for _, s := range all[rest.Spell](b, b.reader, "/groups/"+b.group+"/spells") {
			if s.Kind == "member" {
				spells = append(spells, fmt.Sprint(s.ExternalID, s.JoinedAt.Format(" 15:04 "), s.Scene, s.State, s.Inviter, s.LeftAt != nil, s.QuitScene, s.Reconciled))
			}
		}
		slices.Sort(spells)
		if want := "[m1 09:01 qrch-qrtrueremovedfalse m1 10:00 linkch-linku-ownerfalsefalse m2 09:02 invitedch-invitedm1falsefalse]"; fmt.Sprint(spells) != want {
			t.Errorf("spells %v", spells)
		}
	})
}

func TestActivityHasEveryDay(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		path := "/groups/" + b.group + "/activity"
		days := get[rest.Activity](b, b.reader, path+"?from=2026-10-31&to=2026-11-03").Days
		if len(days) != 4 || days[0].Date != "2026-10-31" || days[0].Messages != nil || days[0].Joins != nil || days[3].MembersEnd != nil {
			t.Fatalf("days %+v", days)
		}
		if d := days[2]; d.Messages == nil || *d.Messages != 2 || *d.Speakers != 1 || *d.Joins != 3 || *d.Leaves != 1 || *d.MembersEnd != 2 || !d.Running {
			t.Errorf("the first day is %+v", d)
		}
		raw := b.call("GET", b.reader, "/api/v1"+path+"?from=2026-10-31&to=2026-10-31", "").Body.String()
		if !strings.Contains(raw, `"messages":null`) || !strings.Contains(raw, `"members_end":null`) {
			t.Errorf("an unknown day is %s", raw)
		}
		if days := get[rest.Activity](b, b.reader, path).Days; len(days) != 30 || days[29].Date != "2026-11-02" {
			t.Errorf("by default %d days", len(days))
		}
		if days := get[rest.Activity](b, b.reader, path+"?from=2026-01-01&to=2027-02-04").Days; len(days) != 400 {
			t.Errorf("%d days of 400", len(days))
		}
		for query, field := range map[string]string{
			"from=2026-11-03&to=2026-11-02": "from", "from=2025-01-01&to=2026-11-02": "from", "from=2026-02-30": "from",
			"to=yesterday": "to", "days=7": "days", "from=2026-01-01&to=2027-02-05": "from",
		} {
			b.refused(b.call("GET", b.reader, "/api/v1"+path+"?"+query, ""), 422, field)
		}
	})
}

func TestMetricsAreJudgedAndNamed(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		for _, path := range []string{"/groups/" + b.group, "/communities/" + b.home} {
			for window, days := range map[string]int{"": 7, "?window=7d": 7, "?window=2026-W40": 7, "?window=2026-10": 31} {
				list := get[api.Page[rest.Metric]](b, b.reader, path+"/metrics"+window).Items
				if len(list) != 1 {
					t.Fatalf("%s%s: %+v", path, window, list)
				}
				v := list[0]
				if v.Key != "daily_messages" || v.Name != "群" || *v.Value != 15 || *v.Status != "fail" || *v.Comparator != ">" || v.Reason != nil || v.DefinitionVersion != 3 ||
					v.WindowEnd.Sub(v.WindowStart) != time.Duration(days)*24*time.Hour {
					t.Errorf("%s%s: %+v", path, window, v)
				}
			}
			for _, window := range []string{"0d", "7", "2026-W54", "2030-W01", "%00"} {
				b.refused(b.call("GET", b.reader, "/api/v1"+path+"/metrics?window="+window, ""), 422, "window")
			}
		}
		raw := b.call("GET", b.reader, "/api/v1/groups/"+b.group+"/metrics?window=2026-W45", "").Body.String()
		if !strings.Contains(raw, `"status":"insufficient","reason":"partial"`) {
			t.Errorf("a running week is %s", raw)
		}
	})
}

func TestTheLogIsReadInOrderAndFollowed(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		events := all[rest.Event](b, b.reader, "/events?group="+b.group)
		if len(events) != 9 || !slices.IsSortedFunc(events, func(x, y rest.Event) int { return int(x.Seq - y.Seq) }) {
			t.Fatalf("%d events", len(events))
		}
		last := events[len(events)-1]
		if page := get[api.Page[rest.Event]](b, b.reader, fmt.Sprintf("/events?group=%s&after=%d", b.group, last.Seq)); len(page.Items) != 0 || page.Next != "" {
			t.Errorf("after the end: %+v", page)
		}
		if page := get[api.Page[rest.Event]](b, b.reader, fmt.Sprintf("/events?group=%s&after=%d", b.group, events[6].Seq)); len(page.Items) != 2 || page.Items[0].ID != events[7].ID {
			t.Errorf("after the seventh: %+v", page)
		}
		everything := all[rest.Event](b, b.reader, "/events")
		if whole := get[api.Page[rest.Event]](b, b.reader, "/events?limit=200"); len(whole.Items) != len(everything) || len(everything) != 20 {
			t.Errorf("%d events one by one, %d at once", len(everything), len(whole.Items))
		}
		b.refused(b.call("GET", b.reader, "/api/v1/events?after=3", ""), 422, "after")
		b.refused(b.call("GET", b.reader, "/api/v1/events?after=-1&group="+b.group, ""), 422, "after")
		b.refused(b.call("GET", b.reader, "/api/v1/events?after=3&group="+b.group+"&cursor=x", ""), 422, "after")
		b.refused(b.call("GET", b.reader, "/api/v1/events?cursor="+api.Cursor("events", b.home, "many"), ""), 422, "cursor")
	})
}

func TestWordsAreForWhoMayReadMessages(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		path := "/api/v1/events?group=" + b.group
		shown := b.call("GET", b.writer, path, "").Body.String()
		if !strings.Contains(shown, "孩子夜里") || !strings.Contains(shown, `"word":"加V"`) {
			t.Errorf("a manager's token sees %s", shown)
		}
		hidden := b.call("GET", b.reader, path, "").Body.String()
		if strings.Contains(hidden, "夜里") || strings.Contains(hidden, "加V") || strings.Contains(hidden, "名m2") || !strings.Contains(hidden, `"words":null`) {
			t.Errorf("a reading token sees %s", hidden)
		}
	})
}

func TestATokenOfOneCommunitySeesNoOther(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		foreign := b.task(b.other, b.foreign)
		b.task(b.home, b.group)
		for _, path := range []string{
			"/groups/" + b.foreign, "/groups/" + b.foreign + "/members", "/groups/" + b.foreign + "/spells", "/groups/" + b.foreign + "/activity",
			"/groups/" + b.foreign + "/metrics", "/communities/" + b.other + "/metrics", "/events?group=" + b.foreign, "/events?community=" + b.other,
			"/groups?community=" + b.other, "/tasks?group=" + b.foreign, "/tasks?community=" + b.other, "/imports?community=" + b.other,
			"/groups/nobody", "/communities/nobody/metrics", "/tasks?group=nobody",
		} {
			b.refused(b.call("GET", b.own, "/api/v1"+path, ""), 404)
		}
		b.refused(b.call("POST", b.own, "/api/v1/tasks/"+foreign+"/complete", `{"outcome":"done"}`), 404)
		for path, n := range map[string]int{"/communities": 1, "/groups": 1, "/tasks": 1, "/connections": 1, "/events": 11} {
			if items := get[api.Page[map[string]any]](b, b.own, path).Items; len(items) != n {
				t.Errorf("GET %s shows %d: %v", path, len(items), items)
			}
		}
		if strings.Contains(b.call("GET", b.own, "/api/v1/events?limit=200", "").Body.String(), b.other) {
			t.Error("the log shows another community")
		}
	})
}

func TestTasksAreCompletedOnce(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		one, two := b.task(b.home, b.group), b.task(b.home, b.group)
		if list := all[rest.Task](b, b.reader, "/tasks?state=open&community="+b.home); len(list) != 2 || list[0].Text != "请移出" || list[0].DeadlineAt == nil {
			t.Errorf("open tasks %+v", list)
		}
		path := func(id string) string { return "/api/v1/tasks/" + id + "/complete" }
		b.refused(b.call("POST", b.reader, path(one), `{"outcome":"done"}`), 403)
		b.refused(b.call("POST", b.own, path(one), `{"outcome":"finished"}`), 422, "outcome")
		b.refused(b.call("POST", b.own, path(one), `{"outcome":"done","note":"`+strings.Repeat("长", 201)+`"}`), 422, "note")
		b.refused(b.call("POST", b.own, path(one), `{"outcome":"done","note":"a\u0000b"}`), 422, "note")
		b.refused(b.call("POST", b.own, path("nobody"), `{"outcome":"done"}`), 404)

		body, key := `{"outcome":"done","note":"已移出"}`, "Idempotency-Key: k1"
		first, again := b.call("POST", b.own, path(one), body, key), b.call("POST", b.own, path(one), body, key)
		if first.Code != 200 || again.Body.String() != first.Body.String() || !strings.Contains(first.Body.String(), `"outcome":"done"`) {
			t.Errorf("first %d %s, again %d %s", first.Code, first.Body, again.Code, again.Body)
		}
		b.refused(b.call("POST", b.own, path(one), body), 409)

		codes := make([]int, 5)
		var wg sync.WaitGroup
		for i := range codes {
			wg.Go(func() { codes[i] = b.call("POST", b.writer, path(two), `{"outcome":"not_needed"}`).Code })
		}
		wg.Wait()
		slices.Sort(codes)
		if fmt.Sprint(codes) != "[200 409 409 409 409]" {
			t.Errorf("five at once were answered %v", codes)
		}
		if got := dbtest.Dump(t, b.db, "SELECT state, outcome, note FROM tasks ORDER BY outcome"); fmt.Sprint(got) != "[completed|done|已移出 completed|not_needed|]" {
			t.Errorf("tasks %v", got)
		}
		entries, _, err := audit.List(t.Context(), b.db, audit.Filter{}, "", 50)
		b.must(err)
		n := 0
		for _, e := range entries {
			if e.Action == "task.completed" && e.ActorKind == string(auth.TokenKind) {
				n++
			}
		}
		if n != 2 {
			t.Errorf("%d completions are in the audit", n)
		}
		for _, bare := range []string{"", "{}"} {
			if got := b.call("POST", b.own, path(b.task(b.home, b.group)), bare); got.Code != 200 || !strings.Contains(got.Body.String(), `"outcome":"done"`) {
				t.Errorf("completed by %q: %d %s", bare, got.Code, got.Body)
			}
		}
	})
}

func TestSourcesShowNoSecrets(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		if list := all[rest.Connection](b, b.reader, "/connections"); len(list) != 2 || list[0].ID != "w1" || list[0].State != "active" || list[0].Reason != nil {
			t.Errorf("connections %+v", list)
		}
		if raw := b.call("GET", b.writer, "/api/v1/connections", "").Body.String(); strings.Contains(raw, "s3cr3t") {
			t.Errorf("a secret is shown: %s", raw)
		}
		for n := range 3 {
			_, err := b.db.Exec(t.Context(), `INSERT INTO importing_batches (community_id,id,group_id,file_name,sha256,size,path,options,format,encoding,state,error,by_id,by_name,
 job_id,created_at,messages,duplicates,rejected,joins,members,matched,unsure,covered) VALUES ($1,$2,$3,'群聊.txt','',1,'/var/secret','{}','text','utf-8','done','','','','',$4,7,1,2,0,3,0,0,'null')`,
				b.home, fmt.Sprint("B", n), b.group, db.Millis(start))
			b.must(err)
		}
		imports := all[rest.Import](b, b.own, "/imports")
		if len(imports) != 3 || imports[0].ID != "B2" || imports[0].Messages != 7 || imports[0].Rejected != 2 || imports[0].From != nil {
			t.Errorf("imports %+v", imports)
		}
		if raw := b.call("GET", b.own, "/api/v1/imports", "").Body.String(); strings.Contains(raw, "/var/secret") {
			t.Errorf("a path is shown: %s", raw)
		}
	})
}

func TestEveryResourceIsDocumented(t *testing.T) {
	migrations := append([]db.Migrations{audit.Migrations(), auth.Migrations(), api.Migrations()}, hub.SpineMigrations()...)
	b := setup(t, dbtest.SQLite(t, migrations))
	for _, lang := range []string{"zh-CN", "en"} {
		spec := b.call("GET", "", "/openapi.json?lang="+lang, "").Body.String()
		for _, path := range []string{
			"/communities", "/communities/{id}/metrics", "/groups", "/groups/{id}", "/groups/{id}/members", "/groups/{id}/spells", "/groups/{id}/activity",
			"/groups/{id}/metrics", "/events", "/tasks", "/tasks/{id}/complete", "/imports", "/connections",
		} {
			if !strings.Contains(spec, `"/api/v1`+path+`":{`) {
				t.Errorf("%s is not in openapi.json", path)
			}
		}
		docs := b.call("GET", "", "/api/docs?lang="+lang, "")
		if text := spec + docs.Body.String(); docs.Code != http.StatusOK || strings.Contains(text, "⟦") || strings.Contains(text, `"rest.`) || strings.Contains(text, `>rest.`) {
			t.Errorf("%s: something is not translated", lang)
		}
	}
	if gaps := b.catalog.Missing(); len(gaps) > 0 {
		t.Errorf("missing texts: %v", gaps)
	}
}
