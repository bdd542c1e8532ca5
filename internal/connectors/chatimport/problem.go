package chatimport

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Problem is why a row was refused: a translation key below "chatimport.row.".
type Problem string

// The problems of rows. The comment names the arguments.
const (
	TooLong       Problem = "too_long"       // limit in bytes
	Broken        Problem = "broken"         // what the parser said
	Missing       Problem = "missing"        // none
	TimeInvalid   Problem = "time_invalid"   // none
	TimeNoClock   Problem = "time_no_clock"  // none
	TimeBounds    Problem = "time_bounds"    // earliest year
	TimeFuture    Problem = "time_future"    // none
	TimeNoDay     Problem = "time_no_day"    // none
	OutsidePeriod Problem = "outside_period" // from, to
	LossyID       Problem = "lossy_id"       // none
	UnknownSender Problem = "unknown_sender" // the sender's number
	UnclosedQuote Problem = "unclosed_quote" // last line that was looked at
	ColumnCount   Problem = "column_count"   // columns found, columns expected
	Stray         Problem = "stray"          // none
)

// Key is the translation key of the problem.
func (p Problem) Key() string { return "chatimport.row." + string(p) }

// RowError says that one row was not read; the stream goes on after it.
type RowError struct {
	Line    int64  // line of the file, from 1; row of a sheet
	Row     int64  // message of the file, from 1; 0 where it is not known
	Field   string // as the format calls it; "" for the whole row
	Problem Problem
	Args    []any  // of the translation
	Sample  string // beginning of what was found, at most 80 characters
}

func (e *RowError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "line %d", e.Line)
	if e.Field != "" {
		fmt.Fprintf(&b, ", %s", e.Field)
	}
	fmt.Fprintf(&b, ": %s", e.Problem)
	if len(e.Args) > 0 {
		fmt.Fprintf(&b, " %v", e.Args)
	}
	if e.Sample != "" {
		fmt.Fprintf(&b, " (%q)", e.Sample)
	}
	return b.String()
}

const sampleRunes = 80

func rowError(p Problem, field, found string, args ...any) *RowError {
	return &RowError{Field: field, Problem: p, Args: args, Sample: sample(found)}
}

// sample shortens what was found to something that fits into an error list.
func sample(s string) string {
	if len(s) > 4*sampleRunes {
		s = s[:4*sampleRunes]
	}
	s = strings.TrimSpace(clean(s))
	if utf8.RuneCountInString(s) <= sampleRunes {
		return s
	}
	return string([]rune(s)[:sampleRunes]) + "…"
}
