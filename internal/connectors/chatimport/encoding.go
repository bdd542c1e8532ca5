package chatimport

import (
	"bufio"
	"bytes"
	"io"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"

	"github.com/qunzhu/qunzhu/internal/fault"
)

// sniffSize is how much of a file decides its format and encoding.
const sniffSize = 64 << 10

// textReader gives the text of a file as UTF-8 without NUL. Plain ASCII passes
// through until the first other byte, and the 64 KiB that begin there decide
// the encoding: exports often start with a long stretch of English.
type textReader struct {
	src      *bufio.Reader
	decoded  io.Reader // nil while everything so far was ASCII
	encoding string
}

func newTextReader(r io.Reader) *textReader {
	t := &textReader{src: bufio.NewReaderSize(r, sniffSize), encoding: "utf-8"}
	head, _ := t.src.Peek(3)
	switch {
	case bytes.HasPrefix(head, []byte("\xEF\xBB\xBF")):
		t.begin("utf-8-bom", 3, nil)
	case bytes.HasPrefix(head, []byte("\xFF\xFE")):
		t.begin("utf-16le", 2, unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM))
	case bytes.HasPrefix(head, []byte("\xFE\xFF")):
		t.begin("utf-16be", 2, unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM))
	}
	return t
}

func (t *textReader) begin(name string, mark int, enc encoding.Encoding) {
	t.encoding = name
	t.decoded = t.src
	_, _ = t.src.Discard(mark) // it was peeked at
	if enc != nil {
		t.decoded = enc.NewDecoder().Reader(t.src)
	}
}

func (t *textReader) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	for {
		n, err := t.read(p)
		n = dropNUL(p[:n])
		if n > 0 || err != nil {
			return n, err
		}
	}
}

func (t *textReader) read(p []byte) (int, error) {
	if t.decoded == nil {
		if n, err := t.readASCII(p); n > 0 || err != nil {
			return n, err
		}
	}
	return t.decoded.Read(p)
}

// readASCII reads up to the first byte that is not ASCII. When it stands
// before that byte it chooses the encoding and returns 0.
func (t *textReader) readASCII(p []byte) (int, error) {
	if _, err := t.src.Peek(1); err != nil {
		return 0, err
	}
	ready, _ := t.src.Peek(min(t.src.Buffered(), len(p)))
	n := bytes.IndexFunc(ready, func(r rune) bool { return r >= utf8.RuneSelf })
	if n < 0 {
		n = len(ready)
	}
	if n > 0 {
		copy(p, ready[:n])
		_, _ = t.src.Discard(n) // it was peeked at
		return n, nil
	}
	head, err := t.src.Peek(sniffSize)
	if err != nil && err != io.EOF {
		return 0, err
	}
	switch guessEncoding(head) {
	case "utf-8":
		t.begin("utf-8", 0, nil)
	case "gb18030":
		t.begin("gb18030", 0, simplifiedchinese.GB18030)
	default:
		return 0, fault.New(fault.Invalid, "chatimport.encoding_unknown")
	}
	return 0, nil
}

// guessEncoding tells UTF-8 from GB18030 by the share of sequences that are
// wrong in each; a few broken bytes do not turn a UTF-8 file into another one.
// It returns "" for what is neither.
func guessEncoding(head []byte) string {
	good, bad := countUTF8(head)
	if bad*100 <= good {
		return "utf-8"
	}
	goodGB, badGB := countGB18030(head)
	switch {
	case badGB*20 <= goodGB:
		return "gb18030"
	case bad*4 <= good:
		return "utf-8"
	}
	return ""
}

// countUTF8 counts the well-formed and the broken multi-byte sequences; one
// that the end of b cuts is neither.
func countUTF8(b []byte) (good, bad int) {
	for len(b) > 0 {
		if b[0] < utf8.RuneSelf {
			b = b[1:]
			continue
		}
		if !utf8.FullRune(b) {
			return good, bad
		}
		r, size := utf8.DecodeRune(b)
		if r == utf8.RuneError && size == 1 {
			bad++
		} else {
			good++
		}
		b = b[size:]
	}
	return good, bad
}

// countGB18030 does the same for GB18030 (GB 18030-2022: two bytes, or four
// when the second is a digit).
func countGB18030(b []byte) (good, bad int) {
	for len(b) > 0 {
		size := gb18030Len(b)
		switch {
		case size == 0:
			return good, bad
		case size == -1:
			bad++
			size = 1
		case size > 1:
			good++
		}
		b = b[size:]
	}
	return good, bad
}

// gb18030Len is the length of the sequence at the start of b, -1 if it is
// wrong, 0 if b cuts it.
func gb18030Len(b []byte) int {
	between := func(i int, low, high byte) bool { return b[i] >= low && b[i] <= high }
	switch {
	case b[0] < 0x80:
		return 1
	case !between(0, 0x81, 0xFE):
		return -1
	case len(b) < 2:
		return 0
	case between(1, 0x40, 0x7E), between(1, 0x80, 0xFE):
		return 2
	case !between(1, 0x30, 0x39):
		return -1
	case len(b) < 4:
		return 0
	case between(2, 0x81, 0xFE) && between(3, 0x30, 0x39):
		return 4
	}
	return -1
}

func dropNUL(p []byte) int {
	first := bytes.IndexByte(p, 0)
	if first < 0 {
		return len(p)
	}
	n := first
	for _, c := range p[first:] {
		if c != 0 {
			p[n] = c
			n++
		}
	}
	return n
}
