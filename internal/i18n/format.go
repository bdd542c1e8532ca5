package i18n

import (
	"math"
	"math/bits"
	"strconv"
	"strings"
	"time"
)

// None is what stands where there is no value; it is never written as zero.
const None = "—"

const minus = "−" // U+2212, as wide as a digit

// Number writes n with its thousands grouped: 12,345.
func (p *Printer) Number(n int64) string {
	sign, digits := "", strconv.FormatInt(n, 10)
	if n < 0 {
		sign, digits = minus, digits[1:]
	}
	return sign + group(digits)
}

// Decimal writes v rounded half away from zero to the given digits, grouped.
// A value that is not a number, or infinite, is None.
func (p *Printer) Decimal(v float64, digits int) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return None
	}
	scale := math.Pow10(digits)
	text := strconv.FormatFloat(math.Round(math.Abs(v)*scale)/scale, 'f', digits, 64)
	whole, fraction, has := strings.Cut(text, ".")
	out := group(whole)
	if has {
		out += "." + fraction
	}
	if v < 0 && strings.Trim(text, "0.") != "" {
		return minus + out
	}
	return out
}

// Compact writes n for a card: 12.3 万 (Chinese) or 12.3k (English) from 10,000.
func (p *Printer) Compact(n int64) string {
	v := math.Abs(float64(n))
	switch {
	case v < 10_000:
		return p.Number(n)
	case p.Lang == Chinese && v < 1e8:
		return p.Decimal(float64(n)/1e4, 1) + " 万"
	case p.Lang == Chinese:
		return p.Decimal(float64(n)/1e8, 1) + " 亿"
	case v < 1e6:
		return p.Decimal(float64(n)/1e3, 1) + "k"
	}
	return p.Decimal(float64(n)/1e6, 1) + "M"
}

// Percent writes numerator/denominator with one decimal, rounded half away from
// zero on the exact fraction. A denominator that is not positive gives None.
func (p *Printer) Percent(numerator, denominator int64) string {
	if denominator <= 0 {
		return None
	}
	size, sign := uint64(numerator), ""
	if numerator < 0 {
		size, sign = -size, minus
	}
	hi, lo := bits.Mul64(size, 2000)
	lo, carry := bits.Add64(lo, uint64(denominator), 0)
	hi += carry
	if hi >= 2*uint64(denominator) {
		return None // a fraction of more than 10^16: not a share of anything
	}
	tenths, _ := bits.Div64(hi, lo, 2*uint64(denominator))
	if tenths == 0 {
		sign = ""
	}
	return sign + group(strconv.FormatUint(tenths/10, 10)) + "." + strconv.FormatUint(tenths%10, 10) + "%"
}

// Delta writes a signed change of a share in percent: +12.1% or −3.0%.
func (p *Printer) Delta(numerator, denominator int64) string {
	text := p.Percent(numerator, denominator)
	if text == None || strings.HasPrefix(text, minus) || text == "0.0%" {
		return text
	}
	return "+" + text
}

// Money writes fen as yuan: ¥1,234.50.
func (p *Printer) Money(fen int64) string {
	sign, size := "", uint64(fen)
	if fen < 0 {
		sign, size = minus, -size
	}
	cents := strconv.FormatUint(100+size%100, 10)[1:]
	return sign + "¥" + group(strconv.FormatUint(size/100, 10)) + "." + cents
}

// Duration writes d with its two largest units: "3 分 12 秒", "2 天 4 小时".
func (p *Printer) Duration(d time.Duration) string {
	sign := ""
	if d < 0 {
		sign, d = minus, -d
	}
	s := int64(d / time.Second)
	units := []struct {
		key  string
		size int64
	}{{"time.days", 86400}, {"time.hours", 3600}, {"time.minutes", 60}, {"time.seconds", 1}}
	for i, u := range units {
		if s < u.size && u.size > 1 {
			continue
		}
		text := p.T(u.key, s/u.size)
		if rest := s % u.size; i+1 < len(units) && rest >= units[i+1].size {
			text += " " + p.T(units[i+1].key, rest/units[i+1].size)
		}
		return sign + text
	}
	return sign
}

// Countdown writes d as a clock: 3:12, 1:02:03; with a minus once it has passed.
// From a day on seconds no longer matter, and it is a Duration.
func (p *Printer) Countdown(d time.Duration) string {
	if d.Abs() >= 24*time.Hour {
		return p.Duration(d)
	}
	sign := ""
	if d < 0 {
		sign, d = minus, -d
	}
	s := int(d / time.Second)
	two := func(n int) string { return strconv.Itoa(100 + n)[1:] }
	if s < 3600 {
		return sign + strconv.Itoa(s/60) + ":" + two(s%60)
	}
	return sign + strconv.Itoa(s/3600) + ":" + two(s/60%60) + ":" + two(s%60)
}

// Date writes the local day of t: 2025-11-22. The zero time is None.
func (p *Printer) Date(t time.Time) string { return p.layout(t, "2006-01-02") }

// DateTime writes the local minute of t: 2025-11-22 20:33.
func (p *Printer) DateTime(t time.Time) string { return p.layout(t, "2006-01-02 15:04") }

// Time writes the local time of day: 20:33.
func (p *Printer) Time(t time.Time) string { return p.layout(t, "15:04") }

// MonthDay writes the local day without its year, for axes: 11/22.
func (p *Printer) MonthDay(t time.Time) string { return p.layout(t, "1/2") }

// Day writes the local day with its weekday: "11 月 22 日 周日", "Sun 22 Nov".
func (p *Printer) Day(t time.Time) string {
	if p.Lang == English || t.IsZero() {
		return p.layout(t, "Mon 2 Jan")
	}
	weekday := []string{"日", "一", "二", "三", "四", "五", "六"}[t.In(p.Zone).Weekday()]
	return p.layout(t, "1 月 2 日 周") + weekday
}

// Relative writes how far t is from now: "12 秒前", "in 3 min"; beyond thirty
// days it is the date.
func (p *Printer) Relative(t, now time.Time) string {
	if t.IsZero() {
		return None
	}
	d, key := now.Sub(t), "time.ago"
	if d < 0 {
		d, key = -d, "time.in"
	}
	var amount string
	switch {
	case d < time.Second:
		return p.T("time.now")
	case d < time.Minute:
		amount = p.T("time.seconds", int(d/time.Second))
	case d < time.Hour:
		amount = p.T("time.minutes_long", int(d/time.Minute))
	case d < 24*time.Hour:
		amount = p.T("time.hours", int(d/time.Hour))
	case d < 30*24*time.Hour:
		amount = p.T("time.days", int(d/(24*time.Hour)))
	default:
		return p.Date(t)
	}
	return p.T(key, amount)
}

// Ago is Relative for what has happened: t may be a little after now where it was
// read later, and is just now then.
func (p *Printer) Ago(t, now time.Time) string {
	if t.After(now) {
		t = now
	}
	return p.Relative(t, now)
}

func (p *Printer) layout(t time.Time, layout string) string {
	if t.IsZero() {
		return None
	}
	return t.In(p.Zone).Format(layout)
}

func group(digits string) string {
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}
