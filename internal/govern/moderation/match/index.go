package match

import "math/bits"

// Limits of the anchor index.
const (
	maxBucket      = 48      // words verified for one anchor; the rest go to the automaton
	minFilterWords = 1 << 6  // size of the filter of a small list
	maxFilterWords = 1 << 13 // 64 KB: stays in the second-level cache
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
	shift  uint8 // brings a hash to its word of the filter
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

// hashPair spreads pairs over 64 bits, best in the high ones (Fibonacci hashing).
func hashPair(pair uint32) uint64 { return uint64(pair) * 0x9E3779B97F4A7C15 }

// filterBits are the two bits that stand for a hash in its word of the filter.
func filterBits(hash uint64) uint64 { return 1<<(hash>>40&63) | 1<<(hash>>34&63) }

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
	filterWords := powerOfTwo(len(in.load)/2, minFilterWords, maxFilterWords)
	x.filter = make([]uint64, filterWords)
	x.shift = uint8(64 - bits.TrailingZeros(uint(filterWords)))
	x.words = make([]anchored, len(in.anchors))
	next := uint32(0)
	for _, w := range in.anchors {
		i := int(w.at) + int(w.offset)
		pair := pairOf(x.pool[i-1], x.pool[i])
		s := x.find(pair)
		if s.pair == 0 {
			*s = slot{pair: pair, start: next}
			next += in.load[pair]
			hash := hashPair(pair)
			x.filter[hash>>x.shift] |= filterBits(hash)
		}
		x.words[s.start+s.n] = w
		s.n++
	}
}

// find returns the slot of the pair, or the empty slot where it belongs.
func (x *index) find(pair uint32) *slot {
	for i := uint32(hashPair(pair)>>20) & x.mask; ; i = (i + 1) & x.mask {
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

// frequentRunes are the most frequent characters of Chinese, most frequent
// first: an estimate that only affects speed.
const frequentRunes = "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之" +
	"年过发后作里用道行所然家种事成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心她本前开但因只从想实" +
	"日军者意无力它与长把机十民第公此已工使情明性知全三又关点正业外将两高间由问很最重并物手应战向头文体政美相见被利什二" +
	"等产或新己制身果加西斯月话合回特代内信表化老给世位次度门任常先海通教儿原东声提立及比员解水名真论处走义各入几口认条" +
	"平系气题活尔更别打女变四神总何电数安少报才结反受目太量再感建务做接必场件计管期市直德资命山金指克许统区保至队形社便" +
	"空决治展马科司五基眼书非则听白却界达光放强即像难且权思王象完设式色路记南品住告类求据程北边死张该交规万取拉格望觉术" +
	"领共确传师观清今切院让识候带导争运"

// Weights of the frequency estimate, in units of an unlisted character.
const (
	topWeight   = 1000 // of the first rank, falling with 1/rank
	rankOffset  = 5
	asciiWeight = 40
)

// commonness estimates for every code how often it occurs in chat.
func (p *patterns) commonness() []uint32 {
	weights := make([]uint32, len(p.numbers)+1)
	for r, c := range p.numbers {
		weights[c] = 1
		if r < 0x80 {
			weights[c] = asciiWeight
		}
	}
	rank := 0
	for _, r := range frequentRunes {
		rank++
		if c, ok := p.numbers[r]; ok {
			weights[c] = max(1, rankOffset*topWeight/uint32(rank+rankOffset)/8)
		}
	}
	return weights
}
