package ui

import "net/url"

// Table is a list of rows. It scrolls sideways inside its card.
type Table struct {
	Caption string // for assistive technology
	Columns []Column
	Rows    []Row
	Empty   Empty  // shown instead of a table without rows
	Count   string // "23 groups"
	First   string // address of the first page, "" on it
	Next    string // address of the next page, "" on the last one
	Dense   bool   // 32 px rows
}

// Column is a table's column; Numeric ones are aligned to the right.
type Column struct {
	Label    string
	Help     string
	Numeric  bool
	SortHref string // "" cannot be sorted
	Sorted   string // "ascending", "descending" or ""
}

// Row is a table's row, with one cell for each column.
type Row struct {
	Cells []Cell
	On    bool // the chosen row
}

// Cell is what stands in one column of a row.
type Cell struct {
	Text    string
	Href    string
	Sub     string // a second, quieter line
	Status  Status // colours a number and marks it with its shape
	Chips   []Chip
	Buttons []Button
	Bar     *Progress
	Spark   *Spark
}

// Text is a plain cell.
func Text(s string) Cell { return Cell{Text: s} }

// Link is a cell that leads somewhere.
func Link(s, href string) Cell { return Cell{Text: s, Href: href} }

// Judged is a number with the state of its metric.
func Judged(s string, status Status) Cell { return Cell{Text: s, Status: status} }

// Sorter makes the column heads of a table that is sorted by the parameters
// sort and dir of its address.
type Sorter struct {
	URL   *url.URL // of the request
	Field string   // how it is sorted now
	Desc  bool
}

// NewSorter reads sort and dir; field is how the table is sorted without them,
// and an unknown field falls back to it.
func NewSorter(u *url.URL, field string, desc bool, known ...string) Sorter {
	s := Sorter{URL: u, Field: field, Desc: desc}
	q := u.Query()
	for _, k := range known {
		if q.Get("sort") == k {
			s.Field, s.Desc = k, q.Get("dir") == "desc"
		}
	}
	return s
}

// Column is a column that sorts by field; a number starts with the largest.
func (s Sorter) Column(label, field string, numeric bool) Column {
	c := Column{Label: label, Numeric: numeric}
	desc := numeric
	if s.Field == field {
		desc = !s.Desc
		c.Sorted = "ascending"
		if s.Desc {
			c.Sorted = "descending"
		}
	}
	q := s.URL.Query()
	q.Del("cursor")
	q.Set("sort", field)
	q.Set("dir", map[bool]string{true: "desc", false: "asc"}[desc])
	c.SortHref = s.URL.Path + "?" + q.Encode()
	return c
}

// With returns the address u with one parameter changed, or removed where value
// is empty; for links to the next page and for filters.
func With(u *url.URL, name, value string) string {
	q := u.Query()
	q.Del(name)
	if value != "" {
		q.Set(name, value)
	}
	if len(q) == 0 {
		return u.Path
	}
	return u.Path + "?" + q.Encode()
}
