package match

import (
	"slices"
	"unicode/utf8"
)

// collector turns candidates into hits.
type collector struct {
	matcher *Matcher
	scratch *scratch
	text    string
	hits    []Hit
	first   int  // hits before this are the caller's
	full    bool // MaxHits uncovered hits are there
}

// verify compares the words of each anchor that the scan found.
func (c *collector) verify(x *index) {
	codes := c.scratch.codes
	for _, at := range c.scratch.anchor {
		i := int(at)
		code := codes[i]
		if int(code) <= len(x.singles) && code != codeBreak {
			for _, word := range x.singles[code-1] {
				c.report(int(word), i, i)
			}
		}
		if i == 0 {
			continue
		}
		s := x.find(pairOf(codes[i-1], code))
		for _, w := range x.words[s.start:][:s.n] {
			start := i - int(w.offset)
			if start < 0 || start+int(w.n) > len(codes) {
				continue
			}
			if equal(codes[start:][:w.n], x.pool[w.at:][:w.n]) {
				c.report(int(w.word), start, start+int(w.n)-1)
			}
		}
	}
}

func equal(a, b []uint16) bool {
	for i, c := range a {
		if b[i] != c {
			return false
		}
	}
	return true
}

// walk runs the automaton over the codes.
func (c *collector) walk(a *automaton) {
	state := uint32(0)
	for i, code := range c.scratch.codes {
		state = a.step(state, code)
		for at := a.report[state]; at != 0; at = a.report[a.fail[at]] {
			for _, w := range a.words[a.ends[at].start:][:a.ends[at].n] {
				c.report(int(w.word), i+1-int(w.n), i)
			}
		}
	}
}

// report checks the word's rule at codes first to last and keeps the hit.
func (c *collector) report(word, first, last int) {
	pos := c.scratch.pos
	start, end := int(pos[first]), int(pos[last])
	_, size := utf8.DecodeRuneInString(c.text[end:])
	end += size
	r, want := c.matcher.rules[word], c.matcher.words[word].Text
	if r.exact {
		start -= int(r.lead)
		end = start + len(want)
	}
	verbatim := start >= 0 && end <= len(c.text) && c.text[start:end] == want
	if r.exact && !verbatim || r.bounded && !boundedAt(c.text, start, end) {
		return
	}
	hit := Hit{start, end, word, LayerFold}
	if verbatim {
		hit.Layer = LayerExact
	}
	switch {
	case r.allow:
		c.cover(hit)
	case !c.full:
		c.hits = append(c.hits, hit)
		if len(c.hits)-c.first == MaxHits {
			c.makeRoom()
		}
	}
}

// makeRoom drops the hits already known to be covered, so that a message cannot
// hide a word behind thousands of allowed ones.
func (c *collector) makeRoom() {
	slices.SortFunc(c.hits[c.first:], byPlace)
	c.hits = uncovered(c.hits, c.first, c.scratch.covers)
	c.full = len(c.hits)-c.first > MaxHits/2
}

// cover keeps the hit of an allowed word.
func (c *collector) cover(hit Hit) {
	s := c.scratch
	if len(s.covers) >= MaxHits && len(s.covers) == cap(s.covers) {
		s.covers = maximal(s.covers)
	}
	s.covers = append(s.covers, hit)
}

// maximal drops the covers inside others, which bounds them by the length of
// the message.
func maximal(covers []Hit) []Hit {
	slices.SortFunc(covers, byPlace)
	kept, reach := 0, -1
	for _, h := range covers {
		if h.End > reach {
			covers[kept] = h
			kept, reach = kept+1, h.End
		}
	}
	return covers[:kept]
}
