package sandbox

import (
	"encoding/base64"
	"strconv"
)

// page cuts the part of items that a cursor stands for and returns the next
// cursor, empty at the end. A cursor is opaque to the caller.
func page[T any](items []T, cursor string, limit int) (part []T, next string, err error) {
	start := 0
	if cursor != "" {
		raw, err := base64.RawURLEncoding.DecodeString(cursor)
		if err != nil {
			return nil, "", refuse(40058, "invalid Request Parameter: cursor")
		}
		if start, err = strconv.Atoi(string(raw)); err != nil || start < 0 {
			return nil, "", refuse(40058, "invalid Request Parameter: cursor")
		}
	}
	start = min(start, len(items))
	end := min(start+limit, len(items))
	if end < len(items) {
		next = base64.RawURLEncoding.EncodeToString([]byte(strconv.Itoa(end)))
	}
	return items[start:end], next, nil
}

// pageLimit checks the limit of a list call: required when def is 0, at most
// most.
func (c *call) pageLimit(limit, def, most int) (int, error) {
	if limit == 0 {
		limit = def
	}
	if limit < 1 || limit > most {
		return 0, refuse(40058, "invalid Request Parameter: limit should be 1 to %d", most)
	}
	return c.faults.pageLimit(limit), nil
}
