package mission

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// Markdown writes the whole table as docs/traceability.md.
func Markdown(w io.Writer) error {
	out := bufio.NewWriter(w)
	sections := Table()
	fmt.Fprint(out, `# 从文章到代码 · From the article to the code

Generated from internal/mission by `+"`make docs`"+`; edit there, not here.

Each line is something that the article says, in its own words, with the folder under `+"`internal/`"+` that carries it, the
figures it is judged by and the tests that prove it. ≈ marks the article's own figure, which is shown beside the measured
one and is not a threshold.

`)
	writeSummary(out, sections)
	for _, s := range sections {
		writeSection(out, s)
	}
	return out.Flush()
}

func writeSummary(out io.Writer, sections []Section) {
	fmt.Fprint(out, "| | 章节 · Section | built | partial | missing |\n|---|---|---:|---:|---:|\n")
	total := map[Status]int{}
	for _, s := range sections {
		n := map[Status]int{}
		for _, r := range s.Rows {
			n[r.Status]++
			total[r.Status]++
		}
		fmt.Fprintf(out, "| %d | %s · %s | %d | %d | %d |\n", s.Number, s.Title, s.English, n[Built], n[Partial], n[Missing])
	}
	fmt.Fprintf(out, "| | 合计 · All | %d | %d | %d |\n", total[Built], total[Partial], total[Missing])
}

func writeSection(out io.Writer, s Section) {
	fmt.Fprintf(out, "\n## %d %s · %s\n\n", s.Number, s.Title, s.English)
	if s.Wing != "" {
		fmt.Fprintf(out, "Wing: `internal/%s`\n\n", s.Wing)
	}
	fmt.Fprint(out, "| id | 文章 · Article | 指标 · Measures | 代码 · Code | 测试 · Tests | 状态 · Status |\n|---|---|---|---|---|---|\n")
	for _, r := range s.Rows {
		measures := make([]string, len(r.Measures))
		for i, m := range r.Measures {
			measures[i] = m.String()
		}
		status := string(r.Status)
		if r.Remains != "" {
			status += "; not yet: " + r.Remains
		}
		fmt.Fprintf(out, "| %s | %s<br>*%s* | %s | %s | %s | %s |\n", r.ID, escape(r.Text), escape(r.English),
			strings.Join(measures, "<br>"), code(r.Slices), code(r.Tests), escape(status))
	}
}

// String prints the measure as people write it: "`save_rate` > 8%".
func (m Measure) String() string {
	key := "`" + m.Key + "`"
	if m.Comparator == Shown {
		return key
	}
	value := m.Value
	if m.Unit == Ratio {
		value *= 100
	}
	// Nine digits hide what the binary fraction of 0.07 adds when it is multiplied.
	return fmt.Sprintf("%s %s %s%s", key, m.Comparator, strconv.FormatFloat(value, 'g', 9, 64), m.Unit)
}

func code(words []string) string {
	quoted := make([]string, len(words))
	for i, word := range words {
		quoted[i] = "`" + word + "`"
	}
	return strings.Join(quoted, "<br>")
}

// escape keeps the bars of the article's own tables from ending a cell.
func escape(s string) string { return strings.ReplaceAll(s, "|", `\|`) }
