package api

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// schema is what the page shows of a JSON schema.
type schema struct {
	Ref         string            `json:"$ref"`
	Type        kinds             `json:"type"`
	Format      string            `json:"format"`
	Description string            `json:"description"`
	Properties  map[string]schema `json:"properties"`
	Required    []string          `json:"required"` // in the order of the fields
	Items       *schema           `json:"items"`
	Enum        []any             `json:"enum"`
	Minimum     *float64          `json:"minimum"`
	Maximum     *float64          `json:"maximum"`
	MaxLength   *int              `json:"maxLength"`
	Default     any               `json:"default"`
}

// kinds is one type or a list of them.
type kinds []string

// UnmarshalJSON implements json.Unmarshaler.
func (k *kinds) UnmarshalJSON(b []byte) error {
	var one string
	if err := json.Unmarshal(b, &one); err == nil {
		*k = kinds{one}
		return nil
	}
	return json.Unmarshal(b, (*[]string)(k))
}

// maxDepth bounds how deep fields are listed.
const maxDepth = 4

func (d document) resolve(s schema) schema {
	if name, ok := strings.CutPrefix(s.Ref, "#/components/schemas/"); ok {
		return d.Components.Schemas[name]
	}
	return s
}

// fields lists the fields of an object, nested ones with their path.
func (d document) fields(s schema, path string, depth int) []fieldView {
	s = d.resolve(s)
	if s.Items != nil {
		return d.fields(*s.Items, path+"[]", depth)
	}
	if depth == maxDepth {
		return nil
	}
	var out []fieldView
	for _, name := range s.names() {
		child := s.Properties[name]
		at := strings.TrimPrefix(path+"."+name, ".")
		out = append(out, fieldView{Name: at, Type: d.kind(child), Description: child.Description, Required: slices.Contains(s.Required, name)})
		out = append(out, d.fields(child, at, depth+1)...)
	}
	return out
}

// names are the fields, in the order of the struct where it is known.
func (s schema) names() []string {
	names := slices.DeleteFunc(slices.Clone(s.Required), func(n string) bool { _, ok := s.Properties[n]; return !ok })
	for _, n := range slices.Sorted(maps.Keys(s.Properties)) {
		if !slices.Contains(names, n) && n != "$schema" {
			names = append(names, n)
		}
	}
	return names
}

// kind says a type in a few words: "integer 1–200 = 50", "string (date-time) | null".
func (d document) kind(s schema) string {
	target := d.resolve(s)
	text := strings.Join(target.Type, " | ")
	if target.Format != "" {
		text = strings.Replace(text, target.Type[0], target.Type[0]+" ("+target.Format+")", 1)
	}
	if len(target.Enum) > 0 {
		values := make([]string, len(target.Enum))
		for i, v := range target.Enum {
			values[i] = fmt.Sprint(v)
		}
		text += ": " + strings.Join(values, ", ")
	}
	if target.Minimum != nil && target.Maximum != nil {
		text += fmt.Sprintf(" %v–%v", *target.Minimum, *target.Maximum)
	}
	if target.MaxLength != nil {
		text += fmt.Sprintf(" ≤ %d", *target.MaxLength)
	}
	if target.Default != nil {
		text += fmt.Sprintf(" = %v", target.Default)
	}
	return text
}
