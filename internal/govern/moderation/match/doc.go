// Package match finds keywords and contact details in chat messages.
//
// A keyword is matched in a folded text: one table takes every character to a
// canonical one (full width to half width, upper to lower case, traditional to
// simplified, enclosed and styled letters and digits to plain ones) and drops
// noise (zero-width and combining characters, spaces, punctuation, symbols,
// emoji). Hits point at the bytes of the original message.
//
// Words used here:
//
//   - code: the number of a folded character in one compiled word list.
//   - noise: a character that does not count, as long as there are not more
//     than [MaxNoise] visible ones between two characters of a word.
//   - guard: which words may be folded at all. A word is folded only when its
//     folded form has a Han character or at least four characters that are not
//     digits; any other is matched verbatim. Short Latin and digit words cause
//     nearly all false alarms of a folding matcher.
//   - boundary: a word without Han is only matched where no letter or digit
//     touches it, so that "anal" is not found in "analysis".
//   - cover: a hit inside a hit of an allowed word (加微信群学习) is dropped.
//   - layer: how a hit was found; hits of a less literal layer weigh less.
//
// A [Matcher] is immutable and safe for concurrent use; [Engine] swaps a newly
// compiled one in atomically.
package match

//go:generate go run gen_traditional.go
