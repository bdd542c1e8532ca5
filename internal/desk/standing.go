package desk

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/qunzhu/qunzhu/internal/community"
	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/i18n"
	"github.com/qunzhu/qunzhu/internal/metric"
)

const (
	// deputiesWanted is 主号+3个管理员 (article section 二, 基础搭建).
	deputiesWanted = 3
	// nearlyFull is the share of its capacity, in percent, from which a group
	// cannot take in many more.
	nearlyFull = 90
	// silentFor is how long after the last news a group counts as unheard.
	silentFor = 48 * time.Hour
	// manyExits and manyExitsShare are how many people, and what percentage of a
	// group, leave within seven days before somebody should look why.
	manyExits, manyExitsShare = 5, 5
	// fallBy and fallFrom: messages fell by this percentage, from this many a day.
	fallBy, fallFrom = 30, 5.0
)

// The levels of access (docs/definitions.md 0.1b): what can be known of a group at all.
const (
	ManualLevel  = "manual"  // 手工: a personal group without an API
	APILevel     = "api"     // 企微: a customer group
	ArchiveLevel = "archive" // 存档: a customer group with the message archive
)

// Reason is why somebody should look at a group; the earlier ones weigh more.
type Reason string

// The reasons.
const (
	Exits      Reason = "exits"       // many people left within seven days
	Falling    Reason = "falling"     // members write less than the week before
	Full       Reason = "full"        // at 90 % of its capacity or more
	Unheard    Reason = "unheard"     // nothing was learned for two days
	NoDeputies Reason = "no_deputies" // the owner is alone
)

// Reasons lists them by weight.
var Reasons = []Reason{Exits, Falling, Full, Unheard, NoDeputies}

// Standing is how a group stands today: what lists of groups show.
type Standing struct {
	community.Group
	In            community.Community
	OwnerName     string
	OwnerExternal string
	Joins, Leaves int       // in the last seven complete local days
	Heard         time.Time // when the platform's list was read, or a person closed a day
	Daily, Growth metric.Value
	Before        metric.Value // Daily of the seven days before
	Reasons       []Reason     // by weight
}

// Level is the group's level of access.
func (s Standing) Level() string { return levelOf(s.Group) }

func levelOf(g community.Group) string {
	switch {
	case g.Platform == "wechat":
		return ManualLevel
	case g.Archived:
		return ArchiveLevel
	}
	return APILevel
}

// KnowsDeputies reports whether the platform tells who the admins are; of a
// personal group only what was entered is known.
func (s Standing) KnowsDeputies() bool { return s.Platform != "wechat" || len(s.Admins) > 0 }

// Missing is the number of deputies that are still to be appointed.
func (s Standing) Missing() int { return max(0, deputiesWanted-len(s.Admins)) }

func (s Standing) isFull() bool {
	return s.Capacity > 0 && s.Members*100 >= s.Capacity*nearlyFull
}

func (s *Standing) judge(now time.Time) {
	if s.Status != community.Live {
		return
	}
	found := map[Reason]bool{
		Exits:      s.Leaves >= manyExits && s.Leaves*100 >= (s.Members+s.Leaves)*manyExitsShare,
		Falling:    falls(s.Before, s.Daily),
		Full:       s.isFull(),
		Unheard:    now.Sub(latest(s.Heard, s.ObservedFrom)) > silentFor,
		NoDeputies: s.KnowsDeputies() && len(s.Admins) == 0,
	}
	for _, r := range Reasons {
		if found[r] {
			s.Reasons = append(s.Reasons, r)
		}
	}
}

func falls(before, now metric.Value) bool {
	return before.Value != nil && now.Value != nil && *before.Value >= fallFrom &&
		*now.Value*100 <= *before.Value*(100-fallBy)
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// weight orders groups that need attention: a heavy reason counts for more than
// all lighter ones together.
func (s Standing) weight() int {
	w := 0
	for _, r := range s.Reasons {
		w |= 1 << (len(Reasons) - slices.Index(Reasons, r))
	}
	return w
}

// worstFirst sorts by weight, then by size.
func worstFirst(a, b Standing) int {
	return cmp.Or(cmp.Compare(b.weight(), a.weight()), cmp.Compare(b.Members, a.Members), cmp.Compare(a.ID, b.ID))
}

// standings loads every group of a scope.
func (p *pages) standings(ctx context.Context, s community.Scope, now time.Time) ([]Standing, error) {
	var list []Standing
	err := p.deps.DB.Read(ctx, func(tx *db.Tx) (err error) {
		list, err = p.survey(ctx, tx, s, now)
		return err
	})
	return list, err
}

// survey reads and judges groups. The number of statements grows with the
// communities, because metrics are computed by community, and not with the groups.
func (p *pages) survey(ctx context.Context, q db.Q, s community.Scope, now time.Time) ([]Standing, error) {
	week := metric.LastDays(7, now, p.deps.Zone)
	communities, err := community.Communities(ctx, q, s)
	if err != nil {
		return nil, err
	}
	list, err := loadStandings(ctx, q, s, week)
	if err != nil {
		return nil, err
	}
	for i := range list {
		list[i].In = communityOf(communities, list[i].Community)
	}
	if err := p.measure(ctx, q, communities, list, week); err != nil {
		return nil, err
	}
	for i := range list {
		list[i].judge(now)
	}
	return list, nil
}

func communityOf(list []community.Community, id string) community.Community {
	if i := slices.IndexFunc(list, func(c community.Community) bool { return c.ID == id }); i >= 0 {
		return list[i]
	}
	return community.Community{ID: id}
}

// The metrics that lists of groups show, as measure/health defines them.
const (
	dailyMessages = "daily_messages"
	memberGrowth  = "member_growth"
)

// measure fills in the metrics of every group, community by community.
func (p *pages) measure(ctx context.Context, q db.Q, communities []community.Community, list []Standing, week metric.Window) error {
	now, err := p.values(ctx, q, communities, week, dailyMessages, memberGrowth)
	if err != nil {
		return err
	}
	heard := false
	for i := range list {
		list[i].Daily, list[i].Growth = now[list[i].ID][dailyMessages], now[list[i].ID][memberGrowth]
		heard = heard || list[i].Daily.Value != nil
	}
	if !heard { // nothing to compare with
		return nil
	}
	before, err := p.values(ctx, q, communities, week.Previous(), dailyMessages)
	for i := range list {
		list[i].Before = before[list[i].ID][dailyMessages]
	}
	return err
}

// values computes metrics by group and key. A metric that no slice of this
// program has registered is left out.
func (p *pages) values(ctx context.Context, q db.Q, communities []community.Community, w metric.Window, keys ...string) (map[string]map[string]metric.Value, error) {
	keys = slices.DeleteFunc(keys, func(k string) bool {
		_, known := p.deps.Metrics.Get(k)
		return !known
	})
	out := map[string]map[string]metric.Value{}
	if len(keys) == 0 {
		return out, nil
	}
	for _, c := range communities {
		groups, err := p.deps.Metrics.ComputeGroups(ctx, q, keys, c.ID, w)
		if err != nil {
			return nil, err
		}
		for id, values := range groups {
			out[id] = make(map[string]metric.Value, len(values))
			for _, v := range values {
				out[id][v.Key] = v
			}
		}
	}
	return out, nil
}

// exits is how many left within seven days; in a group that is kept by hand
// nobody sees them leave.
func (s Standing) exits() string {
	if s.Level() == ManualLevel {
		return i18n.None
	}
	return number(s.Leaves)
}
