package rest_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// TestAnswersAreAsDocumented holds what every resource answers to its schema:
// types, null where and only where it is announced, enums, no field unnamed.
func TestAnswersAreAsDocumented(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		b.task(b.home, b.group)
		var doc map[string]any
		b.must(json.Unmarshal(b.call("GET", "", "/openapi.json", "").Body.Bytes(), &doc))
		for path, query := range map[string]string{
			"/communities": "", "/communities/{id}/metrics": "", "/groups": "", "/groups/{id}": "", "/groups/{id}/members": "", "/groups/{id}/spells": "",
			"/groups/{id}/activity": "?from=2026-11-01&to=2026-11-03", "/groups/{id}/metrics": "?window=2026-W45", "/events": "", "/tasks": "", "/connections": "",
		} {
			target := b.group
			if strings.HasPrefix(path, "/communities") {
				target = b.home
			}
			for _, token := range []string{b.reader, b.writer} {
				w := b.call("GET", token, "/api/v1"+strings.Replace(path, "{id}", target, 1)+query, "")
				var answer any
				b.must(json.Unmarshal(w.Body.Bytes(), &answer))
				schema := dig(doc, "paths", "/api/v1"+path, "get", "responses", "200", "content", "application/json", "schema")
				if wrong := check(doc, schema, answer, path); len(wrong) > 0 || w.Code != 200 {
					t.Errorf("%d: %s", w.Code, strings.Join(wrong, "\n"))
				}
			}
		}
	})
}

func dig(v any, names ...string) map[string]any {
	for _, n := range names {
		v = v.(map[string]any)[n]
	}
	return v.(map[string]any)
}

// check returns where a value differs from its schema.
func check(doc, schema map[string]any, v any, at string) []string {
	if ref, ok := schema["$ref"].(string); ok {
		schema = dig(doc, strings.Split(strings.TrimPrefix(ref, "#/"), "/")...)
	}
	kinds, kind := kindsOf(schema["type"]), kindOf(v)
	if kind == "integer" && slices.Contains(kinds, "number") {
		kind = "number"
	}
	if len(kinds) > 0 && !slices.Contains(kinds, kind) {
		return []string{fmt.Sprintf("%s is %v, documented as %v", at, v, kinds)}
	}
	if enum, ok := schema["enum"].([]any); ok && !slices.Contains(enum, v) {
		return []string{fmt.Sprintf("%s is %v, documented as one of %v", at, v, enum)}
	}
	var wrong []string
	switch v := v.(type) {
	case []any:
		for _, item := range v {
			wrong = append(wrong, check(doc, dig(schema, "items"), item, at+"[]")...)
		}
	case map[string]any:
		fields, ok := schema["properties"].(map[string]any)
		if !ok {
			return nil // the facts of an event, the arguments of a task
		}
		for name, value := range v {
			if fields[name] == nil {
				wrong = append(wrong, at+"."+name+" is not documented")
				continue
			}
			wrong = append(wrong, check(doc, dig(fields, name), value, at+"."+name)...)
		}
		required, _ := schema["required"].([]any)
		for _, name := range required {
			if _, has := v[name.(string)]; !has {
				wrong = append(wrong, fmt.Sprintf("%s.%v is missing", at, name))
			}
		}
	}
	return wrong
}

func kindsOf(v any) []string {
	switch v := v.(type) {
	case string:
		return []string{v}
	case []any:
		var out []string
		for _, k := range v {
			out = append(out, k.(string))
		}
		return out
	}
	return nil
}

func kindOf(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case bool:
		return "boolean"
	case string:
		return "string"
	case []any:
		return "array"
	case map[string]any:
		return "object"
	case float64:
		if v == float64(int64(v)) {
			return "integer"
		}
	}
	return "number"
}
