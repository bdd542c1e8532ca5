package chatimport

import "io"

// maxPreview bounds the rows of a preview.
const maxPreview = 100

// previewColumns head a preview of records.
var previewColumns = []string{"time", "sender", "type", "text"}

// Preview shows the first n rows (at most 100) as they would be read. Of a
// table it gives the cells below the heading, before any mapping, so that a
// page can ask for one; Header.Columns holds the headings. Of other formats it
// gives time, sender, type and text of messages; rows that cannot be read are
// left out. What ends the file early does not spoil the rows before it.
func Preview(r io.Reader, opt Options, n int) (Header, [][]string, error) {
	n = min(n, maxPreview)
	rd, in, err := prepare(r, -1, opt)
	if err != nil {
		return Header{}, nil, err
	}
	if f := rd.header.Format; f == CSV || f == XLSX {
		rows, err := previewTable(in, n)
		return rd.Header(), rows, err
	}
	if rd.src, err = newSource(rd.header.Format, in); err != nil {
		return rd.Header(), nil, err
	}
	defer rd.Close()
	var rows [][]string
	for len(rows) < n {
		rec, rowErr, err := rd.Next()
		if err != nil {
			break
		}
		if rowErr == nil && (rec.Kind == Message || rec.Kind == Join) {
			rows = append(rows, []string{rec.At.Format("2006-01-02 15:04:05"),
				firstOf(rec.SenderName, rec.SenderID), string(rec.Type), sample(rec.Text)})
		}
	}
	h := rd.Header()
	h.Columns = previewColumns
	return h, rows, nil
}

func previewTable(in input, n int) ([][]string, error) {
	table, err := openTable(in)
	if err != nil {
		return nil, err
	}
	if c, ok := table.(io.Closer); ok {
		defer c.Close()
	}
	first, err := headerRow(table)
	if err != nil {
		return nil, err
	}
	var rows [][]string
	if in.opt.Mapping != nil && in.opt.Mapping.NoHeader {
		rows = append(rows, cleanCells(first))
	} else {
		in.header.Columns = newColumns(first).names
	}
	for len(rows) < n {
		row, err := table.nextRow()
		if err != nil {
			break
		}
		if row.err == nil {
			rows = append(rows, cleanCells(row.cells))
		}
	}
	return rows, nil
}

func openTable(in input) (rowReader, error) {
	if in.header.Format == XLSX {
		book, _, err := openWorkbook(in)
		return book, err
	}
	return openCSV(in)
}

func cleanCells(cells []string) []string {
	shown := make([]string, len(cells))
	for i, cell := range cells {
		shown[i] = sample(cell)
	}
	return shown
}
