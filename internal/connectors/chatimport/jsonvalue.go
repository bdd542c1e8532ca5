package chatimport

import (
	"bytes"
	"encoding/json"
	"errors"
)

// flexString is a JSON string, or any other value by its own letters: programs
// differ in whether an id or a time is a number, and a 19-digit number must not
// pass through a float. null is empty.
type flexString string

func (s *flexString) UnmarshalJSON(raw []byte) error {
	switch {
	case bytes.Equal(raw, []byte("null")):
		*s = ""
		return nil
	case raw[0] == '"':
		return json.Unmarshal(raw, (*string)(s))
	}
	*s = flexString(raw)
	return nil
}

// truth reads 1, true and "true".
func (s flexString) truth() bool { return s == "1" || s == "true" }

// decodeItem decodes one element or line into v.
func decodeItem(item jsonItem, limit int, v any) *RowError {
	if item.TooLong {
		return itemError(item, rowError(TooLong, "", string(item.Raw[:min(len(item.Raw), 400)]), limit))
	}
	if err := json.Unmarshal(item.Raw, v); err != nil {
		field := ""
		var typeErr *json.UnmarshalTypeError
		if errors.As(err, &typeErr) {
			field = typeErr.Field
		}
		return itemError(item, rowError(Broken, field, string(item.Raw), err.Error()))
	}
	return nil
}

func itemError(item jsonItem, e *RowError) *RowError {
	e.Line = item.Line
	return e
}

// jsonSource turns the items of a document or of lines into records. Members
// of the top object go to setting, elements to element, which may return
// nothing.
type jsonSource struct {
	items   func() (jsonItem, error)
	setting func(jsonItem) *RowError
	element func(jsonItem) (Record, bool, *RowError)
	pending []pendingRow // read while Open looked for the header
	failed  error        // met by that look-ahead; reported after pending
}

type pendingRow struct {
	rec Record
	err *RowError
}

// maxPending bounds how many rows (members, usually) Open reads ahead.
const maxPending = 4096

// prepare reads up to the first message, so that the header is known.
func (s *jsonSource) prepare() {
	for len(s.pending) < maxPending {
		rec, rowErr, err := s.read()
		if err != nil {
			s.failed = err
			return
		}
		s.pending = append(s.pending, pendingRow{rec, rowErr})
		if rowErr == nil && rec.Kind != Member {
			return
		}
	}
}

func (s *jsonSource) next() (Record, *RowError, error) {
	if len(s.pending) > 0 {
		row := s.pending[0]
		s.pending = s.pending[1:]
		return row.rec, row.err, nil
	}
	if s.failed != nil {
		return Record{}, nil, s.failed
	}
	return s.read()
}

func (s *jsonSource) read() (Record, *RowError, error) {
	for {
		item, err := s.items()
		if err != nil {
			return Record{}, nil, err
		}
		if !item.Element {
			if rowErr := s.setting(item); rowErr != nil {
				return Record{}, rowErr, nil
			}
			continue
		}
		rec, ok, rowErr := s.element(item)
		if rowErr != nil {
			return Record{}, rowErr, nil
		}
		if ok {
			rec.Line = item.Line
			return rec, nil, nil
		}
	}
}

// jsonLines walks lines that each hold one object; # lines are comments.
type jsonLines struct {
	lines *lineReader
}

func (l *jsonLines) next() (jsonItem, error) {
	for {
		line, tooLong, err := l.lines.next()
		if err != nil {
			return jsonItem{}, err
		}
		trimmed := bytes.TrimSpace(line)
		if len(trimmed) == 0 || trimmed[0] == '#' {
			continue
		}
		return jsonItem{Element: true, Raw: trimmed, Line: l.lines.number, TooLong: tooLong}, nil
	}
}
