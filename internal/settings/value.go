package settings

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/qunzhu/qunzhu/internal/fault"
)

const (
	maxChars = 2000 // of a Text without bounds
	maxItems = 1000 // of a List without bounds
	maxItem  = 200  // characters of one entry
)

// parse checks what was typed and returns it in the one way it is stored. The
// fault names the field and says what was expected.
func (f Field) parse(typed string) (string, error) {
	if !utf8.ValidString(typed) || strings.ContainsRune(typed, 0) {
		return "", fault.InvalidField(f.Key, "fault.setting_characters")
	}
	switch f.Kind {
	case Text:
		return f.parseText(typed)
	case Number:
		return f.parseNumber(typed)
	case Bool:
		b, err := strconv.ParseBool(strings.TrimSpace(typed))
		if err != nil {
			return "", fault.InvalidField(f.Key, "fault.setting_bool")
		}
		return strconv.FormatBool(b), nil
	case Choice:
		if !slices.Contains(f.Options, typed) {
			return "", fault.InvalidField(f.Key, "fault.setting_choice", strings.Join(f.Options, ", "))
		}
		return typed, nil
	case Duration:
		d, err := parseDuration(typed)
		if err != nil || d < 0 || f.outside(d.Seconds()) {
			return "", f.wrongDuration()
		}
		return d.String(), nil
	case List:
		return f.parseList(typed)
	}
	return "", fault.InvalidField(f.Key, "fault.setting_kind", string(f.Kind))
}

func (f Field) bounded() bool { return f.Min != 0 || f.Max != 0 }

func (f Field) outside(v float64) bool { return f.bounded() && (v < f.Min || v > f.Max) }

func (f Field) parseText(typed string) (string, error) {
	v := strings.TrimSpace(typed)
	n := utf8.RuneCountInString(v)
	if f.outside(float64(n)) || !f.bounded() && n > maxChars {
		return "", fault.InvalidField(f.Key, "fault.setting_text", plainNumber(f.Min), plainNumber(f.upper(maxChars)))
	}
	return v, nil
}

func (f Field) upper(unbounded float64) float64 {
	if f.bounded() {
		return f.Max
	}
	return unbounded
}

func (f Field) parseNumber(typed string) (string, error) {
	v := strings.TrimSpace(typed)
	n, err := strconv.ParseFloat(v, 64)
	plain := !strings.ContainsFunc(v, func(r rune) bool { return !unicode.IsDigit(r) && r != '.' && r != '-' && r != '+' })
	_, digits, _ := strings.Cut(v, ".")
	// Beyond 2^53 a whole number has no exact float, and the bounds would lie.
	if err != nil || !plain || len(digits) > f.Decimals || math.Abs(n) > 1<<53 || f.outside(n) {
		if f.bounded() {
			return "", fault.InvalidField(f.Key, "fault.setting_number_range", f.Decimals, plainNumber(f.Min), plainNumber(f.Max))
		}
		return "", fault.InvalidField(f.Key, "fault.setting_number", f.Decimals)
	}
	return plainNumber(n), nil
}

func plainNumber(n float64) string { return strconv.FormatFloat(n, 'f', -1, 64) }

func (f Field) wrongDuration() error {
	if !f.bounded() {
		return fault.InvalidField(f.Key, "fault.setting_duration")
	}
	seconds := func(n float64) time.Duration { return time.Duration(n * float64(time.Second)) }
	return fault.InvalidField(f.Key, "fault.setting_duration_range", seconds(f.Min), seconds(f.Max))
}

func (f Field) parseList(typed string) (string, error) {
	var items []string
	for line := range strings.Lines(typed) {
		item := strings.TrimSpace(line)
		if item == "" || slices.Contains(items, item) {
			continue
		}
		if utf8.RuneCountInString(item) > maxItem {
			return "", fault.InvalidField(f.Key, "fault.setting_list_item", maxItem)
		}
		if items = append(items, item); len(items) > maxItems {
			break
		}
	}
	if n := len(items); f.outside(float64(n)) || n > maxItems {
		return "", fault.InvalidField(f.Key, "fault.setting_list", plainNumber(f.Min), plainNumber(min(f.upper(maxItems), maxItems)))
	}
	return strings.Join(items, "\n"), nil
}

// parseDuration also takes whole days, which time.ParseDuration does not know.
func parseDuration(typed string) (time.Duration, error) {
	v := strings.TrimSpace(typed)
	days, rest, found := strings.Cut(v, "d")
	if !found {
		return time.ParseDuration(v)
	}
	n, err := strconv.ParseUint(days, 10, 16)
	if err != nil {
		return 0, err
	}
	d := time.Duration(n) * 24 * time.Hour
	if rest == "" {
		return d, nil
	}
	more, err := time.ParseDuration(rest)
	return d + more, err
}
