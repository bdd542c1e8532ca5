package health

import (
	"github.com/qunzhu/qunzhu/internal/activity"
	"github.com/qunzhu/qunzhu/internal/event"
	"github.com/qunzhu/qunzhu/internal/metric"
)

func communityDaily(w whole) metric.Value {
	spoken, days := 0, 0
	for _, s := range w.sums {
		spoken += s.Spoken
		days += s.SpokenDays
	}
	return daily(spoken, days, w.coverage(), activity.SourcesOf(w.sums))
}

func communityTotal(w whole) metric.Value {
	messages, days := 0, 0
	for _, s := range w.sums {
		messages += s.Messages
		days += s.TalkDays
	}
	if days == 0 {
		return metric.Value{Coverage: w.coverage()}
	}
	return fraction(messages, 1, w.coverage(), activity.SourcesOf(w.sums))
}

// communityGrowth counts people where there is a roster, and adds the numbers
// that were entered for groups without one.
func communityGrowth(w whole) metric.Value {
	start, gain, any := w.people.Start, w.people.End-w.people.Start, false
	for _, s := range w.sums {
		n, known := gained(s)
		any = any || known
		if !s.Rostered() && known && s.MembersStart != nil {
			start += *s.MembersStart
			gain += n
		}
	}
	if !any {
		return metric.Value{Coverage: w.rosterCoverage()}
	}
	return fraction(gain, start, w.rosterCoverage(), w.rosterSources())
}

func communityExits(w whole) metric.Value {
	ever, gone, any := w.people.Ever, w.people.Ever-w.people.End, false
	for _, s := range w.sums {
		any = any || s.RosterDays > 0
		if !s.Rostered() && s.MembersStart != nil {
			ever += *s.MembersStart + s.Joins
			gone += s.Leaves
		}
	}
	if !any {
		return metric.Value{Coverage: w.rosterCoverage()}
	}
	return fraction(gone, ever, w.rosterCoverage(), w.rosterSources())
}

// communitySpeakers adds up the groups' seats: somebody who speaks in two groups
// is a member of both.
func communitySpeakers(w whole) metric.Value {
	speakers2, members2 := 0, 0
	for _, s := range w.sums {
		if s.Speakers != nil && s.MembersStart != nil && s.MembersEnd != nil {
			speakers2 += 2 * *s.Speakers
			members2 += *s.MembersStart + *s.MembersEnd
		}
	}
	return averaged(speakers2, members2, w.coverage(), activity.SourcesOf(w.sums))
}

func communityPerHundred(w whole) metric.Value {
	spoken, memberDays2 := 0, 0
	for _, s := range w.sums {
		if s.SpokenDays > 0 && s.MembersStart != nil && s.MembersEnd != nil {
			spoken += s.Spoken
			memberDays2 += s.SpokenDays * (*s.MembersStart + *s.MembersEnd)
		}
	}
	return perHundred(spoken, memberDays2, w.coverage(), activity.SourcesOf(w.sums))
}

// coverage is that of the groups, each weighing as many days as it existed.
func (w whole) coverage() float64 {
	return w.mean(func(s activity.Sum) float64 { return s.Coverage })
}

func (w whole) rosterCoverage() float64 {
	return w.mean(func(s activity.Sum) float64 { return s.RosterCoverage })
}

func (w whole) mean(of func(activity.Sum) float64) float64 {
	sum, days := 0.0, 0
	for _, s := range w.sums {
		sum += of(s) * float64(s.Expected)
		days += s.Expected
	}
	if days == 0 {
		return 0
	}
	return sum / float64(days)
}

func (w whole) rosterSources() []string {
	found := map[string]bool{}
	for _, s := range w.sums {
		found[s.RosterSource] = true
	}
	var out []string
	for _, source := range []string{event.FromAPI, event.FromImport, event.FromManual} {
		if found[source] {
			out = append(out, source)
		}
	}
	return out
}
