package app

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/qunzhu/qunzhu/internal/connectors/wecom"
)

// TestTheFilesOfTheArchiveAreFoundBesideTheProgram: whoever installs them there
// need not name them, and a path that is named wins.
func TestTheFilesOfTheArchiveAreFoundBesideTheProgram(t *testing.T) {
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	beside := filepath.Join(filepath.Dir(program), "archive-puller")
	if err := os.WriteFile(beside, nil, 0o700); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Remove(beside) })
	got := wecomSettings{Library: "/opt/sdk.so"}.archive()
	if got.Mode != wecom.ArchivePuller || got.Puller != beside || got.Library != "/opt/sdk.so" {
		t.Errorf("archive = %+v; expected the puller at %s and the named library", got, beside)
	}
	if got := (wecomSettings{}).archive(); got.Library != "" {
		t.Errorf("a library that is not there is taken for %q", got.Library)
	}
}
