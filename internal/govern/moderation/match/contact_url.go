package match

import (
	"strings"
	"unicode/utf8"
)

// topDomains are the endings by which an address without a scheme is known.
var topDomains = map[string]bool{
	"com": true, "cn": true, "net": true, "org": true, "top": true, "xyz": true, "vip": true, "cc": true,
	"club": true, "shop": true, "site": true, "info": true, "link": true, "fun": true, "tv": true, "icu": true,
	"online": true, "pro": true, "ltd": true, "work": true, "live": true, "store": true, "app": true, "me": true,
	"io": true, "co": true, "win": true, "bet": true, "wang": true, "ink": true, "la": true,
}

// url recognises an address by the dot at i and returns its range.
func (c contactScanner) url(i int) (start, end int) {
	start = i
	for start > 0 && i-start < maxLabel && (alnum(c.s[start-1].r) || c.s[start-1].r == '-') && !c.s[start].gap {
		start--
	}
	if start == i || c.s[i].gap || start > 0 && c.s[start-1].r == '@' {
		return 0, 0
	}
	end = i
	known := false
	for labels := 0; end < len(c.s) && c.s[end].r == '.' && labels < maxLabels; labels++ {
		label := end + 1
		next := label
		for next < len(c.s) && next-label < maxLabel && (alnum(c.s[next].r) || c.s[next].r == '-') && (next == label || !c.s[next].gap) {
			next++
		}
		if next == label {
			break
		}
		known = topDomains[c.word(label, next)]
		end = next
	}
	if !known {
		return 0, 0
	}
	return c.scheme(start), c.path(end)
}

// scheme extends an address at start to the left over "https://".
func (c contactScanner) scheme(start int) int {
	for _, s := range [...]string{"https://", "http://"} {
		if at := start - len(s); at >= 0 && c.hasPrefix(at, s) == len(s) {
			return at
		}
	}
	return start
}

// path extends an address over its path and query.
func (c contactScanner) path(end int) int {
	if end >= len(c.s) || !strings.ContainsRune("/:?#", c.s[end].r) || c.s[end].gap {
		return end
	}
	for end < len(c.s) && !c.s[end].gap && c.s[end].r < utf8.RuneSelf {
		end++
	}
	return end
}

// word returns a short range as a string, or "" for a long one.
func (c contactScanner) word(start, end int) string {
	var buf [8]byte
	if end-start > len(buf) {
		return ""
	}
	for i := start; i < end; i++ {
		buf[i-start] = byte(c.s[i].r)
	}
	return string(buf[:end-start])
}
