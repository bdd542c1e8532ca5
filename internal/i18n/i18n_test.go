package i18n_test

import (
	"errors"
	"math/big"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"pgregory.net/rapid"

	"github.com/qunzhu/qunzhu/internal/fault"
	"github.com/qunzhu/qunzhu/internal/i18n"
)

var shanghai = time.FixedZone("Asia/Shanghai", 8*3600)

func catalog(t *testing.T, zh, en string) *i18n.Catalog {
	t.Helper()
	c, err := i18n.Load(fstest.MapFS{
		"locale/zh-CN.json": {Data: []byte(zh)},
		"locale/en.json":    {Data: []byte(en)},
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestTranslate(t *testing.T) {
	c := catalog(t,
		`{"task.left": "还有 {0} 件", "hello": "你好 {name}, {0}"}`,
		`{"task.left": {"one": "{0} task left", "other": "{0} tasks left"}, "hello": "Hello {name}, {0}"}`)
	zh, en := c.Printer(i18n.Chinese, shanghai), c.Printer(i18n.English, shanghai)
	for _, tt := range []struct{ got, want string }{
		{zh.T("task.left", 1), "还有 1 件"},
		{en.T("task.left", 1), "1 task left"},
		{en.T("task.left", int64(12345)), "12,345 tasks left"},
		{en.T("hello", i18n.Args{"name": "李敏 {0}"}), "Hello 李敏 {0}, {0}"},
		{en.T("hello"), "Hello {name}, {0}"},
		{en.T("no.such"), "⟦no.such⟧"},
	} {
		if tt.got != tt.want {
			t.Errorf("got %q, want %q", tt.got, tt.want)
		}
	}
	if got := c.Missing(); !slices.Equal(got, []string{"en no.such"}) {
		t.Errorf("Missing() = %v", got)
	}
}

func TestLoadRefuses(t *testing.T) {
	for name, files := range map[string]fstest.MapFS{
		"unknown language": {"locale/fr.json": {Data: []byte(`{}`)}},
		"not JSON":         {"locale/en.json": {Data: []byte(`{"a"`)}},
		"nested":           {"locale/en.json": {Data: []byte(`{"a": {"b": "c"}}`)}},
		"no other":         {"locale/en.json": {Data: []byte(`{"a": {"one": "c"}}`)}},
		"number":           {"locale/en.json": {Data: []byte(`{"a": 1}`)}},
		"taken key":        {"locale/en.json": {Data: []byte(`{"time.now": "now"}`)}},
	} {
		if _, err := i18n.Load(files); err == nil {
			t.Errorf("%s: loaded", name)
		}
	}
}

func TestGaps(t *testing.T) {
	c := catalog(t, `{"a": "甲 {0}", "b": "乙"}`, `{"a": "A {1}"}`)
	want := []string{"a: placeholders differ", "b: en is missing"}
	if got := c.Gaps(); !slices.Equal(got, want) {
		t.Errorf("Gaps() = %q, want %q", got, want)
	}
	if got := catalog(t, `{}`, `{}`).Gaps(); len(got) != 0 {
		t.Errorf("own catalogs have gaps: %q", got)
	}
}

func TestFormats(t *testing.T) {
	c := catalog(t, `{}`, `{}`)
	zh, en := c.Printer(i18n.Chinese, shanghai), c.Printer(i18n.English, shanghai)
	at := time.Date(2025, 11, 22, 12, 33, 9, 0, time.UTC)
	for _, tt := range []struct{ name, got, want string }{
		{"number", zh.Number(-1204), "−1,204"},
		{"decimal", zh.Decimal(36.45, 1), "36.5"},
		{"minus nothing", zh.Decimal(-0.04, 1), "0.0"},
		{"percent", zh.Percent(12, 427), "2.8%"},
		{"percent half up", zh.Percent(5, 10000), "0.1%"},
		{"percent of nothing", zh.Percent(3, 0), "—"},
		{"negative percent", zh.Percent(-16, 1000), "−1.6%"},
		{"delta", zh.Delta(121, 1000), "+12.1%"},
		{"compact", zh.Compact(123_456), "12.3 万"},
		{"compact en", en.Compact(123_456), "123.5k"},
		{"money", zh.Money(123450), "¥1,234.50"},
		{"money below nothing", zh.Money(-5), "−¥0.05"},
		{"duration", zh.Duration(3*time.Minute + 12*time.Second), "3 分 12 秒"},
		{"duration en", en.Duration(50 * time.Hour), "2 d 2 h"},
		{"duration zero", zh.Duration(0), "0 秒"},
		{"duration skips nothing", zh.Duration(24*time.Hour + 5*time.Minute), "1 天"},
		{"countdown", zh.Countdown(3*time.Minute + 2*time.Second), "3:02"},
		{"countdown long", zh.Countdown(-(time.Hour + 2*time.Minute)), "−1:02:00"},
		{"countdown of days", zh.Countdown(-50 * time.Hour), "−2 天 2 小时"},
		{"date", zh.Date(at), "2025-11-22"},
		{"zone", zh.DateTime(at), "2025-11-22 20:33"},
		{"day", zh.Day(at), "11 月 22 日 周六"},
		{"day en", en.Day(at), "Sat 22 Nov"},
		{"zero time", zh.DateTime(time.Time{}), "—"},
		{"ago", zh.Relative(at, at.Add(12*time.Second)), "12 秒前"},
		{"in", en.Relative(at.Add(3*time.Minute), at), "in 3 min"},
		{"long ago", en.Relative(at, at.AddDate(0, 3, 0)), "2025-11-22"},
	} {
		if tt.got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, tt.got, tt.want)
		}
	}
}

// TestPercentIsExact holds the rounding against exact fractions.
func TestPercentIsExact(t *testing.T) {
	p := catalog(t, `{}`, `{}`).Printer(i18n.English, nil)
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Int64Range(0, 1<<40).Draw(t, "numerator")
		d := rapid.Int64Range(1, 1<<40).Draw(t, "denominator")
		// half-up to a tenth of a percent: floor((2000 n + d) / 2 d)
		num := new(big.Int).Add(new(big.Int).Mul(big.NewInt(n), big.NewInt(2000)), big.NewInt(d))
		tenths := num.Div(num, new(big.Int).Mul(big.NewInt(d), big.NewInt(2)))
		digits := strings.NewReplacer(",", "", ".", "", "%", "").Replace(p.Percent(n, d))
		got, ok := new(big.Int).SetString(digits, 10)
		if !ok || got.Cmp(tenths) != 0 {
			t.Fatalf("Percent(%d, %d) = %s, want %s tenths", n, d, p.Percent(n, d), tenths)
		}
	})
}

