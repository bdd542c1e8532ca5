package chatimport

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"

	"github.com/xuri/excelize/v2"

	"github.com/qunzhu/qunzhu/internal/fault"
)

// unzipInMemory is how large a part of a workbook may be unpacked in memory;
// larger ones go to a temporary file.
const unzipInMemory = 16 << 20

// maxCells bounds the cells of a row; a mapping needs seven.
const maxCells = 256

// workbook reads the rows of one sheet. Cells are the values as stored, so that
// a date is its serial number and not a text in the format of some country. A
// formula is its own text and is never computed.
type workbook struct {
	file  *excelize.File
	rows  *excelize.Rows
	row   int64
	limit int

	formulas map[string]string // by cell, where there are any
}

func newWorkbookSource(in input) (source, error) {
	book, since1904, err := openWorkbook(in)
	if err != nil {
		return nil, err
	}
	src, err := newMappedSource(in, book, since1904)
	if err != nil {
		book.Close()
		return nil, err
	}
	return src, nil
}

func openWorkbook(in input) (book *workbook, since1904 bool, err error) {
	limits := in.opt.Limits
	if in.size > limits.Workbook {
		return nil, false, fault.New(fault.Invalid, "chatimport.workbook_large", limits.Workbook>>20)
	}
	packed, err := io.ReadAll(io.LimitReader(in.raw, limits.Workbook+1))
	if err != nil {
		return nil, false, err
	}
	if int64(len(packed)) > limits.Workbook {
		return nil, false, fault.New(fault.Invalid, "chatimport.workbook_large", limits.Workbook>>20)
	}
	archive, err := openArchive(packed, limits)
	if err != nil {
		return nil, false, err
	}
	// A malformed part may make the library panic; that is a broken file, too.
	defer func() {
		if p := recover(); p != nil {
			book, err = nil, brokenWorkbook(fmt.Errorf("panic: %v", p))
		}
	}()
	file, err := excelize.OpenReader(bytes.NewReader(packed), excelize.Options{
		RawCellValue: true, UnzipSizeLimit: limits.Unpacked, UnzipXMLSizeLimit: unzipInMemory,
	})
	if err != nil {
		return nil, false, brokenWorkbook(err)
	}
	sheet, err := chooseSheet(in, file)
	if err != nil {
		file.Close()
		return nil, false, err
	}
	rows, err := file.Rows(sheet)
	if err != nil {
		file.Close()
		return nil, false, brokenWorkbook(err)
	}
	in.header.Sheet = sheet
	props, err := file.GetWorkbookProps()
	since1904 = err == nil && props.Date1904 != nil && *props.Date1904
	book = &workbook{file: file, rows: rows, limit: limits.Line, formulas: readFormulas(archive, sheet)}
	return book, since1904, nil
}

func chooseSheet(in input, file *excelize.File) (string, error) {
	sheets := file.GetSheetList()
	if len(sheets) == 0 {
		return "", fault.New(fault.Invalid, "chatimport.empty")
	}
	if in.opt.Mapping == nil || in.opt.Mapping.Sheet == "" {
		return sheets[0], nil
	}
	for _, sheet := range sheets {
		if sheet == in.opt.Mapping.Sheet {
			return sheet, nil
		}
	}
	return "", fault.InvalidField("mapping.sheet", "chatimport.sheet_unknown", in.opt.Mapping.Sheet, fmt.Sprint(sheets))
}

// openArchive refuses what unpacks to far more than it is. The sizes in the
// directory can be trusted: archive/zip stops reading an entry at them.
func openArchive(packed []byte, limits Limits) (*zip.Reader, error) {
	archive, err := zip.NewReader(bytes.NewReader(packed), int64(len(packed)))
	if err != nil {
		return nil, brokenWorkbook(err)
	}
	var total uint64
	for _, f := range archive.File {
		total += f.UncompressedSize64
		if f.UncompressedSize64 > uint64(limits.Unpacked) || total > uint64(limits.Unpacked) {
			return nil, fault.New(fault.Invalid, "chatimport.workbook_bomb")
		}
	}
	if total > 16<<20 && total > uint64(limits.Ratio)*uint64(len(packed)) {
		return nil, fault.New(fault.Invalid, "chatimport.workbook_bomb")
	}
	return archive, nil
}

func brokenWorkbook(cause error) error {
	return fault.Wrap(cause, fault.Invalid, "chatimport.workbook_broken")
}

func (w *workbook) nextRow() (row tableRow, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = brokenWorkbook(fmt.Errorf("panic: %v", p))
		}
	}()
	for w.rows.Next() {
		w.row++
		cells, err := w.rows.Columns(excelize.Options{RawCellValue: true})
		if err != nil {
			return tableRow{line: w.row, err: atLine(w.row, rowError(Broken, "", "", err.Error()))}, nil
		}
		cells = w.withFormulas(cells)
		size := 0
		for _, cell := range cells {
			size += len(cell)
		}
		switch {
		case size == 0:
			continue
		case size > w.limit:
			return tableRow{line: w.row, err: atLine(w.row, rowError(TooLong, "", cells[0], w.limit))}, nil
		case len(cells) > maxCells:
			return tableRow{line: w.row, err: atLine(w.row, rowError(ColumnCount, "", cells[0], len(cells), maxCells))}, nil
		}
		return tableRow{cells: cells, line: w.row}, nil
	}
	if err := w.rows.Error(); err != nil {
		return tableRow{}, brokenWorkbook(err)
	}
	return tableRow{}, io.EOF
}

// withFormulas puts the text of formulas in the place of their values.
func (w *workbook) withFormulas(cells []string) []string {
	if len(w.formulas) == 0 {
		return cells
	}
	for i := range min(len(cells), maxCells) {
		if name, err := excelize.CoordinatesToCellName(i+1, int(w.row)); err == nil && w.formulas[name] != "" {
			cells[i] = w.formulas[name]
		}
	}
	return cells
}

// Close removes the temporary files.
func (w *workbook) Close() error {
	if w.file == nil {
		return nil
	}
	w.rows.Close()
	err := w.file.Close()
	w.file = nil
	return err
}
