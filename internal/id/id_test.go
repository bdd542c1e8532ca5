package id

import (
	"sort"
	"testing"
	"time"
)

func TestIDsSortByTime(t *testing.T) {
	at := time.UnixMilli(1_790_000_000_000)
	var ids []string
	for i := range 1000 {
		ids = append(ids, New(at.Add(time.Duration(i)*time.Millisecond)))
	}
	if !sort.StringsAreSorted(ids) {
		t.Fatal("ids of later moments sort before ids of earlier ones")
	}
}

func TestAtIsDeterministicAndSeparatesParts(t *testing.T) {
	at := time.UnixMilli(1_790_000_000_000)
	first, again := At(at, "ab", "c"), At(at, "ab", "c")
	if first != again {
		t.Fatal("the same parts gave two ids")
	}
	if At(at, "ab", "c") == At(at, "a", "bc") {
		t.Fatal("different parts gave one id")
	}
	if At(at, "a") == At(at.Add(time.Millisecond), "a") {
		t.Fatal("different times gave one id")
	}
}

func TestValid(t *testing.T) {
	for _, s := range []string{New(time.Now()), Of("x"), At(time.Now(), "y")} {
		if !Valid(s) {
			t.Errorf("Valid(%q) = false", s)
		}
	}
	for _, s := range []string{"", "short", "0123456789ABCDEFGHJKMNPQRI", "0123456789abcdefghjkmnpqrs"} {
		if Valid(s) {
			t.Errorf("Valid(%q) = true", s)
		}
	}
}
