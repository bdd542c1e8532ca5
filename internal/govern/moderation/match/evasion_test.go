package match

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/qunzhu/qunzhu/internal/govern/moderation/lexicon"
)

// evade is one way to write a word so that a plain comparison misses it.
type evade struct {
	name  string
	apply func(r *rand.Rand, word string) string
}

var evasions = []evade{
	{"zero width", between("\u200b", "\u200c", "\u200d", "\u2060", "\ufeff", "\u00ad")},
	{"space", between(" ", "\u3000", "\u00a0", "\t", "\u2009")},
	{"punctuation", between("。", "，", "-", "*", "_", "/", "|", "·", "…", "!", "~", "【")},
	{"emoji", between("😂", "👍🏻", "❤️", "🔥", "👨‍👩‍👧", "🎉", "➡️")},
	{"combining", between("\u0336", "\u0301", "\ufe0f", "\u20e3", "\U000e0101")},
	{"traditional", mapRunes(traditionalOf)},
	{"width", mapRunes(func(_ *rand.Rand, r rune) rune {
		if r > ' ' && r < 0x7F {
			return r - '!' + '！'
		}
		return r
	})},
	{"case", mapRunes(func(rnd *rand.Rand, r rune) rune {
		if r >= 'a' && r <= 'z' && rnd.IntN(2) == 0 {
			return r - 'a' + 'A'
		}
		return r
	})},
	{"digit forms", mapRunes(func(rnd *rand.Rand, r rune) rune {
		if r >= '1' && r <= '9' {
			return []rune("①❶１⑴⒈𝟏")[rnd.IntN(6)] + r - '1'
		}
		return r
	})},
	{"styled letters", mapRunes(func(rnd *rand.Rand, r rune) rune {
		if r >= 'a' && r <= 'z' {
			return []rune("ⓐ𝐚𝓪🅰🄰🇦")[rnd.IntN(6)] + r - 'a'
		}
		return r
	})},
}

// between puts one to three of the marks between any two characters.
func between(marks ...string) func(*rand.Rand, string) string {
	return func(rnd *rand.Rand, word string) string {
		var b strings.Builder
		for i, r := range word {
			for n := 1 + rnd.IntN(3); i > 0 && n > 0; n-- {
				b.WriteString(marks[rnd.IntN(len(marks))])
			}
			b.WriteRune(r)
		}
		return b.String()
	}
}

func mapRunes(change func(*rand.Rand, rune) rune) func(*rand.Rand, string) string {
	return func(rnd *rand.Rand, word string) string {
		return strings.Map(func(r rune) rune { return change(rnd, r) }, word)
	}
}

// traditionalOf picks any of the forms that simplify to r.
func traditionalOf(rnd *rand.Rand, r rune) rune {
	forms := traditionalForms[r]
	if len(forms) == 0 {
		return r
	}
	return forms[rnd.IntN(len(forms))]
}

var traditionalForms = func() map[rune][]rune {
	forms := map[rune][]rune{}
	pairs := []rune(traditionalPairs)
	for i := 0; i+1 < len(pairs); i += 2 {
		forms[pairs[i+1]] = append(forms[pairs[i+1]], pairs[i])
	}
	return forms
}()

// foldable returns the words that the guard lets be folded.
func foldable(words []lexicon.Word) []lexicon.Word {
	return slices.DeleteFunc(slices.Clone(words), func(w lexicon.Word) bool {
		form, shape := foldWord(nil, w.Text)
		return w.Allow || len(form) == 0 || ruleOf(w, form, shape).exact
	})
}

// TestEvasions hides 500 words of a large public list in real messages, in each
// structural way, and wants 99 % of them found where they were put.
func TestEvasions(t *testing.T) {
	words := largeList(t)
	m, err := Compile(words)
	if err != nil {
		t.Fatal(err)
	}
	hosts := chatMessages(t, "0")
	candidates := foldable(words)
	for n, e := range evasions {
		t.Run(e.name, func(t *testing.T) {
			rnd := rand.New(rand.NewPCG(uint64(n), 7))
			const tries = 500
			hits := 0
			var missed []string
			for range tries {
				word := candidates[rnd.IntN(len(candidates))].Text
				host := hosts[rnd.IntN(len(hosts))]
				evaded := e.apply(rnd, word)
				text := host + "，" + evaded + "，" + host
				start := len(host) + len("，")
				if containsHit(m.Find(nil, text), start, start+len(evaded)) {
					hits++
				} else {
					missed = append(missed, fmt.Sprintf("%q as %q", word, evaded))
				}
			}
			if recall := float64(hits) / tries; recall < 0.99 {
				t.Errorf("recall %.3f, want at least 0.99; missed %s", recall, strings.Join(missed[:5], ", "))
			}
		})
	}
}

// containsHit reports a hit of the whole planted word, up to marks at its ends.
func containsHit(hits []Hit, start, end int) bool {
	return slices.ContainsFunc(hits, func(h Hit) bool { return h.Start <= start+4 && h.End >= end-4 && h.Start < end && h.End > start })
}

func TestFewFalseAlarmsOnRealMessages(t *testing.T) {
	e, err := NewEngine(lexicon.Shipped())
	if err != nil {
		t.Fatal(err)
	}
	messages := chatMessages(t, "0")
	var flagged []string
	for _, text := range messages {
		if e.Check(text).Flagged {
			flagged = append(flagged, text)
		}
	}
	if len(messages) < 2000 {
		t.Fatalf("only %d messages read", len(messages))
	}
	if rate := float64(len(flagged)) / float64(len(messages)); rate > 0.005 {
		t.Errorf("%.2f %% of normal messages are flagged, want at most 0.5 %%: %q", 100*rate, flagged)
	}
}
