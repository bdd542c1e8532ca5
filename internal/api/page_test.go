package api

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestCursorsComeBackAsTheyWere(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.String().Filter(func(s string) bool { return !strings.ContainsRune(s, 0) })
		list, key := text.Draw(t, "list"), rapid.SliceOf(text).Draw(t, "key")
		got, err := Paging{Cursor: Cursor(list, key...)}.After(list, len(key))
		if err != nil || !slices.Equal(got, key) {
			t.Fatalf("%q came back as %q, %v", key, got, err)
		}
		if _, err := (Paging{Cursor: Cursor(list, key...)}).After(list+"s", len(key)); err == nil {
			t.Fatal("another list's cursor was taken")
		}
	})
}

func FuzzAfter(f *testing.F) {
	f.Add(Cursor("things", "a", "2"))
	f.Add("W10")
	f.Add("bnVsbA")
	f.Add("%%")
	f.Fuzz(func(t *testing.T, cursor string) {
		key, err := Paging{Cursor: cursor}.After("things", 2)
		if err == nil && (len(key) != 2 || !clean(key[0]) || !clean(key[1])) {
			t.Fatalf("%q gave %q", cursor, key)
		}
	})
}
