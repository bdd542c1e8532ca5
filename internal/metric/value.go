package metric

import (
	"encoding/json"
	"time"
)

// Comparator is how a value is held against its threshold. "" judges nothing.
type Comparator string

// The comparators. Above and Below are strict; "3%以下" includes 3 % (民法典
// §1259) and is AtMost.
const (
	Above   Comparator = ">"
	AtLeast Comparator = "≥"
	Below   Comparator = "<"
	AtMost  Comparator = "≤"
)

// Status is the judgement of a value; "" is a number that is only shown.
type Status string

// The statuses.
const (
	Pass         Status = "pass"         // 达标
	Fail         Status = "fail"         // 未达标
	Insufficient Status = "insufficient" // a value that must not be judged; Reason says why
	NoData       Status = "no_data"      // 无数据
)

// Reason is why a value is Insufficient.
type Reason string

// The reasons.
const (
	Sample   Reason = "sample"   // fewer than the definition's MinSample
	Coverage Reason = "coverage" // less than MinCoverage was listened to
	Partial  Reason = "partial"  // the period is still running
	Full     Reason = "full"     // 满员: the group has no room to grow
)

// MarshalJSON writes "" as null.
func (c Comparator) MarshalJSON() ([]byte, error) { return orNull(string(c)) }

// MarshalJSON writes "" as null.
func (s Status) MarshalJSON() ([]byte, error) { return orNull(string(s)) }

// MarshalJSON writes "" as null.
func (r Reason) MarshalJSON() ([]byte, error) { return orNull(string(r)) }

func orNull(s string) ([]byte, error) {
	if s == "" {
		return []byte("null"), nil
	}
	return json.Marshal(s)
}

// Value is one number of one group or community in one window.
//
// A Compute function fills Numerator, Denominator, Coverage, Sources and, where
// they apply, Sample and Full; the registry fills the rest. Value is always
// Numerator divided by Denominator, so a rate of 3 % is 0.03.
type Value struct {
	Key               string     `json:"key"`
	Name              string     `json:"name"` // translated by whoever shows it
	Value             *float64   `json:"value"`
	Numerator         *float64   `json:"numerator"`
	Denominator       *float64   `json:"denominator"`
	Comparator        Comparator `json:"comparator"`
	Threshold         *float64   `json:"threshold"`
	Status            Status     `json:"status"`
	Reason            Reason     `json:"reason"`
	WindowStart       time.Time  `json:"window_start"` // local midnight
	WindowEnd         time.Time  `json:"window_end"`   // local midnight after the last day
	Coverage          float64    `json:"coverage"`     // 0–1: data there is of the data there should be
	Sources           []string   `json:"sources"`      // event.FromArchive, …, best first
	DefinitionVersion int        `json:"definition_version"`
	ComputedAt        time.Time  `json:"computed_at"`

	Sample *float64 `json:"-"` // what MinSample counts; nil is the denominator
	Full   bool     `json:"-"` // 满员: not to be judged, see Full
}

// Number makes a numerator or denominator.
func Number[T int | int64 | float64](n T) *float64 {
	f := float64(n)
	return &f
}
