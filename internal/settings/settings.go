// Package settings keeps values that people change in forms. A package describes
// its settings as a Form; the page, the validation and the typed getters follow
// from the description. A value is the workspace's or one community's: a
// community without its own has the workspace's, and the workspace without one
// has the default. Secrets are sealed to their row.
package settings

import (
	"embed"
	"fmt"
	"regexp"
	"slices"

	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/seal"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Migrations are the tables of the settings.
func Migrations() db.Migrations { return db.Embedded("settings", migrations) }

// Kind is the type of a value.
type Kind string

// The kinds, with what people type.
const (
	Text     Kind = "text"     // Min and Max count characters
	Number   Kind = "number"   // whole, or with at most Decimals digits after the point
	Bool     Kind = "bool"     // true, false
	Choice   Kind = "choice"   // one of Options
	Duration Kind = "duration" // 90s, 15m, 2h30m, 7d; Min and Max count seconds
	List     Kind = "list"     // one entry a line; Min and Max count entries
)

// Field describes one setting.
type Field struct {
	Key      string // "<slice>.<name>", unique in the program
	Kind     Kind
	Default  string   // as typed
	Min, Max float64  // both 0 means no bounds
	Decimals int      // of a Number
	Options  []string // of a Choice
	LabelKey string   // translation keys
	HelpKey  string
	Secret   bool // a Text that is sealed and never shown
}

// Form is the settings of one package, on one page.
type Form struct {
	Name          string
	Fields        []Field
	WorkspaceOnly bool // a community has no values of its own
}

// Settings reads and writes the values of all forms.
type Settings struct {
	sealer *seal.Sealer
	forms  []Form
	fields map[string]described
}

type described struct {
	Field
	form *Form
}

var keyForm = regexp.MustCompile(`^[a-z][a-z0-9_]*(\.[a-z0-9_]+)+$`)

// New checks the descriptions and returns the settings they describe.
func New(sealer *seal.Sealer, forms ...Form) (*Settings, error) {
	s := &Settings{sealer: sealer, forms: slices.Clone(forms), fields: map[string]described{}}
	for i := range s.forms {
		f := &s.forms[i]
		f.Fields = slices.Clone(f.Fields)
		for j, field := range f.Fields {
			if _, dup := s.fields[field.Key]; dup || !keyForm.MatchString(field.Key) {
				return nil, fmt.Errorf("setting %q of form %s: a key looks like slice.name and is used once", field.Key, f.Name)
			}
			if field.Secret && (field.Kind != Text || field.Default != "") {
				return nil, fmt.Errorf("setting %q: only a text without default can be secret", field.Key)
			}
			stored, err := field.parse(field.Default)
			if err != nil && !field.Secret {
				return nil, fmt.Errorf("setting %q: the default does not fit the description: %w", field.Key, err)
			}
			f.Fields[j].Default = stored
			s.fields[field.Key] = described{f.Fields[j], f}
		}
	}
	return s, nil
}

// Forms returns the forms in the order they were given.
func (s *Settings) Forms() []Form { return s.forms }
