package health

import (
	"html/template"

	"github.com/qunzhu/qunzhu/internal/activity"
	"github.com/qunzhu/qunzhu/internal/community"
	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/metric"
	"github.com/qunzhu/qunzhu/internal/web"
	"github.com/qunzhu/qunzhu/internal/web/ui"
)

// homeCommunities is how many communities the workbench has room for.
const homeCommunities = 6

type homeView struct {
	Tiles []ui.Tile
	More  string
}

// home is the panel of the workbench: the judged tiles of every community.
func (p *pages) home(c *web.Ctx) (template.HTML, error) {
	all, err := community.Communities(c.Context(), p.deps.DB, c.Scope(View))
	if err != nil {
		return "", err
	}
	var chosen []community.Community
	for _, m := range all {
		if c.Community == "" || m.ID == c.Community {
			chosen = append(chosen, m)
		}
	}
	if len(chosen) == 0 {
		return "", nil
	}
	v := homeView{}
	if len(chosen) > homeCommunities {
		v.More, chosen = boardPath, chosen[:homeCommunities]
	}
	if v.Tiles, err = p.sideBySide(c, chosen, metric.LastDays(7, p.deps.Metrics.Now(), p.deps.Metrics.Zone())); err != nil {
		return "", err
	}
	return c.HTML("health/home", v)
}

type overviewView struct {
	Tiles   []ui.Tile
	Trends  []ui.Trend
	Reasons []reasonView
}

type reasonView struct {
	Status ui.Status
	Title  string
	Facts  []string
	Action ui.Button
}

// overview is the panel of a group: its tiles, its weeks, and why it does not
// reach a threshold.
func (p *pages) overview(c *web.Ctx) (template.HTML, error) {
	ctx, s := c.Context(), p.show(c)
	w := metric.LastDays(7, p.deps.Metrics.Now(), p.deps.Metrics.Zone())
	var v overviewView
	err := p.deps.DB.Read(ctx, func(tx *db.Tx) error {
		g, err := community.GetGroup(ctx, tx, c.Scope(View), c.Path("id"))
		if err != nil {
			return err
		}
		now, before, err := p.values(ctx, tx, tileKeys(), g.Community, g.ID, w)
		if err != nil {
			return err
		}
		for i := range now {
			v.Tiles = append(v.Tiles, s.tile(now[i], before[i], w, rowsHref(g.ID, now[i].Key, w.Text)))
		}
		weeks, err := p.trend(ctx, tx, g.Community, g.ID, DailyMessages, MemberGrowth)
		if err != nil {
			return err
		}
		v.Trends = []ui.Trend{s.chart(weeks, DailyMessages), s.chart(weeks, MemberGrowth)}
		days, err := activity.Days(ctx, tx, p.params(), g, w.From, w.To)
		if err != nil {
			return err
		}
		sums, err := activity.SumsOf(ctx, tx, p.params(), g.Community, []string{g.ID}, w.From, w.To)
		v.Reasons = s.reasons(byKey(now), sums[g.ID], days, w)
		return err
	})
	if err != nil {
		return "", err
	}
	return c.HTML("health/overview", v)
}
