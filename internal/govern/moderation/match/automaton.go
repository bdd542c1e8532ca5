package match

// automaton is an Aho–Corasick automaton over codes. It holds the words that
// the anchor index cannot tell apart cheaply, usually none, so it is built for
// size and a linear worst case rather than for speed: transitions are in one
// hash table.
type automaton struct {
	keys   []uint64 // state<<16 | code; 0 is empty, as code 0 is never stored
	next   []uint32
	mask   uint64
	fail   []uint32 // by state: the longest proper suffix that is a state
	report []uint32 // by state: the nearest state on the fail chain that ends words
	ends   []span   // by state: the words that end there
	words  []pattern
}

// span is a range of automaton.words.
type span struct{ start, n uint32 }

func newAutomaton(p *patterns, words []pattern) *automaton {
	total := 0
	for _, w := range words {
		total += int(w.n)
	}
	size := powerOfTwo(2*total, 16, 1<<31)
	a := &automaton{keys: make([]uint64, size), next: make([]uint32, size), mask: uint64(size - 1)}
	edges, ends := a.insert(p, words)
	a.collect(words, ends)
	a.link(edges)
	return a
}

// edge is a transition of the trie.
type edge struct {
	from, to uint32
	code     uint16
}

// insert builds the trie and returns its edges by depth and each word's state.
func (a *automaton) insert(p *patterns, words []pattern) (byDepth [][]edge, ends []uint32) {
	states := uint32(1)
	ends = make([]uint32, len(words))
	for i, w := range words {
		state := uint32(0)
		for depth, code := range p.codes(w) {
			at := a.slot(state, code)
			if a.keys[at] == 0 {
				a.keys[at], a.next[at] = transition(state, code), states
				for len(byDepth) <= depth {
					byDepth = append(byDepth, nil)
				}
				byDepth[depth] = append(byDepth[depth], edge{state, states, code})
				states++
			}
			state = a.next[at]
		}
		ends[i] = state
	}
	a.fail, a.report, a.ends = make([]uint32, states), make([]uint32, states), make([]span, states)
	return byDepth, ends
}

// collect lays out the words by the state where they end.
func (a *automaton) collect(words []pattern, ends []uint32) {
	for _, state := range ends {
		a.ends[state].n++
	}
	start := uint32(0)
	for i := range a.ends {
		a.ends[i].start, start, a.ends[i].n = start, start+a.ends[i].n, 0
	}
	a.words = make([]pattern, len(words))
	for i, state := range ends {
		e := &a.ends[state]
		a.words[e.start+e.n] = words[i]
		e.n++
	}
}

// link computes the fail and report states, shallow states first.
func (a *automaton) link(byDepth [][]edge) {
	for depth, edges := range byDepth {
		for _, e := range edges {
			if depth > 0 {
				a.fail[e.to] = a.step(a.fail[e.from], e.code)
			}
			a.report[e.to] = e.to
			if a.ends[e.to].n == 0 {
				a.report[e.to] = a.report[a.fail[e.to]]
			}
		}
	}
}

// step returns the state after code, following fail states as needed.
func (a *automaton) step(state uint32, code uint16) uint32 {
	if code == codeBreak {
		return 0
	}
	for {
		if at := a.slot(state, code); a.keys[at] != 0 {
			return a.next[at]
		}
		if state == 0 {
			return 0
		}
		state = a.fail[state]
	}
}

// slot returns where the transition is in the table, or where it belongs.
func (a *automaton) slot(state uint32, code uint16) uint64 {
	key := transition(state, code)
	at := key * 0x9E3779B97F4A7C15 >> 20 & a.mask
	for a.keys[at] != key && a.keys[at] != 0 {
		at = (at + 1) & a.mask
	}
	return at
}

func transition(state uint32, code uint16) uint64 { return uint64(state)<<16 | uint64(code) }
