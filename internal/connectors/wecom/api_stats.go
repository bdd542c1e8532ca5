package wecom

import (
	"context"
	"fmt"
	"time"
)

// GroupCounts are the platform's own statistics of customer groups (D:92133).
// Whether MessageTotal counts one day or everything up to the day is not settled
// by the documentation.
type GroupCounts struct {
	NewChats       int64 `json:"new_chat_cnt"`
	Chats          int64 `json:"chat_total"`
	ActiveChats    int64 `json:"chat_has_msg"`
	NewMembers     int64 `json:"new_member_cnt"`
	Members        int64 `json:"member_total"`
	SpeakingMember int64 `json:"member_has_msg"`
	MessageTotal   int64 `json:"msg_total"`
}

// DayCounts are the counts of one day, over the owners asked for.
type DayCounts struct {
	Day    time.Time // 00:00 in Shanghai
	Counts GroupCounts
}

// OwnerCounts are the counts of one owner over a span of days.
type OwnerCounts struct {
	Owner  string
	Counts GroupCounts
}

// The platform keeps its statistics in China Standard Time, 180 days back, and
// answers for 30 days at most in one call (D:92133).
var shanghai = time.FixedZone("CST", 8*3600)

const (
	statisticsDays  = 180
	statisticsSpan  = 30
	statisticsLimit = 1000
)

type daySpan struct{ from, to time.Time } // both days included

// statisticsSpans cuts the days from…to (both included) into spans that the
// platform answers, leaving out today, the future and what it no longer keeps.
func statisticsSpans(from, to, now time.Time) []daySpan {
	today := startOfDay(now)
	first, last := today.AddDate(0, 0, -statisticsDays), today.AddDate(0, 0, -1)
	from, to = startOfDay(from), startOfDay(to)
	if from.Before(first) {
		from = first
	}
	if to.After(last) {
		to = last
	}
	var spans []daySpan
	for !from.After(to) {
		end := from.AddDate(0, 0, statisticsSpan-1)
		if end.After(to) {
			end = to
		}
		spans = append(spans, daySpan{from, end})
		from = end.AddDate(0, 0, 1)
	}
	return spans
}

func startOfDay(t time.Time) time.Time {
	y, m, d := t.In(shanghai).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, shanghai)
}

type statisticsQuery struct {
	Begin  int64 `json:"day_begin_time"`
	End    int64 `json:"day_end_time"`
	Owners struct {
		UserIDs []string `json:"userid_list"`
	} `json:"owner_filter"`
	OrderBy int `json:"order_by,omitempty"`
	Offset  int `json:"offset,omitempty"`
	Limit   int `json:"limit,omitempty"`
}

func newStatisticsQuery(owners []string, span daySpan) statisticsQuery {
	q := statisticsQuery{Begin: span.from.Unix(), End: span.to.Unix()}
	q.Owners.UserIDs = owners
	return q
}

// DailyCounts reads the counts of 1 to 100 owners together for each day from…to,
// both included, as far as the platform keeps them at now: yesterday back to 180
// days. Days outside are left out (D:92133).
func (c *Client) DailyCounts(ctx context.Context, owners []string, from, to, now time.Time) ([]DayCounts, error) {
	if err := checkCount("owners", len(owners), 1, maxOwnersFilter); err != nil {
		return nil, err
	}
	var days []DayCounts
	for _, span := range statisticsSpans(from, to, now) {
		var out struct {
			Items []struct {
				Time int64       `json:"stat_time"`
				Data GroupCounts `json:"data"`
			} `json:"items"`
		}
		in := newStatisticsQuery(owners, span)
		if err := c.post(ctx, "/cgi-bin/externalcontact/groupchat/statistic_group_by_day", in, &out); err != nil {
			return nil, err
		}
		for _, item := range out.Items {
			days = append(days, DayCounts{Day: time.Unix(item.Time, 0).In(shanghai), Counts: item.Data})
		}
	}
	return days, nil
}

// OwnerTotals reads the counts of each of 1 to 100 owners over the days from…to,
// both included: at most 30 days that the platform still keeps at now (D:92133).
// Totals of several spans cannot be added up, so a longer one is refused.
func (c *Client) OwnerTotals(ctx context.Context, owners []string, from, to, now time.Time) ([]OwnerCounts, error) {
	if err := checkCount("owners", len(owners), 1, maxOwnersFilter); err != nil {
		return nil, err
	}
	spans := statisticsSpans(from, to, now)
	if len(spans) != 1 {
		return nil, &InputError{"days", fmt.Sprintf("%s to %s", from.Format(time.DateOnly), to.Format(time.DateOnly)),
			"1 to 30 days, of which one lies between yesterday and 180 days ago"}
	}
	in := newStatisticsQuery(owners, spans[0])
	in.OrderBy, in.Limit = 1, statisticsLimit
	var totals []OwnerCounts
	for range maxPages {
		var out struct {
			Total int `json:"total"`
			Next  int `json:"next_offset"`
			Items []struct {
				Owner string      `json:"owner"`
				Data  GroupCounts `json:"data"`
			} `json:"items"`
		}
		if err := c.post(ctx, "/cgi-bin/externalcontact/groupchat/statistic", in, &out); err != nil {
			return nil, err
		}
		for _, item := range out.Items {
			totals = append(totals, OwnerCounts{item.Owner, item.Data})
		}
		if len(out.Items) == 0 || len(totals) >= out.Total || out.Next <= in.Offset {
			return totals, nil
		}
		in.Offset = out.Next
	}
	return nil, errEndlessListing
}
