package auth_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/qunzhu/qunzhu/internal/auth"
	"github.com/qunzhu/qunzhu/internal/i18n"
)

func TestEveryFaultHasWordsInBothLanguages(t *testing.T) {
	catalog, err := i18n.Load(auth.Locale)
	if err != nil {
		t.Fatal(err)
	}
	if gaps := catalog.Gaps(); len(gaps) > 0 {
		t.Error(gaps)
	}
	sources, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range sources {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, key := range regexp.MustCompile(`"fault\.[a-z_]+"`).FindAllString(string(text), -1) {
			if key = strings.Trim(key, `"`); !catalog.Has(key) {
				t.Errorf("%s uses %s, which has no words", file, key)
			}
		}
	}
}
