package metric_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/qunzhu/qunzhu/internal/clock"
	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/fault"
	"github.com/qunzhu/qunzhu/internal/metric"
)

var (
	shanghai = time.FixedZone("CST", 8*3600)
	// now is Monday of ISO week 2026-W48, 00:30 in Shanghai and still Sunday in UTC.
	now = time.Date(2026, 11, 23, 0, 30, 0, 0, shanghai)
)

func TestWindows(t *testing.T) {
	for _, c := range []struct{ text, from, to, before string }{
		{"7d", "2026-11-16", "2026-11-22", "2026-11-09/2026-11-15"},
		{"1d", "2026-11-22", "2026-11-22", "2026-11-21/2026-11-21"},
		{"2026-W47", "2026-11-16", "2026-11-22", "2026-11-09/2026-11-15"},
		{"2026-W48", "2026-11-23", "2026-11-29", "2026-11-16/2026-11-22"},
		{"2026-W01", "2025-12-29", "2026-01-04", "2025-12-22/2025-12-28"},
		{"2020-W53", "2020-12-28", "2021-01-03", "2020-12-21/2020-12-27"},
		{"2024-02", "2024-02-01", "2024-02-29", "2024-01-01/2024-01-31"},
	} {
		w, err := metric.ParseWindow(c.text, now, shanghai)
		if err != nil {
			t.Errorf("%s: %v", c.text, err)
			continue
		}
		p := w.Previous()
		if w.Text != c.text || w.From != c.from || w.To != c.to || p.From+"/"+p.To != c.before {
			t.Errorf("%s: %+v after %+v", c.text, w, p)
		}
		if got, want := w.Running(now, shanghai), c.text == "2026-W48"; got != want {
			t.Errorf("%s: running %v", c.text, got)
		}
	}
	for _, text := range []string{"", "7", "0d", "999d", "2026-W00", "2026-W54", "2025-W53", "2026-W49", "2026-12", "2026-13", "d7", strings.Repeat("9", 1000) + "d"} {
		if w, err := metric.ParseWindow(text, now, shanghai); !fault.Is(err, fault.Invalid) {
			t.Errorf("%.20q gave %+v, %v", text, w, err)
		}
	}
}

func TestAWeekOfChangedClocksHasItsBounds(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	w, err := metric.ParseWindow("2026-W43", now, berlin)
	if err != nil {
		t.Fatal(err)
	}
	start, end := w.Bounds(berlin)
	if hours := end.Sub(start).Hours(); w.Days() != 7 || len(w.Dates()) != 7 || hours != 169 {
		t.Errorf("%d days of %v hours", w.Days(), hours)
	}
}

func TestWeeksEndWithTheRunningOne(t *testing.T) {
	var texts []string
	for _, w := range metric.Weeks(3, now, shanghai) {
		texts = append(texts, w.Text)
	}
	if fmt.Sprint(texts) != "[2026-W46 2026-W47 2026-W48]" {
		t.Error(texts)
	}
}

func FuzzParseWindow(f *testing.F) {
	for _, s := range []string{"7d", "2026-W47", "2026-11", "2020-W53", "0d", "\x00", "2026-W99"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		w, err := metric.ParseWindow(s, now, shanghai)
		if err != nil {
			return
		}
		if w.From > w.To || len(w.Dates()) != w.Days() || w.Previous().To >= w.From {
			t.Errorf("%q gave %+v", s, w)
		}
	})
}

// TestComparatorsAreExact holds the examples of docs/definitions.md A6 and §0.2.3.
func TestComparatorsAreExact(t *testing.T) {
	for _, c := range []struct {
		n, d      float64
		c         metric.Comparator
		threshold float64
		want      bool
	}{
		{105, 7, metric.Above, 15, false},
		{106, 7, metric.Above, 15, true},
		{9, 300, metric.Above, 0.03, false},
		{10, 300, metric.Above, 0.03, true},
		{9, 300, metric.AtMost, 0.03, true},
		{9, 300, metric.AtLeast, 0.03, true},
		{300, 1, metric.Below, 300, false},
		{299.9, 1, metric.Below, 300, true},
		{20, 80, metric.Above, 0.25, false},
		{-3, 100, metric.Above, 0.03, false},
		{7, 70, metric.AtLeast, 0.1, true}, // 0.1 is no float
	} {
		if got := c.c.Holds(c.n, c.d, c.threshold); got != c.want {
			t.Errorf("%v/%v %s %v is %v", c.n, c.d, c.c, c.threshold, got)
		}
	}
}

