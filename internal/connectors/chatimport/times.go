package chatimport

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// maxSkew is how far a time may lie ahead: a phone's clock may be wrong by
// minutes, what is further ahead is no time of a message.
const maxSkew = 10 * time.Minute

// earliestYear is before WeChat (2011); an earlier time is something else.
const earliestYear = 2010

// timeParser reads the times of one file.
type timeParser struct {
	zone *time.Location
	now  time.Time
}

// number reads seconds or milliseconds since 1970. No second of this
// millennium has twelve digits and no millisecond since 1973 has fewer.
func (p timeParser) number(s string) (time.Time, Problem) {
	v, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
	if err != nil || math.IsNaN(v) {
		return time.Time{}, TimeInvalid
	}
	if math.Abs(v) >= 1e14 {
		return time.Time{}, TimeBounds
	}
	ms := v
	if math.Abs(v) < 1e11 {
		ms = v * 1000
	}
	return p.check(time.UnixMilli(int64(math.Round(ms))))
}

// check refuses times that cannot be those of a message.
func (p timeParser) check(t time.Time) (time.Time, Problem) {
	switch {
	case t.Year() < earliestYear:
		return time.Time{}, TimeBounds
	case t.After(p.now.Add(maxSkew)):
		return time.Time{}, TimeFuture
	}
	return t.In(p.zone), ""
}

// Excel serial dates count days since 1899-12-30 (ECMA-376 part 1, 18.17.4.1),
// or since 1904-01-01 in workbooks that say so. These bounds are 2010 to 2099
// and do not touch those of seconds.
const (
	minSerial = 40179
	maxSerial = 73051
)

func (p timeParser) serial(v float64) (time.Time, Problem) {
	days, frac := math.Modf(v)
	day := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC).AddDate(0, 0, int(days))
	secs := int(math.Round(frac * 24 * 60 * 60))
	// A serial is a wall clock, so it is composed in the zone, not added to it.
	return p.check(time.Date(day.Year(), day.Month(), day.Day(), 0, 0, secs, 0, p.zone))
}

var dateTime = regexp.MustCompile(`^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?[ T\p{Zs}]*` +
	`(?:(上午|下午|早上|晚上|中午|凌晨)?\s*(\d{1,2})[:：时点](\d{1,2})分?(?:[:：]?(\d{1,2})秒?)?(?:[.,](\d{1,9}))?\s*([AaPp][Mm])?)?` +
	`\s*(Z|[+-]\d{2}:?\d{2})?$`)

// text reads a written date and time; minute is true when it has no seconds.
func (p timeParser) text(s string) (t time.Time, minute bool, problem Problem) {
	s = strings.TrimSpace(s)
	if t, err := time.Parse(time.RFC3339Nano, s); err == nil {
		t, problem = p.check(t)
		return t, false, problem
	}
	m := dateTime.FindStringSubmatch(s)
	if m == nil {
		return t, false, TimeInvalid
	}
	if m[5] == "" {
		return t, false, TimeNoClock
	}
	hour, ok := hour24(m[5], m[4]+m[9])
	if !ok {
		return t, false, TimeInvalid
	}
	zone := p.zone
	if m[10] != "" {
		zone = offset(m[10])
	}
	t, ok = wallClock(zone, m[1], m[2], m[3], hour, m[6], m[7])
	if !ok {
		return t, false, TimeInvalid
	}
	t, problem = p.check(t)
	return t, m[7] == "", problem
}

// hour24 applies a half of the day in Chinese or English, if one is written.
func hour24(s, half string) (int, bool) {
	h, _ := strconv.Atoi(s)
	switch strings.ToLower(half) {
	case "下午", "晚上", "pm":
		if h < 12 {
			h += 12
		}
	case "中午":
		if h < 3 {
			h += 12
		}
	case "上午", "早上", "凌晨", "am":
		if h == 12 {
			h = 0
		}
	}
	return h, h < 24
}

// offset reads Z, +08:00 or +0800.
func offset(s string) *time.Location {
	if s == "Z" {
		return time.UTC
	}
	h, _ := strconv.Atoi(s[1:3])
	m, _ := strconv.Atoi(s[len(s)-2:])
	secs := (h*60 + m) * 60
	if s[0] == '-' {
		secs = -secs
	}
	return time.FixedZone("", secs)
}

// wallClock composes a time and refuses days and clocks that do not exist.
func wallClock(zone *time.Location, year, month, day string, hour int, minute, second string) (time.Time, bool) {
	y, _ := strconv.Atoi(year)
	mo, _ := strconv.Atoi(month)
	d, _ := strconv.Atoi(day)
	mi, _ := strconv.Atoi(minute)
	s, _ := strconv.Atoi(second)
	date := time.Date(y, time.Month(mo), d, 0, 0, 0, 0, time.UTC)
	if date.Day() != d || int(date.Month()) != mo || hour > 23 || mi > 59 || s > 59 {
		return time.Time{}, false
	}
	return time.Date(y, time.Month(mo), d, hour, mi, s, 0, zone), true
}

// cell reads the time of a table: a number of any of the three sorts, or text.
func (p timeParser) cell(s string, since1904 bool) (t time.Time, minute bool, problem Problem) {
	v, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
	if err != nil {
		return p.text(s)
	}
	if since1904 && v >= minSerial-1462 && v < maxSerial-1462 {
		v += 1462
	}
	if v >= minSerial && v < maxSerial {
		t, problem = p.serial(v)
		return t, false, problem
	}
	t, problem = p.number(s)
	return t, false, problem
}
