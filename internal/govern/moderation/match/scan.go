package match

import (
	"sync"
	"unicode/utf8"
)

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
		} else if r := threeByte(text, i); r >= 0x800 {
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
// Chinese; it returns a value below 0x800 for any other form and for an
// overlong one. Surrogates pass: they are in no word, so they separate like any
// malformed byte. It is small enough to be inlined.
func threeByte(text string, i int) uint32 {
	if i+2 >= len(text) {
		return 0
	}
	v := uint32(text[i])<<16 | uint32(text[i+1])<<8 | uint32(text[i+2])
	if v&0xF0C0C0 != 0xE08080 {
		return 0
	}
	return v>>4&0xF000 | v>>2&0xFC0 | v&0x3F
}

// reserve makes room for one code a byte, the most there can be.
func (s *scratch) reserve(n int) {
	if cap(s.codes) < n {
		size := max(n, 1024)
		s.codes, s.pos, s.anchor = make([]uint16, size), make([]uint32, size), make([]uint32, size)
	}
	s.codes, s.pos, s.anchor = s.codes[:n], s.pos[:n], s.anchor[:n]
}
