package health

import (
	"context"

	"github.com/qunzhu/qunzhu/internal/activity"
	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/metric"
)

// The metrics of this slice.
const (
	DailyMessages = "daily_messages"       // 日均发言量
	MemberGrowth  = "member_growth"        // 成员增长率
	PerHundred    = "messages_per_hundred" // 每百人日均发言: thresholds without regard to size mislead (docs/definitions.md A9.16)
	TotalMessages = "total_messages"       // 总消息量
	SpeakerShare  = "speaker_share"        // 发言成员覆盖率
	ExitRate      = "exit_rate"            // 退群率
)

// usualCapacity is the size of a group whose capacity is not known: 500 people,
// as the customer groups of WeCom and the groups of WeChat have it.
const usualCapacity = 500

// measures are what one metric reads off a group's sums, and off a community's.
type measures struct {
	group     func(activity.Sum) metric.Value
	community func(whole) metric.Value
	people    bool // the community's needs whole.people
}

// whole is a community: its groups and its people.
type whole struct {
	sums   []activity.Sum
	people activity.People
}

// Metrics are the definitions of this slice.
func Metrics() []metric.Definition {
	define := func(key, unit string, m measures) metric.Definition {
		d := metric.Definition{
			Key: key, NameKey: "health." + key, FormulaKey: "health." + key + ".formula", Version: 1,
			Scopes: []metric.Scope{metric.Group, metric.Community}, Compute: compute(m),
		}
		if unit != "" {
			d.UnitKey = "health.unit." + unit
		}
		return d
	}
	daily := define(DailyMessages, "per_day", measures{groupDaily, communityDaily, false})
	daily.Comparator, daily.Threshold, daily.MinSample = metric.Above, 15, 1
	growth := define(MemberGrowth, "", measures{groupGrowth, communityGrowth, true})
	growth.Comparator, growth.Threshold, growth.MinSample, growth.Days = metric.Above, 0.03, metric.MinPeople, 7
	speakers := define(SpeakerShare, "", measures{groupSpeakers, communitySpeakers, false})
	speakers.MinSample = metric.MinPeople
	exits := define(ExitRate, "", measures{groupExits, communityExits, true})
	exits.MinSample = metric.MinPeople
	return []metric.Definition{
		daily, growth,
		define(PerHundred, "per_day", measures{groupPerHundred, communityPerHundred, false}),
		define(TotalMessages, "messages", measures{groupTotal, communityTotal, false}),
		speakers, exits,
	}
}

// compute reads the sums of a window once for all metrics of this slice, and the
// stays once for all windows.
func compute(m measures) func(context.Context, db.Q, metric.Request) (map[string]metric.Value, error) {
	return func(ctx context.Context, q db.Q, r metric.Request) (map[string]metric.Value, error) {
		w := r.Window
		sums, err := metric.Shared(r, "health.sums "+w.From+" "+w.To, func() (map[string]activity.Sum, error) { return sumsFor(ctx, q, r) })
		if err != nil {
			return nil, err
		}
		if r.Scope == metric.Group {
			out := make(map[string]metric.Value, len(sums))
			for id, s := range sums {
				out[id] = m.group(s)
			}
			return out, nil
		}
		all := whole{}
		if m.people {
			stays, err := metric.Shared(r, "health.stays", func() (*activity.Stays, error) {
				return activity.LoadStays(ctx, q, r.Community, r.Span.From, r.Span.To)
			})
			if err != nil {
				return nil, err
			}
			all.people = stays.Count(w.From, w.To)
		}
		for _, s := range sums {
			if s.Expected > 0 {
				all.sums = append(all.sums, s)
			}
		}
		return map[string]metric.Value{"": m.community(all)}, nil
	}
}

func sumsFor(ctx context.Context, q db.Q, r metric.Request) (map[string]activity.Sum, error) {
	p := activity.Params{Zone: r.Zone, Now: r.Now}
	if r.Group == "" {
		return activity.Sums(ctx, q, p, r.Community, r.Window.From, r.Window.To)
	}
	return activity.SumsOf(ctx, q, p, r.Community, []string{r.Group}, r.Window.From, r.Window.To)
}

// fraction is a value whose parts are whole numbers.
func fraction(numerator, denominator int, coverage float64, sources []string) metric.Value {
	return metric.Value{Numerator: metric.Number(numerator), Denominator: metric.Number(denominator), Coverage: coverage, Sources: sources}
}

func sourceList(source string) []string {
	if source == "" {
		return nil
	}
	return []string{source}
}
