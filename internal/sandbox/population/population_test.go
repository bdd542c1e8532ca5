package population

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/qunzhu/qunzhu/internal/sandbox/world"
)

// vigilant is a moderator that finds every violation it can see and sends the
// owner a card to remove strangers and to remind members.
func vigilant() func(*Population, *recorder) {
	seen := 0
	return func(p *Population, r *recorder) {
		all := p.Truth().Violations
		for _, v := range all[seen:] {
			if !v.Seen {
				continue
			}
			verb := verbRemind
			if p.people[v.Member].fake {
				verb = verbRemove
			}
			r.card(r.groups[v.ChatID].Owner, world.AppMessage{
				MsgType: "textcard", Title: "违规处理",
				Description: fmt.Sprintf("<div class=\"gray\">%s</div>请处理<br>操作码: %s|%s|%s<br>话术:请遵守群规，谢谢", v.At.Format("15:04"), verb, v.ChatID, v.Member),
			})
		}
		seen = len(all)
	}
}

func TestNinetyDays(t *testing.T) {
	p, r, boundaries := lived(t, 7, 90, vigilant())
	truth := p.Truth()

	t.Run("nothing is refused", func(t *testing.T) {
		for _, problem := range r.problems[:min(len(r.problems), 5)] {
			t.Error(problem)
		}
	})
	t.Run("limits", func(t *testing.T) {
		if boundaries > 2000 {
			t.Errorf("%d boundaries", boundaries)
		}
		archived := 0
		for _, s := range r.said {
			if r.groups[s.chat].Archived {
				archived++
			}
		}
		if archived > archiveBudget || archived < archiveBudget/2 {
			t.Errorf("%d archived messages", archived)
		}
		t.Logf("%d boundaries, %d messages, %d archived, %d violations, %d departures, %d contacts",
			boundaries, len(r.said), archived, len(truth.Violations), len(truth.Departures), len(r.contacts))
	})
	t.Run("health", func(t *testing.T) { checkHealth(t, r, truth) })
	t.Run("rhythm", func(t *testing.T) { checkRhythm(t, r) })
	t.Run("trouble", func(t *testing.T) { checkTrouble(t, r, truth) })
	t.Run("staff", func(t *testing.T) { checkStaff(t, truth) })
	t.Run("tallies", func(t *testing.T) { checkTallies(t, r, truth) })
	t.Run("variety", func(t *testing.T) { checkVariety(t, r) })
}

// validPerDay counts valid messages as the product defines them, roughly, of
// a group over the days [from, to).
func validPerDay(r *recorder, chat string, from, to int) float64 {
	n := 0
	for _, s := range r.said {
		day := int(s.at.Sub(day0) / (24 * time.Hour))
		if s.chat != chat || r.isStaff(s.from) || s.recalled || day < from || day >= to {
			continue
		}
		if s.msg.Type == "text" && utf8.RuneCountInString(s.msg.Text) > 2 || s.msg.Type == "image" {
			n++
		}
	}
	return float64(n) / float64(to-from)
}

func checkHealth(t *testing.T, r *recorder, truth Truth) {
	const days, weeks = 90, 90.0 / 7
	for i, g := range truth.Groups {
		weekly := math.Pow(float64(g.Members)/float64(g.Founders), 1/weeks) - 1
		first, last := validPerDay(r, g.ChatID, 0, 14), validPerDay(r, g.ChatID, days-14, days)
		t.Logf("%-14s %3d → %3d (%+.1f%%/week), +%d −%d, removed %d, valid a day %.1f → %.1f",
			g.Name, g.Founders, g.Members, 100*weekly, g.Joins, g.Leaves, g.Kicks, first, last)
		switch g.Community {
		case "mother":
			if last <= 15 {
				t.Errorf("%s is not healthy: %.1f valid messages a day", g.Name, last)
			}
			if i > 0 && weekly <= 0.03 {
				t.Errorf("%s grows by %.1f%% a week only", g.Name, 100*weekly)
			}
			if i == 0 && g.Members < 470 {
				t.Errorf("%s is not nearly full: %d", g.Name, g.Members)
			}
		case "course":
			if g.Members >= g.Founders || last < 10 {
				t.Errorf("%s is not chatty and shrinking", g.Name)
			}
		case "grocery":
			if last >= 1 || first < 10 {
				t.Errorf("%s does not fall silent: %.1f → %.1f", g.Name, first, last)
			}
			if g.Archived && float64(g.Members) > 0.3*float64(g.Founders) {
				t.Errorf("%s keeps %d of %d", g.Name, g.Members, g.Founders)
			}
		}
	}
}

