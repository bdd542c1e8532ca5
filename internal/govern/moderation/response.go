package moderation

import (
	"slices"
	"time"
)

// Responses are the response times of the cases of a window, in any order.
type Responses []time.Duration

// InTime counts the responses under the limit: five minutes themselves are too
// late (article section 三: < 5 分钟).
func (r Responses) InTime() int {
	n := 0
	for _, d := range r {
		if d < ResponseLimit {
			n++
		}
	}
	return n
}

// Percentile is the nearest-rank percentile p (1–100), false without responses.
func (r Responses) Percentile(p int) (time.Duration, bool) {
	if len(r) == 0 {
		return 0, false
	}
	sorted := slices.Sorted(slices.Values(r))
	rank := (len(sorted)*p + 99) / 100
	return sorted[max(rank, 1)-1], true
}
