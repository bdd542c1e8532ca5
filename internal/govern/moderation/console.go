package moderation

import (
	"context"
	"slices"
	"time"

	"github.com/qunzhu/qunzhu/internal/community"
	"github.com/qunzhu/qunzhu/internal/effect"
	"github.com/qunzhu/qunzhu/internal/event"
	"github.com/qunzhu/qunzhu/internal/govern/moderation/lexicon"
	"github.com/qunzhu/qunzhu/internal/govern/moderation/match"
	"github.com/qunzhu/qunzhu/internal/i18n"
	"github.com/qunzhu/qunzhu/internal/web"
	"github.com/qunzhu/qunzhu/internal/web/ui"
)

// categories that the product itself knows by name.
var categories = []string{
	lexicon.CategoryAd, match.CategoryContact, lexicon.CategoryFraud, lexicon.CategoryGambling, lexicon.CategoryPorn,
	lexicon.CategoryAbuse, lexicon.CategoryCustom,
}

func categoryName(c *web.Ctx, category string) string {
	if slices.Contains(categories, category) {
		return c.T("moderation.category." + category)
	}
	return ui.Name(category)
}

func categoryNames(c *web.Ctx, list []string) string {
	out := ""
	for i, category := range list {
		if i > 0 {
			out += c.T("moderation.comma")
		}
		out += categoryName(c, category)
	}
	return out
}

// layers are the ways in which the matcher finds something.
var layers = []string{
	match.LayerExact, match.LayerFold, match.ContactWeChat, match.ContactQQ, match.ContactQQGroup, match.ContactPhone, match.ContactURL,
}

func layerName(c *web.Ctx, layer string) string {
	if slices.Contains(layers, layer) {
		return c.T("moderation.layer." + layer)
	}
	return ui.Name(layer)
}

func gradeName(c *web.Ctx, g Grade) string { return c.T("moderation.do." + string(g.Decision())) }

// actionName names a kind of effect that answers a violation.
func actionName(c *web.Ctx, kind effect.Kind) string {
	for g, k := range gradeKinds {
		if k == kind {
			return gradeName(c, Grade(g))
		}
	}
	return ui.Name(string(kind))
}

// personName is how a member is shown: by name, else by the end of the
// platform's id.
func personName(m community.Member) string {
	switch ext := m.External; {
	case m.Name != "":
		return ui.Name(m.Name)
	case ext != "":
		return "…" + ui.Name(ext[max(0, len(ext)-6):])
	}
	return i18n.None
}

// facts are what pages show beside the cases themselves.
type facts struct {
	members map[string]community.Member
	groups  map[string]community.Group
	texts   map[string]event.Event // messages by event id
}

// text is what the member wrote, "" once it was erased.
func (f facts) text(message string) string { return f.texts[message].Words.Text }

// factsOf loads names and messages of cases, in a few statements for each
// community among them.
func (p *pages) factsOf(ctx context.Context, cases []Case) (facts, error) {
	f := facts{members: map[string]community.Member{}, groups: map[string]community.Group{}, texts: map[string]event.Event{}}
	type ids struct{ members, groups, messages []string }
	by := map[string]*ids{}
	for _, c := range cases {
		if by[c.Community] == nil {
			by[c.Community] = &ids{}
		}
		i := by[c.Community]
		i.members, i.groups, i.messages = append(i.members, c.Member), append(i.groups, c.Group), append(i.messages, c.Message)
	}
	for id, i := range by {
		members, err := community.Members(ctx, p.deps.DB, id, distinct(i.members)...)
		if err != nil {
			return f, err
		}
		for k, m := range members {
			f.members[k] = m
		}
		groups, err := community.GroupsByID(ctx, p.deps.DB, id, distinct(i.groups)...)
		if err != nil {
			return f, err
		}
		for _, g := range groups {
			f.groups[g.ID] = g
		}
		messages, err := event.Get(ctx, p.deps.DB, id, distinct(i.messages)...)
		if err != nil {
			return f, err
		}
		for _, m := range messages {
			f.texts[m.ID] = m
		}
	}
	return f, nil
}

func distinct(ids []string) []string {
	ids = slices.Clone(ids)
	slices.Sort(ids)
	return slices.Compact(ids)
}

// today is the beginning of the local day.
func today(c *web.Ctx) time.Time {
	y, m, d := c.Now.In(c.Zone()).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, c.Zone())
}

func (p *pages) counts(c *web.Ctx) (Counts, error) {
	return CountCases(c.Context(), p.deps.DB, c.Scope(View), c.Community, c.Now, today(c))
}

// status is how a case is marked: failing once its clock has run out.
func (v Case) status(now time.Time) ui.Status {
	switch {
	case v.State == Dismissed:
		return ui.Info
	case v.State == Handled && v.Realtime && v.Response >= ResponseLimit:
		return ui.Fail
	case v.State == Handled:
		return ui.Pass
	case !v.Realtime:
		return ui.Info
	case !now.Before(v.Deadline):
		return ui.Fail
	}
	return ui.Warn
}
