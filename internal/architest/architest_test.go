package architest_test

import (
	"errors"
	"go/build"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"

	"github.com/qunzhu/qunzhu/internal/architest"
)

func TestImportsGoDownOnly(t *testing.T) {
	packages := listPackages(t)
	if len(packages) < 2 {
		t.Fatalf("found %d packages; expected the whole repository", len(packages))
	}
	for _, p := range packages {
		for _, fault := range architest.Check(p) {
			t.Error(fault)
		}
	}
}

// listPackages reads the packages of the repository. It reads the files itself, because the go command caches a test's
// result by the files that the test opened: one that ran `go list` would stay green after an import changed.
func listPackages(t *testing.T) []architest.Package {
	t.Helper()
	var packages []architest.Package
	visit := func(dir string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		if d.Name() == "testdata" {
			return fs.SkipDir
		}
		pkg, err := build.ImportDir(dir, 0)
		if _, none := errors.AsType[*build.NoGoError](err); none {
			return nil
		}
		path := strings.TrimPrefix(filepath.ToSlash(dir), "../../")
		packages = append(packages, architest.Package{ImportPath: full(path), Imports: pkg.Imports})
		return err
	}
	for _, top := range []string{"internal", "cmd"} {
		if err := filepath.WalkDir(filepath.Join("..", "..", top), visit); err != nil {
			t.Fatal(err)
		}
	}
	return packages
}

func TestCheck(t *testing.T) {
	tests := []struct {
		name, from, to string
		want           string // part of the sentence; empty where the import is allowed
	}{
		{"leaf uses a module", "internal/id", "golang.org/x/text/width", "standard library"},
		{"leaf uses a leaf", "internal/i18n", "internal/fault", ""},
		{"leaf uses platform", "internal/config", "internal/db", "imports go down only"},
		{"leaf uses the standard library", "internal/id", "crypto/rand", ""},
		{"platform uses a leaf", "internal/db", "internal/fault", ""},
		{"platform uses platform", "internal/job", "internal/db", ""},
		{"platform uses the spine", "internal/job", "internal/event", "imports go down only"},
		{"spine uses platform", "internal/event", "internal/db", ""},
		{"spine uses a wing", "internal/hub", "internal/govern/moderation", "imports go down only"},
		{"spine uses a connector", "internal/hub", "internal/connectors/wecom", "imports go down only"},
		{"slice uses the spine", "internal/govern/moderation", "internal/event", ""},
		{"slice uses its own part", "internal/govern/moderation", "internal/govern/moderation/match", ""},
		{"slice uses a slice of its wing", "internal/govern/moderation", "internal/govern/points", "a slice never imports a slice"},
		{"slice uses a slice of another wing", "internal/govern/moderation", "internal/measure/health", "a slice never imports a slice"},
		{"console uses a slice", "internal/desk", "internal/measure/health", "a slice never imports a slice"},
		{"slice uses a connector", "internal/govern/moderation", "internal/connectors/wecom", "imports go down only"},
		{"slice uses app", "internal/measure/health", "internal/app", "only a command imports app"},
		{"connector uses the vocabulary", "internal/connectors/wecom", "internal/event", ""},
		{"connector uses the database", "internal/connectors/wecom", "internal/db", "a connector translates"},
		{"connector uses pages", "internal/connectors/wecom", "internal/web/ui", "a connector translates"},
		{"connector uses the pump", "internal/connectors/wecom", "internal/hub", "not the pump"},
		{"connector uses a wing", "internal/connectors/wecom", "internal/measure/health", "knows no wing"},
		{"connector uses a connector", "internal/connectors/wecom", "internal/connectors/manual", "another connector"},
		{"connector uses the sandbox", "internal/connectors/wecom", "internal/sandbox", "not the sandbox"},
		{"sandbox uses a leaf", "internal/sandbox", "internal/clock", ""},
		{"sandbox uses its own part", "internal/sandbox/population", "internal/sandbox/world", ""},
		{"sandbox uses the spine", "internal/sandbox", "internal/event", "leaves only"},
		{"sandbox uses a connector", "internal/sandbox", "internal/connectors/wecom", "leaves only"},
		{"app uses everything", "internal/app", "internal/connectors/wecom", ""},
		{"command uses app", "cmd/qunzhu", "internal/app", ""},
		{"server's command uses the spine", "cmd/qunzhu", "internal/hub", "app and nothing else"},
		{"puller uses the protocol", "cmd/archive-puller", "internal/connectors/wecom", ""},
		{"puller loads native code", "cmd/archive-puller", "github.com/ebitengine/purego", ""},
		{"server loads native code", "internal/connectors/wecom", "github.com/ebitengine/purego", "only cmd/archive-puller"},
		{"folder without a floor", "internal/misc", "fmt", "stands on no floor"},
		{"import without a floor", "internal/hub", "internal/misc", "stands on no floor"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := architest.Package{ImportPath: full(tt.from), Imports: []string{full(tt.to)}}
			got := strings.Join(architest.Check(p), "\n")
			if tt.want == "" && got != "" {
				t.Errorf("Check(%s → %s) = %q; expected no fault", tt.from, tt.to, got)
			}
			if !strings.Contains(got, tt.want) {
				t.Errorf("Check(%s → %s) = %q; expected it to say %q", tt.from, tt.to, got, tt.want)
			}
		})
	}
}

// full turns a path inside the repository into an import path and leaves every other as it is.
func full(path string) string {
	if strings.HasPrefix(path, "internal/") || strings.HasPrefix(path, "cmd/") {
		return architest.Module + "/" + path
	}
	return path
}
