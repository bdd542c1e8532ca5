package health

import (
	"cmp"

	"github.com/qunzhu/qunzhu/internal/activity"
	"github.com/qunzhu/qunzhu/internal/metric"
)

func groupDaily(s activity.Sum) metric.Value {
	return daily(s.Spoken, s.SpokenDays, s.Coverage, s.Sources)
}

// daily is a mean over the known days, and nothing without any.
func daily(spoken, days int, coverage float64, sources []string) metric.Value {
	if days == 0 {
		return metric.Value{Coverage: coverage, Sources: sources}
	}
	return fraction(spoken, days, coverage, sources)
}

func groupTotal(s activity.Sum) metric.Value {
	if s.TalkDays == 0 {
		return metric.Value{Coverage: s.Coverage}
	}
	return fraction(s.Messages, 1, s.Coverage, s.Sources)
}

func groupGrowth(s activity.Sum) metric.Value {
	gained, known := gained(s)
	if s.MembersStart == nil || !known {
		return metric.Value{Coverage: s.RosterCoverage, Sources: sourceList(s.RosterSource)}
	}
	v := fraction(gained, *s.MembersStart, s.RosterCoverage, sourceList(s.RosterSource))
	v.Full = nearlyFull(s)
	return v
}

// gained are joins less leaves. Of a group without a roster the entered numbers
// of members are surer than the entered moves.
func gained(s activity.Sum) (n int, known bool) {
	if !s.Rostered() && s.MembersStart != nil && s.MembersEnd != nil {
		return *s.MembersEnd - *s.MembersStart, true
	}
	return s.Joins - s.Leaves, s.RosterDays > 0
}

// nearlyFull reports whether the group had reached 90 % of its capacity, in which
// staff and bots have their places too, before the window or in it.
func nearlyFull(s activity.Sum) bool {
	people := s.Staff
	if s.MembersEnd != nil {
		people = max(people, *s.MembersEnd+s.Staff)
	}
	if s.MembersStart != nil {
		people = max(people, *s.MembersStart+s.Staff)
	}
	return 10*people >= 9*cmp.Or(s.Group.Capacity, usualCapacity)
}

func groupExits(s activity.Sum) metric.Value {
	if s.MembersStart == nil || s.RosterDays == 0 {
		return metric.Value{Coverage: s.RosterCoverage, Sources: sourceList(s.RosterSource)}
	}
	return fraction(s.Leaves, *s.MembersStart+s.Joins, s.RosterCoverage, sourceList(s.RosterSource))
}

func groupSpeakers(s activity.Sum) metric.Value {
	if s.Speakers == nil || s.MembersStart == nil || s.MembersEnd == nil {
		return metric.Value{Coverage: s.Coverage, Sources: s.Sources}
	}
	return averaged(2**s.Speakers, *s.MembersStart+*s.MembersEnd, s.Coverage, s.Sources)
}

func groupPerHundred(s activity.Sum) metric.Value {
	if s.SpokenDays == 0 || s.MembersStart == nil || s.MembersEnd == nil {
		return metric.Value{Coverage: s.Coverage, Sources: s.Sources}
	}
	return perHundred(s.Spoken, s.SpokenDays*(*s.MembersStart+*s.MembersEnd), s.Coverage, s.Sources)
}

// perHundred is spoken over hundreds of members and days; the mean of the members
// at the start and at the end comes doubled.
func perHundred(spoken, memberDays2 int, coverage float64, sources []string) metric.Value {
	return metric.Value{Numerator: metric.Number(spoken), Denominator: metric.Number(float64(memberDays2) / 200), Coverage: coverage, Sources: sources}
}

// averaged is a value over the mean of the members at the start and at the end:
// both parts come doubled, so that they are whole until here.
func averaged(numerator2, denominator2 int, coverage float64, sources []string) metric.Value {
	return metric.Value{
		Numerator: metric.Number(float64(numerator2) / 2), Denominator: metric.Number(float64(denominator2) / 2), Coverage: coverage, Sources: sources,
	}
}