func TestNegotiate(t *testing.T) {
	for _, tt := range []struct {
		url, cookie, accept string
		want                i18n.Lang
	}{
		{"/", "", "", i18n.Chinese},
		{"/", "", "en-GB,en;q=0.9,zh;q=0.8", i18n.English},
		{"/", "", "fr, zh;q=0.8, en;q=0.7", i18n.Chinese},
		{"/", "", "fr", i18n.Chinese},
		{"/", "en", "zh-CN", i18n.English},
		{"/?lang=zh-TW", "en", "en", i18n.Chinese},
		{"/?lang=xx", "en", "zh", i18n.English},
	} {
		r := httptest.NewRequest("GET", tt.url, nil)
		r.Header.Set("Accept-Language", tt.accept)
		if tt.cookie != "" {
			r.Header.Set("Cookie", i18n.Cookie+"="+tt.cookie)
		}
		if got := i18n.Negotiate(r); got != tt.want {
			t.Errorf("%+v: got %s", tt, got)
		}
	}
}

func TestFaults(t *testing.T) {
	p := catalog(t, `{"form.max": "最多 {0} 个字"}`, `{"form.max": "at most {0} characters"}`).Printer(i18n.English, nil)
	err := fault.InvalidField("name", "form.max", 80)
	if got := p.Fields(err); len(got) != 1 || got[0] != (i18n.FieldText{Name: "name", Text: "at most 80 characters"}) {
		t.Errorf("Fields() = %v", got)
	}
	if got := p.Fault(errors.New("dial tcp 10.0.0.1: secret")); strings.Contains(got, "secret") {
		t.Errorf("the cause is shown: %q", got)
	}
}

func FuzzTemplates(f *testing.F) {
	f.Add("{0} {name} {", "x")
	f.Add("{{0}}", "y")
	f.Add("{}", "{0}")
	f.Fuzz(func(t *testing.T, text, value string) {
		c, err := i18n.Load(fstest.MapFS{"locale/en.json": {Data: quoted(text)}})
		if err != nil {
			t.Skip("not a JSON text")
		}
		out := c.Printer(i18n.English, nil).T("k", value)
		if want := strings.ReplaceAll(text, "{0}", value); out != want {
			t.Errorf("T(%q, %q) = %q, want %q", text, value, out, want)
		}
	})
}

func quoted(text string) []byte {
	b := []byte(`{"k": "`)
	for _, r := range text {
		if r < ' ' || r == '"' || r == '\\' || r == '\uFFFD' {
			return nil
		}
		b = append(b, string(r)...)
	}
	return append(b, `"}`...)
}