func TestJudgementsAreThoseOfWholeNumbers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n, d := rapid.Int64Range(-1000, 1_000_000).Draw(t, "n"), rapid.Int64Range(1, 100_000).Draw(t, "d")
		thousandths := rapid.Int64Range(0, 20_000).Draw(t, "threshold")
		left, right := new(big.Int).Mul(big.NewInt(n), big.NewInt(1000)), new(big.Int).Mul(big.NewInt(thousandths), big.NewInt(d))
		order := left.Cmp(right)
		for c, want := range map[metric.Comparator]bool{metric.Above: order > 0, metric.AtLeast: order >= 0, metric.Below: order < 0, metric.AtMost: order <= 0} {
			if got := c.Holds(float64(n), float64(d), float64(thousandths)/1000); got != want {
				t.Fatalf("%d/%d %s %d/1000 is %v", n, d, c, thousandths, got)
			}
		}
	})
}

// measured is a definition that measures what it is given.
func measured(v metric.Value) metric.Definition {
	return metric.Definition{
		Key: "m", NameKey: "m", FormulaKey: "m", Version: 3, Comparator: metric.Above, Threshold: 0.03, MinSample: 30, Days: 7,
		Scopes: []metric.Scope{metric.Group, metric.Community},
		Compute: func(context.Context, db.Q, metric.Request) (map[string]metric.Value, error) {
			return map[string]metric.Value{"": v, "g": v}, nil
		},
	}
}

func registry(t *testing.T, definitions ...metric.Definition) *metric.Registry {
	t.Helper()
	r := metric.NewRegistry(clock.NewDomain(now), shanghai)
	if err := r.Register(definitions...); err != nil {
		t.Fatal(err)
	}
	return r
}

func TestWhatIsNotJudgedSaysWhy(t *testing.T) {
	value := func(n, d, coverage float64) metric.Value {
		return metric.Value{Numerator: &n, Denominator: &d, Coverage: coverage}
	}
	full := value(10, 300, 1)
	full.Full = true
	sampled := value(10, 300, 1)
	sampled.Sample = metric.Number(29)
	for _, c := range []struct {
		name, window string
		v            metric.Value
		status       metric.Status
		reason       metric.Reason
		known        bool
	}{
		{"passes", "7d", value(10, 300, 1), metric.Pass, "", true},
		{"fails at the threshold", "7d", value(9, 300, 1), metric.Fail, "", true},
		{"no denominator", "7d", value(9, 0, 1), metric.NoData, "", false},
		{"unknown", "7d", metric.Value{}, metric.NoData, "", false},
		{"small sample", "7d", value(9, 29, 1), metric.Insufficient, metric.Sample, true},
		{"sample beside the denominator", "7d", sampled, metric.Insufficient, metric.Sample, true},
		{"smallest sample", "7d", value(9, 30, 1), metric.Pass, "", true},
		{"coverage just enough", "7d", value(10, 300, 0.8), metric.Pass, "", true},
		{"too little coverage", "7d", value(10, 300, 0.7999), metric.Insufficient, metric.Coverage, true},
		{"running", "2026-W48", value(10, 300, 1), metric.Insufficient, metric.Partial, true},
		{"no room to grow", "7d", full, metric.Insufficient, metric.Full, true},
		{"a threshold for other periods", "14d", value(10, 300, 1), "", "", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := registry(t, measured(c.v))
			w, err := r.Window(c.window)
			if err != nil {
				t.Fatal(err)
			}
			got, err := r.ComputeCommunity(t.Context(), nil, nil, "c", w)
			if err != nil || len(got) != 1 {
				t.Fatal(got, err)
			}
			if v := got[0]; v.Status != c.status || v.Reason != c.reason || (v.Value != nil) != c.known {
				t.Errorf("status %q, reason %q, value %v", v.Status, v.Reason, v.Value)
			}
		})
	}
}

