package app

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/sandbox/population"
)

// TestADemoAgreesWithItsWorld holds what the server knows after ten days of
// callbacks, pulls and the archive against what really happened: who is in each
// group, how many came, left and were removed, how much was said.
func TestADemoAgreesWithItsWorld(t *testing.T) {
	m, _ := demonstration(t, 10)
	d := m.server.ws.db
	count := func(query string, args ...any) int {
		t.Helper()
		n, err := db.Int(t.Context(), d, query, args...)
		if err != nil {
			t.Fatal(err)
		}
		return int(n)
	}
	since := m.start.In(m.server.deps.Zone).Format("2006-01-02")
	for _, g := range m.world.Groups() {
		group := "(SELECT id FROM community_groups WHERE external_id=$1)"
		if got := count("SELECT members FROM community_groups WHERE external_id=$1", g.ChatID); got != len(g.Members) {
			t.Errorf("%s: %d members, the world has %d", g.Name, got, len(g.Members))
		}
		var unknown []string
		for _, p := range g.Members {
			if count("SELECT count(*) FROM community_spells s JOIN community_members m ON m.community_id=s.community_id AND m.id=s.member_id WHERE s.group_id="+group+
				" AND s.left_at IS NULL AND m.external_id=$2", g.ChatID, p.ID) != 1 {
				unknown = append(unknown, p.Name)
			}
		}
		if len(unknown) > 0 {
			t.Errorf("%s: not known to be present: %v", g.Name, unknown)
		}
	}
	for _, g := range m.people.Truth().Groups {
		group := "(SELECT id FROM community_groups WHERE external_id=$1)"
		moves := fmt.Sprint(
			count("SELECT COALESCE(sum(joins),0) FROM activity_moves WHERE group_id="+group+" AND day>=$2", g.ChatID, since),
			count("SELECT count(*) FROM community_spells WHERE group_id="+group+" AND quit_scene='self'", g.ChatID),
			count("SELECT count(*) FROM community_spells WHERE group_id="+group+" AND quit_scene='removed'", g.ChatID))
		if want := fmt.Sprint(g.Joins, g.Leaves, g.Kicks); moves != want {
			t.Errorf("%s: joins, leaves and removals %s, the world had %s", g.Name, moves, want)
		}
		if said := count("SELECT COALESCE(sum(messages),0) FROM activity_days WHERE group_id="+group, g.ChatID); !g.Archived && said != 0 || g.Archived && said > g.Messages {
			t.Errorf("%s: %d messages counted of %d said", g.Name, said, g.Messages)
		}
	}
	violationsFound(t, m)
	cleanVerify(t, m)
}

// violationsFound: of the planted violations that the archive holds, the first
// cut of moderation finds most of those that words give away.
func violationsFound(t *testing.T, m *demo) {
	t.Helper()
	seen, found := map[population.Kind]int{}, map[population.Kind]int{}
	for _, v := range m.people.Truth().Violations {
		if !v.Seen {
			continue
		}
		seen[v.Kind]++
		n, err := db.Int(t.Context(), m.server.ws.db, `SELECT count(*) FROM moderation_cases c JOIN community_members m ON m.community_id=c.community_id AND m.id=c.member_id
 WHERE m.external_id=$1`, v.Member)
		if err != nil {
			t.Fatal(err)
		}
		if n > 0 {
			found[v.Kind]++
		}
	}
	t.Logf("violations in the archive %v, of members with a case %v", seen, found)
	for _, k := range []population.Kind{population.KindAd, population.KindJob} {
		if seen[k] == 0 || found[k]*10 < seen[k]*8 {
			t.Errorf("%s: %d of %d found", k, found[k], seen[k])
		}
	}
}

func cleanVerify(t *testing.T, m *demo) {
	t.Helper()
	var out bytes.Buffer
	report, err := verify(t.Context(), m.server.ws, "", streams{strings.NewReader(""), &out, t.Output()})
	if err != nil || report.Differences != 0 || report.Events == 0 || report.Parked != 0 {
		t.Errorf("verify: %+v, %v\n%s", report, err, out.String())
	}
}
