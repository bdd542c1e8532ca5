package population

import (
	"embed"
	"fmt"
	"math/rand/v2"
	"regexp"
	"strconv"
	"strings"
)

// What people say is kept as text files, one for each topic and one that all
// share. A file has slots ("@ name: value | value") and sections ("[name]") of
// entries. An entry is a line; lines after it that begin with "=" are what
// other members may answer, with "*" what the staff may answer.
//
// In a line, {name} is filled from a slot and stays the same within a scene,
// {name*} is drawn afresh, {#a-b} is a whole number and {$a-b} a price in yuan;
// "\n" breaks the line.
//
//go:embed bank/*.txt
var bankFiles embed.FS

const commonTopic = "common"

// entry is something to say, with the answers that fit it.
type entry struct {
	text    string
	replies []string // of members
	answers []string // of staff
}

// topic is what is said about one subject.
type topic struct {
	slots    map[string][]string
	sections map[string][]entry
}

type bank struct {
	topics map[string]*topic
}

// mustReadBank reads the embedded files; they are part of the program, so a
// mistake in them is a mistake of the programmer.
func mustReadBank() *bank {
	b, err := readBank()
	if err != nil {
		panic(err)
	}
	return b
}

func readBank() (*bank, error) {
	files, err := bankFiles.ReadDir("bank")
	if err != nil {
		return nil, err
	}
	b := &bank{topics: map[string]*topic{}}
	for _, f := range files {
		text, err := bankFiles.ReadFile("bank/" + f.Name())
		if err != nil {
			return nil, err
		}
		t, err := parseTopic(string(text))
		if err != nil {
			return nil, fmt.Errorf("population: bank/%s: %w", f.Name(), err)
		}
		b.topics[strings.TrimSuffix(f.Name(), ".txt")] = t
	}
	return b, nil
}

var sectionPattern = regexp.MustCompile(`^\[[a-z-]+\]$`)

func parseTopic(text string) (*topic, error) {
	t := &topic{slots: map[string][]string{}, sections: map[string][]entry{}}
	section := ""
	for i, line := range strings.Split(text, "\n") {
		line = strings.ReplaceAll(strings.TrimSpace(line), `\n`, "\n")
		switch {
		case line == "":
		case strings.HasPrefix(line, "@"):
			name, values, ok := strings.Cut(line[1:], ":")
			if !ok {
				return nil, fmt.Errorf("line %d: a slot is written as \"@ name: value | value\"", i+1)
			}
			for _, v := range strings.Split(values, "|") {
				name := strings.TrimSpace(name)
				t.slots[name] = append(t.slots[name], strings.TrimSpace(v))
			}
		case sectionPattern.MatchString(line):
			section = strings.Trim(line, "[]")
		case section == "":
			return nil, fmt.Errorf("line %d: an entry before the first [section]", i+1)
		default:
			if err := t.addLine(section, line); err != nil {
				return nil, fmt.Errorf("line %d: %w", i+1, err)
			}
		}
	}
	return t, nil
}

func (t *topic) addLine(section, line string) error {
	entries := t.sections[section]
	text := strings.TrimSpace(strings.TrimLeft(line, "=*"))
	if text == line {
		t.sections[section] = append(entries, entry{text: line})
		return nil
	}
	if len(entries) == 0 {
		return fmt.Errorf("an answer before the first entry of [%s]", section)
	}
	last := &entries[len(entries)-1]
	if line[0] == '=' {
		last.replies = append(last.replies, text)
	} else {
		last.answers = append(last.answers, text)
	}
	return nil
}

// section is what a topic has under a name, else what all topics share.
func (b *bank) section(topicName, name string) []entry {
	if t := b.topics[topicName]; t != nil && len(t.sections[name]) > 0 {
		return t.sections[name]
	}
	return b.topics[commonTopic].sections[name]
}

// line draws one line of a section that all topics share and fills it.
func (b *bank) line(name string, dice *rand.Rand) string {
	return b.filler(commonTopic, dice).fill(pick(dice, b.section(commonTopic, name)).text)
}

// filler fills the slots of one scene's lines.
type filler struct {
	bank  *bank
	topic string
	dice  *rand.Rand
	bound map[string]string
}

func (b *bank) filler(topicName string, dice *rand.Rand) *filler {
	return &filler{bank: b, topic: topicName, dice: dice, bound: map[string]string{}}
}

var slotPattern = regexp.MustCompile(`\{([#$]?)([^{}]+)\}`)

// fill replaces every slot. Values may hold slots themselves; the parser's
// test holds that their nesting ends.
func (f *filler) fill(text string) string {
	return slotPattern.ReplaceAllStringFunc(text, func(slot string) string {
		m := slotPattern.FindStringSubmatch(slot)
		switch m[1] {
		case "#":
			return strconv.Itoa(f.number(m[2]))
		case "$":
			return strconv.Itoa(f.number(m[2])) + pick(f.dice, []string{"", ".5", ".8", ".9", ".9"})
		}
		name, fresh := strings.CutSuffix(m[2], "*")
		if value, ok := f.bound[name]; ok && !fresh {
			return value
		}
		value := f.fill(pick(f.dice, f.values(name)))
		if !fresh {
			f.bound[name] = value
		}
		return value
	})
}

func (f *filler) values(name string) []string {
	if t := f.bank.topics[f.topic]; t != nil && len(t.slots[name]) > 0 {
		return t.slots[name]
	}
	if values := f.bank.topics[commonTopic].slots[name]; len(values) > 0 {
		return values
	}
	return []string{""}
}

func (f *filler) number(span string) int {
	from, to, _ := strings.Cut(span, "-")
	low, _ := strconv.Atoi(from)
	high, _ := strconv.Atoi(to)
	return low + f.dice.IntN(max(high-low+1, 1))
}

func pick[T any](dice *rand.Rand, from []T) T {
	return from[dice.IntN(len(from))]
}
