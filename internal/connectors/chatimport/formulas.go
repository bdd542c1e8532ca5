package chatimport

import (
	"archive/zip"
	"encoding/xml"
	"io"
	"path"
	"strings"
)

// Bounds of what is looked at for formulas; beyond them a cell is its value.
const (
	maxFormulaSheet = 64 << 20
	maxFormulas     = 20_000
)

// readFormulas returns the formulas of a sheet by cell, as "=…". A message that
// began with "=" became a formula when it was written into the workbook, so
// its text is what a person wrote and the value is not; excelize's row iterator
// gives the value only. What cannot be read yields no formulas: the rows
// themselves will say what is wrong.
func readFormulas(archive *zip.Reader, sheet string) map[string]string {
	part := sheetPart(archive, sheet)
	if part == nil || part.UncompressedSize64 > maxFormulaSheet {
		return nil
	}
	r, err := part.Open()
	if err != nil {
		return nil
	}
	defer r.Close()
	formulas := map[string]string{}
	cell := ""
	for d := xml.NewDecoder(r); len(formulas) < maxFormulas; {
		token, err := d.Token()
		if err != nil {
			break
		}
		start, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		switch start.Name.Local {
		case "c":
			cell = attribute(start, "r")
		case "f":
			var text string
			if d.DecodeElement(&text, &start) == nil && text != "" && cell != "" {
				// The standard stores no "=", some writers do.
				formulas[cell] = "=" + strings.TrimPrefix(text, "=")
			}
		}
	}
	return formulas
}

// sheetPart finds the part of a sheet through the workbook's relationships
// (ECMA-376 part 1, 12.3.24).
func sheetPart(archive *zip.Reader, sheet string) *zip.File {
	var book struct {
		Sheets []struct {
			Name string `xml:"name,attr"`
			ID   string `xml:"http://schemas.openxmlformats.org/officeDocument/2006/relationships id,attr"`
		} `xml:"sheets>sheet"`
	}
	var rels struct {
		Items []struct {
			ID     string `xml:"Id,attr"`
			Target string `xml:"Target,attr"`
		} `xml:"Relationship"`
	}
	if !decodePart(archive, "xl/workbook.xml", &book) || !decodePart(archive, "xl/_rels/workbook.xml.rels", &rels) {
		return nil
	}
	for _, s := range book.Sheets {
		for _, rel := range rels.Items {
			if s.Name != sheet || rel.ID != s.ID {
				continue
			}
			if target, absolute := strings.CutPrefix(rel.Target, "/"); absolute {
				return findPart(archive, target)
			}
			return findPart(archive, path.Join("xl", rel.Target))
		}
	}
	return nil
}

func decodePart(archive *zip.Reader, name string, v any) bool {
	part := findPart(archive, name)
	if part == nil {
		return false
	}
	r, err := part.Open()
	if err != nil {
		return false
	}
	defer r.Close()
	return xml.NewDecoder(io.LimitReader(r, 1<<20)).Decode(v) == nil
}

func findPart(archive *zip.Reader, name string) *zip.File {
	for _, f := range archive.File {
		if strings.EqualFold(f.Name, name) {
			return f
		}
	}
	return nil
}

func attribute(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}
