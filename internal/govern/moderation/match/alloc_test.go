//go:build !race

package match

import (
	"strings"
	"testing"
)

// The race detector makes sync.Pool drop what it holds at random, so there is
// nothing to count under it.
func TestFindDoesNotAllocate(t *testing.T) {
	m := compile(t, "刷单", "赌场", "!网上赌场条例")
	texts := []string{"今天天气不错", "刷~单 賭場", "网上赌场条例", strings.Repeat("好", 500)}
	dst := make([]Hit, 0, 16)
	allocs := testing.AllocsPerRun(200, func() {
		for _, text := range texts {
			dst = FindContacts(m.Find(dst[:0], text), text)
		}
	})
	// The garbage collector may empty the pools now and then.
	if allocs >= 1 {
		t.Errorf("%v allocations a run, want 0", allocs)
	}
}
