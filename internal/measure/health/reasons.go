package health

import (
	"math"

	"github.com/qunzhu/qunzhu/internal/activity"
	"github.com/qunzhu/qunzhu/internal/community"
	"github.com/qunzhu/qunzhu/internal/metric"
	"github.com/qunzhu/qunzhu/internal/web/ui"
)

// The pages where the next action is taken.
const (
	contentPath = "/content"
	growthPath  = "/growth"
	matrixPath  = "/matrix"
	sourcesPath = "/sources"
)

const (
	// quietShare is the share of members who speak in a week below which a group
	// only reads (docs/definitions.md A1: below 10 % it is a notice board).
	quietShare = 0.10
	// staffShare is the share of staff's messages from which staff talk to
	// themselves.
	staffShare = 0.5
)

// reasons are why a group misses its thresholds, or why it cannot be judged, each
// with what to do next.
func (s shower) reasons(values map[string]metric.Value, sum activity.Sum, days []activity.Day, w metric.Window) []reasonView {
	var out []reasonView
	daily, growth := values[DailyMessages], values[MemberGrowth]
	switch {
	case daily.Status == metric.Fail:
		out = append(out, s.quiet(daily, values[SpeakerShare], sum, days))
	case daily.Status == metric.NoData:
		out = append(out, reasonView{ui.NoData, s.c.T("health.why.no_messages"), []string{s.c.T("health.why.no_messages.fact")}, ui.Button{Label: s.c.T("health.do.sources"), Href: matrixPath}})
	case daily.Reason == metric.Coverage:
		out = append(out, s.partial(daily, sum))
	}
	switch {
	case growth.Status == metric.Fail:
		out = append(out, s.shrinking(growth, sum, w))
	case growth.Reason == metric.Full:
		out = append(out, reasonView{ui.Info, s.c.T("health.why.full"), []string{s.c.T("health.why.full.fact", sum.Group.Members)}, ui.Button{Label: s.c.T("health.do.full"), Href: growthPath}})
	}
	return out
}

// partial explains why a number is not judged: of a group that is kept by hand,
// only what was pasted is known.
func (s shower) partial(daily metric.Value, sum activity.Sum) reasonView {
	v := reasonView{ui.Insufficient, s.c.T("health.why.coverage"), []string{s.c.T("health.why.coverage.fact", s.share(daily.Coverage))},
		ui.Button{Label: s.c.T("health.do.coverage"), Href: sourcesPath}}
	if byHand(sum) {
		v.Facts = []string{s.c.T("health.why.coverage.by_hand", s.share(daily.Coverage))}
		v.Action = ui.Button{Label: s.c.T("health.do.close"), Href: "/groups/" + sum.Group.ID + "/close"}
	}
	return v
}

func byHand(sum activity.Sum) bool { return sum.Group.Platform == community.WeChat }

// quiet explains too little talk.
func (s shower) quiet(daily, speakers metric.Value, sum activity.Sum, days []activity.Day) reasonView {
	d := s.definition(DailyMessages)
	facts := []string{s.c.T("health.why.quiet.gap", missing(daily, d))}
	silent := 0
	for _, day := range days {
		if n := day.Spoken(); n != nil && *n == 0 {
			silent++
		}
	}
	if silent > 0 {
		facts = append(facts, s.c.T("health.why.quiet.silent", silent))
	}
	if speakers.Value != nil && *speakers.Value < quietShare {
		facts = append(facts, s.c.T("health.why.quiet.few", s.value(speakers)))
	}
	if rest := sum.Messages - sum.Spoken; sum.Messages > 0 && float64(rest) > staffShare*float64(sum.Messages) {
		facts = append(facts, s.c.T("health.why.quiet.staff", s.c.Printer.Percent(int64(rest), int64(sum.Messages))))
	}
	return reasonView{ui.Fail, s.c.T("health.why.quiet", s.value(daily), s.threshold(d)), facts, ui.Button{Label: s.c.T("health.do.topic"), Href: contentPath}}
}

// shrinking explains too little growth: people leave, or nobody comes.
func (s shower) shrinking(growth metric.Value, sum activity.Sum, w metric.Window) reasonView {
	d := s.definition(MemberGrowth)
	v := reasonView{
		Status: ui.Fail,
		Title:  s.c.T("health.why.growth", s.value(growth), s.threshold(d)),
		Facts:  []string{s.c.T("health.why.growth.gap", missing(growth, d))},
	}
	if !byHand(sum) {
		v.Facts = append([]string{s.c.T("health.why.growth.moves", sum.Joins, sum.Leaves)}, v.Facts...)
	}
	if sum.Leaves >= sum.Joins && sum.Leaves > 0 {
		v.Action = ui.Button{Label: s.c.T("health.do.leavers"), Href: rowsHref(sum.Group.ID, ExitRate, w.Text)}
	} else {
		v.Action = ui.Button{Label: s.c.T("health.do.entrance"), Href: growthPath}
	}
	return v
}

// missing is by how much the numerator must grow to pass a strict threshold.
func missing(v metric.Value, d metric.Definition) int {
	n := int(math.Max(0, math.Floor(d.Threshold**v.Denominator-*v.Numerator)))
	for !d.Comparator.Holds(*v.Numerator+float64(n), *v.Denominator, d.Threshold) {
		n++
	}
	return n
}
