package web

import (
	"bytes"
	"encoding/csv"
	"strings"
)

// CSV answers with a table for spreadsheet programs: UTF-8 with a byte order
// mark, without which Excel does not see Chinese, and no cell that a program
// would run.
func (c *Ctx) CSV(filename string, table [][]string) error {
	b := bytes.NewBufferString("\uFEFF")
	w := csv.NewWriter(b)
	w.UseCRLF = true
	for _, row := range table {
		out := make([]string, len(row))
		for i, cell := range row {
			out[i] = InertCell(cell)
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

// InertCell puts a quote before what a spreadsheet would take for a formula,
// which a nickname can be. Signed numbers stay numbers.
func InertCell(cell string) string {
	if cell == "" || !strings.ContainsAny(cell[:1], "=+-@|\t\r\n") {
		return cell
	}
	if strings.ContainsAny(cell[:1], "+-") && strings.Trim(cell[1:], "0123456789.,%") == "" {
		return cell
	}
	return "'" + cell
}