func checkRhythm(t *testing.T, r *recorder) {
	var hours [24]int
	speakers := map[string]bool{}
	for _, s := range r.said {
		if !r.isStaff(s.from) {
			hours[s.at.In(china).Hour()]++
			speakers[s.from] = true
		}
	}
	evening, morning, night := hours[20]+hours[21], hours[9]+hours[10], hours[2]+hours[3]
	if evening < 2*morning || night*20 > morning {
		t.Errorf("no daily rhythm: evening %d, morning %d, night %d", evening, morning, night)
	}
	if share := float64(len(speakers)) / float64(len(r.contacts)); share < 0.2 || share > 0.4 {
		t.Errorf("%.0f%% of the people speak, want about 30%%", 100*share)
	}
}

func checkTrouble(t *testing.T, r *recorder, truth Truth) {
	kinds := map[Kind]int{}
	groupsOf := map[string]map[string]bool{}
	for _, v := range truth.Violations {
		kinds[v.Kind]++
		if v.Text == "" || r.byID[v.MsgID] == nil || !r.byID[v.MsgID].at.Equal(v.At) {
			t.Errorf("the violation %+v is not what was said", v)
		}
		if groupsOf[v.Member] == nil {
			groupsOf[v.Member] = map[string]bool{}
		}
		groupsOf[v.Member][v.ChatID] = true
	}
	for _, k := range []Kind{KindAd, KindJob, KindLoan, KindGamble, KindAbuse, KindPrivacy, KindLocation} {
		if kinds[k] < 3 {
			t.Errorf("%d violations of kind %s", kinds[k], k)
		}
	}
	spread := 0
	for _, in := range groupsOf {
		if len(in) >= 3 {
			spread++
		}
	}
	if spread == 0 {
		t.Error("no advertiser goes into several groups")
	}
	grave := 0
	for _, i := range truth.Incidents {
		if i.To.Sub(i.From) > 10*time.Minute {
			t.Errorf("a burst of complaints takes %v", i.To.Sub(i.From))
		}
		if i.Messages >= 15 && i.People >= 8 {
			grave++
		}
	}
	if len(truth.Incidents) < 3 || grave == 0 {
		t.Errorf("incidents: %+v", truth.Incidents)
	}
	t.Logf("violations by kind: %v, incidents %d", kinds, len(truth.Incidents))
}

func checkStaff(t *testing.T, truth Truth) {
	n := map[Outcome]int{}
	for _, a := range truth.Actions {
		n[a.Outcome]++
		wait := a.At.Sub(a.CardAt)
		if onDuty(a.CardAt) && a.Outcome == OutcomeDone && (wait < 30*time.Second || wait > 250*time.Second) {
			t.Errorf("a card of %v was done after %v", a.CardAt, wait)
		}
	}
	if n[OutcomeDone] < 3*n[OutcomeLate] || n[OutcomeLate] == 0 || n[OutcomeIgnored] == 0 {
		t.Errorf("outcomes of cards: %v", n)
	}
	t.Logf("outcomes of cards: %v", n)
}

func checkTallies(t *testing.T, r *recorder, truth Truth) {
	kicks := 0
	for _, g := range truth.Groups {
		kicks += g.Kicks
		customers := 0
		for id := range r.groups[g.ChatID].members {
			if !r.isStaff(id) {
				customers++
			}
		}
		if customers != g.Members || g.Founders+g.Joins-g.Leaves-g.Kicks != g.Members {
			t.Errorf("%s: %d customers in the world, tally %+v", g.Name, customers, g)
		}
		if r.groups[g.ChatID].Name != g.Name {
			t.Errorf("%s is called %s", g.Name, r.groups[g.ChatID].Name)
		}
	}
	if kicks != len(r.kicked) || kicks == 0 {
		t.Errorf("%d removals tallied, %d happened", kicks, len(r.kicked))
	}
}

