package population

import (
	"regexp"
	"strings"
	"testing"
	"time"
)

func TestPersonalGroup(t *testing.T) {
	clock := &testClock{}
	r := newRecorder(t, clock)
	p := New(5, day0, 90, r, clock)
	p.Found()
	if days := p.PersonalGroups(); len(days) != 0 {
		t.Fatalf("%d days have passed before the first", len(days))
	}
	p.RunUntil(day0.AddDate(0, 0, 21).Add(13 * time.Hour))
	days := p.PersonalGroups()
	if len(days) != 21 {
		t.Fatalf("%d complete days", len(days))
	}
	sender := regexp.MustCompile(`(?m)^\S.*\S?  \d\d:\d\d$`)
	for i, d := range days {
		if want := day0.AddDate(0, 0, i).Format(time.DateOnly); d.Day != want {
			t.Errorf("day %d is %s", i, d.Day)
		}
		if !strings.HasPrefix(d.Paste, "微信群\"城西妈妈闺蜜群\"的聊天记录如下:\n\n—————  "+d.Day+"  —————\n") {
			t.Errorf("the paste begins with %.60q", d.Paste)
		}
		if n := len(sender.FindAllString(d.Paste, -1)); n != min(d.Messages, maxPasted) {
			t.Errorf("%s: %d messages pasted of %d", d.Day, n, d.Messages)
		}
		if d.Members < 100 || d.From.Format(time.DateOnly) != d.Day || !d.To.After(d.From) {
			t.Errorf("%+v", d)
		}
	}
	if again := p.PersonalGroups(); again[7] != days[7] {
		t.Error("a day is told differently the second time")
	}
}

func TestShowCodeIsScanned(t *testing.T) {
	clock := &testClock{}
	r := newRecorder(t, clock)
	p := New(5, day0, 90, r, clock)
	p.Found()
	p.ShowCode("ch_poster", "cfg-1")
	p.RunUntil(day0.AddDate(0, 0, 10))
	if len(r.scans) == 0 || r.scans[0] != "cfg-1" || p.Truth().Scanned != len(r.scans) {
		t.Errorf("scans: %v, counted %d", r.scans, p.Truth().Scanned)
	}
}
