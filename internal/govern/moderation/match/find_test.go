package match

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/qunzhu/qunzhu/internal/govern/moderation/lexicon"
)

// wordList makes folded words of the texts; "=" before a text makes it exact,
// "!" makes it allowed.
func wordList(texts ...string) []lexicon.Word {
	words := make([]lexicon.Word, len(texts))
	for i, text := range texts {
		w := lexicon.Word{Category: lexicon.CategoryCustom, Level: lexicon.LevelWarn}
		text, exact := strings.CutPrefix(text, "=")
		if exact {
			w.Policy = lexicon.Exact
		}
		w.Text, w.Allow = strings.CutPrefix(text, "!")
		words[i] = w
	}
	return words
}

func compile(tb testing.TB, texts ...string) *Matcher {
	tb.Helper()
	m, err := Compile(wordList(texts...))
	if err != nil {
		tb.Fatal(err)
	}
	return m
}

// found writes the hits as "matched text/layer".
func found(m *Matcher, text string) []string {
	out := []string{}
	for _, h := range m.Find(nil, text) {
		out = append(out, text[h.Start:h.End]+"/"+h.Layer)
	}
	return out
}

func TestFind(t *testing.T) {
	tests := []struct {
		name  string
		words []string
		text  string
		want  []string
	}{
		{"plain", []string{"刷单"}, "招人刷单啦", []string{"刷单/exact"}},
		{"zero width", []string{"刷单"}, "招刷\u200b\u200d单", []string{"刷\u200b\u200d单/fold"}},
		{"full width and case", []string{"viagra"}, "买ＶＩagRA吗", []string{"ＶＩagRA/fold"}},
		{"traditional", []string{"赌场"}, "澳門賭場", []string{"賭場/fold"}},
		{"the word itself is traditional", []string{"賭場"}, "赌场", []string{"赌场/fold"}},
		{"emoji and punctuation", []string{"刷单"}, "刷😂。👍🏻单", []string{"刷😂。👍🏻单/fold"}},
		{"combining", []string{"刷单"}, "刷\u0336\ufe0f单", []string{"刷\u0336\ufe0f单/fold"}},
		{"enclosed", []string{"加v信"}, "加🆅信 加ⓥ信", []string{"加🆅信/fold", "加ⓥ信/fold"}},
		{"digits of other forms", []string{"加98群"}, "加９❽群", []string{"加９❽群/fold"}},
		{"eight noise characters", []string{"刷单"}, "刷" + strings.Repeat("~", MaxNoise) + "单", []string{"刷~~~~~~~~单/fold"}},
		{"nine noise characters", []string{"刷单"}, "刷" + strings.Repeat("~", MaxNoise+1) + "单", []string{}},
		{"hidden characters without limit", []string{"刷单"}, "刷" + strings.Repeat("\u200b", 50) + "单", []string{"刷" + strings.Repeat("\u200b", 50) + "单/fold"}},
		{"invalid bytes separate", []string{"刷单"}, "刷\xff单", []string{}},
		{"overlong form is no letter", []string{"=A刷"}, "\xe0\x81\x81刷", []string{}},
		{"overlapping and nested", []string{"网上赌场", "赌场", "场开"}, "网上赌场开", []string{"网上赌场/exact", "赌场/exact", "场开/exact"}},
		{"exact word", []string{"=刷单"}, "刷单 刷~单", []string{"刷单/exact"}},
		{"exact word with noise", []string{"=a.b?c"}, "xa.b?c a.b?c abc", []string{"a.b?c/exact"}},
		{"exact word that starts with noise", []string{"=?刷单!"}, "刷单! ?刷单!", []string{"?刷单!/exact"}},
		{"exact word with a long run of noise", []string{"=刷----------单"}, "刷----------单", []string{"刷----------单/exact"}},
		{"guard: digits only", []string{"6.4"}, "16.4 6.45 64 6.4", []string{"6.4/exact"}},
		{"guard: short Latin", []string{"AV"}, "save av AV1 看AV吗", []string{"AV/exact"}},
		{"guard: one character left", []string{"➕微"}, "上微软 ➕微", []string{"➕微/exact"}},
		{"boundary of Latin words", []string{"anal"}, "analysis canal anal a-n-a-l", []string{"anal/exact", "a-n-a-l/fold"}},
		{"one character", []string{"赌"}, "豪賭", []string{"賭/fold"}},
		{"symbols alone", []string{"🔞", "刷单"}, "🔞刷🔞单", []string{"🔞/exact", "刷🔞单/fold", "🔞/exact"}},
		{"supplementary ideograph", []string{"𠮷野"}, "𠮷 野", []string{"𠮷 野/fold"}},
		{"allowed cover", []string{"加微信", "!加微信群学习"}, "加微信群学习 加微信", []string{"加微信/exact"}},
		{"allowed cover, folded", []string{"加微信", "!加微信群学习"}, "加 微信羣學習", []string{}},
		{"cover that only overlaps", []string{"学习资料", "!加微信群学习"}, "加微信群学习资料", []string{"学习资料/exact"}},
		{"cover must hold the whole hit", []string{"加微信群学习资料", "!加微信群学习"}, "加微信群学习资料", []string{"加微信群学习资料/exact"}},
		{"empty text", []string{"刷单"}, "", []string{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := found(compile(t, tt.words...), tt.text); !slices.Equal(got, tt.want) {
				t.Errorf("Find(%q) = %q, want %q", tt.text, got, tt.want)
			}
		})
	}
}