func checkVariety(t *testing.T, r *recorder) {
	distinct, long := map[string]bool{}, 0
	for _, s := range r.said {
		if strings.ContainsAny(s.msg.Text, "{}") {
			t.Fatalf("an unfilled slot: %q", s.msg.Text)
		}
		if s.msg.Type == "text" && utf8.RuneCountInString(s.msg.Text) > 6 {
			long++
			distinct[s.msg.Text] = true
		}
	}
	share := float64(len(distinct)) / float64(long)
	t.Logf("%d of %d longer texts are distinct (%.0f%%)", len(distinct), long, 100*share)
	if share < 0.4 {
		t.Errorf("people repeat themselves: %.0f%% distinct", 100*share)
	}
}

func TestFoundedWorld(t *testing.T) {
	clock := &testClock{}
	r := newRecorder(t, clock)
	p := New(3, day0, 90, r, clock)
	p.Found()
	if !clock.now.Equal(day0) {
		t.Errorf("the clock stands at %v", clock.now)
	}
	owners, bare, dark, full := map[string]int{}, 0, 0, 0
	for _, g := range r.groups {
		owners[g.Owner]++
		if len(g.Admins) == 0 {
			bare++
		}
		if !g.Archived {
			dark++
		}
		if len(g.members) >= 470 {
			full++
		}
		if len(g.members) < 40 {
			t.Errorf("%s has only %d members", g.Name, len(g.members))
		}
		for id, at := range g.members {
			if at.After(day0) || at.Before(g.CreateTime) {
				t.Errorf("%s joined %s at %v", id, g.Name, at)
			}
		}
	}
	if len(r.staff) != 8 || len(r.groups) != 9 || owners["chenli"] != 5 || bare != 2 || dark != 2 || full != 1 {
		t.Errorf("staff %d, groups %d, of chenli %d, without deputies %d, not archived %d, full %d",
			len(r.staff), len(r.groups), owners["chenli"], bare, dark, full)
	}
	several := 0
	for _, who := range p.people {
		if len(who.groups) > 1 {
			several++
		}
	}
	if several < 20 {
		t.Errorf("only %d people are in several groups", several)
	}
	for _, g := range p.groups {
		for _, c := range Communities() {
			if strings.HasPrefix(g.name, c.Prefix) != (g.community == c.Key) {
				t.Errorf("%s does not tell its community", g.name)
			}
		}
	}
	if len(r.problems) > 0 {
		t.Error(r.problems[0])
	}
}

func TestSameSeedSameStory(t *testing.T) {
	digest := func(seed uint64) uint64 {
		_, r, _ := lived(t, seed, 5, vigilant())
		return r.digest
	}
	one := digest(11)
	if other := digest(11); other != one {
		t.Error("the same seed told another story")
	}
	if digest(12) == one {
		t.Error("another seed told the same story")
	}
}

func TestStoriesOfOtherSeedsAndLengths(t *testing.T) {
	if testing.Short() {
		t.Skip("runs several histories")
	}
	for _, c := range []struct {
		seed uint64
		days int
	}{{1, 90}, {99, 90}, {5, 150}, {2, 1}} {
		_, r, boundaries := lived(t, c.seed, c.days, nil)
		archived := 0
		for _, s := range r.said {
			if r.groups[s.chat].Archived {
				archived++
			}
		}
		if archived > archiveBudget || boundaries > 22*c.days+1 {
			t.Errorf("seed %d, %d days: %d archived messages, %d boundaries", c.seed, c.days, archived, boundaries)
		}
		if len(r.problems) > 0 {
			t.Errorf("seed %d: %s", c.seed, r.problems[0])
		}
	}
}
