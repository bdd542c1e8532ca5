package match

import (
	"cmp"
	"slices"
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

// Hit is one occurrence of a word: text[Start:End] of the original bytes, from
// its first to its last character that counts.
type Hit struct {
	Start, End int
	Word       int // position in the compiled list; -1 for a contact
	Layer      string
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
