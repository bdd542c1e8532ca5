package chatimport

import (
	"bufio"
	"bytes"
	"io"
)

// lineReader splits text into lines of at most max bytes.
type lineReader struct {
	r      *bufio.Reader
	max    int
	number int64 // of the line returned last
	buf    []byte
}

func newLineReader(r io.Reader, max int) *lineReader {
	return &lineReader{r: bufio.NewReaderSize(r, 64<<10), max: max}
}

// next returns a line without its end. Of a line that is too long it returns
// the beginning and true, and skips the rest. The slice is valid until the
// next call.
func (l *lineReader) next() (line []byte, tooLong bool, err error) {
	l.buf = l.buf[:0]
	read := false
	for {
		part, err := l.r.ReadSlice('\n')
		read = read || len(part) > 0
		if room := l.max + 2 - len(l.buf); len(part) > room {
			part, tooLong = part[:room], true
		}
		l.buf = append(l.buf, part...)
		if err == bufio.ErrBufferFull {
			continue
		}
		if err != nil && (err != io.EOF || !read) {
			return nil, false, err
		}
		break
	}
	l.number++
	line = bytes.TrimSuffix(l.buf, []byte("\n"))
	line = bytes.TrimSuffix(line, []byte("\r"))
	if len(line) > l.max {
		line, tooLong = line[:l.max], true
	}
	return line, tooLong, nil
}
