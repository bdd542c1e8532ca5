package match

import (
	"fmt"
	"unicode"
	"unicode/utf8"

	"github.com/qunzhu/qunzhu/internal/govern/moderation/lexicon"
)

// minFoldLetters is the guard: how many characters other than digits a word
// without Han needs to be folded (reference: 13 short words caused all false
// alarms of an unguarded matcher).
const minFoldLetters = 4

// rule is what has to hold, beside the codes, for a word to be a hit.
type rule struct {
	lead    uint16 // bytes of the word before its first code (exact words)
	exact   bool   // the original bytes must equal the word
	bounded bool   // no letter or digit may touch the hit
	allow   bool   // the hit is a cover, not a report
}

// Matcher finds the words it was compiled from. It is immutable.
type Matcher struct {
	words  []lexicon.Word
	rules  []rule
	layers []*index
}

// Compile builds a matcher; hits refer to words by their position in words,
// which must not be changed afterwards. The error names the first unusable word.
func Compile(words []lexicon.Word) (*Matcher, error) {
	m := &Matcher{words: words, rules: make([]rule, len(words))}
	folded, symbols := newPatterns(len(words)), newPatterns(0)
	var form []rune
	for i, w := range words {
		if err := w.Check(); err != nil {
			return nil, fmt.Errorf("compile word %d: %w", i, err)
		}
		var shape noiseShape
		form, shape = foldWord(form[:0], w.Text)
		m.rules[i] = ruleOf(w, form, shape)
		into := folded
		if len(form) == 0 || m.rules[i].exact && shape.longest > MaxNoise {
			// Symbols alone (🔞) have no folded form, and long runs of them
			// would be cut in the folded text.
			m.rules[i].lead = 0
			into, form = symbols, append(form[:0], []rune(w.Text)...)
		}
		if err := into.add(i, form); err != nil {
			return nil, fmt.Errorf("compile word %d (%q): %w", i, w.Text, err)
		}
	}
	if folded.len() > 0 {
		m.layers = append(m.layers, folded.index(newAlphabet))
	}
	if symbols.len() > 0 {
		m.layers = append(m.layers, symbols.index(newVerbatim))
	}
	return m, nil
}

// Words returns the compiled words; the result is read-only.
func (m *Matcher) Words() []lexicon.Word { return m.words }

// noiseShape is where a word has noise.
type noiseShape struct {
	lead    int // bytes before the first character that counts
	longest int // characters in the longest run of noise
}

// foldWord appends the folded form of text to dst.
func foldWord(dst []rune, text string) ([]rune, noiseShape) {
	var shape noiseShape
	table, run := folds(), 0
	for i, r := range text {
		f := table.of(r)
		if f >= foldHidden {
			run++
			shape.longest = max(shape.longest, run)
			continue
		}
		if len(dst) == 0 {
			shape.lead = i
		}
		run = 0
		dst = append(dst, f)
	}
	return dst, shape
}

func ruleOf(w lexicon.Word, form []rune, shape noiseShape) rule {
	han, letters := false, 0
	for _, r := range form {
		if !unicode.IsDigit(r) {
			letters++
		}
		han = han || unicode.Is(unicode.Han, r)
	}
	guarded := !han && letters < minFoldLetters
	if len(form) == 1 && utf8.RuneCountInString(w.Text) > 1 {
		guarded = true // what is left of "➕微" would be found everywhere
	}
	r := rule{allow: w.Allow, exact: guarded || w.Policy == lexicon.Exact}
	if r.exact {
		r.lead = uint16(shape.lead)
	}
	r.bounded = !han
	return r
}

// patterns collects the words of one layer as sequences of codes.
type patterns struct {
	numbers map[rune]uint16
	pool    []uint16 // codes of all words, one after another
	words   []pattern
}

// pattern is one word as a part of the pool.
type pattern struct {
	at   uint32
	word uint32
	n    uint16
}

func newPatterns(capacity int) *patterns {
	return &patterns{numbers: map[rune]uint16{}, words: make([]pattern, 0, capacity)}
}

func (p *patterns) len() int { return len(p.words) }

func (p *patterns) add(word int, form []rune) error {
	at := len(p.pool)
	for _, r := range form {
		code, ok := p.numbers[r]
		if !ok {
			if len(p.numbers) >= maxCode {
				return fmt.Errorf("the list uses more than %d different characters; split it", maxCode)
			}
			code = uint16(len(p.numbers) + 1)
			p.numbers[r] = code
		}
		p.pool = append(p.pool, code)
	}
	p.words = append(p.words, pattern{uint32(at), uint32(word), uint16(len(form))})
	return nil
}

func (p *patterns) codes(w pattern) []uint16 { return p.pool[w.at:][:w.n] }

// boundedAt reports whether text[start:end] is a whole word: at neither end do
// two letters or digits outside Han touch.
func boundedAt(text string, start, end int) bool {
	before, _ := utf8.DecodeLastRuneInString(text[:start])
	first, _ := utf8.DecodeRuneInString(text[start:end])
	last, _ := utf8.DecodeLastRuneInString(text[start:end])
	after, _ := utf8.DecodeRuneInString(text[end:])
	return !(wordRune(before) && wordRune(first)) && !(wordRune(last) && wordRune(after))
}

func wordRune(r rune) bool {
	if r < utf8.RuneSelf {
		return r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z'
	}
	f := folds().of(r)
	return f < foldHidden && (unicode.IsLetter(f) || unicode.IsDigit(f)) && !unicode.Is(unicode.Han, f)
}
