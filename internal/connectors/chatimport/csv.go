package chatimport

import (
	"io"
	"strings"
)

// tableRow is a row of cells, or why it could not be read.
type tableRow struct {
	cells []string
	line  int64
	err   *RowError
}

// rowReader reads the rows of a table; io.EOF ends it.
type rowReader interface {
	nextRow() (tableRow, error)
}

// csvReader reads RFC 4180 with any delimiter, in bounded memory. encoding/csv
// is not used because one quote that is never closed makes it read the rest of
// the file into memory; here that costs one row.
type csvReader struct {
	lines     *lineReader
	delimiter byte
	limit     int        // bytes of a row
	again     []numbered // lines to read once more after a broken row
	budget    int        // bytes that may still be read once more
}

type numbered struct {
	text string
	line int64
}

// rereadBudget bounds the work a file of stray quotes can cause.
const rereadBudget = 64 << 20

func newCSVReader(r io.Reader, limit int, delimiter string) (*csvReader, error) {
	c := &csvReader{lines: newLineReader(r, limit), limit: limit, budget: rereadBudget}
	raw, _, err := c.lines.next()
	if err != nil && err != io.EOF {
		return nil, err
	}
	first := string(raw)
	if sep, ok := strings.CutPrefix(first, "sep="); ok && len(sep) == 1 {
		c.delimiter = sep[0]
		return c, nil
	}
	c.delimiter = delimiterOf(first)
	if len(delimiter) == 1 {
		c.delimiter = delimiter[0]
	}
	if err == nil {
		c.again = []numbered{{first, 1}}
	}
	return c, nil
}

func (c *csvReader) nextRow() (tableRow, error) {
	var kept []numbered
	parser := rowParser{delimiter: c.delimiter}
	size := 0
	for {
		line, rowErr, err := c.line()
		switch {
		case err == io.EOF && len(kept) > 0:
			return c.unclosed(kept), nil
		case err != nil:
			return tableRow{}, err
		case rowErr != nil && len(kept) == 0:
			return tableRow{line: rowErr.Line, err: rowErr}, nil
		case rowErr != nil:
			return c.unclosed(kept), nil
		case len(kept) == 0 && strings.TrimSpace(line.text) == "":
			continue
		}
		kept = append(kept, line)
		size += len(line.text)
		ok, complete := parser.feed(line.text)
		if complete {
			return tableRow{cells: parser.cells, line: kept[0].line}, nil
		}
		if !ok || size > c.limit {
			return c.unclosed(kept), nil
		}
	}
}

func (c *csvReader) line() (numbered, *RowError, error) {
	if len(c.again) > 0 {
		line := c.again[0]
		c.again = c.again[1:]
		return line, nil, nil
	}
	raw, tooLong, err := c.lines.next()
	if err != nil {
		return numbered{}, nil, err
	}
	if tooLong {
		return numbered{}, atLine(c.lines.number, rowError(TooLong, "", string(raw[:min(len(raw), 400)]), c.limit)), nil
	}
	return numbered{string(raw), c.lines.number}, nil, nil
}

// unclosed gives up the row that starts at the first kept line; the lines after
// it are read again as rows of their own.
func (c *csvReader) unclosed(kept []numbered) tableRow {
	last := kept[len(kept)-1].line
	rest := kept[1:]
	for _, line := range rest {
		c.budget -= len(line.text) + 1
	}
	if c.budget > 0 {
		c.again = append(append([]numbered{}, rest...), c.again...)
	}
	return tableRow{line: kept[0].line, err: atLine(kept[0].line, rowError(UnclosedQuote, "", kept[0].text, last))}
}

// rowParser splits a row that may span lines.
type rowParser struct {
	delimiter byte
	cells     []string
	cell      strings.Builder
	quoted    bool
}

// feed adds a line. complete reports that the row ends with it; ok is false
// when a quote stands where none may be, so that the row makes no sense.
func (p *rowParser) feed(line string) (ok, complete bool) {
	for {
		if !p.quoted {
			if strings.HasPrefix(line, `"`) {
				p.quoted = true
				line = line[1:]
				continue
			}
			end := strings.IndexByte(line, p.delimiter)
			if end < 0 {
				p.cells = append(p.cells, line)
				return true, true
			}
			p.cells = append(p.cells, line[:end])
			line = line[end+1:]
			continue
		}
		end := strings.IndexByte(line, '"')
		if end < 0 {
			p.cell.WriteString(line)
			p.cell.WriteByte('\n')
			return true, false
		}
		p.cell.WriteString(line[:end])
		line = line[end+1:]
		switch {
		case strings.HasPrefix(line, `"`):
			p.cell.WriteByte('"')
			line = line[1:]
		case line == "":
			p.endQuoted()
			return true, true
		case line[0] == p.delimiter:
			p.endQuoted()
			line = line[1:]
		default:
			return false, false
		}
	}
}

func (p *rowParser) endQuoted() {
	p.cells = append(p.cells, p.cell.String())
	p.cell.Reset()
	p.quoted = false
}

// delimiterOf is the most frequent of comma, tab and semicolon.
func delimiterOf(line string) byte {
	best, count := byte(','), 0
	for _, d := range []byte{',', '\t', ';'} {
		if n := strings.Count(line, string(d)); n > count {
			best, count = d, n
		}
	}
	return best
}

// splitRow splits a row that stands in one line.
func splitRow(line string, delimiter byte) []string {
	p := rowParser{delimiter: delimiter}
	if _, complete := p.feed(line); !complete {
		return nil
	}
	return p.cells
}
