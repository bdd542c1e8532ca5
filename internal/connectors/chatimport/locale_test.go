package chatimport

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/qunzhu/qunzhu/internal/i18n"
)

var usedKey = regexp.MustCompile(`"(chatimport\.[a-z_]+)"`)

func TestEveryKeyHasWords(t *testing.T) {
	catalog, err := i18n.Load(Locale)
	if err != nil {
		t.Fatal(err)
	}
	if gaps := catalog.Gaps(); len(gaps) > 0 {
		t.Errorf("not in every language: %v", gaps)
	}
	for _, p := range []Problem{TooLong, Broken, Missing, TimeInvalid, TimeNoClock, TimeBounds, TimeFuture,
		TimeNoDay, OutsidePeriod, LossyID, UnknownSender, UnclosedQuote, ColumnCount, Stray} {
		if !catalog.Has(p.Key()) {
			t.Errorf("no words for %s", p.Key())
		}
	}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range usedKey.FindAllStringSubmatch(string(source), -1) {
			if !catalog.Has(m[1]) {
				t.Errorf("%s: no words for %s", file, m[1])
			}
		}
	}
}
