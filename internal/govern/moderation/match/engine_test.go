package match

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"

	"github.com/qunzhu/qunzhu/internal/govern/moderation/lexicon"
)

func engine(tb testing.TB, words ...lexicon.Word) *Engine {
	tb.Helper()
	e, err := NewEngine(lexicon.List{Name: "test", Words: words})
	if err != nil {
		tb.Fatal(err)
	}
	return e
}

var (
	wordGamble = lexicon.Word{Text: "网上赌场", Category: "gambling", Level: lexicon.LevelRecall}
	wordCasino = lexicon.Word{Text: "赌场", Category: "gambling", Level: lexicon.LevelWarn}
	wordHint   = lexicon.Word{Text: "互粉", Category: "ad", Level: lexicon.LevelHint}
)

func TestCheck(t *testing.T) {
	e := engine(t, wordGamble, wordCasino, wordHint)
	tests := []struct {
		text string
		want Verdict
	}{
		{"你好", Verdict{Reasons: []Reason{}}},
		{"", Verdict{Reasons: []Reason{}}},
		{"来互粉", Verdict{true, 1, 0.3, []Reason{{"keyword", "ad", "互粉", "exact", 3, 9}}}},
		{"网上~赌场", Verdict{true, 3, 0.765, []Reason{{"keyword", "gambling", "网上赌场", "fold", 0, 13}}}},
		{"赌场 加v abc123", Verdict{true, 2, 0.84, []Reason{
			{"keyword", "gambling", "赌场", "exact", 0, 6},
			{"contact", "contact", "加v abc123", "wechat", 7, 18},
		}}},
		{"13812345678", Verdict{false, 0, 0.2, []Reason{{"contact", "contact", "13812345678", "phone", 0, 11}}}},
	}
	for _, tt := range tests {
		if got := e.Check(tt.text); !reflect.DeepEqual(got, tt.want) {
			t.Errorf("Check(%q)\n got %+v\nwant %+v", tt.text, got, tt.want)
		}
	}
}

func TestReplaceKeepsTheOldListsOnError(t *testing.T) {
	e := engine(t, wordHint)
	if err := e.Replace(lexicon.List{Words: []lexicon.Word{{Text: ""}}}); err == nil {
		t.Fatal("an empty word was accepted")
	}
	if !e.Check("互粉").Flagged {
		t.Error("the old list is gone")
	}
	if err := e.Replace(lexicon.List{Words: []lexicon.Word{wordCasino}}); err != nil {
		t.Fatal(err)
	}
	if e.Check("互粉").Flagged || !e.Check("赌场").Flagged {
		t.Error("the new list is not in force")
	}
}

func TestModerate(t *testing.T) {
	in := "你好\r\n\n来互粉<b>\n\xff赌场"
	var out bytes.Buffer
	if err := Moderate(t.Context(), strings.NewReader(in), &out, engine(t, wordCasino, wordHint)); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
	want := []string{
		`{"flagged":false,"level":0,"score":0,"reasons":[]}`,
		`{"flagged":false,"level":0,"score":0,"reasons":[]}`,
		`{"flagged":true,"level":1,"score":0.3,"reasons":[{"check":"keyword","category":"ad","word":"互粉","layer":"exact","start":3,"end":9}]}`,
		`{"flagged":true,"level":2,"score":0.6,"reasons":[{"check":"keyword","category":"gambling","word":"赌场","layer":"exact","start":1,"end":7}]}`,
	}
	if !reflect.DeepEqual(lines, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(lines, "\n"), strings.Join(want, "\n"))
	}
}

func TestModerateLimitsLines(t *testing.T) {
	e := engine(t, wordHint)
	longest := strings.Repeat("a", MaxLine)
	if err := Moderate(t.Context(), strings.NewReader(longest+"\r\nb\n"), io.Discard, e); err != nil {
		t.Errorf("the longest line is refused: %v", err)
	}
	var out bytes.Buffer
	err := Moderate(t.Context(), strings.NewReader("ok\n"+longest+"a\n"), &out, e)
	if err == nil || !strings.Contains(err.Error(), "line 2") || !strings.Contains(err.Error(), "1 MiB") {
		t.Errorf("error %v, want one naming line 2 and the limit", err)
	}
	if strings.Count(out.String(), "\n") != 1 {
		t.Errorf("verdicts before the bad line are lost: %q", out.String())
	}
}

// TestModerateAnswersAtOnce writes one line and waits for its verdict before
// the input ends, as a program on the other end of a pipe does.
func TestModerateAnswersAtOnce(t *testing.T) {
	in, feed := io.Pipe()
	read, out := io.Pipe()
	done := make(chan error, 1)
	e := engine(t, wordHint)
	go func() { done <- Moderate(t.Context(), in, out, e) }()
	if _, err := io.WriteString(feed, "互粉\n"); err != nil {
		t.Fatal(err)
	}
	var v Verdict
	if err := json.NewDecoder(read).Decode(&v); err != nil || !v.Flagged {
		t.Fatalf("verdict %+v, error %v", v, err)
	}
	feed.Close()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}

func TestModerateStops(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := Moderate(ctx, strings.NewReader("a\n"), io.Discard, engine(t)); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want canceled", err)
	}
}
