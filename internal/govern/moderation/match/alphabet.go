package match

import "unicode/utf8"

// MaxNoise is how many visible noise characters in a row a word may contain;
// more of them separate what stands before from what stands after.
const MaxNoise = 8

// Codes with a meaning of their own; letters of an alphabet are numbered from 1.
const (
	codeBreak  uint16 = 0      // a character in no word
	codeHidden uint16 = 0xFFFF // skipped without limit
	codeNoise  uint16 = 0xFFFE // skipped up to MaxNoise times
	maxCode           = 0xFFF0
)

// alphabet maps characters straight to the codes of one word list, so that
// folding and numbering together cost one load a character.
type alphabet struct {
	planes [foldPlanes << 16]uint16
	rest   map[rune]uint16 // characters of higher planes that occur in words

	verbatim bool // nothing is folded and nothing is noise
}

// newAlphabet builds the code table from the numbering of folded characters.
func newAlphabet(numbers map[rune]uint16) *alphabet {
	a := &alphabet{rest: map[rune]uint16{}}
	for r, f := range folds() {
		switch f {
		case foldHidden:
			a.planes[r] = codeHidden
		case foldNoise:
			a.planes[r] = codeNoise
		default:
			a.planes[r] = numbers[f]
		}
	}
	for r, n := range numbers {
		if int(r) >= len(a.planes) {
			a.rest[r] = n
		}
	}
	return a
}

// newVerbatim builds the code table in which only the numbered characters
// count and nothing is folded or skipped.
func newVerbatim(numbers map[rune]uint16) *alphabet {
	a := &alphabet{rest: map[rune]uint16{}, verbatim: true}
	for r, n := range numbers {
		if int(r) < len(a.planes) {
			a.planes[r] = n
		} else {
			a.rest[r] = n
		}
	}
	return a
}

// code returns the code of the character that starts text and its width in bytes.
func (a *alphabet) code(text string) (uint16, int) {
	r, size := utf8.DecodeRuneInString(text)
	switch {
	case r == utf8.RuneError && size <= 1:
		return codeBreak, 1
	case int(r) < len(a.planes):
		return a.planes[r], size
	}
	if a.verbatim {
		return a.rest[r], size
	}
	switch f := computeFold(r); {
	case f == foldHidden:
		return codeHidden, size
	case f == foldNoise:
		return codeNoise, size
	case int(f) < len(a.planes):
		return a.planes[f], size
	default:
		return a.rest[f], size
	}
}