func TestAValueSaysEverythingInJSON(t *testing.T) {
	r := registry(t, measured(metric.Value{Numerator: metric.Number(10), Denominator: metric.Number(400), Coverage: 1}))
	w, err := r.Window("7d")
	if err != nil {
		t.Fatal(err)
	}
	got, err := r.ComputeGroups(t.Context(), nil, []string{"m"}, "c", w)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(got["g"][0])
	if err != nil {
		t.Fatal(err)
	}
	want := `{"key":"m","name":"","value":0.025,"numerator":10,"denominator":400,"comparator":"\u003e","threshold":0.03,"status":"fail","reason":null,` +
		`"window_start":"2026-11-16T00:00:00+08:00","window_end":"2026-11-23T00:00:00+08:00","coverage":1,"sources":[],"definition_version":3,"computed_at":"2026-11-23T00:30:00+08:00"}`
	if string(text) != want {
		t.Errorf("%s\nwant\n%s", text, want)
	}
}

func TestAGroupThatAMetricDoesNotKnowHasNoData(t *testing.T) {
	other := measured(metric.Value{})
	other.Key = "other"
	other.Compute = func(context.Context, db.Q, metric.Request) (map[string]metric.Value, error) { return nil, nil }
	r := registry(t, measured(metric.Value{Numerator: metric.Number(1), Denominator: metric.Number(100), Coverage: 1}), other)
	w := metric.LastDays(7, now, shanghai)
	for _, group := range []string{"g", "unheard of"} {
		got, err := r.ComputeGroup(t.Context(), nil, nil, "c", group, w)
		if err != nil || len(got) != 2 || got[1].Status != metric.NoData || got[1].Key != "other" {
			t.Errorf("%s: %+v, %v", group, got, err)
		}
	}
}

func TestWhatMetricsShareIsLoadedOnce(t *testing.T) {
	loads := 0
	share := func(key string) metric.Definition {
		d := measured(metric.Value{})
		d.Key = key
		d.Compute = func(_ context.Context, _ db.Q, r metric.Request) (map[string]metric.Value, error) {
			_, err := metric.Shared(r, "rows", func() (int, error) { loads++; return 7, nil })
			return nil, err
		}
		return d
	}
	r := registry(t, share("a"), share("b"))
	for range 2 {
		if _, err := r.ComputeCommunity(t.Context(), nil, nil, "c", metric.LastDays(7, now, shanghai)); err != nil {
			t.Fatal(err)
		}
	}
	if loads != 2 {
		t.Errorf("loaded %d times in 2 computations", loads)
	}
}

func TestTheRegistryRefuses(t *testing.T) {
	good := measured(metric.Value{})
	for name, change := range map[string]func(*metric.Definition){
		"no key":       func(d *metric.Definition) { d.Key = "" },
		"no version":   func(d *metric.Definition) { d.Version = 0 },
		"no scope":     func(d *metric.Definition) { d.Scopes = nil },
		"no way":       func(d *metric.Definition) { d.Compute = nil },
		"a comparator": func(d *metric.Definition) { d.Comparator = "=" },
	} {
		d := good
		change(&d)
		if err := metric.NewRegistry(clock.Real{}, time.UTC).Register(d); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
	r := registry(t, good)
	if err := r.Register(good); err == nil {
		t.Error("a key was taken twice")
	}
	good.Key, good.Scopes, good.Windows = "weekly", []metric.Scope{metric.Group}, []metric.WindowKind{metric.Week}
	if err := r.Register(good); err != nil {
		t.Fatal(err)
	}
	w := metric.LastDays(7, now, shanghai)
	for _, keys := range [][]string{{"unknown"}, {"weekly"}} {
		if _, err := r.ComputeCommunity(t.Context(), nil, keys, "c", w); !fault.Is(err, fault.Invalid) {
			t.Errorf("%v: %v", keys, err)
		}
	}
	if _, err := r.ComputeGroups(t.Context(), nil, []string{"weekly"}, "c", w); !fault.Is(err, fault.Invalid) {
		t.Errorf("a window that does not fit: %v", err)
	}
	list := r.List()
	if !slices.ContainsFunc(list, func(d metric.Definition) bool { return d.Key == "weekly" }) || list[0].Key != "m" {
		t.Error(list)
	}
}
