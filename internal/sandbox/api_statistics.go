package sandbox

import (
	"cmp"
	"net/http"
	"slices"
	"time"
)

func statisticsAPI() map[string]endpoint {
	return map[string]endpoint{
		"externalcontact/groupchat/statistic":              {http.MethodPost, appScope, statisticByOwner},
		"externalcontact/groupchat/statistic_group_by_day": {http.MethodPost, appScope, statisticByDay},
	}
}

// statisticsRequest is the common part of both APIs (D:92133).
type statisticsRequest struct {
	Begin    int64       `json:"day_begin_time"`
	End      int64       `json:"day_end_time"` // of the same day when absent
	Owners   ownerFilter `json:"owner_filter"`
	OrderBy  int         `json:"order_by"`  // 1 new groups, 2 groups, 3 new members, 4 members
	OrderAsc int         `json:"order_asc"` // 1 ascending
	Offset   int         `json:"offset"`
	Limit    int         `json:"limit"`
}

const (
	statisticsSpan = 30  // most days of one call
	statisticsKeep = 180 // days looked back
)

// days returns the first and last day asked for, both included. The platform
// knows whole days only: yesterday is the last.
func (in statisticsRequest) days(now time.Time) (first, last int, err error) {
	if in.Begin <= 0 {
		return 0, 0, refuse(40058, "invalid Request Parameter: day_begin_time")
	}
	first = dayNumber(time.Unix(in.Begin, 0))
	last = first
	if in.End > 0 {
		last = dayNumber(time.Unix(in.End, 0))
	}
	today := dayNumber(now)
	switch {
	case last < first || last-first >= statisticsSpan:
		return 0, 0, refuse(40058, "invalid Request Parameter: the span should be 1 to %d days", statisticsSpan)
	case last >= today:
		return 0, 0, refuse(600018, "no data of today or the future")
	case first < today-statisticsKeep:
		return 0, 0, refuse(40058, "invalid Request Parameter: day_begin_time is more than %d days ago", statisticsKeep)
	}
	return first, last, nil
}

func statisticByDay(c *call) (reply, error) {
	var in statisticsRequest
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	w := c.world
	w.mu.Lock()
	defer w.mu.Unlock()
	first, last, err := in.days(w.clock.Now())
	if err != nil {
		return nil, err
	}
	owners, err := w.owners(c, in.Owners)
	if err != nil {
		return nil, err
	}
	items := []reply{}
	for day := first; day <= last; day++ {
		var sum dayStats
		for _, owner := range owners {
			sum.add(w.stats(owner, day))
		}
		items = append(items, reply{"stat_time": dayStart(day).Unix(), "data": sum})
	}
	return reply{"items": items}, nil
}

// ownerStats is the sum of an owner's days.
type ownerStats struct {
	Owner string   `json:"owner"`
	Data  dayStats `json:"data"`
}

func statisticByOwner(c *call) (reply, error) {
	var in statisticsRequest
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	limit, err := c.pageLimit(in.Limit, 500, 1000)
	if err != nil {
		return nil, err
	}
	if in.Offset < 0 || in.OrderBy < 0 || in.OrderBy > 4 {
		return nil, refuse(40058, "invalid Request Parameter: offset or order_by")
	}
	w := c.world
	w.mu.Lock()
	defer w.mu.Unlock()
	first, last, err := in.days(w.clock.Now())
	if err != nil {
		return nil, err
	}
	owners, err := w.owners(c, in.Owners)
	if err != nil {
		return nil, err
	}
	items := []ownerStats{}
	for _, owner := range owners {
		if sum := w.ownerStats(owner, first, last); sum.ChatTotal > 0 {
			items = append(items, ownerStats{Owner: owner, Data: sum})
		}
	}
	slices.SortStableFunc(items, func(a, b ownerStats) int {
		order := cmp.Compare(a.Data.column(in.OrderBy), b.Data.column(in.OrderBy))
		if in.OrderAsc != 1 {
			order = -order
		}
		return order
	})
	start := min(in.Offset, len(items))
	end := min(start+limit, len(items))
	return reply{"total": len(items), "next_offset": end, "items": items[start:end]}, nil
}

// ownerStats adds up the days of an owner: what happened is summed, what is (the
// totals) is taken from the last day.
func (w *World) ownerStats(owner string, first, last int) dayStats {
	var sum dayStats
	for day := first; day <= last; day++ {
		s := w.stats(owner, day)
		sum.ChatTotal, sum.MemberTotal = 0, 0
		sum.add(s)
	}
	return sum
}

func (s dayStats) column(orderBy int) int {
	switch orderBy {
	case 2:
		return s.ChatTotal
	case 3:
		return s.NewMember
	case 4:
		return s.MemberTotal
	default:
		return s.NewChat
	}
}
