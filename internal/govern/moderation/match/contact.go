package match

import (
	"sync"
	"unicode/utf8"
)

// Kinds of contact details: the layer of a contact hit.
const (
	ContactWeChat  = "wechat"
	ContactQQ      = "qq"
	ContactQQGroup = "qq_group"
	ContactPhone   = "phone"
	ContactURL     = "url"
)

// Limits of the contact scanner, in folded characters.
const (
	minAccount   = 5  // shortest WeChat or QQ account
	maxAccount   = 20 // longest WeChat account
	maxNumber    = 10 // longest QQ number; eleven digits are a telephone
	markerReach  = 3  // from 加 to 微信
	accountReach = 6  // from 微信 to the account
	nearReach    = 2  // from a bare 群 to the number
	phoneDigits  = 11
	maxLabel     = 63 // longest part of a host name
	maxLabels    = 8
)

// symbol is one character of the text as the contact scanner sees it.
type symbol struct {
	r    rune // folded
	pos  uint32
	size uint8 // bytes in the original
	gap  bool  // visible noise stands before it
}

var contactScratches = sync.Pool{New: func() any { return new([]symbol) }}

// FindContacts appends the contact details in text to dst, in order, as hits of
// the category contact: Word is -1 and Layer the kind. It allocates only to
// grow dst.
func FindContacts(dst []Hit, text string) []Hit {
	buf := contactScratches.Get().(*[]symbol)
	symbols, account := appendSymbols((*buf)[:0], text)
	if account >= minAccount {
		dst = contactScanner{symbols}.run(dst)
	}
	if cap(symbols) <= maxPooled {
		*buf = symbols
		contactScratches.Put(buf)
	}
	return dst
}

// appendSymbols folds text, keeping the punctuation that contact details are
// made of, and counts the characters an account can have.
func appendSymbols(dst []symbol, text string) ([]symbol, int) {
	table, account, gap := folds(), 0, false
	for i := 0; i < len(text); {
		r, size := rune(text[i]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRuneInString(text[i:])
		}
		f := table.of(r)
		if kept := keptPunctuation(r); kept != 0 {
			f = kept
		}
		switch f {
		case foldHidden:
		case foldNoise:
			gap = true
		default:
			dst = append(dst, symbol{f, uint32(i), uint8(size), gap})
			gap = false
			if accountRune(f) {
				account++
			}
		}
		i += size
	}
	return dst, account
}

// keptPunctuation returns what the character stands for in a contact detail,
// or 0 when it is nothing special.
func keptPunctuation(r rune) rune {
	switch r {
	case '.', '．', '。', '｡':
		return '.'
	case '+', '＋', '➕', '✚', '⊕', '╋':
		return '+'
	case '_', '＿':
		return '_'
	case '-', '－':
		return '-'
	case '/', ':', '?', '=', '&', '%', '#', '@', '~':
		return r
	}
	return 0
}

func alnum(r rune) bool { return r >= 'a' && r <= 'z' || digit(r) }

func digit(r rune) bool { return r >= '0' && r <= '9' }

func accountRune(r rune) bool { return alnum(r) || r == '_' || r == '-' }

// contactScanner scans one folded text.
type contactScanner struct{ s []symbol }

func (c contactScanner) run(dst []Hit) []Hit {
	for i := 0; i < len(c.s); {
		kind, start, end := c.at(i)
		if kind == "" {
			i++
			continue
		}
		last := c.s[end-1]
		dst = append(dst, Hit{int(c.s[start].pos), int(last.pos) + int(last.size), -1, kind})
		i = end
	}
	return dst
}

// at returns the contact detail that starts or, for a URL, has its first dot at
// i, as a range of symbols.
func (c contactScanner) at(i int) (kind string, start, end int) {
	r := c.s[i].r
	switch {
	case isLead(r):
		if kind, end := c.led(i); kind != "" {
			return kind, i, end
		}
	case digit(r):
		if end := c.phone(i); end > 0 {
			return ContactPhone, i, end
		}
	case r == '.':
		if start, end := c.url(i); end > 0 {
			return ContactURL, start, end
		}
	}
	if !startsMarker(r) || c.afterLetter(i) {
		return "", 0, 0
	}
	for _, m := range markers {
		if n := c.hasPrefix(i, m.text); n > 0 && m.alone {
			if end := c.account(i+n, m); end > 0 {
				return m.kind, i, end
			}
		}
	}
	return "", 0, 0
}

// led finds marker and account after the lead at i.
func (c contactScanner) led(i int) (kind string, end int) {
	for at := i + 1; at <= i+1+markerReach && at < len(c.s); at++ {
		if !startsMarker(c.s[at].r) || c.afterLetter(at) {
			continue
		}
		for _, m := range markers {
			n := c.hasPrefix(at, m.text)
			if n == 0 {
				continue
			}
			if end := c.account(at+n, m); end > 0 {
				return m.kind, end
			}
			break
		}
	}
	return "", 0
}

// account finds the account within reach of i, after what the marker announces.
func (c contactScanner) account(i int, m marker) int {
	reach := accountReach
	if m.text == "群" {
		reach = nearReach // 群 begins many words that announce nothing
	}
	for at := i; at < len(c.s) && at <= i+reach; at++ {
		if !alnum(c.s[at].r) {
			continue
		}
		end, digits := at, 0
		for end < len(c.s) && accountRune(c.s[end].r) && end-at < maxAccount {
			if digit(c.s[end].r) {
				digits++
			}
			end++
		}
		n := end - at
		// Letters alone right after a Latin marker are an English word.
		word := digits == 0 && at == i && m.text[0] < utf8.RuneSelf && !c.s[at].gap
		fits := n >= minAccount && (!m.digits || digits == n && n <= maxNumber)
		if fits && !word {
			return end
		}
		at = end
	}
	return 0
}

// phone recognises a mobile number that starts at i: eleven digits, alone or
// grouped 3-4-4, or each of them apart.
func (c contactScanner) phone(i int) int {
	if c.s[i].r != '1' || i > 0 && digit(c.s[i-1].r) && !c.s[i].gap {
		return 0
	}
	n, gaps, grouped, at := 0, 0, true, i
	for ; at < len(c.s) && n < phoneDigits; at++ {
		s := c.s[at]
		dashed := s.r == '-' && n > 0 && at+1 < len(c.s) && digit(c.s[at+1].r)
		if dashed {
			at++
			s = c.s[at]
		}
		if !digit(s.r) || n == 1 && s.r < '3' {
			return 0
		}
		if n > 0 && (s.gap || dashed) {
			gaps++
			grouped = grouped && (n == 3 || n == 7)
		}
		n++
	}
	if n < phoneDigits || !grouped && gaps != phoneDigits-1 || at < len(c.s) && digit(c.s[at].r) && !c.s[at].gap {
		return 0
	}
	return at
}

// hasPrefix returns the length in symbols of want when it starts at i, else 0.
func (c contactScanner) hasPrefix(i int, want string) int {
	n := 0
	for _, r := range want {
		if i+n >= len(c.s) || c.s[i+n].r != r {
			return 0
		}
		n++
	}
	return n
}

// afterLetter reports whether a Latin marker at i continues a Latin word.
func (c contactScanner) afterLetter(i int) bool {
	return i > 0 && alnum(c.s[i].r) && alnum(c.s[i-1].r) && !c.s[i].gap
}
