package match

import (
	"fmt"
	"math"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/qunzhu/qunzhu/internal/govern/moderation/lexicon"
)

// Checks that give a reason.
const (
	CheckKeyword = "keyword"
	CheckContact = "contact"
)

// CategoryContact is the category of the contact scanner's reasons.
const CategoryContact = "contact"

// MaxReasons bounds the reasons of one verdict.
const MaxReasons = 64

// maxEvidence bounds the quoted text of a contact, in bytes: an address may be
// as long as the message.
const maxEvidence = 256

// Reason is one piece of evidence. Start and End are byte offsets into the
// original message.
type Reason struct {
	Check    string `json:"check"`
	Category string `json:"category"`
	Word     string `json:"word"`
	Layer    string `json:"layer"`
	Start    int    `json:"start"`
	End      int    `json:"end"`
}

// Verdict is what a message amounts to. Level is the highest level among the
// reasons, 0 when none asks for action; Score grows with each reason, from 0
// to 1. Phone numbers and addresses are reasons of level 0: evidence that does
// not flag a message by itself.
type Verdict struct {
	Flagged bool     `json:"flagged"`
	Level   int      `json:"level"`
	Score   float64  `json:"score"`
	Reasons []Reason `json:"reasons"`
}

// Engine checks messages against word lists that may be replaced while it runs.
type Engine struct {
	matcher atomic.Pointer[Matcher]
}

// NewEngine compiles the lists into an engine.
func NewEngine(lists ...lexicon.List) (*Engine, error) {
	e := new(Engine)
	return e, e.Replace(lists...)
}

// Replace compiles the lists and swaps them in; checks under way finish with
// the old ones. On error the old ones stay.
func (e *Engine) Replace(lists ...lexicon.List) error {
	var words []lexicon.Word
	for _, l := range lists {
		words = append(words, l.Words...)
	}
	m, err := Compile(words)
	if err != nil {
		return fmt.Errorf("replace word lists: %w", err)
	}
	e.matcher.Store(m)
	return nil
}

var hitBuffers = sync.Pool{New: func() any { return new([]Hit) }}

// Check judges one message.
func (e *Engine) Check(text string) Verdict {
	buf := hitBuffers.Get().(*[]Hit)
	defer hitBuffers.Put(buf)
	m := e.matcher.Load()
	v := Verdict{Reasons: []Reason{}}
	innocence := 1.0
	keep := func(r Reason, level int, weight float64) {
		v.Level = max(v.Level, level)
		innocence *= 1 - weight
		if len(v.Reasons) < MaxReasons {
			r.Word = strings.ToValidUTF8(r.Word, "")
			v.Reasons = append(v.Reasons, r)
		}
	}
	hits := m.Find((*buf)[:0], text)
	for i, h := range hits {
		if inside(m.words, hits[:i], h) {
			continue
		}
		w := m.words[h.Word]
		keep(Reason{CheckKeyword, w.Category, w.Text, h.Layer, h.Start, h.End}, int(w.Level), wordWeight(w, h))
	}
	hits = FindContacts(hits[:0], text)
	for _, h := range hits {
		level, weight := contactWeight(h.Layer)
		keep(Reason{CheckContact, CategoryContact, text[h.Start:min(h.End, h.Start+maxEvidence)], h.Layer, h.Start, h.End}, level, weight)
	}
	*buf = hits[:0]
	v.Flagged = v.Level > 0
	v.Score = math.Round((1-innocence)*1e4) / 1e4
	return v
}

// nestingReach is how many hits before one are looked at for a longer one
// around it.
const nestingReach = 8

// inside reports whether a longer or equal hit of the same category and at
// least the same level contains h: then h says nothing more. Hits are sorted by
// place, so such a hit stands before it.
func inside(words []lexicon.Word, before []Hit, h Hit) bool {
	w := words[h.Word]
	for i := len(before) - 1; i >= max(0, len(before)-nestingReach); i-- {
		o := words[before[i].Word]
		if before[i].End >= h.End && o.Category == w.Category && o.Level >= w.Level {
			return true
		}
	}
	return false
}

// Weights of reasons in the score: how sure one of them alone makes us.
var levelWeights = [...]float64{0, 0.3, 0.6, 0.85, 0.95}

// foldDiscount lowers the weight of a hit that only folding made.
const foldDiscount = 0.9

func wordWeight(w lexicon.Word, h Hit) float64 {
	weight := levelWeights[w.Level]
	if h.Layer != LayerExact {
		weight *= foldDiscount
	}
	return weight
}

func contactWeight(kind string) (level int, weight float64) {
	switch kind {
	case ContactWeChat, ContactQQ, ContactQQGroup:
		return int(lexicon.LevelWarn), 0.6
	}
	return 0, 0.2
}
