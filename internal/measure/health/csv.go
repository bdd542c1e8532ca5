package health

import (
	"bytes"
	"encoding/csv"
	"strings"

	"github.com/qunzhu/qunzhu/internal/web"
)

// sendCSV answers with a table for spreadsheet programs. Excel takes UTF-8 for
// what it is only after a byte order mark.
func sendCSV(c *web.Ctx, filename string, table [][]string) error {
	b := bytes.NewBufferString("\uFEFF")
	w := csv.NewWriter(b)
	w.UseCRLF = true
	for _, row := range table {
		out := make([]string, len(row))
		for i, cell := range row {
			out[i] = inert(cell)
		}
		if err := w.Write(out); err != nil {
			return err
		}
	}
	w.Flush()
	if err := w.Error(); err != nil {
		return err
	}
	c.Attachment(filename)
	return c.Bytes("text/csv; charset=utf-8", b.Bytes())
}

// inert puts a quote before what a spreadsheet would run as a formula, which a
// nickname can be. Signed numbers stay numbers.
func inert(cell string) string {
	if cell == "" || !strings.ContainsAny(cell[:1], "=+-@\t\r") || strings.Trim(cell[1:], "0123456789.") == "" && !strings.ContainsAny(cell[:1], "=@") {
		return cell
	}
	return "'" + cell
}
