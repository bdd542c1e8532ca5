package metric

import (
	"context"
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"time"

	"github.com/qunzhu/qunzhu/internal/db"
)

// MinCoverage is the coverage below which a value is not judged (docs/definitions.md
// §0.2.7).
const MinCoverage = 0.8

// MinPeople is the usual MinSample of rates over people, readers, clickers and
// orders (docs/definitions.md §0.2.2).
const MinPeople = 30

// Scope is what a value speaks of.
type Scope string

// The scopes.
const (
	Group     Scope = "group"
	Community Scope = "community"
)

// Definition is what a number means. Threshold and comparator belong together; a
// definition without them is shown and never judged.
type Definition struct {
	Key        string // "daily_messages"
	NameKey    string // translation keys
	UnitKey    string // "" for rates, which are shown in per cent
	FormulaKey string
	Version    int // raised when the formula changes; from 1

	Comparator Comparator
	Threshold  float64 // in the unit of the value: 15, or 0.03 for 3 %
	MinSample  float64 // of the denominator, or of Value.Sample; 0 is none
	Days       int     // the threshold speaks of periods of this length only; 0 is any

	Windows []WindowKind // empty is all
	Scopes  []Scope

	// Compute measures the whole community or each of its groups at once, in a
	// handful of statements however many groups there are. At Scope Group the
	// result is by group id; at Scope Community its only key is "".
	Compute func(ctx context.Context, q db.Q, r Request) (map[string]Value, error)
}

// Request is what is to be measured.
type Request struct {
	Community string
	Scope     Scope
	Group     string // at Scope Group, the only one asked for; "" is all of them
	Window    Window
	Span      Window         // from the first to the last day of all windows that are computed together
	Zone      *time.Location // of the workspace
	Now       time.Time

	shared map[string]any
}

// Shared returns what f loads, once for all metrics and windows that are computed
// together and name it alike: several of them are often read off the same rows.
// What depends on the window has it in its name.
func Shared[T any](r Request, name string, f func() (T, error)) (T, error) {
	if v, ok := r.shared[name].(T); ok {
		return v, nil
	}
	v, err := f()
	if err == nil && r.shared != nil {
		r.shared[name] = v
	}
	return v, err
}

// Rate reports whether values are shares, which are shown in per cent.
func (d Definition) Rate() bool { return d.UnitKey == "" }

// Judged reports whether values are held against a threshold.
func (d Definition) Judged() bool { return d.Comparator != "" }

// In reports whether the metric exists at scope.
func (d Definition) In(s Scope) bool { return slices.Contains(d.Scopes, s) }

func (d Definition) takes(w Window) bool {
	return len(d.Windows) == 0 || slices.Contains(d.Windows, w.Kind)
}

func (d Definition) check() error {
	switch {
	case d.Key == "" || d.NameKey == "" || d.FormulaKey == "":
		return fmt.Errorf("metric %q: key, name and formula are needed", d.Key)
	case d.Version < 1:
		return fmt.Errorf("metric %s: versions start at 1", d.Key)
	case d.Compute == nil || len(d.Scopes) == 0:
		return fmt.Errorf("metric %s: says neither how nor for what it is computed", d.Key)
	case d.Comparator != "" && !slices.Contains([]Comparator{Above, AtLeast, Below, AtMost}, d.Comparator):
		return fmt.Errorf("metric %s: there is no comparator %q", d.Key, d.Comparator)
	}
	return nil
}

// finish turns what was measured into a judged value.
func (d Definition) finish(v Value, r Request) Value {
	v.Key, v.DefinitionVersion = d.Key, d.Version
	v.WindowStart, v.WindowEnd = r.Window.Bounds(r.Zone)
	v.ComputedAt = r.Now.In(r.Zone)
	if v.Sources == nil {
		v.Sources = []string{}
	}
	if d.Judged() {
		v.Comparator, v.Threshold = d.Comparator, Number(d.Threshold)
	}
	if v.Numerator == nil || v.Denominator == nil || *v.Denominator == 0 {
		v.Value, v.Status, v.Reason = nil, NoData, ""
		return v
	}
	v.Value = Number(*v.Numerator / *v.Denominator)
	v.Status, v.Reason = d.judge(v, r)
	return v
}

// judge gives the first reason against a judgement, or the judgement.
func (d Definition) judge(v Value, r Request) (Status, Reason) {
	sample := v.Denominator
	if v.Sample != nil {
		sample = v.Sample
	}
	switch {
	case v.Full:
		return Insufficient, Full
	case r.Window.Running(r.Now, r.Zone):
		return Insufficient, Partial
	case v.Coverage < MinCoverage:
		return Insufficient, Coverage
	case *sample < d.MinSample:
		return Insufficient, Sample
	case !d.Judged() || d.Days != 0 && r.Window.Days() != d.Days:
		return "", ""
	case d.Comparator.Holds(*v.Numerator, *v.Denominator, d.Threshold):
		return Pass, ""
	}
	return Fail, ""
}

// Holds judges numerator ÷ denominator against threshold. All three are taken
// for the decimal numbers they are written as, so that 105/7 is not more than 15
// and 9/300 not more than 0.03, whatever a float makes of them. The denominator
// is not 0.
func (c Comparator) Holds(numerator, denominator, threshold float64) bool {
	value := new(big.Rat).Quo(exact(numerator), exact(denominator))
	switch order := value.Cmp(exact(threshold)); c {
	case Above:
		return order > 0
	case AtLeast:
		return order >= 0
	case Below:
		return order < 0
	case AtMost:
		return order <= 0
	}
	return false
}

// exact is the number that f's shortest decimal writes.
func exact(f float64) *big.Rat {
	r, ok := new(big.Rat).SetString(strconv.FormatFloat(f, 'f', -1, 64))
	if !ok { // infinite or not a number: a Compute function's mistake
		return new(big.Rat)
	}
	return r
}
