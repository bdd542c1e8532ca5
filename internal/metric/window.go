package metric

import (
	"fmt"
	"regexp"
	"strconv"
	"time"

	"github.com/qunzhu/qunzhu/internal/fault"
)

// WindowKind is the sort of a period.
type WindowKind string

// The kinds of windows.
const (
	Rolling WindowKind = "rolling" // "7d": the last complete local days
	Week    WindowKind = "week"    // "2026-W47": an ISO week, Monday to Sunday
	Month   WindowKind = "month"   // "2026-11"
)

const maxRolling = 366

// Window is a run of local days, both ends included.
type Window struct {
	Kind     WindowKind
	Text     string // as it is written in addresses: "7d"
	From, To string // local dates, 2006-01-02
}

var (
	rollingText = regexp.MustCompile(`^([1-9][0-9]{0,3})d$`)
	weekText    = regexp.MustCompile(`^([0-9]{4})-W([0-9]{2})$`)
)

// ParseWindow reads "7d", "2026-W47" or "2026-11". The last days are complete
// ones: they end before the local day of now. A period that has not begun is
// refused.
func ParseWindow(text string, now time.Time, zone *time.Location) (Window, error) {
	today := day(now, zone)
	var w Window
	if m := rollingText.FindStringSubmatch(text); m != nil {
		n, err := strconv.Atoi(m[1])
		if err != nil || n > maxRolling {
			return Window{}, invalidWindow(text)
		}
		return LastDays(n, now, zone), nil
	}
	if m := weekText.FindStringSubmatch(text); m != nil {
		year, _ := strconv.Atoi(m[1])
		week, _ := strconv.Atoi(m[2])
		monday := weekStart(year, week)
		if y, n := monday.ISOWeek(); y != year || n != week { // a week 53 that the year does not have
			return Window{}, invalidWindow(text)
		}
		w = weekOf(monday)
	} else {
		first, err := time.Parse("2006-01", text)
		if err != nil {
			return Window{}, invalidWindow(text)
		}
		w = Window{Kind: Month, Text: text, From: date(first), To: date(first.AddDate(0, 1, -1))}
	}
	if w.From > date(today) {
		return Window{}, fault.InvalidField("window", "metric.window_future", text)
	}
	return w, nil
}

func invalidWindow(text string) error {
	if len(text) > 40 {
		text = text[:40]
	}
	return fault.InvalidField("window", "metric.window_invalid", strconv.QuoteToASCII(text))
}

// LastDays is the window of the last n complete local days.
func LastDays(n int, now time.Time, zone *time.Location) Window {
	today := day(now, zone)
	return Window{Kind: Rolling, Text: fmt.Sprintf("%dd", n), From: date(today.AddDate(0, 0, -n)), To: date(today.AddDate(0, 0, -1))}
}

// WeekOf is the ISO week of the local day of t.
func WeekOf(t time.Time, zone *time.Location) Window { return weekOf(day(t, zone)) }

func weekOf(d time.Time) Window {
	year, week := d.ISOWeek()
	monday := d.AddDate(0, 0, -(int(d.Weekday())+6)%7)
	return Window{Kind: Week, Text: fmt.Sprintf("%04d-W%02d", year, week), From: date(monday), To: date(monday.AddDate(0, 0, 6))}
}

// weekStart is the Monday of an ISO week: week 1 holds 4 January.
func weekStart(year, week int) time.Time {
	fourth := time.Date(year, 1, 4, 0, 0, 0, 0, time.UTC)
	return fourth.AddDate(0, 0, -(int(fourth.Weekday())+6)%7+7*(week-1))
}

// Weeks are the last n ISO weeks, oldest first; the last one is the week of now,
// which is still running.
func Weeks(n int, now time.Time, zone *time.Location) []Window {
	today := day(now, zone)
	out := make([]Window, n)
	for i := range out {
		out[i] = weekOf(today.AddDate(0, 0, -7*(n-1-i)))
	}
	return out
}

// Previous is the equal period before w: the month before a month, else as many
// days.
func (w Window) Previous() Window {
	from := utc(w.From)
	switch w.Kind {
	case Week:
		return weekOf(from.AddDate(0, 0, -7))
	case Month:
		first := from.AddDate(0, -1, 0)
		return Window{Kind: Month, Text: first.Format("2006-01"), From: date(first), To: date(from.AddDate(0, 0, -1))}
	}
	return Window{Kind: w.Kind, Text: w.Text, From: date(from.AddDate(0, 0, -w.Days())), To: date(from.AddDate(0, 0, -1))}
}

// Days is the length of the window in local days.
func (w Window) Days() int { return int(utc(w.To).Sub(utc(w.From)).Hours()/24) + 1 }

// Dates are the local dates of the window.
func (w Window) Dates() []string {
	out := make([]string, 0, w.Days())
	for d := utc(w.From); date(d) <= w.To; d = d.AddDate(0, 0, 1) {
		out = append(out, date(d))
	}
	return out
}

// Running reports whether the window is not over.
func (w Window) Running(now time.Time, zone *time.Location) bool { return w.To >= date(day(now, zone)) }

// Bounds are the moments between which the window lies, the end not included.
func (w Window) Bounds(zone *time.Location) (start, end time.Time) {
	f, t := utc(w.From), utc(w.To)
	return time.Date(f.Year(), f.Month(), f.Day(), 0, 0, 0, 0, zone), time.Date(t.Year(), t.Month(), t.Day()+1, 0, 0, 0, 0, zone)
}

// day is the local date of t as midnight UTC, where adding days is adding dates.
func day(t time.Time, zone *time.Location) time.Time {
	y, m, d := t.In(zone).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}

func date(t time.Time) string { return t.Format(time.DateOnly) }

// utc reads a date that this package has written.
func utc(d string) time.Time {
	t, err := time.Parse(time.DateOnly, d)
	if err != nil {
		panic(fmt.Sprintf("metric: %q is not a date", d))
	}
	return t
}
