package population

import (
	"math/rand/v2"
	"time"
)

// hourWeights is how much of a day's chat begins in each hour: up after
// breakfast, a peak at lunch, the highest from 20 to 22, asleep at night.
var hourWeights = [24]float64{
	0.25, 0.06, 0.02, 0.01, 0.02, 0.1, 0.7, 1.8, 3, 4, 4, 4.6,
	6.6, 5, 3.2, 3, 3.4, 4, 5, 7, 10.5, 10.5, 6, 2.2,
}

// weekendWeights shifts the day later and fills the afternoon.
var weekendWeights = [24]float64{
	0.4, 0.1, 0.03, 0.01, 0.02, 0.05, 0.3, 1, 2.4, 4.4, 5.4, 5.4,
	6.2, 5.2, 4.6, 4.8, 5, 5, 5.2, 6.6, 9.6, 9.8, 6.4, 2.8,
}

// dayFactor is how lively each weekday is, from Sunday; the mean is 1.
var dayFactor = [7]float64{1.2, 0.93, 0.92, 0.92, 0.92, 0.96, 1.15}

func weekend(day time.Time) bool {
	return day.Weekday() == time.Saturday || day.Weekday() == time.Sunday
}

// daytime draws a second of the local day that begins at midnight, the way
// people are awake.
func daytime(midnight time.Time, dice *rand.Rand) time.Time {
	weights := &hourWeights
	if weekend(midnight) {
		weights = &weekendWeights
	}
	hour := weighted(weights[:], dice)
	return midnight.Add(time.Duration(hour)*time.Hour + time.Duration(dice.IntN(3600))*time.Second)
}

// between draws a second of the local day from one hour to another.
func between(midnight time.Time, from, to float64, dice *rand.Rand) time.Time {
	hours := from + (to-from)*dice.Float64()
	return midnight.Add(time.Duration(hours * float64(time.Hour))).Truncate(time.Second)
}

// weighted draws an index in proportion to its weight.
func weighted(weights []float64, dice *rand.Rand) int {
	sum := 0.0
	for _, w := range weights {
		sum += w
	}
	r := dice.Float64() * sum
	for i, w := range weights {
		if r -= w; r < 0 {
			return i
		}
	}
	return len(weights) - 1
}

// seconds draws a duration from low to high seconds.
func seconds(low, high int, dice *rand.Rand) time.Duration {
	return time.Duration(low+dice.IntN(high-low+1)) * time.Second
}

// onDuty tells whether staff work at a time: from 8:30 to 21:30, every day.
func onDuty(t time.Time) bool {
	t = t.In(china)
	minute := t.Hour()*60 + t.Minute()
	return minute >= 8*60+30 && minute < 21*60+30
}

// nextDuty is the next start of work after a time off duty.
func nextDuty(t time.Time) time.Time {
	t = t.In(china)
	y, m, d := t.Date()
	if t.Hour() > 12 {
		d++
	}
	return time.Date(y, m, d, 8, 30, 0, 0, china)
}
