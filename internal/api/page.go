package api

import (
	"encoding/base64"
	"encoding/json"

	"github.com/qunzhu/qunzhu/internal/fault"
)

// Page is a part of a list. Next is the cursor of the next part, "" after the
// last one.
type Page[T any] struct {
	Items []T    `json:"items" nullable:"false"`
	Next  string `json:"next" doc:"api.page.next"`
}

// Paging are the parameters of a list; embed it in the input.
type Paging struct {
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50" doc:"api.param.limit"`
	Cursor string `query:"cursor" maxLength:"600" doc:"api.param.cursor"`
}

// After is the key of the last item of the page before, as NewPage was given it:
// n texts, empty ones for the first page. A cursor that is malformed or of
// another list is an Invalid fault.
func (p Paging) After(list string, n int) ([]string, error) {
	if p.Cursor == "" {
		return make([]string, n), nil
	}
	key, ok := decodeCursor(p.Cursor)
	if !ok || len(key) != n+1 || key[0] != list {
		return nil, fault.InvalidField("cursor", "api.cursor")
	}
	return key[1:], nil
}

// NewPage makes a page of rows, of which one more than the limit was asked for
// when there are more. key says where a row stands in the list.
func NewPage[R, T any](p Paging, list string, rows []R, item func(R) T, key func(R) []string) Page[T] {
	next := ""
	if len(rows) > p.Limit {
		rows = rows[:p.Limit]
		next = Cursor(list, key(rows[len(rows)-1])...)
	}
	out := Page[T]{Items: make([]T, len(rows)), Next: next}
	for i, r := range rows {
		out.Items[i] = item(r)
	}
	return out
}

// Cursor is the position after key in a list.
func Cursor(list string, key ...string) string {
	b, err := json.Marshal(append([]string{list}, key...))
	if err != nil {
		panic("api: texts cannot be written: " + err.Error())
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

func decodeCursor(s string) ([]string, bool) {
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil {
		return nil, false
	}
	var key []string
	if err := json.Unmarshal(b, &key); err != nil {
		return nil, false
	}
	for _, part := range key {
		if !clean(part) {
			return nil, false
		}
	}
	return key, true
}
