package desk

import (
	"bytes"
	"encoding/csv"
	"strings"

	"github.com/qunzhu/qunzhu/internal/web"
)

// columns translates the heads of an exported table.
func columns(c *web.Ctx, names ...string) []string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = c.T("desk.col." + n)
	}
	return out
}

// sendCSV answers with a table for spreadsheet programs: UTF-8 with a byte order
// mark, which Excel needs to see Chinese.
func sendCSV(c *web.Ctx, name string, rows [][]string) error {
	var b bytes.Buffer
	b.WriteString("\uFEFF")
	w := csv.NewWriter(&b)
	w.UseCRLF = true
	for _, row := range rows {
		for i := range row {
			row[i] = harmless(row[i])
		}
		if err := w.Write(row); err != nil {
			return err
		}
	}
	w.Flush()
	if err := w.Error(); err != nil {
		return err
	}
	c.Attachment(name + "-" + c.Printer.Date(c.Now) + ".csv")
	return c.Bytes("text/csv; charset=utf-8", b.Bytes())
}

// harmless keeps a spreadsheet from taking a text that somebody chose, such as a
// nickname, for a formula. Numbers stay numbers.
func harmless(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r\n|", rune(s[0])) && strings.Trim(s, "+-0123456789.,%") != "" {
		return "'" + s
	}
	return s
}
