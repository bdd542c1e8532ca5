package ui

import "time"

// Task is a sentence that says what to do, with what closes it below.
type Task struct {
	ID      string
	Mark    Status
	Title   string
	Detail  string
	Source  string // small tag, "企微"
	Clock   *Clock
	Buttons []Button
	Href    string // opens the task
	On      bool   // the chosen one
	Group   string // groups rows of one list for the keys J and K
}

// Clock counts down to a deadline in domain time, which in a demo runs at Speed
// times real time. The server writes where it stands; app.js lets it go on.
type Clock struct {
	Deadline, Now time.Time
	Speed         float64
}

// Left is the time that is left, negative once it has passed.
func (c Clock) Left() time.Duration { return c.Deadline.Sub(c.Now) }

// Past reports whether the deadline is over.
func (c Clock) Past() bool { return c.Left() < 0 }

// Late reports whether the deadline is near enough to be marked: below five
// minutes, or past.
func (c Clock) Late() bool { return c.Left() < 5*time.Minute }

// Quote is a message with marked parts.
type Quote struct {
	Meta  string // time and sender
	Parts []Part
}

// Part is a stretch of a text.
type Part struct {
	Text   string
	Marked bool
	Title  string // why it is marked
}

// Span marks text[Start:End], in bytes.
type Span struct {
	Start, End int
	Title      string
}

// Parts cuts text at spans, which are in order; those that overlap an earlier
// one, lie outside, or would cut a character are left out.
func Parts(text string, spans []Span) []Part {
	var parts []Part
	at := 0
	for _, s := range spans {
		if s.Start < at || s.End <= s.Start || s.End > len(text) || !boundary(text, s.Start) || !boundary(text, s.End) {
			continue
		}
		if s.Start > at {
			parts = append(parts, Part{Text: text[at:s.Start]})
		}
		parts = append(parts, Part{Text: text[s.Start:s.End], Marked: true, Title: s.Title})
		at = s.End
	}
	if at < len(text) {
		parts = append(parts, Part{Text: text[at:]})
	}
	return parts
}

func boundary(text string, i int) bool { return i == len(text) || text[i]&0xC0 != 0x80 }
