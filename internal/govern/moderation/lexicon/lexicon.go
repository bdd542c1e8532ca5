// Package lexicon holds word lists for moderation: what a keyword is, how lists
// are read, and the small list that comes with the product.
//
// A word has a category, a level, a policy (folded or exact) and may be
// allowed: an allowed word is never reported, and what lies inside it is not
// either.
package lexicon

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Level grades what is to be done about a word.
type Level int

const (
	LevelHint   Level = 1 // 提示: a friendly reminder
	LevelWarn   Level = 2 // 警告: a written warning
	LevelRecall Level = 3 // 撤回: take the message back
	LevelRemove Level = 4 // 移出: propose to remove the sender
)

// Policy says how literally a word is to be matched.
type Policy int

const (
	// Fold ignores width, case, traditional forms and noise between the
	// characters, as far as the matcher's guard allows it for the word.
	Fold Policy = iota
	// Exact matches the word byte for byte.
	Exact
)

// String returns the name used in word-list files.
func (p Policy) String() string {
	if p == Exact {
		return "exact"
	}
	return "fold"
}

// Categories of the shipped list. Operators' own lists may use others.
const (
	CategoryAd       = "ad"       // 广告引流
	CategoryFraud    = "fraud"    // 诈骗兼职
	CategoryGambling = "gambling" // 博彩
	CategoryPorn     = "porn"     // 色情低俗
	CategoryAbuse    = "abuse"    // 辱骂
	CategoryCustom   = "custom"   // what a list without categories gets
)

// Limits of one word and of one list.
const (
	MaxWordRunes     = 128
	MaxCategoryBytes = 64
	MaxWords         = 1_000_000
	MaxFileBytes     = 64 << 20
)

// Word is one entry of a word list.
type Word struct {
	Text     string
	Category string
	Level    Level
	Policy   Policy
	Allow    bool
}

// Check reports what is wrong with the word.
func (w Word) Check() error {
	switch {
	case w.Text == "":
		return fmt.Errorf("word: it is empty; give at least one character")
	case !utf8.ValidString(w.Text):
		return fmt.Errorf("word %q: it is not valid UTF-8", w.Text)
	case utf8.RuneCountInString(w.Text) > MaxWordRunes:
		return fmt.Errorf("word %q: it is longer than %d characters; shorten it", w.Text, MaxWordRunes)
	case strings.ContainsAny(w.Text, "\r\n\x00"):
		return fmt.Errorf("word %q: it contains a line break or a zero byte; remove it", w.Text)
	case len(w.Category) > MaxCategoryBytes:
		return fmt.Errorf("category of %q: it is longer than %d bytes; shorten it", w.Text, MaxCategoryBytes)
	case w.Level < LevelHint || w.Level > LevelRemove:
		return fmt.Errorf("level of %q: %d is not 1 (hint), 2 (warn), 3 (recall) or 4 (remove)", w.Text, w.Level)
	case w.Policy != Fold && w.Policy != Exact:
		return fmt.Errorf("policy of %q: %d is neither fold nor exact", w.Text, int(w.Policy))
	}
	return nil
}

// List is a named, versioned set of words.
type List struct {
	Name    string
	Version string
	Words   []Word
}
