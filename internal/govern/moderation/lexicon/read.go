package lexicon

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// maxRowErrors bounds how many bad rows are described one by one.
const maxRowErrors = 100

// RowError says what is wrong with one row of a word-list file.
type RowError struct {
	Row int // 1-based line in the file
	Err error
}

func (e RowError) Error() string { return fmt.Sprintf("row %d: %v", e.Row, e.Err) }

func (e RowError) Unwrap() error { return e.Err }

// Load reads the word-list file at path: CSV when its name ends in .csv, else
// one word a line. Rows that cannot be used are left out of the list and
// described (at most 100 of them); an error means that nothing could be used.
func Load(path string) (List, []RowError, error) {
	f, err := os.Open(path)
	if err != nil {
		return List{}, nil, fmt.Errorf("open word list: %w", err)
	}
	defer f.Close()
	read := ReadText
	if strings.EqualFold(filepath.Ext(path), ".csv") {
		read = ReadCSV
	}
	name := strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))
	list, bad, err := read(name, f)
	if err != nil {
		return List{}, nil, fmt.Errorf("word list %s: %w", path, err)
	}
	return list, bad, nil
}

// ReadText reads one word a line, in UTF-8 or GB18030; empty lines and lines
// that start with "#" are skipped. Each word becomes a folded word of category
// custom and level warn.
func ReadText(name string, r io.Reader) (List, []RowError, error) {
	data, err := decode(r)
	if err != nil {
		return List{}, nil, err
	}
	b := builder{list: List{Name: name, Version: fingerprint(data)}}
	lines := bufio.NewScanner(strings.NewReader(data))
	lines.Buffer(make([]byte, 0, 64<<10), MaxFileBytes)
	for row := 1; lines.Scan(); row++ {
		text := strings.TrimSpace(lines.Text())
		if text == "" || strings.HasPrefix(text, "#") {
			continue
		}
		b.add(row, Word{Text: text, Category: CategoryCustom, Level: LevelWarn}, nil)
	}
	return b.finish()
}

// ReadCSV reads rows of word, category, level, policy ("fold" or "exact") and
// allow ("true" or "allow"), in UTF-8 or GB18030. Only word is required. A
// header row naming the columns may change their order; "#" starts a comment
// row.
func ReadCSV(name string, r io.Reader) (List, []RowError, error) {
	data, err := decode(r)
	if err != nil {
		return List{}, nil, err
	}
	rows := csv.NewReader(strings.NewReader(data))
	rows.FieldsPerRecord, rows.TrimLeadingSpace, rows.Comment = -1, true, '#'
	b := builder{list: List{Name: name, Version: fingerprint(data)}}
	columns := defaultColumns
	for first := true; ; first = false {
		fields, err := rows.Read()
		if errors.Is(err, io.EOF) {
			return b.finish()
		}
		if parse := (*csv.ParseError)(nil); errors.As(err, &parse) {
			b.reject(parse.Line, parse.Err)
			continue
		}
		if err != nil {
			return List{}, nil, err
		}
		if first && slices.ContainsFunc(fields, isWordColumn) {
			columns = fields
			continue
		}
		row, _ := rows.FieldPos(0)
		word, err := parseRow(columns, fields)
		b.add(row, word, err)
	}
}

var defaultColumns = []string{"word", "category", "level", "policy", "allow"}

func isWordColumn(name string) bool { return columnName(name) == "word" }

func columnName(s string) string { return strings.ToLower(strings.TrimSpace(s)) }

func parseRow(columns, fields []string) (Word, error) {
	w := Word{Category: CategoryCustom, Level: LevelWarn}
	for i, field := range fields {
		field = strings.TrimSpace(field)
		if i >= len(columns) {
			return w, fmt.Errorf("it has %d columns, expected at most %d (%s)", len(fields), len(columns), strings.Join(columns, ", "))
		}
		if err := w.set(columnName(columns[i]), field); err != nil {
			return w, err
		}
	}
	return w, nil
}

// set fills one column; an empty field keeps the default.
func (w *Word) set(column, field string) error {
	if field == "" {
		return nil
	}
	switch column {
	case "word":
		w.Text = field
	case "category":
		w.Category = field
	case "level":
		n, err := strconv.Atoi(field)
		if err != nil {
			return fmt.Errorf("level: %q is not a number from 1 to 4", field)
		}
		w.Level = Level(n)
	case "policy":
		switch field {
		case "fold":
			w.Policy = Fold
		case "exact":
			w.Policy = Exact
		default:
			return fmt.Errorf("policy: %q is neither fold nor exact", field)
		}
	case "allow":
		if field != "allow" && field != "true" && field != "false" {
			return fmt.Errorf("allow: %q is neither true nor false", field)
		}
		w.Allow = field != "false"
	}
	return nil
}

// builder collects the rows of one file.
type builder struct {
	list List
	bad  []RowError
}

func (b *builder) add(row int, w Word, err error) {
	if err == nil {
		err = w.Check()
	}
	if err != nil {
		b.reject(row, err)
		return
	}
	b.list.Words = append(b.list.Words, w)
}

func (b *builder) reject(row int, err error) {
	if len(b.bad) < maxRowErrors {
		b.bad = append(b.bad, RowError{row, err})
	}
}

func (b *builder) finish() (List, []RowError, error) {
	switch {
	case len(b.list.Words) > MaxWords:
		return List{}, nil, fmt.Errorf("it has %d words, more than %d; split it", len(b.list.Words), MaxWords)
	case len(b.list.Words) == 0 && len(b.bad) > 0:
		return List{}, nil, fmt.Errorf("no row can be used; first: %w", b.bad[0])
	}
	return b.list, b.bad, nil
}

// decode returns the file as UTF-8 text without byte order mark.
func decode(r io.Reader) (string, error) {
	data, err := io.ReadAll(io.LimitReader(r, MaxFileBytes+1))
	if err != nil {
		return "", err
	}
	if len(data) > MaxFileBytes {
		return "", fmt.Errorf("the file is larger than %d MiB; split it", MaxFileBytes>>20)
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if utf8.Valid(data) {
		return string(data), nil
	}
	// The decoder writes U+FFFD for what is not GB18030 instead of failing.
	text, err := simplifiedchinese.GB18030.NewDecoder().Bytes(data)
	if err != nil || bytes.ContainsRune(text, utf8.RuneError) {
		return "", errors.New("the file is neither UTF-8 nor GB18030; save it as UTF-8")
	}
	return string(text), nil
}

// fingerprint is the version of a list that does not name one.
func fingerprint(data string) string {
	h := fnv.New64a()
	_, _ = io.WriteString(h, data)
	return fmt.Sprintf("%016x", h.Sum64())
}
