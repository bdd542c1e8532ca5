package chatimport

import (
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/qunzhu/qunzhu/internal/fault"
)

// newMappedSource reads a table through the mapping of the options, or through
// the one its headings suggest.
func newMappedSource(in input, rows rowReader, since1904 bool) (source, error) {
	var m Mapping
	if in.opt.Mapping != nil {
		m = *in.opt.Mapping
	}
	first, err := headerRow(rows)
	if err != nil {
		return nil, err
	}
	cols := newColumns(first)
	if m.NoHeader {
		rows = &pushedRow{rowReader: rows, first: first}
		cols = columns{names: cols.names, index: map[string]int{}}
	} else {
		in.header.Columns = cols.names
	}
	if in.opt.Mapping == nil {
		guess, ok := GuessMapping(first)
		if !ok {
			return nil, fault.New(fault.Invalid, "chatimport.mapping_needed", strings.Join(cols.names, ", "))
		}
		m = guess
	}
	set, err := m.resolve(cols)
	if err != nil {
		return nil, err
	}
	t := mapped{in: in, m: m, set: set, since1904: since1904}
	return &tableSource{rows: rows, convert: t.convert}, nil
}

// pushedRow gives the first row again, where it is no heading.
type pushedRow struct {
	rowReader
	first []string
}

func (p *pushedRow) nextRow() (tableRow, error) {
	if p.first != nil {
		row := tableRow{cells: p.first, line: 1}
		p.first = nil
		return row, nil
	}
	return p.rowReader.nextRow()
}

func (p *pushedRow) Close() error {
	if c, ok := p.rowReader.(io.Closer); ok {
		return c.Close()
	}
	return nil
}

type mapped struct {
	in        input
	m         Mapping
	set       columnSet
	since1904 bool
}

func (t mapped) convert(cells []string) (Record, *RowError) {
	at, minute, rowErr := t.time(cells)
	if rowErr != nil {
		return Record{}, rowErr
	}
	rec := Record{
		Kind: Message, At: at, Minute: minute,
		SenderID:   strings.TrimSpace(cellAt(cells, t.set.senderID)),
		SenderName: strings.TrimSpace(cellAt(cells, t.set.sender)),
		PlatformID: strings.TrimSpace(cellAt(cells, t.set.messageID)),
		Text:       cellAt(cells, t.set.text),
	}
	rec.Type = typeOfText(rec.Text)
	if name := cellAt(cells, t.set.typ); name != "" {
		rec.Type = typeByName(name)
	}
	if rec.Type == System {
		applySystem(&rec)
	}
	return rec, nil
}

func (t mapped) time(cells []string) (time.Time, bool, *RowError) {
	written := strings.TrimSpace(cellAt(cells, t.set.time))
	if written == "" {
		return time.Time{}, false, rowError(Missing, t.m.Time, strings.Join(cells, " "))
	}
	if date := strings.TrimSpace(cellAt(cells, t.set.date)); date != "" {
		written = joinDate(date, written)
	}
	at, minute, problem := time.Time{}, false, Problem("")
	if t.m.TimeLayout != "" {
		parsed, err := time.ParseInLocation(t.m.TimeLayout, written, t.in.opt.Zone)
		if err != nil {
			return at, false, timeError(TimeInvalid, t.m.Time, written)
		}
		minute = !strings.Contains(t.m.TimeLayout, "05")
		at, problem = t.in.times.check(parsed)
	} else {
		at, minute, problem = t.in.times.cell(written, t.since1904)
	}
	if problem != "" {
		return at, false, timeError(problem, t.m.Time, written)
	}
	return at, minute, nil
}

// joinDate puts a day and a clock together; a workbook stores both as numbers,
// whole days and a fraction of one.
func joinDate(date, clock string) string {
	day, err1 := strconv.ParseFloat(date, 64)
	fraction, err2 := strconv.ParseFloat(clock, 64)
	if err1 == nil && err2 == nil && fraction >= 0 && fraction < 1 {
		return strconv.FormatFloat(day+fraction, 'f', -1, 64)
	}
	return date + " " + clock
}