func TestFindKeepsWhatWasInDst(t *testing.T) {
	before := Hit{Start: 9, End: 10, Word: 7}
	got := compile(t, "刷单").Find([]Hit{before}, "刷单")
	if len(got) != 2 || got[0] != before {
		t.Errorf("hits %v, want the given one and a new one", got)
	}
}

func TestCompileNamesTheBadWord(t *testing.T) {
	words := wordList("刷单", "赌场")
	words[1].Level = 9
	_, err := Compile(words)
	if err == nil || !strings.Contains(err.Error(), "赌场") || !strings.Contains(err.Error(), "level") {
		t.Errorf("error %v, want one naming word and field", err)
	}
}

func TestCoveredHitsCannotCrowdOutARealOne(t *testing.T) {
	m := compile(t, "加微信", "刷单", "!加微信群学习")
	text := strings.Repeat("加微信群学习", 3*MaxHits) + "刷单"
	if got := found(m, text); !slices.Equal(got, []string{"刷单/exact"}) {
		t.Errorf("%d hits, want the one after the allowed words", len(got))
	}
}

func TestHitsAreBounded(t *testing.T) {
	m := compile(t, "赌", "赌赌", "赌赌赌")
	if got := len(m.Find(nil, strings.Repeat("赌", 100_000))); got == 0 || got > MaxHits {
		t.Errorf("%d hits, want 1 to %d", got, MaxHits)
	}
}

// naive finds the words by comparing at every position of the folded text.
func naive(words []lexicon.Word, text string) []Hit {
	type letter struct {
		fold       rune
		start, end int
	}
	var letters []letter
	noisy := 0
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		switch f := computeFold(r); {
		case r == utf8.RuneError && size == 1:
			letters, noisy = append(letters, letter{-1, i, i + 1}), 0
		case f == foldHidden:
		case f == foldNoise:
			if noisy++; noisy == MaxNoise+1 {
				letters = append(letters, letter{-1, i, i + size})
			}
		default:
			letters, noisy = append(letters, letter{f, i, i + size}), 0
		}
		i += size
	}
	var hits, covers []Hit
	for n, w := range words {
		form, shape := foldWord(nil, w.Text)
		r := ruleOf(w, form, shape)
		for i := 0; i+len(form) <= len(letters); i++ {
			same := true
			for k, f := range form {
				same = same && letters[i+k].fold == f
			}
			if !same {
				continue
			}
			h := Hit{letters[i].start, letters[i+len(form)-1].end, n, LayerFold}
			if r.exact {
				h.Start -= shape.lead
				h.End = h.Start + len(w.Text)
			}
			verbatim := h.Start >= 0 && h.End <= len(text) && text[h.Start:h.End] == w.Text
			if r.exact && !verbatim || r.bounded && !boundedAt(text, h.Start, h.End) {
				continue
			}
			if verbatim {
				h.Layer = LayerExact
			}
			if w.Allow {
				covers = append(covers, h)
			} else {
				hits = append(hits, h)
			}
		}
	}
	hits = slices.DeleteFunc(hits, func(h Hit) bool {
		return slices.ContainsFunc(covers, func(c Hit) bool { return c.Start <= h.Start && c.End >= h.End })
	})
	slices.SortFunc(hits, byPlace)
	return hits
}

