package match

import (
	"sync"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Folds of characters that do not count. No real character folds to them:
// the values lie outside Unicode.
const (
	foldHidden rune = unicode.MaxRune + 1 + iota // zero-width, combining, control
	foldNoise                                    // space, punctuation, symbol, emoji
)

// foldPlanes is how many Unicode planes the fold table covers: the basic one,
// and the one with styled letters and emoji.
const foldPlanes = 2

// foldTable holds the fold of each character of the first planes.
type foldTable [foldPlanes << 16]rune

// folds returns the fold table, built at first use (about 20 ms).
var folds = sync.OnceValue(buildFolds)

// traditional returns the simplified form of each traditional character.
var traditional = sync.OnceValue(func() map[rune]rune {
	pairs := []rune(traditionalPairs)
	m := make(map[rune]rune, len(pairs)/2)
	for i := 0; i+1 < len(pairs); i += 2 {
		m[pairs[i]] = pairs[i+1]
	}
	return m
})

func buildFolds() *foldTable {
	t := new(foldTable)
	for r := range rune(len(t)) {
		t[r] = computeFold(r)
	}
	return t
}

// of returns the fold of r: a canonical character, foldNoise or foldHidden.
func (t *foldTable) of(r rune) rune {
	if int(r) < len(t) {
		return t[r]
	}
	return computeFold(r)
}

func computeFold(r rune) rune {
	if hidden(r) {
		return foldHidden
	}
	c, ok := enclosed(r)
	if !ok {
		c = decompose(r)
	}
	c = unicode.ToLower(c)
	if s, ok := traditional()[c]; ok {
		c = s
	}
	switch {
	case hidden(c):
		return foldHidden
	case noise(c):
		return foldNoise
	case unicode.Is(unicode.Nd, c):
		return '0' + digitValue(c)
	}
	return c
}

// decompose returns the one character that counts in the compatibility
// decomposition of r (Ａ → A, é → e, ⑴ → 1, ㊙ → 秘), or r itself when there is
// none or more than one.
func decompose(r rune) rune {
	parts := norm.NFKD.PropertiesString(string(r)).Decomposition()
	found := rune(0)
	for _, p := range string(parts) {
		if hidden(p) || noise(p) {
			continue
		}
		if found != 0 {
			return r
		}
		found = p
	}
	if found == 0 {
		return r
	}
	return found
}

// enclosed folds the letters and digits in circles and squares for which
// Unicode has no decomposition, and the flag letters.
func enclosed(r rune) (rune, bool) {
	for _, e := range enclosedRanges {
		if r >= e.first && r <= e.last {
			return e.to + r - e.first, true
		}
	}
	return 0, false
}

var enclosedRanges = [...]struct{ first, last, to rune }{
	{0x24F5, 0x24FD, '1'},   // ⓵–⓽
	{0x24FF, 0x24FF, '0'},   // ⓿
	{0x2776, 0x277E, '1'},   // ❶–❾
	{0x2780, 0x2788, '1'},   // ➀–➈
	{0x278A, 0x2792, '1'},   // ➊–➒
	{0x1F10B, 0x1F10B, '0'}, // 🄋
	{0x1F10C, 0x1F10C, '0'}, // 🄌
	{0x1F150, 0x1F169, 'a'}, // 🅐–🅩
	{0x1F170, 0x1F189, 'a'}, // 🅰–🆉
	{0x1F1E6, 0x1F1FF, 'a'}, // 🇦–🇿
}

// hidden reports characters that a reader does not see as one of their own.
func hidden(r rune) bool {
	switch r {
	case 0x115F, 0x1160, 0x3164, 0xFFA0: // Hangul fillers: letters without a shape
		return true
	case '\t', '\n', '\v', '\f', '\r':
		return false
	}
	return unicode.In(r, unicode.Cf, unicode.Cc, unicode.Mn, unicode.Me)
}

// noise reports visible characters that are neither letter, ideograph nor number.
func noise(r rune) bool {
	if unicode.In(r, unicode.P, unicode.S, unicode.Z, unicode.Co, unicode.White_Space) {
		return true
	}
	// Emoji newer than this build's Unicode tables.
	return r >= 0x1F000 && r <= 0x1FBFF && !unicode.In(r, unicode.L, unicode.N)
}

// digitValue returns the value of a decimal digit of any script. Unicode keeps
// the ten digits of a script together and its ranges start at a zero.
func digitValue(r rune) rune {
	for _, rng := range unicode.Nd.R16 {
		if r >= rune(rng.Lo) && r <= rune(rng.Hi) {
			return (r - rune(rng.Lo)) % 10
		}
	}
	for _, rng := range unicode.Nd.R32 {
		if r >= rune(rng.Lo) && r <= rune(rng.Hi) {
			return (r - rune(rng.Lo)) % 10
		}
	}
	return 0
}
