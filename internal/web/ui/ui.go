// Package ui holds the components of the pages: small structs that a handler
// fills with finished, translated text, and one template for each, called as
// {{template "ui/tile" .Tile}}. Components draw without scripts and without
// inline styles; what app.js adds (ticking clocks, copying, keys) is a comfort.
//
// Texts that come from people are plain strings; templates escape them. Names
// go through Name first.
package ui

import "embed"

// Templates holds templates/*.html, and Names their names.
//
//go:embed templates
var Templates embed.FS

// Locale holds the words that components themselves use.
//
//go:embed locale
var Locale embed.FS

// Names are the files in Templates.
var Names = []string{
	"button", "chip", "clock", "confirm", "empty", "facts", "field", "funnel", "head", "heat", "heatstrip", "icon",
	"phone", "progress", "quote", "spark", "steps", "table", "tabs", "task", "tile", "timeline", "trend",
}

// Status is a judgement or a mark; it is shown as a word, a shape and a colour
// together. The first four are the states of a metric.
type Status string

// The statuses.
const (
	Pass         Status = "pass"         // 达标
	Fail         Status = "fail"         // 未达标
	Insufficient Status = "insufficient" // 样本不足: sample, coverage or a period still running
	NoData       Status = "no_data"      // 无数据
	Warn         Status = "warn"         // needs attention soon
	Info         Status = "info"         // a plain note
)

// Shape is the glyph of the status, so that colour is never alone.
func (s Status) Shape() string {
	switch s {
	case Pass:
		return "●"
	case Fail:
		return "▲"
	case Warn:
		return "◆"
	case NoData:
		return "◇"
	case Insufficient:
		return "○"
	}
	return ""
}

// Class is the status's CSS class.
func (s Status) Class() string {
	switch s {
	case Pass, Fail, Warn:
		return string(s)
	}
	return "none"
}

// Word is the translation key of a metric's state.
func (s Status) Word() string { return "ui.status." + string(s) }

// Chip is a short label; with a Status it has its colour and shape, and with no
// Text the status's own word.
type Chip struct {
	Status Status
	Text   string
	Href   string
}

// Button leads somewhere (Href), posts (Post) or copies (Copy); the first that
// is set counts.
type Button struct {
	Label   string
	Href    string
	Post    string            // path to post to; Hidden are its fields
	Hidden  map[string]string // with Post
	Copy    string            // text for the clipboard
	Primary bool
	Danger  bool
	Key     string // a key of the keyboard that presses it, e.g. "1", "X"
}

// Head is the top of a page: what it is about, and what to do about it.
type Head struct {
	Title   string
	Chips   []Chip
	Sub     string
	Buttons []Button
}

// Tabs leads between the views of one thing.
type Tabs []Tab

// Tab is one of Tabs; Count is shown where it is not empty.
type Tab struct {
	Label, Href, Count string
	Active             bool
}

// Empty stands where nothing is to be shown: what would be here, why it is not,
// and the one thing to do.
type Empty struct {
	What   string
	Why    string
	Action *Button
}

// Tile is one number of a page, with everything needed to judge it.
type Tile struct {
	Label      string
	Value      string // formatted; "" is shown as a dash
	Unit       string
	Status     Status // "" shows no chip
	Threshold  string // with its comparator: "> 15"
	Fraction   string // "12/427"
	Note       string // why it cannot be judged: "22 orders, 30 are needed"
	Delta      string // against the previous equal period: "+12.1%"
	Window     string // "11/16–11/22"
	Source     string // where the data comes from
	Coverage   string // "97%"
	Definition string // formula and who counts, behind "?"
	Href       string // the rows behind the number
	Spark      *Spark
}

// Progress is a bar; Max 0 means that the end is not known yet.
type Progress struct {
	Label      string
	Value, Max int64
	Text       string // "3,200 / 12,000 · 14 skipped"
}

// Share is the filled part as a percentage for assistive technology.
func (p Progress) Share() int64 {
	if p.Max <= 0 {
		return 0
	}
	return min(100, max(0, p.Value*100/p.Max))
}

// Facts is a list of labels and values.
type Facts []Fact

// Fact is one of Facts.
type Fact struct {
	Label, Value, Href string
	Copy               bool // with a button that copies Value
}

// Timeline lists what happened, the newest first.
type Timeline []Entry

// Entry is one of a Timeline.
type Entry struct {
	Time, Title, Detail, Href string
	Status                    Status
}

// Steps shows where a wizard stands.
type Steps []Step

// Step is one of Steps; Href is empty for steps that cannot be opened yet.
type Step struct {
	Label, Href  string
	Done, Active bool
}

// NumberedStep is a step with its number, from 1.
type NumberedStep struct {
	Step
	Number int
}

// Numbered counts the steps.
func (s Steps) Numbered() []NumberedStep {
	out := make([]NumberedStep, len(s))
	for i, step := range s {
		out[i] = NumberedStep{step, i + 1}
	}
	return out
}

// Phone previews what members will see in their chat.
type Phone struct {
	Title   string
	Bubbles []Bubble
}

// Bubble is one message of a Phone.
type Bubble struct {
	Name, Text string
	Own        bool
}

// Funnel shows how many of one step reached the next.
type Funnel []FunnelStep

// FunnelStep is one of a Funnel. Known is false where nothing counts the step;
// it is shown as a dash and the next share is left out.
type FunnelStep struct {
	Label string
	Count int64
	Known bool
	Href  string
}

// FunnelRow is a step with its bar (0–100, of the first known step) and the
// step before it (Before is 0 where there is no share).
type FunnelRow struct {
	FunnelStep
	Width  int64
	Before int64
}

// Rows computes bars and shares.
func (f Funnel) Rows() []FunnelRow {
	rows := make([]FunnelRow, len(f))
	var first, before int64
	for i, s := range f {
		rows[i] = FunnelRow{FunnelStep: s}
		if !s.Known {
			before = 0
			continue
		}
		first = max(first, s.Count)
		if first > 0 {
			rows[i].Width = s.Count * 100 / first
		}
		rows[i].Before, before = before, s.Count
	}
	return rows
}
