package match

import (
	"cmp"
	"slices"
	"sync"
	"unicode/utf8"
	"unsafe"
)

// Layers of a hit.
const (
	LayerExact = "exact" // the message has the word byte for byte
	LayerFold  = "fold"  // the message has the word after folding
)

// MaxHits bounds what Find reports of one message, so that a hostile message
// cannot cost more than a megabyte of hits.
const MaxHits = 4096

// Hit is one occurrence of a word: text[Start:End] of the original bytes.
type Hit struct {
	Start, End int
	Word       int // position in the compiled list; -1 for a contact
	Layer      string
}

// maxPooled is the longest message, in characters, whose buffers are kept.
const maxPooled = 64 << 10

// scratch holds the buffers of one search.
type scratch struct {
	codes  []uint16
	pos    []uint32 // by code: offset in the original
	anchor []uint32 // positions in codes whose pair passed the filter
	covers []Hit
}

var scratches = sync.Pool{New: func() any { return new(scratch) }}

func (s *scratch) release() {
	if cap(s.codes) <= maxPooled {
		scratches.Put(s)
	}
}

// FindBytes is Find for a byte slice.
func (m *Matcher) FindBytes(dst []Hit, text []byte) []Hit {
	return m.Find(dst, unsafe.String(unsafe.SliceData(text), len(text)))
}

// Find appends every occurrence of every word to dst, overlapping ones too, in
// order of their start and the longest first, up to [MaxHits]. Occurrences
// inside an allowed word are left out. It allocates only to grow dst. Texts are
// limited to 4 GiB.
func (m *Matcher) Find(dst []Hit, text string) []Hit {
	s := scratches.Get().(*scratch)
	defer s.release()
	s.covers = s.covers[:0]
	first := len(dst)
	c := collector{matcher: m, scratch: s, text: text, hits: dst, first: first}
	for _, x := range m.layers {
		x.scan(s, text)
		c.verify(x)
		if x.crowded != nil {
			c.walk(x.crowded)
		}
	}
	if len(c.hits) == first {
		return c.hits
	}
	slices.SortFunc(c.hits[first:], byPlace)
	if len(s.covers) > 0 {
		c.hits = uncovered(c.hits, first, s.covers)
	}
	return c.hits
}

func byPlace(a, b Hit) int {
	return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(b.End, a.End), cmp.Compare(a.Word, b.Word))
}

// uncovered drops the hits from first on that lie inside a cover. Hits are
// sorted by place.
func uncovered(hits []Hit, first int, covers []Hit) []Hit {
	slices.SortFunc(covers, byPlace)
	kept, next, reach := first, 0, -1
	for _, h := range hits[first:] {
		// Among the covers that start no later, only the one that reaches
		// farthest matters.
		for ; next < len(covers) && covers[next].Start <= h.Start; next++ {
			reach = max(reach, covers[next].End)
		}
		if h.End > reach {
			hits[kept] = h
			kept++
		}
	}
	return hits[:kept]
}

// scan fills the scratch with the codes of text, their offsets, and the
// positions worth verifying.
func (x *index) scan(s *scratch, text string) {
	s.reserve(len(text))
	codes, pos, anchors := s.codes, s.pos[:len(s.codes)], s.anchor[:len(s.codes)]
	a, filter, shift := x.alphabet, x.filter, x.shift&63
	singles := uint16(len(x.singles))
	n, found, noisy := 0, 0, 0
	prev := codeBreak
	for i := 0; i < len(text); {
		at := i
		var c uint16
		if b := text[i]; b < utf8.RuneSelf {
			c = a.planes[b]
			i++
		} else if r := threeByte(text, i); r >= 0 {
			c = a.planes[r]
			i += 3
		} else {
			var size int
			c, size = a.code(text[i:])
			i += size
		}
		if c >= codeNoise {
			if c == codeHidden {
				continue
			}
			if noisy++; noisy != MaxNoise+1 {
				continue
			}
			c = codeBreak
		} else {
			noisy = 0
		}
		codes[n], pos[n] = c, uint32(at)
		hash := hashPair(pairOf(prev, c))
		if want := filterBits(hash); filter[hash>>shift]&want == want || c-1 < singles {
			anchors[found] = uint32(n)
			found++
		}
		n++
		prev = c
	}
	s.codes, s.pos, s.anchor = codes[:n], pos[:n], anchors[:found]
}

// threeByte decodes the three-byte character at i, the form of nearly all of
// Chinese; it returns -1 for any other, and for what is malformed.
func threeByte(text string, i int) int {
	if i+2 >= len(text) || text[i]&0xF0 != 0xE0 {
		return -1
	}
	b1, b2 := text[i+1], text[i+2]
	if b1&0xC0 != 0x80 || b2&0xC0 != 0x80 {
		return -1
	}
	r := int(text[i]&0x0F)<<12 | int(b1&0x3F)<<6 | int(b2&0x3F)
	if r < 0x800 || r >= 0xD800 && r < 0xE000 {
		return -1
	}
	return r
}

// reserve makes room for one code a byte, the most there can be.
func (s *scratch) reserve(n int) {
	if cap(s.codes) < n {
		size := max(n, 1024)
		s.codes, s.pos, s.anchor = make([]uint16, size), make([]uint32, size), make([]uint32, size)
	}
	s.codes, s.pos, s.anchor = s.codes[:n], s.pos[:n], s.anchor[:n]
}

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
