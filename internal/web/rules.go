package web

import (
	"fmt"
	"net/mail"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// rules are the parsed validate tag.
type rules struct {
	required, email, url, local, line bool
	min, max                          *float64
	oneof                             []string
}

func parseRules(tag string) (rules, error) {
	var r rules
	for rule := range strings.SplitSeq(tag, ",") {
		name, arg, _ := strings.Cut(strings.TrimSpace(rule), "=")
		switch name {
		case "":
		case "required":
			r.required = true
		case "email":
			r.email = true
		case "url":
			r.url = true
		case "local":
			r.local = true
		case "line":
			r.line = true
		case "oneof":
			r.oneof = strings.Split(arg, "|")
		case "min", "max":
			v, err := strconv.ParseFloat(arg, 64)
			if err != nil {
				return r, fmt.Errorf("rule %q: not a number", rule)
			}
			if name == "min" {
				r.min = &v
			} else {
				r.max = &v
			}
		default:
			return r, fmt.Errorf("there is no rule %q", rule)
		}
	}
	return r, nil
}

// forItem are the rules of one text of a list, whose min and max count texts.
func (r rules) forItem() rules {
	r.min, r.max = nil, nil
	return r
}

// allow checks a text that is not empty, and complains to f.
func (r rules) allow(f formField, text string) bool {
	most := float64(defaultMaxRunes)
	if r.max != nil {
		most = *r.max
	}
	n := float64(utf8.RuneCountInString(text))
	switch {
	case !utf8.ValidString(text) || strings.ContainsRune(text, 0):
		f.complain("form.text")
	case n > most:
		f.complain("form.max", tidy(most))
	case r.min != nil && n < *r.min:
		f.complain("form.min", tidy(*r.min))
	case r.oneof != nil && !slices.Contains(r.oneof, text):
		f.complain("form.oneof", strings.Join(r.oneof, ", "))
	case r.email && !isEmail(text):
		f.complain("form.email")
	case r.url && !isWebAddress(text):
		f.complain("form.url")
	case r.local && !LocalPath(text):
		f.complain("form.local")
	case r.line && strings.ContainsAny(text, "\r\n"):
		f.complain("form.line")
	default:
		return true
	}
	return false
}

// tidy writes a limit as it stands in its tag.
func tidy(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

func isEmail(text string) bool {
	a, err := mail.ParseAddress(text)
	return err == nil && a.Address == text
}

func isWebAddress(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != ""
}
