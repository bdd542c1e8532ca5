package imports

import (
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/width"

	"github.com/qunzhu/qunzhu/internal/desk/importing"
	"github.com/qunzhu/qunzhu/internal/fault"
)

const (
	maxLines   = 200
	maxMembers = 2_000 // a WeChat group has at most 500 members, an internal WeCom one 2,000
)

// groupLine is one pasted line: a group and how many members it has.
type groupLine struct {
	Number  int // from 1
	Name    string
	Members *int   // nil when the line names no number
	Problem string // translation key of what is wrong, "" when nothing is
	Args    []any
}

// countAtEnd finds a number after the name: "群名 123", "群名	123人", "群名，123",
// and "群名(123)" as WeChat itself titles a chat.
var countAtEnd = regexp.MustCompile(`^(.*?)\s*(?:\(\s*|[\s,;:|]+)(\d{1,9})\s*(?:人|名|位)?\s*\)?$`)

// parseLines reads pasted lines; blank ones are skipped. The same name twice is
// a problem of the second line.
func parseLines(text string) ([]groupLine, error) {
	var out []groupLine
	first := map[string]int{}
	for i, raw := range strings.Split(text, "\n") {
		if strings.TrimSpace(raw) == "" {
			continue
		}
		if len(out) == maxLines {
			return nil, fault.InvalidField("lines", "imports.lines.too_many", maxLines)
		}
		line := parseLine(raw)
		line.Number = i + 1
		key := importing.FoldName(line.Name)
		if n, twice := first[key]; twice && line.Problem == "" {
			line.Problem, line.Args = "imports.lines.twice", []any{n}
		} else if !twice {
			first[key] = line.Number
		}
		out = append(out, line)
	}
	if len(out) == 0 {
		return nil, fault.InvalidField("lines", "form.required")
	}
	return out, nil
}

func parseLine(raw string) groupLine {
	raw = strings.TrimSpace(strings.ToValidUTF8(raw, ""))
	line := groupLine{Name: raw}
	// Folding changes widths only, so the name keeps its own characters: the
	// folded line is used to find where the number stands.
	if name, count, ok := cutCount(raw); ok {
		line.Name, line.Members = name, &count
	}
	switch n := utf8.RuneCountInString(line.Name); {
	case importing.FoldName(line.Name) == "":
		line.Problem = "imports.lines.no_name"
	case n > importing.MaxGroupName:
		line.Problem, line.Args = "form.max", []any{importing.MaxGroupName}
	case line.Members != nil && *line.Members > maxMembers:
		line.Problem, line.Args = "imports.lines.members", []any{maxMembers}
	}
	return line
}

// cutCount splits a line into name and number. Full-width digits and
// punctuation count as their plain forms.
func cutCount(line string) (name string, count int, ok bool) {
	runes := []rune(line)
	folded := make([]rune, len(runes))
	for i, r := range runes {
		folded[i] = r
		if plain := []rune(width.Narrow.String(string(r))); len(plain) == 1 {
			folded[i] = plain[0]
		}
		if folded[i] == '、' || folded[i] == '､' {
			folded[i] = ','
		}
	}
	m := countAtEnd.FindStringSubmatch(string(folded))
	if m == nil {
		return "", 0, false
	}
	count, err := strconv.Atoi(m[2])
	if err != nil {
		return "", 0, false
	}
	name = strings.TrimSpace(string(runes[:utf8.RuneCountInString(m[1])]))
	return name, count, true
}

// parseCount reads a number that somebody typed on a phone: blank is nil, and
// full-width digits count.
func parseCount(field, text string, most int) (*int, error) {
	text = strings.TrimSpace(width.Narrow.String(text))
	if text == "" {
		return nil, nil
	}
	n, err := strconv.Atoi(text)
	switch {
	case err != nil:
		return nil, fault.InvalidField(field, "form.whole_number")
	case n < 0:
		return nil, fault.InvalidField(field, "form.least", 0)
	case n > most:
		return nil, fault.InvalidField(field, "form.most", most)
	}
	return &n, nil
}
