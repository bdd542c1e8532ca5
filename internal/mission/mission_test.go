package mission_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/qunzhu/qunzhu/internal/mission"
)

// wings are the folders whose subfolders are slices.
var wings = []string{"plan", "create", "govern", "grow", "content", "measure", "risk", "compare"}

// TestArticleIsCovered takes the rows' words out of the article: what is left over is what the table forgot.
func TestArticleIsCovered(t *testing.T) {
	article := readArticle(t)
	var quoted []string
	for _, row := range allRows() {
		if row.Kind == mission.Inferred {
			continue
		}
		if n := strings.Count(article, row.Text); n != 1 {
			t.Errorf("%s: the article contains %q %d times; expected its exact words, once", row.ID, row.Text, n)
		}
		quoted = append(quoted, row.Text)
	}
	// The longest first, or a short quotation would break a longer one that contains it.
	slices.SortFunc(quoted, func(a, b string) int { return len(b) - len(a) })
	for _, line := range demandingLines(article) {
		rest := line
		for _, text := range quoted {
			rest = strings.ReplaceAll(rest, text, "")
		}
		if rest = strings.Trim(rest, "- 、,。|"); rest != "" {
			t.Errorf("no row carries %q\nin the article's line %q", rest, line)
		}
	}
}

// demandingLines leaves out the title, headings, and the header lines of tables.
func demandingLines(article string) []string {
	lines := strings.Split(article, "\n")
	var out []string
	for i, line := range lines {
		header := i+1 < len(lines) && strings.HasPrefix(lines[i+1], "---")
		heading := strings.IndexAny(line, "一二三四五六七八") == 0 && strings.HasPrefix(strings.TrimLeft(line, "一二三四五六七八"), "、")
		if i == 0 || header || heading || strings.HasPrefix(line, "---") || strings.TrimSpace(line) == "" {
			continue
		}
		out = append(out, line)
	}
	return out
}

func TestSectionsAreTheArticles(t *testing.T) {
	article := readArticle(t)
	for i, s := range mission.Table() {
		if s.Number != i {
			t.Errorf("section %q has number %d; expected %d", s.Title, s.Number, i)
		}
		if s.Wing == "" {
			continue
		}
		if !strings.Contains(article, "、"+s.Title+"\n") {
			t.Errorf("the article has no heading %q", s.Title)
		}
		if s.Wing != wings[i-1] {
			t.Errorf("section %d names the wing %q; expected %q", i, s.Wing, wings[i-1])
		}
	}
}

func TestRowsAreComplete(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range mission.Table() {
		for _, row := range s.Rows {
			if seen[row.ID] {
				t.Errorf("%s: the id is used twice", row.ID)
			}
			seen[row.ID] = true
			if number, _, ok := strings.Cut(row.ID, "."); !ok || number != string(rune('0'+s.Number)) {
				t.Errorf("%s: the id does not start with its section's number %d", row.ID, s.Number)
			}
			for _, fault := range faults(row) {
				t.Errorf("%s: %s", row.ID, fault)
			}
		}
	}
}

// faults says what contradicts itself in one row.
func faults(row mission.Row) []string {
	var out []string
	require := func(ok bool, fault string) {
		if !ok {
			out = append(out, fault)
		}
	}
	require(row.English != "", "has no English")
	require(len(row.Slices) > 0, "no slice carries it")
	switch row.Status {
	case mission.Built, mission.Partial:
		require(len(row.Tests) > 0, "runs, but no test proves it")
		require(slices.ContainsFunc(row.Slices, sliceExists), "runs, but none of its slices exists")
		require((row.Remains != "") == (row.Status == mission.Partial), "Remains belongs to partial rows, and to each of them")
	case mission.Missing:
		require(len(row.Tests) == 0 && row.Remains == "", "is missing, yet names tests or what remains")
	default:
		require(false, "has the unknown status "+string(row.Status))
	}
	for _, m := range row.Measures {
		require(m.Key != "", "has a measure without a key")
		require(m.Comparator != mission.Shown || m.Value == 0, "gives "+m.Key+" a value but no comparator")
	}
	return out
}

func TestFaults(t *testing.T) {
	whole := mission.Row{English: "e", Slices: []string{"mission"}, Tests: []string{"mission.TestFaults"}, Status: mission.Built}
	tests := map[string]struct {
		change func(*mission.Row)
		want   string
	}{
		"whole":            {func(*mission.Row) {}, ""},
		"built unproved":   {func(r *mission.Row) { r.Tests = nil }, "no test proves it"},
		"built elsewhere":  {func(r *mission.Row) { r.Slices = []string{"govern/nothing"} }, "none of its slices exists"},
		"partial, of what": {func(r *mission.Row) { r.Status = mission.Partial }, "Remains"},
		"missing, proved":  {func(r *mission.Row) { r.Status = mission.Missing }, "is missing, yet"},
		"no status":        {func(r *mission.Row) { r.Status = "" }, "unknown status"},
		"value unjudged":   {func(r *mission.Row) { r.Measures = []mission.Measure{{Key: "k", Value: 3}} }, "no comparator"},
	}
	for name, tt := range tests {
		row := whole
		tt.change(&row)
		got := strings.Join(faults(row), "; ")
		if !strings.Contains(got, tt.want) || tt.want == "" && got != "" {
			t.Errorf("%s: faults = %q; expected %q", name, got, tt.want)
		}
	}
}

func allRows() []mission.Row {
	var rows []mission.Row
	for _, s := range mission.Table() {
		rows = append(rows, s.Rows...)
	}
	return rows
}

func sliceExists(slice string) bool {
	files, err := filepath.Glob(filepath.Join("..", filepath.FromSlash(slice), "*.go"))
	return err == nil && len(files) > 0
}

func readArticle(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("testdata/article.zh.txt")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
