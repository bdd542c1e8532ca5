package ui

// Errors are the translated complaints about a form, by field name.
type Errors map[string]string

// Field is one labelled input of a form.
type Field struct {
	// Type is an input's type attribute (text by default), or textarea, select,
	// radio (one of Options), checks (any of Options).
	Type         string
	Name         string
	Label        string
	Help         string
	Error        string
	Value        string
	Checked      bool // checkbox
	Options      []Option
	Required     bool
	Rows         int // textarea
	MaxLength    int
	Min, Max     string // number, date
	Unit         string // after the input
	Placeholder  string
	Autocomplete string
	Accept       string // file
	Autofocus    bool
}

// Option is one choice of a select or of radio buttons.
type Option struct {
	Value, Label, Help string
	Selected           bool
}

// InputType is the type attribute of an <input>.
func (f Field) InputType() string {
	if f.Type == "" {
		return "text"
	}
	return f.Type
}

// Height is the number of lines of a textarea.
func (f Field) Height() int {
	if f.Rows <= 0 {
		return 4
	}
	return f.Rows
}

// Confirm asks to type a name before something that cannot be taken back. The
// handler compares the field "confirm" with the name again.
type Confirm struct {
	Action      string // path to post to
	Title       string
	Consequence string // what will happen, in one sentence
	Name        string // what must be typed
	Button      string
	Error       string
	Hidden      map[string]string
}
