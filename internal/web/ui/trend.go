package ui

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Point is one period of a series. A nil value is a period without data: the
// line has a gap there, and never a zero.
type Point struct {
	Label string // on the axis: "11/22"
	Value *float64
	Note  string // added to the tooltip: "coverage 60%"
}

// Value makes the value of a Point.
func Value(v float64) *float64 { return &v }

// Line is a level on a chart, straight from From (first period) to To (last).
type Line struct {
	From, To float64
	Label    string
}

// Trend is a line chart, drawn as SVG on the server, with its numbers in a
// table behind it.
type Trend struct {
	Label     string // what is shown, for assistive technology
	Points    []Point
	Threshold *Line
	Goal      *Line
	Running   bool // the last period is not complete: a hollow marker
	Format    func(float64) string
}

// The drawing area of a chart in its own units; the page scales it. A phone gets
// a narrow drawing, in which the letters stay readable.
const (
	wide, narrow = 640, 340
	chartHeight  = 190
	plotLeft     = 40.0
	plotMargin   = 12.0
	plotTop      = 22.0
	plotBottom   = 166.0
)

// Mark is a place on a chart.
type Mark struct {
	X, Y   float64
	Label  string
	Title  string
	Value  string
	Hollow bool
}

// Chart is a Trend turned into coordinates.
type Chart struct {
	Class           string // wide or narrow
	Width, Height   int
	Left, Right     float64
	Rows, Columns   []Mark // axis labels: values and periods
	Lines, Areas    []string
	Marks           []Mark // every period with data
	Threshold, Goal *Segment
}

// AtEdge reports whether a label centred at x would be cut off on the right.
func (c Chart) AtEdge(x float64) bool { return x > c.Right-plotMargin }

// Segment is a straight line with its label.
type Segment struct {
	X1, Y1, X2, Y2 float64
	Label          string
	LabelX, LabelY float64
}

// Empty reports whether no period has data.
func (t Trend) Empty() bool {
	return !slices.ContainsFunc(t.Points, func(p Point) bool { return p.Value != nil })
}

// Charts computes the drawings for a wide and for a narrow page.
func (t Trend) Charts() []Chart { return []Chart{t.chart("wide", wide), t.chart("narrow", narrow)} }

func (t Trend) chart(class string, width int) Chart {
	plotRight := float64(width) - plotMargin
	x := func(i int) float64 {
		if len(t.Points) < 2 {
			return (plotLeft + plotRight) / 2
		}
		return plotLeft + (plotRight-plotLeft)*float64(i)/float64(len(t.Points)-1)
	}
	floor, top := t.floor(), t.ceiling()
	y := func(v float64) float64 { return plotBottom - (plotBottom-plotTop)*(v-floor)/(top-floor) }
	c := Chart{Class: class, Width: width, Height: chartHeight, Left: plotLeft, Right: plotRight}
	c.Rows = t.valueAxis(floor, top, y)
	c.Columns = t.periodAxis(x, width/100)
	t.draw(&c, x, y)
	if l := t.Threshold; l != nil {
		c.Threshold = &Segment{plotLeft, y(l.From), plotRight, y(l.To), l.Label, plotLeft + 4, y(l.From) - 5}
	}
	if l := t.Goal; l != nil {
		c.Goal = &Segment{plotLeft, y(l.From), plotRight, y(l.To), l.Label, plotRight, 12}
	}
	return c
}

// Numbers lists every period for the table behind the chart; one without data
// has a dash.
func (t Trend) Numbers() []Mark {
	rows := make([]Mark, len(t.Points))
	for i, p := range t.Points {
		rows[i] = Mark{Label: p.Label, Value: "—", Title: p.Note, Hollow: t.Running && i == len(t.Points)-1}
		if p.Value != nil {
			rows[i].Value = t.format(*p.Value)
		}
	}
	return rows
}

