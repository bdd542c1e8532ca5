package desk

import "github.com/qunzhu/qunzhu/internal/web"

// columns translates the heads of an exported table.
func columns(c *web.Ctx, names ...string) []string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = c.T("desk.col." + n)
	}
	return out
}

// sendCSV answers with an export, named by its subject and the day.
func sendCSV(c *web.Ctx, name string, rows [][]string) error {
	return c.CSV(name+"-"+c.Printer.Date(c.Now)+".csv", rows)
}
