package chatimport

import (
	"bufio"
	"io"

	"github.com/qunzhu/qunzhu/internal/fault"
)

// jsonWalker walks one JSON document and hands out the members of its top
// object, and the elements of the arrays it is told to open, as raw values. It
// is used instead of json.Decoder because a value there can be of any size, and
// because one broken element must not end the stream.
type jsonWalker struct {
	r     *bufio.Reader
	max   int             // bytes kept of a value
	open  map[string]bool // arrays whose elements are handed out one by one
	line  int64           // of the byte read last, from 1
	state jsonState
	key   string // of the open array; "" when the document is an array
	buf   []byte
}

type jsonState int

const (
	jsonStart jsonState = iota
	jsonInObject
	jsonInArray
	jsonDone
)

// jsonItem is a member (Element false) or an array element of the document.
type jsonItem struct {
	Key     string
	Element bool
	Raw     []byte // valid until the next call
	Line    int64
	TooLong bool // Raw is the beginning only
}

func newJSONWalker(r io.Reader, max int, open ...string) *jsonWalker {
	w := &jsonWalker{r: bufio.NewReaderSize(r, 64<<10), max: max, line: 1, open: map[string]bool{}}
	for _, key := range open {
		w.open[key] = true
	}
	return w
}

// next returns io.EOF after the document's end and a fault when the document
// ends early or is no JSON.
func (w *jsonWalker) next() (jsonItem, error) {
	for {
		item, ok, err := w.step()
		if err == io.EOF && w.state != jsonDone {
			err = fault.New(fault.Invalid, "chatimport.truncated", w.line)
		}
		if err != nil || ok {
			return item, err
		}
	}
}

// step reads one token group; ok is false when it only changed the state.
func (w *jsonWalker) step() (item jsonItem, ok bool, err error) {
	c, err := w.skipSpace()
	if err != nil {
		return item, false, err
	}
	switch w.state {
	case jsonStart:
		return item, false, w.begin(c)
	case jsonInObject:
		return w.member(c)
	case jsonInArray:
		return w.element(c)
	}
	return item, false, w.broken()
}

func (w *jsonWalker) begin(c byte) error {
	switch c {
	case '{':
		w.state = jsonInObject
	case '[':
		w.state = jsonInArray
	default:
		return w.broken()
	}
	return nil
}

func (w *jsonWalker) member(c byte) (item jsonItem, ok bool, err error) {
	switch c {
	case ',':
		return item, false, nil
	case '}':
		w.state = jsonDone
		return item, false, nil
	case '"':
	default:
		return item, false, w.broken()
	}
	raw, _, err := w.value(c)
	if err != nil {
		return item, false, err
	}
	key := string(raw[1 : len(raw)-1])
	if c, err = w.skipSpace(); err != nil {
		return item, false, err
	}
	if c != ':' {
		return item, false, w.broken()
	}
	if c, err = w.skipSpace(); err != nil {
		return item, false, err
	}
	if c == '[' && w.open[key] {
		w.state, w.key = jsonInArray, key
		return item, false, nil
	}
	if c == '}' || c == ']' || c == ',' || c == ':' {
		return item, false, w.broken()
	}
	item = jsonItem{Key: key, Line: w.line}
	item.Raw, item.TooLong, err = w.value(c)
	return item, err == nil, err
}

func (w *jsonWalker) element(c byte) (item jsonItem, ok bool, err error) {
	switch c {
	case ',':
		return item, false, nil
	case ']':
		w.state = jsonInObject
		if w.key == "" {
			w.state = jsonDone
		}
		return item, false, nil
	case '}', ':':
		return item, false, w.broken()
	}
	item = jsonItem{Key: w.key, Element: true, Line: w.line}
	item.Raw, item.TooLong, err = w.value(c)
	return item, err == nil, err
}

// value reads the value that begins with c. Of one longer than the limit it
// keeps the beginning and skips the rest.
func (w *jsonWalker) value(c byte) (raw []byte, tooLong bool, err error) {
	w.buf = w.buf[:0]
	depth, inString, escaped := 0, false, false
	for {
		if len(w.buf) < w.max {
			w.buf = append(w.buf, c)
		} else {
			tooLong = true
		}
		switch {
		case escaped:
			escaped = false
		case inString:
			inString, escaped = c != '"', c == '\\'
		case c == '"':
			inString = true
		case c == '{', c == '[':
			depth++
		case c == '}', c == ']':
			depth--
		}
		if depth == 0 && !inString && (c == '"' || c == '}' || c == ']' || w.scalarEnds()) {
			return w.buf, tooLong, nil
		}
		if c, err = w.r.ReadByte(); err != nil {
			return nil, false, err
		}
		if c == '\n' {
			w.line++
		}
	}
}

// scalarEnds reports whether the byte ahead ends a number or literal.
func (w *jsonWalker) scalarEnds() bool {
	ahead, err := w.r.Peek(1)
	if err != nil {
		return true
	}
	switch ahead[0] {
	case ',', ']', '}', ' ', '\t', '\r', '\n':
		return true
	}
	return false
}

func (w *jsonWalker) skipSpace() (byte, error) {
	for {
		c, err := w.r.ReadByte()
		if err != nil {
			return 0, err
		}
		switch c {
		case '\n':
			w.line++
		case ' ', '\t', '\r':
		default:
			return c, nil
		}
	}
}

func (w *jsonWalker) broken() error {
	return fault.New(fault.Invalid, "chatimport.json_broken", w.line)
}
