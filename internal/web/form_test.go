package web

import (
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/qunzhu/qunzhu/internal/fault"
)

type kind string

type sample struct {
	Name   string    `form:"name" validate:"required,max=5,line"`
	Kind   kind      `form:"kind" validate:"oneof=a|b"`
	Count  int64     `form:"count" validate:"min=1,max=10"`
	Rate   float64   `form:"rate"`
	Agree  bool      `form:"agree" validate:"required"`
	Start  time.Time `form:"start"`
	Tags   []string  `form:"tags" validate:"max=2"`
	Mail   string    `form:"mail" validate:"email"`
	Link   string    `form:"link" validate:"url"`
	Next   string    `form:"next" validate:"local"`
	Ignore string
}

func TestFormDecodes(t *testing.T) {
	zone := time.FixedZone("", 8*3600)
	var got sample
	err := decodeForm(url.Values{
		"name": {"  群主甲  "}, "kind": {"b"}, "count": {"10"}, "rate": {"0.5"}, "agree": {"1"}, "start": {"2025-11-22"},
		"tags": {"x", " ", "y"}, "mail": {"a@b.cn"}, "link": {"https://a.cn/x"}, "next": {"/groups"}, "Ignore": {"x"},
	}, &got, zone)
	want := sample{
		Name: "群主甲", Kind: "b", Count: 10, Rate: .5, Agree: true, Start: time.Date(2025, 11, 22, 0, 0, 0, 0, zone),
		Tags: []string{"x", "y"}, Mail: "a@b.cn", Link: "https://a.cn/x", Next: "/groups",
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%v\ngot  %+v\nwant %+v", err, got, want)
	}
}

func TestFormComplains(t *testing.T) {
	good := url.Values{"name": {"甲"}, "agree": {"on"}}
	for _, tt := range []struct{ field, value, key string }{
		{"name", "", "form.required"},
		{"name", "六个字的名字", "form.max"},
		{"name", "a\nb", "form.line"},
		{"name", "a\x00b", "form.text"},
		{"name", "\xff", "form.text"},
		{"kind", "c", "form.oneof"},
		{"count", "0", "form.least"},
		{"count", "11", "form.most"},
		{"count", "1.5", "form.whole_number"},
		{"count", "99999999999999999999", "form.whole_number"},
		{"rate", "NaN", "form.number"},
		{"rate", "x", "form.number"},
		{"agree", "", "form.tick"},
		{"start", "22.11.2025", "form.date"},
		{"start", "9999-01-01", "form.date"},
		{"mail", "nobody", "form.email"},
		{"mail", "A <a@b.cn>", "form.email"},
		{"link", "javascript:alert(1)", "form.url"},
		{"next", "//evil.example", "form.local"},
		{"tags", strings.Repeat("x", 2001), "form.max"},
	} {
		values := url.Values{}
		for k, v := range good {
			values[k] = v
		}
		values.Set(tt.field, tt.value)
		err := decodeForm(values, &sample{}, time.UTC)
		fields := fault.As(err).Fields
		if !fault.Is(err, fault.Invalid) || len(fields) != 1 || fields[0].Name != tt.field || fields[0].Key != tt.key {
			t.Errorf("%s=%.20q: %v, want %s", tt.field, tt.value, err, tt.key)
		}
	}
	err := decodeForm(url.Values{"tags": {"a", "b", "c"}}, &sample{}, time.UTC)
	if n := len(fault.As(err).Fields); n != 3 {
		t.Errorf("%d fields are named, want name, agree and tags: %v", n, err)
	}
}

func TestFormRefusesWrongStructs(t *testing.T) {
	for name, dst := range map[string]any{
		"no pointer": sample{},
		"no struct":  new(int),
		"type": &struct {
			X []int `form:"x"`
		}{},
		"rule": &struct {
			X string `form:"x" validate:"requierd"`
		}{},
	} {
		if err := decodeForm(url.Values{"x": {"1"}}, dst, time.UTC); fault.As(err).Code != fault.Internal || err == nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestFormNeverAcceptsTooMuch holds the text limits against any input.
func TestFormNeverAcceptsTooMuch(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var got sample
		name := rapid.String().Draw(t, "name")
		err := decodeForm(url.Values{"name": {name}, "agree": {"1"}}, &got, time.UTC)
		if err == nil && (got.Name == "" || len([]rune(got.Name)) > 5 || strings.ContainsAny(got.Name, "\r\n\x00")) {
			t.Fatalf("%q was accepted as %q", name, got.Name)
		}
		if err != nil && got.Name != "" {
			t.Fatalf("%q was refused and kept", name)
		}
	})
}

func TestWholeRunes(t *testing.T) {
	text := "群主abc"
	for i := range len(text) + 1 {
		if got := wholeRunes(text[:i]); !strings.HasPrefix(text, got) || strings.ContainsRune(got, '\uFFFD') || i-len(got) > 3 {
			t.Errorf("cut at %d: %q", i, got)
		}
	}
}
