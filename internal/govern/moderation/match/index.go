package match

// Limits of the anchor index.
const (
	maxBucket     = 24      // words verified for one anchor; the rest go to the automaton
	minFilterBits = 1 << 12 // size of the filter of a small list
	maxFilterBits = 1 << 19 // 64 KB: stays in the second-level cache
)

// index finds the words of one layer. A word is found by its anchor, the pair
// of neighbouring codes that is likely to be rarest in chat: a bit filter
// rejects nearly all pairs of a message, a hash table leads the others to the
// few words to verify. Single-code words have a list each. Words whose pairs
// are all crowded go to an automaton, which keeps the worst case linear.
type index struct {
	alphabet *alphabet
	pool     []uint16
	singles  [][]uint32 // by code-1: words of that one code

	filter []uint64
	shift  uint8 // brings a pair's hash into the filter
	slots  []slot
	mask   uint32
	words  []anchored

	crowded *automaton // nil when no pair is crowded
}

// slot leads from a pair of codes to its words; the pair 0 is an empty slot.
type slot struct {
	pair  uint32
	start uint32
	n     uint32
}

// anchored is a word and where its anchor is in it.
type anchored struct {
	pattern
	offset uint16 // position of the anchor's second code
}

// pairOf packs two neighbouring codes; it is 0 only when both are breaks.
func pairOf(a, b uint16) uint32 { return uint32(a)<<16 | uint32(b) }

// hashPair spreads pairs over 32 bits (Fibonacci hashing).
func hashPair(pair uint32) uint32 { return pair * 0x9E3779B1 }

// index builds the search structure of the collected words.
func (p *patterns) index(table func(map[rune]uint16) *alphabet) *index {
	p.numberSinglesFirst()
	x := &index{alphabet: table(p.numbers), pool: p.pool}
	anchors := p.chooseAnchors()
	x.build(anchors, p)
	return x
}

// numberSinglesFirst renumbers the codes so that those that are words by
// themselves come first: the scan then recognises them by one comparison.
func (p *patterns) numberSinglesFirst() {
	renumber := make([]uint16, len(p.numbers)+1)
	next := uint16(1)
	for _, w := range p.words {
		if c := p.pool[w.at]; w.n == 1 && renumber[c] == 0 {
			renumber[c] = next
			next++
		}
	}
	if next == 1 {
		return
	}
	for c := 1; c < len(renumber); c++ {
		if renumber[c] == 0 {
			renumber[c] = next
			next++
		}
	}
	for i, c := range p.pool {
		p.pool[i] = renumber[c]
	}
	for r, c := range p.numbers {
		p.numbers[r] = renumber[c]
	}
}

// placement is where chooseAnchors put each word.
type placement struct {
	singles []pattern
	anchors []anchored
	crowded []pattern
	load    map[uint32]uint32 // words by anchor
}

// chooseAnchors gives each word the pair that costs least: characters that are
// common in chat are dear, and so are pairs that many words have already.
func (p *patterns) chooseAnchors() placement {
	common := p.commonness()
	out := placement{load: make(map[uint32]uint32, len(p.words)/2)}
	for _, w := range p.words {
		if w.n == 1 {
			out.singles = append(out.singles, w)
			continue
		}
		codes := p.codes(w)
		best, bestCost := -1, ^uint32(0)
		for i := 1; i < len(codes); i++ {
			load := out.load[pairOf(codes[i-1], codes[i])]
			cost := common[codes[i-1]]*common[codes[i]] + load
			if load < maxBucket && cost < bestCost {
				best, bestCost = i, cost
			}
		}
		if best < 0 {
			out.crowded = append(out.crowded, w)
			continue
		}
		out.load[pairOf(codes[best-1], codes[best])]++
		out.anchors = append(out.anchors, anchored{w, uint16(best)})
	}
	return out
}

func (x *index) build(in placement, p *patterns) {
	for _, w := range in.singles {
		c := int(p.pool[w.at])
		for len(x.singles) < c {
			x.singles = append(x.singles, nil)
		}
		x.singles[c-1] = append(x.singles[c-1], w.word)
	}
	x.buildSlots(in)
	if len(in.crowded) > 0 {
		x.crowded = newAutomaton(p, in.crowded)
	}
}

// buildSlots lays the anchored words out bucket by bucket.
func (x *index) buildSlots(in placement) {
	size := powerOfTwo(2*len(in.load), 2, 1<<30)
	x.slots, x.mask = make([]slot, size), uint32(size-1)
	bits := powerOfTwo(32*len(in.load), minFilterBits, maxFilterBits)
	x.filter, x.shift = make([]uint64, bits/64), 32
	for n := bits; n > 1; n >>= 1 {
		x.shift--
	}
	x.words = make([]anchored, len(in.anchors))
	next := uint32(0)
	for _, w := range in.anchors {
		i := int(w.at) + int(w.offset)
		pair := pairOf(x.pool[i-1], x.pool[i])
		s := x.find(pair)
		if s.pair == 0 {
			*s = slot{pair: pair, start: next}
			next += in.load[pair]
			bit := hashPair(pair) >> x.shift
			x.filter[bit>>6] |= 1 << (bit & 63)
		}
		x.words[s.start+s.n] = w
		s.n++
	}
}

// find returns the slot of the pair, or the empty slot where it belongs.
func (x *index) find(pair uint32) *slot {
	for i := hashPair(pair) >> 7 & x.mask; ; i = (i + 1) & x.mask {
		if s := &x.slots[i]; s.pair == pair || s.pair == 0 {
			return s
		}
	}
}

// powerOfTwo returns the smallest power of two that is at least n, within limits.
func powerOfTwo(n, low, high int) int {
	size := low
	for size < n && size < high {
		size <<= 1
	}
	return size
}

// Costs of a character in an anchor.
const (
	costRare   = 2
	costCommon = 5
	costTop    = 9
)

// The most common characters of Chinese chat, most common first: an estimate
// that only affects speed.
const (
	topRunes    = "的是了我不一有在人这个他你来就们到上大说要也"
	commonRunes = "会时那可以好为得子生看下天没么出还想能都什吗去自己过后里多吧小家给中呢给对和啊知道开起心怎样现真很吃面打公司老年学事钱话让群发今明再分手点加女问用因国前新最行如同"
)

// commonness estimates for every code how often it occurs in chat.
func (p *patterns) commonness() []uint32 {
	costs := make([]uint32, len(p.numbers)+1)
	for r, c := range p.numbers {
		costs[c] = costRare
		if r < 0x80 {
			costs[c] = costCommon
		}
	}
	for _, r := range commonRunes {
		costs[p.numbers[r]] = costCommon
	}
	for _, r := range topRunes {
		costs[p.numbers[r]] = costTop
	}
	return costs
}
