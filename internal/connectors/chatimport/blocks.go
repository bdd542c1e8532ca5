package chatimport

import (
	"io"
	"strings"
)

// block is a heading line and the lines below it.
type block struct {
	head string // "" before the first heading
	body string // without blank lines at both ends
	line int64  // of head, or of the first line of a block without one
}

// bodyReader cuts a text into blocks.
type bodyReader struct {
	lines  *lineReader
	limit  int // bytes of a body that are kept
	isHead func(string) bool

	head     string // of the block that comes next
	headLine int64
	ended    bool
}

// next returns a row error for a block with a line that is too long, io.EOF
// after the last block, and never a block without heading and without words.
func (b *bodyReader) next() (block, *RowError, error) {
	for !b.ended {
		blk, rowErr, err := b.read()
		if err != nil || rowErr != nil {
			return block{}, rowErr, err
		}
		if blk.head != "" || blk.body != "" {
			return blk, nil, nil
		}
	}
	_, _, err := b.lines.next()
	return block{}, nil, err
}

func (b *bodyReader) read() (block, *RowError, error) {
	blk := block{head: b.head, line: b.headLine}
	var body strings.Builder
	var longLine *RowError
	for {
		raw, tooLong, err := b.lines.next()
		if err == io.EOF {
			b.ended = true
			break
		}
		if err != nil {
			return blk, nil, err
		}
		line := string(raw)
		if tooLong {
			longLine = atLine(b.lines.number, rowError(TooLong, "", line[:min(len(line), 400)], b.limit))
			continue
		}
		if b.isHead(line) {
			b.head, b.headLine = line, b.lines.number
			break
		}
		if blk.line == 0 && strings.TrimSpace(line) != "" {
			blk.line = b.lines.number
		}
		if body.Len() < b.limit {
			body.WriteString(line)
			body.WriteByte('\n')
		}
	}
	if longLine != nil {
		return blk, longLine, nil
	}
	blk.body = strings.Trim(body.String(), "\r\n\t ")
	return blk, nil, nil
}

func atLine(line int64, e *RowError) *RowError {
	e.Line = line
	return e
}

// aheadSource holds the first row, which was read so that the header is known.
type aheadSource struct {
	source
	rec    Record
	rowErr *RowError
	err    error
	taken  bool
}

func lookAhead(s source) source {
	a := &aheadSource{source: s}
	a.rec, a.rowErr, a.err = s.next()
	return a
}

func (a *aheadSource) next() (Record, *RowError, error) {
	if !a.taken {
		a.taken = true
		return a.rec, a.rowErr, a.err
	}
	if a.err != nil {
		return Record{}, nil, a.err
	}
	return a.source.next()
}