// letters are few, so that words overlap, nest and share their anchors.
var (
	propertyLetters = []rune("赌賭场場刷单aAａ1①")
	propertyNoise   = []rune(" .-😂\u200b\u0301")
)

func drawWords(t *rapid.T) []lexicon.Word {
	letter := rapid.SampledFrom(propertyLetters)
	noise := rapid.SampledFrom(propertyNoise)
	word := rapid.Custom(func(t *rapid.T) lexicon.Word {
		runes := rapid.SliceOfN(letter, 1, 6).Draw(t, "letters")
		if rapid.Bool().Draw(t, "noisy") {
			at := rapid.IntRange(0, len(runes)).Draw(t, "at")
			runes = slices.Insert(runes, at, noise.Draw(t, "noise"))
		}
		return lexicon.Word{
			Text: string(runes), Level: lexicon.LevelWarn,
			Policy: rapid.SampledFrom([]lexicon.Policy{lexicon.Fold, lexicon.Exact}).Draw(t, "policy"),
			Allow:  rapid.IntRange(0, 5).Draw(t, "allow") == 0,
		}
	})
	return rapid.SliceOfN(word, 1, 150).Draw(t, "words")
}

func TestFindEqualsNaive(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		words := drawWords(t)
		m, err := Compile(words)
		if err != nil {
			t.Fatal(err)
		}
		alphabet := append(slices.Clone(propertyLetters), propertyNoise...)
		text := rapid.StringOfN(rapid.SampledFrom(append(alphabet, '天', 'z')), 0, 60, -1).Draw(t, "text")
		got, want := m.Find(nil, text), naive(words, text)
		if !slices.Equal(got, want) {
			t.Fatalf("Find(%q)\n got %v\nwant %v", text, got, want)
		}
	})
}

// TestCrowdedPairs makes a list of which hardly any word has a rare pair, so
// that most go through the automaton.
func TestCrowdedPairs(t *testing.T) {
	var texts []string
	for n := 2; n <= 9; n++ {
		for bits := range 1 << n {
			text := []rune(strings.Repeat("赌", n))
			for i := range text {
				if bits>>i&1 == 1 {
					text[i] = '场'
				}
			}
			texts = append(texts, string(text))
		}
	}
	m := compile(t, texts...)
	if m.layers[0].crowded == nil {
		t.Fatal("no word went into the automaton")
	}
	text := "赌场场 赌赌\u200b场赌天场场赌赌"
	if got, want := m.Find(nil, text), naive(m.words, text); !slices.Equal(got, want) {
		t.Errorf("Find\n got %v\nwant %v", got, want)
	}
}

func FuzzFind(f *testing.F) {
	f.Add("加微信", "加\u200b微😂信abc123")
	f.Add("6.4", "16.4\xff\xe5\x88")
	f.Add("🔞", "\xf0\x9f\x94\x9e13812345678")
	f.Fuzz(func(t *testing.T, word, text string) {
		words := []lexicon.Word{{Text: word, Level: lexicon.LevelWarn}}
		m, err := Compile(words)
		if err != nil {
			return
		}
		hits := FindContacts(m.Find(nil, text), text)
		for _, h := range hits {
			if h.Start < 0 || h.Start >= h.End || h.End > len(text) {
				t.Fatalf("hit %+v outside %q", h, text)
			}
		}
		if form, shape := foldWord(nil, word); len(form) > 0 && shape.longest <= MaxNoise {
			got := m.Find(nil, text)
			if want := naive(words, text); len(want) <= MaxHits && !slices.Equal(got, want) {
				t.Fatalf("Find(%q, %q)\n got %v\nwant %v", word, text, got, want)
			}
		}
	})
}

func ExampleMatcher_Find() {
	m, _ := Compile([]lexicon.Word{{Text: "刷单", Category: "fraud", Level: lexicon.LevelRecall}})
	text := "诚招刷\u200b單"
	for _, h := range m.Find(nil, text) {
		fmt.Println(h.Start, h.End, h.Layer)
	}
	// Output: 6 15 fold
}
