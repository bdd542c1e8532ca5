// Package mission holds the article that qunzhu is built from as data: each row of its tables and each of its claims,
// with the slices that carry it, the figures that it is judged by and the tests that prove it. docs/traceability.md is
// generated from here; a test compares both with the article, word for word, so nothing in it can be forgotten.
package mission

// Status says how much of a row runs today.
type Status string

// The three states of a row.
const (
	Missing Status = "missing" // nothing runs
	Partial Status = "partial" // some of it runs; Row.Remains names the rest
	Built   Status = "built"   // all of it runs, and Row.Tests proves it
)

// Kind says what a row is in the article.
type Kind string

// The four kinds of rows.
const (
	TableRow Kind = "table"    // a line of one of the article's tables
	Demand   Kind = "demand"   // a sentence that asks for something
	Claim    Kind = "claim"    // a result that the article reports; the product measures the same thing
	Inferred Kind = "inferred" // not in the article, but announced by it; marked wherever it is shown
)

// Comparator relates a metric's value to its threshold.
type Comparator string

// The comparators that the article uses, with its own strictness: "3%以下" includes 3 %, "<5分钟" excludes 300 s.
const (
	Above    Comparator = ">"
	AtLeast  Comparator = "≥"
	Below    Comparator = "<"
	AtMost   Comparator = "≤"
	Reported Comparator = "≈" // the article's own figure, shown beside ours and never a threshold
	Shown    Comparator = ""  // measured and shown, never judged
)

// Unit is the unit in which a Measure's Value is given.
type Unit string

// Units of thresholds. A Ratio of 0.9 prints as 90 %.
const (
	Ratio   Unit = "%"
	Times   Unit = "×"
	Seconds Unit = "s"
	PerDay  Unit = "/d"
	PerWeek Unit = "/w"
	Count   Unit = ""
)

// Measure is one figure that a row is judged by.
type Measure struct {
	Key        string // the metric's key, as in the API
	Comparator Comparator
	Value      float64 // in Unit; meaningless when Comparator is Shown
	Unit       Unit
}

// Row is one thing that the article says.
type Row struct {
	ID       string // section and word, such as "3.moderation"; never reused
	Kind     Kind
	Status   Status
	Remains  string    // for Partial: what does not run yet
	Text     string    // the article's own words, complete and unchanged
	English  string    // what they ask for
	Slices   []string  // folders under internal/ that carry it, such as "govern/moderation"
	Measures []Measure // figures that it is judged by, or that are shown with it
	Tests    []string  // what proves it: folder under internal/, a dot, the test, as in "govern/moderation.TestX"
}

// Section is one part of the article: introduction (0), its eight numbered sections, and conclusion (9).
type Section struct {
	Number  int
	Title   string
	English string
	Wing    string // folder under internal/; empty for introduction and conclusion, which concern all
	Rows    []Row
}

// Table returns the whole mission in the article's order. The caller owns the result.
func Table() []Section {
	return []Section{
		introduction(), positioning(), creation(), governance(), growth(),
		content(), measurement(), risk(), comparison(), conclusion(),
	}
}
