package population

import (
	"strings"
	"testing"
)

// spoken lists every line of an entry.
func (e entry) spoken() []string {
	return append(append([]string{e.text}, e.replies...), e.answers...)
}

func TestBankIsComplete(t *testing.T) {
	b, err := readBank()
	if err != nil {
		t.Fatal(err)
	}
	patterns := map[string]bool{}
	for name, topic := range b.topics {
		f := b.filler(name, newDice(1))
		check := func(where, text string) {
			for _, m := range slotPattern.FindAllStringSubmatch(text, -1) {
				slot := strings.TrimSuffix(m[2], "*")
				if m[1] == "" && f.values(slot)[0] == "" {
					t.Errorf("%s, %s: nothing fills {%s} of %q", name, where, slot, text)
				}
			}
		}
		for slot, values := range topic.slots {
			for _, v := range values {
				check("slot "+slot, v)
			}
		}
		for section, entries := range topic.sections {
			for _, e := range entries {
				for _, text := range e.spoken() {
					patterns[text] = true
					check(section, text)
					if filled := f.fill(text); filled == "" || strings.ContainsAny(filled, "{}|") {
						t.Errorf("%s, %s: %q becomes %q", name, section, text, filled)
					}
				}
			}
		}
	}
	t.Logf("%d patterns", len(patterns))
	if len(patterns) < 800 {
		t.Errorf("only %d patterns", len(patterns))
	}
}

func TestEverySectionThatIsSpokenExists(t *testing.T) {
	b := mustReadBank()
	common := []string{
		"ack", "tail", "lead", "call", "thanks", "hello", "welcome", "reception", "bye", "wish", "lucky", "article",
		"petty", "privacy", "place", "heat", "abuse", "admonish", "fake-name", "batch-name",
	}
	for _, k := range pitches {
		common = append(common, "pitch-"+string(k))
	}
	for _, section := range common {
		if len(b.topics[commonTopic].sections[section]) == 0 {
			t.Errorf("nothing in [%s]", section)
		}
	}
	for _, g := range groupList {
		sections := []string{"name", "notice", "ask", "chat", "show", "chime", "reason", "complaint"}
		for _, post := range posts[g.community] {
			sections = append(sections, post.section)
		}
		switch g.topic {
		case "reading", "early":
			sections = append(sections, "checkin")
		case "grocery":
			sections = append(sections, "list", "want")
		}
		for _, section := range sections {
			if len(b.section(g.topic, section)) == 0 {
				t.Errorf("%s has nothing in [%s]", g.topic, section)
			}
		}
	}
}

func TestFillKeepsASceneTogether(t *testing.T) {
	b := mustReadBank()
	for seed := range uint64(20) {
		f := b.filler("mother", newDice(seed))
		first, second := f.fill("{月龄}"), f.fill("{月龄}")
		if first != second {
			t.Errorf("one child is %s and %s", first, second)
		}
	}
	f := b.filler("mother", newDice(1))
	ages := map[string]bool{}
	for range 50 {
		ages[f.fill("{月龄*}")] = true
	}
	if len(ages) < 5 {
		t.Errorf("other children are all of %v", ages)
	}
}

func TestBankRefusesWhatItCannotRead(t *testing.T) {
	for _, text := range []string{"a line before any section", "[x]\n= an answer first", "@ slot without values"} {
		if _, err := parseTopic(text); err == nil {
			t.Errorf("%q is accepted", text)
		}
	}
}
