// Package fault is how the program says that something did not work: a code
// that decides the HTTP status and exit code, a key that is translated for the
// person who asked, and the cause for the log. What has no code is internal,
// and a client never sees its text.
package fault

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// Code classifies a fault; its text is stable and part of the API's problems.
type Code string

// The codes, from "you" to "us".
const (
	Invalid      Code = "invalid"      // the input is wrong; Fields says where
	Unauthorized Code = "unauthorized" // nobody is signed in, or the token is unknown
	Forbidden    Code = "forbidden"    // signed in, but without the permission
	NotFound     Code = "not_found"    // does not exist, or is not yours to see
	Conflict     Code = "conflict"     // already done, or changed meanwhile
	TooMany      Code = "too_many"     // a rate or size limit
	Unavailable  Code = "unavailable"  // read-only mode, a platform that is away
	Internal     Code = "internal"     // everything else
)

// Field is one wrong field of the input.
type Field struct {
	Name string // as in the form or JSON
	Key  string // translation key: what was expected
	Args []any
}

// Error carries a code, a translation key and, for the log only, the cause.
type Error struct {
	Code   Code
	Key    string // translation key, e.g. "fault.group_unknown"
	Args   []any  // values for the key's placeholders
	Fields []Field
	Cause  error
}

// New makes a fault that the user sees as the translation of key.
func New(code Code, key string, args ...any) *Error {
	return &Error{Code: code, Key: key, Args: args}
}

// Wrap makes a fault with a cause for the log.
func Wrap(cause error, code Code, key string, args ...any) *Error {
	return &Error{Code: code, Key: key, Args: args, Cause: cause}
}

// InvalidField makes an Invalid fault about one field.
func InvalidField(name, key string, args ...any) *Error {
	return &Error{Code: Invalid, Key: "fault.invalid", Fields: []Field{{name, key, args}}}
}

// With adds a wrong field, so that a form can show all of them at once.
func (e *Error) With(name, key string, args ...any) *Error {
	e.Fields = append(e.Fields, Field{name, key, args})
	return e
}

// OrNil returns nil when no field was added: the end of a validation.
func (e *Error) OrNil() error {
	if e == nil || len(e.Fields) == 0 {
		return nil
	}
	return e
}

func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s", e.Code, e.Key)
	if len(e.Args) > 0 {
		fmt.Fprintf(&b, " %v", e.Args)
	}
	for _, f := range e.Fields {
		fmt.Fprintf(&b, "; %s: %s %v", f.Name, f.Key, f.Args)
	}
	if e.Cause != nil {
		fmt.Fprintf(&b, ": %v", e.Cause)
	}
	return b.String()
}

func (e *Error) Unwrap() error { return e.Cause }

// As returns the fault in err's chain; an error without one is Internal.
func As(err error) *Error {
	var f *Error
	if errors.As(err, &f) {
		return f
	}
	return &Error{Code: Internal, Key: "fault.internal", Cause: err}
}

// Is reports whether err carries code.
func Is(err error, code Code) bool {
	return err != nil && As(err).Code == code
}

// Status is the HTTP status of a code.
func (c Code) Status() int {
	switch c {
	case Invalid:
		return http.StatusUnprocessableEntity
	case Unauthorized:
		return http.StatusUnauthorized
	case Forbidden:
		return http.StatusForbidden
	case NotFound:
		return http.StatusNotFound
	case Conflict:
		return http.StatusConflict
	case TooMany:
		return http.StatusTooManyRequests
	case Unavailable:
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}
