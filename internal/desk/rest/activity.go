package rest

import (
	"context"
	"time"

	"github.com/qunzhu/qunzhu/internal/activity"
	"github.com/qunzhu/qunzhu/internal/fault"
)

const (
	maxDays     = 400
	defaultDays = 30
)

// Activity is the days of a group, without gaps.
type Activity struct {
	Days []Day `json:"days" nullable:"false"`
}

// Day is one local day; what is not known is null, which is not 0.
type Day struct {
	Date           string  `json:"date" format:"date"`
	Messages       *int    `json:"messages" doc:"rest.day.messages"`
	ValidMessages  *int    `json:"valid_messages" doc:"rest.day.valid_messages"`
	Speakers       *int    `json:"speakers" doc:"rest.day.speakers"`
	Joins          *int    `json:"joins"`
	Leaves         *int    `json:"leaves"`
	MembersEnd     *int    `json:"members_end" doc:"rest.day.members_end"`
	Coverage       float64 `json:"coverage" doc:"rest.day.coverage"`
	RosterCoverage float64 `json:"roster_coverage" doc:"rest.day.roster_coverage"`
	Source         *string `json:"source" doc:"rest.day.source"`
	Running        bool    `json:"running" doc:"rest.day.running"`
}

type activityInput struct {
	ID   string `path:"id" maxLength:"64" doc:"rest.param.id"`
	From string `query:"from" format:"date" doc:"rest.param.from"`
	To   string `query:"to" format:"date" doc:"rest.param.to"`
}

// activity is GET /groups/{id}/activity.
func (r *resources) activity(ctx context.Context, in *activityInput) (Activity, error) {
	g, err := r.visible(ctx, in.ID)
	if err != nil {
		return Activity{}, err
	}
	now := r.deps.Clock.Now()
	from, to, err := span(in.From, in.To, now.In(r.deps.Zone).Format(time.DateOnly))
	if err != nil {
		return Activity{}, err
	}
	days, err := activity.Days(ctx, r.deps.DB, activity.Params{Zone: r.deps.Zone, Now: now}, g, from, to)
	out := Activity{Days: make([]Day, len(days))}
	for i, d := range days {
		out.Days[i] = dayOf(d)
	}
	return out, err
}

// span completes and checks a range of local dates: without an end it ends
// today, without a start it has thirty days.
func span(from, to, today string) (first, last string, err error) {
	if to == "" {
		to = max(today, from)
	}
	end, err := time.Parse(time.DateOnly, to)
	if err != nil {
		return "", "", fault.InvalidField("to", "api.field.date_real")
	}
	if from == "" {
		from = end.AddDate(0, 0, 1-defaultDays).Format(time.DateOnly)
	}
	start, err := time.Parse(time.DateOnly, from)
	switch {
	case err != nil:
		return "", "", fault.InvalidField("from", "api.field.date_real")
	case start.After(end):
		return "", "", fault.InvalidField("from", "rest.range_order", to)
	case end.Sub(start) >= maxDays*24*time.Hour:
		return "", "", fault.InvalidField("from", "rest.range_long", maxDays)
	}
	return from, to, nil
}

func dayOf(d activity.Day) Day {
	return Day{
		Date: d.Date, Messages: d.Messages, ValidMessages: d.Valid, Speakers: d.Speakers, Joins: d.Joins, Leaves: d.Leaves,
		MembersEnd: d.MembersEnd, Coverage: d.Coverage, RosterCoverage: d.RosterCoverage, Running: d.Running,
		Source: orNull(d.Source),
	}
}
