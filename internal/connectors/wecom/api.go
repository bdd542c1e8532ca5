package wecom

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"unicode/utf8"
)

// maxPages ends a listing that does not end by itself.
const maxPages = 10_000

var errEndlessListing = errors.New("wecom: the platform's cursor does not advance; the listing was given up")

func (c *Client) get(ctx context.Context, path string, query url.Values, out any) error {
	return c.call(ctx, http.MethodGet, path, query, nil, out)
}

func (c *Client) post(ctx context.Context, path string, in, out any) error {
	return c.call(ctx, http.MethodPost, path, nil, in, out)
}

// pages walks a cursor listing. The sequence ends after the first error.
func pages[T any](fetch func(cursor string) (items []T, next string, err error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var zero T
		cursor := ""
		for range maxPages {
			items, next, err := fetch(cursor)
			if err != nil {
				yield(zero, err)
				return
			}
			for _, item := range items {
				if !yield(item, nil) {
					return
				}
			}
			if next == "" {
				return
			}
			if next == cursor {
				break
			}
			cursor = next
		}
		yield(zero, errEndlessListing)
	}
}

// InputError is an argument that the platform would refuse, found before
// anything was sent.
type InputError struct {
	Field    string
	Problem  string
	Expected string
}

// Error implements error.
func (e *InputError) Error() string {
	return fmt.Sprintf("wecom: %s %s; expected %s", e.Field, e.Problem, e.Expected)
}

// Checks of arguments. Each returns nil or an *InputError; join them with
// errors.Join.

func checkBytes(field, value string, least, most int) error {
	if n := len(value); n < least || n > most {
		return &InputError{field, fmt.Sprintf("has %d bytes", n), fmt.Sprintf("%d to %d bytes of UTF-8", least, most)}
	}
	if !utf8.ValidString(value) {
		return &InputError{field, "is not valid UTF-8", "UTF-8 text"}
	}
	return nil
}

func checkChars(field, value string, least, most int) error {
	if n := utf8.RuneCountInString(value); n < least || n > most {
		return &InputError{field, fmt.Sprintf("has %d characters", n), fmt.Sprintf("%d to %d characters", least, most)}
	}
	return nil
}

func checkCount(field string, n, least, most int) error {
	if n < least || n > most {
		return &InputError{field, fmt.Sprintf("has %d entries", n), fmt.Sprintf("%d to %d", least, most)}
	}
	return nil
}

func checkOneOf(field string, value int, allowed ...int) error {
	for _, a := range allowed {
		if value == a {
			return nil
		}
	}
	return &InputError{field, fmt.Sprintf("is %d", value), fmt.Sprintf("one of %v", allowed)}
}
