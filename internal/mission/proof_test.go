package mission_test

import (
	"bytes"
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/qunzhu/qunzhu/internal/mission"
)

var update = flag.Bool("update", false, "write docs/traceability.md anew")

func TestTraceabilityIsUpToDate(t *testing.T) {
	const file = "../../docs/traceability.md"
	var want bytes.Buffer
	if err := mission.Markdown(&want); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(file, want.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want.Bytes()) {
		t.Errorf("%s is not what internal/mission says; run make docs", file)
	}
}

// TestProofsExist follows each reference to a test into the source, so that a renamed test is noticed here.
func TestProofsExist(t *testing.T) {
	for _, row := range allRows() {
		for _, reference := range row.Tests {
			folder, name, ok := splitReference(reference)
			if !ok {
				t.Errorf("%s: %q is no reference to a test; expected folder.TestName", row.ID, reference)
				continue
			}
			if !testNames(t, folder)[name] {
				t.Errorf("%s: internal/%s has no test %s", row.ID, folder, name)
			}
		}
	}
}

func TestTestNames(t *testing.T) {
	names := testNames(t, "mission")
	if !names["TestProofsExist"] {
		t.Errorf("testNames(mission) = %v; expected this file's tests in it", names)
	}
	if names["splitReference"] || names["TestMain"] {
		t.Errorf("testNames(mission) = %v; expected tests only", names)
	}
}

func splitReference(reference string) (folder, name string, ok bool) {
	dir, last := path.Split(reference)
	pkg, name, ok := strings.Cut(last, ".")
	return dir + pkg, name, ok && strings.HasPrefix(name, "Test")
}

// testNames reads the test functions of one folder under internal/ without running the go command.
func testNames(t *testing.T, folder string) map[string]bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", filepath.FromSlash(folder), "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, file := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, decl := range parsed.Decls {
			if fn, ok := decl.(*ast.FuncDecl); ok && isTest(fn) {
				names[fn.Name.Name] = true
			}
		}
	}
	return names
}

func isTest(fn *ast.FuncDecl) bool {
	return fn.Recv == nil && strings.HasPrefix(fn.Name.Name, "Test") && len(fn.Type.Params.List) == 1 && fn.Name.Name != "TestMain"
}