// draw cuts the series into runs of periods with data. The running period is
// joined by no line: it would look like a fall.
func (t Trend) draw(c *Chart, x func(int) float64, y func(float64) float64) {
	var run []string
	var first, last float64
	flush := func() {
		if len(run) > 1 {
			line := strings.Join(run, " ")
			c.Lines = append(c.Lines, line)
			c.Areas = append(c.Areas, fmt.Sprintf("%s,%s %s %s,%s", coord(first), coord(plotBottom), line, coord(last), coord(plotBottom)))
		}
		run = nil
	}
	for i, p := range t.Points {
		running := t.Running && i == len(t.Points)-1
		if p.Value == nil || running {
			flush()
		}
		if p.Value == nil {
			continue
		}
		m := Mark{X: x(i), Y: y(*p.Value), Label: p.Label, Value: t.format(*p.Value), Hollow: running}
		m.Title = p.Label + " · " + m.Value
		if p.Note != "" {
			m.Title += " · " + p.Note
		}
		c.Marks = append(c.Marks, m)
		if running {
			continue
		}
		if run == nil {
			first = m.X
		}
		last = m.X
		run = append(run, coord(m.X)+","+coord(m.Y))
	}
	flush()
}

func (t Trend) valueAxis(floor, top float64, y func(float64) float64) []Mark {
	var rows []Mark
	step := niceStep((top - floor) / 4)
	for v := math.Ceil(floor/step) * step; v <= top+step/1000; v += step {
		rows = append(rows, Mark{Y: y(v), Label: t.format(v)})
	}
	return rows
}

// periodAxis labels up to the given number of periods, the first one and then
// evenly; of many days, the same day of the week.
func (t Trend) periodAxis(x func(int) float64, labels int) []Mark {
	every := max(1, int(math.Ceil(float64(len(t.Points))/float64(labels))))
	if len(t.Points) > 14 {
		every = (every + 6) / 7 * 7
	}
	var columns []Mark
	for i := 0; i < len(t.Points); i += every {
		columns = append(columns, Mark{X: x(i), Label: t.Points[i].Label})
	}
	return columns
}

// ceiling is a round number above everything that is drawn.
func (t Trend) ceiling() float64 {
	highest := 0.0
	for _, v := range t.values() {
		highest = max(highest, v)
	}
	if highest <= 0 {
		return 1
	}
	step := niceStep(highest / 4)
	return math.Ceil(highest/step*1.02) * step
}

// floor is zero, or a round number below the lowest negative value.
func (t Trend) floor() float64 {
	lowest := 0.0
	for _, v := range t.values() {
		lowest = min(lowest, v)
	}
	if lowest == 0 {
		return 0
	}
	step := niceStep(-lowest)
	return math.Floor(lowest/step) * step
}

func (t Trend) values() []float64 {
	var all []float64
	for _, p := range t.Points {
		if p.Value != nil {
			all = append(all, *p.Value)
		}
	}
	for _, l := range []*Line{t.Threshold, t.Goal} {
		if l != nil {
			all = append(all, l.From, l.To)
		}
	}
	return all
}

func (t Trend) format(v float64) string {
	if t.Format != nil {
		return t.Format(v)
	}
	return strconv.FormatFloat(math.Round(v*100)/100, 'f', -1, 64)
}

// niceStep rounds v up to 1, 2, 2.5 or 5 times a power of ten.
func niceStep(v float64) float64 {
	if v <= 0 || math.IsInf(v, 0) || math.IsNaN(v) {
		return 1
	}
	scale := math.Pow(10, math.Floor(math.Log10(v)))
	for _, m := range []float64{1, 2, 2.5, 5} {
		if v <= m*scale*(1+1e-9) {
			return m * scale
		}
	}
	return 10 * scale
}

func coord(v float64) string { return strconv.FormatFloat(v, 'f', 1, 64) }

// Spark is a small line without axes; nil values are gaps.
type Spark struct {
	Label  string
	Values []*float64
}

// Lines are the runs of the spark in a box of 96 × 24.
func (s Spark) Lines() []string {
	low, high := math.Inf(1), math.Inf(-1)
	for _, v := range s.Values {
		if v != nil {
			low, high = min(low, *v), max(high, *v)
		}
	}
	spread := max(high-low, 1e-9)
	var lines, run []string
	for i, v := range s.Values {
		if v != nil {
			x := 2 + 92*float64(i)/float64(max(1, len(s.Values)-1))
			run = append(run, coord(x)+","+coord(21-18*(*v-low)/spread))
		}
		if (v == nil || i == len(s.Values)-1) && len(run) > 0 {
			if len(run) == 1 { // a lone period is still seen
				run = append(run, run[0])
			}
			lines, run = append(lines, strings.Join(run, " ")), nil
		}
	}
	return lines
}
