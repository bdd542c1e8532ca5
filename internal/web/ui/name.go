package ui

import (
	"strings"
	"unicode"
)

// maxName is how many characters of a name are shown, and maxMarks how many
// combining marks may stack on one of them.
const (
	maxName  = 60
	maxMarks = 2
)

// Name makes a name that somebody chose fit for display: without control
// characters and without the invisible ones that reorder or hide text around
// them (U+202E and its kin), on one line, and not without end. The joiner
// inside emoji stays. A name of which nothing is left is "—".
func Name(s string) string {
	var b strings.Builder
	n, marks, space := 0, 0, false
	for _, r := range s {
		switch {
		case unicode.IsSpace(r):
			space = b.Len() > 0
			continue
		case hidden(r):
			continue
		case unicode.Is(unicode.Mn, r) || unicode.Is(unicode.Me, r):
			if marks++; marks > maxMarks {
				continue
			}
		default:
			marks = 0
			if n++; n > maxName {
				return b.String() + "…"
			}
		}
		if space {
			b.WriteByte(' ')
			space = false
		}
		b.WriteRune(r)
	}
	if n == 0 {
		return "—"
	}
	return b.String()
}

// hidden are control and format characters, and what only looks like nothing.
func hidden(r rune) bool {
	const joiner = '\u200D'
	if r == joiner {
		return false
	}
	switch r {
	case unicode.ReplacementChar, '\u115F', '\u1160', '\u3164', '\uFFA0', '\u2800':
		return true // fillers that draw as blank
	}
	return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Co, r) || unicode.Is(unicode.Cs, r)
}
