package ui

import (
	"math"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestName(t *testing.T) {
	for in, want := range map[string]string{
		"李敏":                               "李敏",
		"  a \n\t b  ":                     "a b",
		"\u202Egpj.exe\u202C":              "gpj.exe",
		"a\u200Bb\uFEFF":                   "ab",
		"👨\u200D👩\u200D👧":                  "👨\u200D👩\u200D👧",
		"\u3164\u2800":                     "—",
		"":                                 "—",
		"\u200D":                           "\u200D",
		"Z" + strings.Repeat("\u0335", 40): "Z\u0335\u0335",
		strings.Repeat("长", 70):            strings.Repeat("长", 60) + "…",
	} {
		if got := Name(in); got != want {
			t.Errorf("Name(%q) = %q, want %q", in, got, want)
		}
	}
}

func FuzzName(f *testing.F) {
	f.Add("\u202E<b>\x00")
	f.Add("\xff\xfe")
	f.Add("a\u0301\u0302\u0303")
	f.Fuzz(func(t *testing.T, s string) {
		got := Name(s)
		if got == "" || !utf8.ValidString(got) || utf8.RuneCountInString(got) > 4*maxName || strings.ContainsAny(got, "\u202E\u2066\r\n\x00") {
			t.Errorf("Name(%q) = %q", s, got)
		}
		if Name(got) != got && !strings.HasSuffix(got, "…") {
			t.Errorf("Name is not stable on %q: %q, then %q", s, got, Name(got))
		}
	})
}

func TestParts(t *testing.T) {
	text := "加+薇 abc 低价"
	parts := Parts(text, []Span{{Start: 0, End: 7}, {Start: 5, End: 9}, {Start: 12, End: 18}, {Start: 13, End: 99}, {Start: 1, End: 2}})
	var marked []string
	var whole strings.Builder
	for _, p := range parts {
		whole.WriteString(p.Text)
		if p.Marked {
			marked = append(marked, p.Text)
		}
	}
	if whole.String() != text || len(marked) != 2 || marked[0] != "加+薇" || marked[1] != "低价" {
		t.Errorf("%q marks %q", whole.String(), marked)
	}
}

// TestPartsKeepTheText: whatever the spans say, no letter is lost or doubled.
func TestPartsKeepTheText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.String().Draw(t, "text")
		spans := rapid.SliceOf(rapid.Custom(func(t *rapid.T) Span {
			return Span{Start: rapid.IntRange(-3, 40).Draw(t, "start"), End: rapid.IntRange(-3, 40).Draw(t, "end")}
		})).Draw(t, "spans")
		var b strings.Builder
		for _, p := range Parts(text, spans) {
			if !utf8.ValidString(p.Text) {
				t.Fatalf("a character was cut: %q", p.Text)
			}
			b.WriteString(p.Text)
		}
		if b.String() != text {
			t.Fatalf("%q became %q", text, b.String())
		}
	})
}

func TestTrendHasGapsNotZeros(t *testing.T) {
	trend := Trend{Running: true, Points: []Point{
		{Label: "1", Value: Value(3)}, {Label: "2", Value: Value(4)}, {Label: "3"}, {Label: "4", Value: Value(5)},
		{Label: "5", Value: Value(6)}, {Label: "6", Value: Value(1)},
	}}
	for _, c := range trend.Charts() {
		if len(c.Lines) != 2 || len(c.Marks) != 5 {
			t.Errorf("%s: %d lines and %d marks, want 2 and 5", c.Class, len(c.Lines), len(c.Marks))
		}
		last := c.Marks[len(c.Marks)-1]
		if !last.Hollow || strings.Contains(strings.Join(c.Lines, " "), coord(last.X)+",") {
			t.Errorf("%s: the running period is drawn as a complete one", c.Class)
		}
	}
	numbers := trend.Numbers()
	if numbers[2].Value != "—" || numbers[3].Value != "5" || !numbers[5].Hollow {
		t.Errorf("numbers: %+v", numbers)
	}
}

// TestTrendStaysInside: everything drawn lies inside the picture.
func TestTrendStaysInside(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.Ptr(rapid.Float64Range(-1e9, 1e9), true)
		var trend Trend
		for _, v := range rapid.SliceOfN(value, 0, 60).Draw(t, "values") {
			trend.Points = append(trend.Points, Point{Value: v})
		}
		trend.Threshold = &Line{From: rapid.Float64Range(-10, 1e6).Draw(t, "threshold"), To: 3}
		for _, c := range trend.Charts() {
			for _, m := range append(append(c.Marks, c.Rows...), Mark{X: c.Left, Y: c.Threshold.Y1}, Mark{X: c.Right, Y: c.Threshold.Y2}) {
				if math.IsNaN(m.Y) || m.Y < 0 || m.Y > chartHeight || m.X < 0 || m.X > float64(c.Width) {
					t.Fatalf("outside: %+v", m)
				}
			}
			if len(c.Rows) < 2 || len(c.Rows) > 14 {
				t.Fatalf("%d values on the axis", len(c.Rows))
			}
		}
	})
}

func TestSpark(t *testing.T) {
	lines := Spark{Values: []*float64{Value(1), Value(2), nil, Value(3), nil}}.Lines()
	if len(lines) != 2 {
		t.Errorf("lines: %q", lines)
	}
	if got := (Spark{}).Lines(); got != nil {
		t.Errorf("an empty spark draws %q", got)
	}
}

func TestFunnel(t *testing.T) {
	rows := Funnel{{Label: "a", Count: 200, Known: true}, {Label: "b"}, {Label: "c", Count: 50, Known: true}, {Label: "d", Count: 25, Known: true}}.Rows()
	if rows[0].Width != 100 || rows[2].Width != 25 || rows[2].Before != 0 || rows[3].Before != 50 {
		t.Errorf("%+v", rows)
	}
}

func TestSorter(t *testing.T) {
	u, _ := url.Parse("/groups?sort=members&dir=desc&cursor=x&q=a")
	s := NewSorter(u, "name", false, "name", "members")
	if c := s.Column("成员", "members", true); c.Sorted != "descending" || c.SortHref != "/groups?dir=asc&q=a&sort=members" {
		t.Errorf("%+v", c)
	}
	if c := s.Column("名称", "name", false); c.Sorted != "" || c.SortHref != "/groups?dir=asc&q=a&sort=name" {
		t.Errorf("%+v", c)
	}
	u.RawQuery = "sort=password"
	if s := NewSorter(u, "name", false, "name"); s.Field != "name" {
		t.Errorf("an unknown field sorts: %+v", s)
	}
	if got := With(u, "sort", ""); got != "/groups" {
		t.Errorf("With: %q", got)
	}
}

func TestHeatLevel(t *testing.T) {
	for share, want := range map[float64]int{0: 0, -1: 0, .04: 0, .06: 1, .5: 5, 1: 10, 7: 10} {
		if got := level(share); got != want {
			t.Errorf("level(%v) = %d, want %d", share, got, want)
		}
	}
	if level(math.NaN()) != 0 {
		t.Error("what is not a number has a colour")
	}
}
