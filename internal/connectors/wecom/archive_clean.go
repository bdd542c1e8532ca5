package wecom

import (
	"bytes"
	"encoding/json"
	"strconv"
	"time"
)

// cleanJSON makes archive plaintext fit for encoding/json and for storage: valid
// UTF-8, no byte order mark, no NUL (PostgreSQL refuses it in text), and no raw
// control characters, which the archive is known to leave inside strings. Line
// breaks and tabs inside strings survive as escapes.
func cleanJSON(raw []byte) []byte {
	raw = bytes.TrimPrefix(bytes.ToValidUTF8(raw, []byte("\uFFFD")), []byte("\uFEFF"))
	out := make([]byte, 0, len(raw))
	inString := false
	for i := 0; i < len(raw); i++ {
		switch b := raw[i]; {
		case b < 0x20:
			out = append(out, controlReplacement(b, inString)...)
		case b == '"':
			inString = !inString
			out = append(out, b)
		case b == '\\' && inString:
			kept, skip := escapeSequence(raw[i:])
			out = append(out, kept...)
			i += skip - 1
		default:
			out = append(out, b)
		}
	}
	return out
}

func controlReplacement(b byte, inString bool) string {
	switch {
	case !inString:
		return " "
	case b == '\n':
		return `\n`
	case b == '\t':
		return `\t`
	default:
		return ""
	}
}

// escapeSequence returns what to keep of the escape that b starts with, and how
// many bytes of b it takes.
func escapeSequence(b []byte) (kept []byte, length int) {
	switch {
	case bytes.HasPrefix(b, []byte(`\u0000`)):
		return nil, 6
	case len(b) < 2 || b[1] < 0x20:
		return nil, 1
	default:
		return b[:2], 2
	}
}

// Bounds for telling seconds from milliseconds: the archive mixes both. Before
// 2011 there was no WeChat.
const (
	earliestSecond = 1_293_840_000 // 2011-01-01
	latestSecond   = 4_102_444_800 // 2100-01-01
)

// timeOf reads a timestamp in seconds or milliseconds; false when it is neither.
func timeOf(n int64) (time.Time, bool) {
	switch {
	case n >= earliestSecond && n <= latestSecond:
		return time.Unix(n, 0).UTC(), true
	case n >= earliestSecond*1000 && n <= latestSecond*1000:
		return time.UnixMilli(n).UTC(), true
	default:
		return time.Time{}, false
	}
}

// Timestamp is a time that the archive wrote in seconds or milliseconds, as a
// number or as a string of digits; the zero time when it made no sense.
type Timestamp struct{ time.Time }

// UnmarshalJSON implements json.Unmarshaler.
func (t *Timestamp) UnmarshalJSON(b []byte) error {
	*t = Timestamp{}
	n, err := strconv.ParseInt(string(bytes.Trim(b, `"`)), 10, 64)
	if err == nil {
		t.Time, _ = timeOf(n)
	}
	return nil
}

// embeddedJSON is a JSON object that may come wrapped in a JSON string.
type embeddedJSON []byte

// UnmarshalJSON implements json.Unmarshaler.
func (e *embeddedJSON) UnmarshalJSON(b []byte) error {
	var text string
	if err := json.Unmarshal(b, &text); err == nil {
		b = []byte(text)
	}
	*e = cleanJSON(b)
	return nil
}
