package ui

// Heat is a table of shares by cohort: one row a cohort, one column a period.
type Heat struct {
	Corner  string // over the row labels
	Columns []string
	Rows    []HeatRow
}

// HeatRow is one cohort; Cells that are not due yet stay empty.
type HeatRow struct {
	Label string
	Cells []HeatCell
}

// HeatCell is a share of 0–1 with its text; an empty Text is an empty cell.
type HeatCell struct {
	Share float64
	Text  string
	Title string
}

// Level is the depth of the cell's colour, 0–10.
func (c HeatCell) Level() int { return level(c.Share) }

// HeatStrip shows the coverage of data, one small field a day.
type HeatStrip struct {
	Label string
	Days  []HeatDay
}

// HeatDay is one day; a nil Share is a day about which nothing is known.
type HeatDay struct {
	Title string // "11/22 · 97%"
	Share *float64
}

// HeatField is a day with its place in the strip.
type HeatField struct {
	HeatDay
	X, Level int
}

// Fields computes the places; Width is the strip's width.
func (h HeatStrip) Fields() []HeatField {
	fields := make([]HeatField, len(h.Days))
	for i, d := range h.Days {
		fields[i] = HeatField{HeatDay: d, X: i * heatPitch}
		if d.Share != nil {
			fields[i].Level = level(*d.Share)
		}
	}
	return fields
}

const heatPitch = 10

// Width is the width of the drawing.
func (h HeatStrip) Width() int { return max(1, len(h.Days)*heatPitch-2) }

// level is 0 for what is not a share at all.
func level(share float64) int {
	if !(share > 0) {
		return 0
	}
	return int(min(1, share)*10 + 0.5)
}
