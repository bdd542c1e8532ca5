package chatimport

import (
	"archive/zip"
	"bytes"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"github.com/qunzhu/qunzhu/internal/fault"
)

// makeWorkbook writes rows to the first sheet; a string that begins with "="
// becomes a formula.
func makeWorkbook(t testing.TB, rows [][]any) []byte {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	for i, row := range rows {
		for j, value := range row {
			cell, err := excelize.CoordinatesToCellName(j+1, i+1)
			if err != nil {
				t.Fatal(err)
			}
			formula, isText := value.(string)
			if isText && strings.HasPrefix(formula, "=") {
				err = f.SetCellFormula("Sheet1", cell, formula)
			} else if value != nil {
				err = f.SetCellValue("Sheet1", cell, value)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestWorkbook(t *testing.T) {
	data := makeWorkbook(t, [][]any{
		{"时间", "发送人", "内容", "消息ID"},
		{46118.5, "阿甲", "你好", "m1"},
		{"2026-04-06 12:01:00", "阿乙", "[图片]", nil},
		{nil, "阿乙", "合并的时间格", nil},
		{46118.6, "阿丙", "编号坏了", "1.23456789012346E+18"},
		{46118.7, "阿丙", `=HYPERLINK("https://x.example","点我")`, nil},
		{46118.8, "阿丙", "=1+1", nil},
	})
	if f, err := Detect(data, "upload"); f != XLSX || err != nil {
		t.Errorf("detected %q %v", f, err)
	}
	res := readAll(t, data, testOptions("a.xlsx"))
	want := []string{"你好", "[图片]", `=HYPERLINK("https://x.example","点我")`, "=1+1"}
	if got := res.messages(); !slices.Equal(got, want) {
		t.Errorf("read %q", got)
	}
	if at := res.records[0].At.Format("2006-01-02 15:04:05"); at != "2026-04-06 12:00:00" {
		t.Errorf("serial date read as %s", at)
	}
	if len(res.errors) != 2 || res.errors[0].Problem != Missing || res.errors[0].Line != 4 ||
		res.errors[1].Problem != LossyID {
		t.Errorf("errors %v", res.errors)
	}
	if !slices.Equal(res.keys(), readAll(t, data, testOptions("b.xlsx")).keys()) {
		t.Error("keys differ")
	}
}

func TestMapping(t *testing.T) {
	rows := [][]any{
		{46118, 0.5, "x", "阿甲", "你好"},
		{"2026-04-06", "12:30", "x", "阿乙", "在"},
	}
	opt := testOptions("a.xlsx")
	opt.Mapping = &Mapping{NoHeader: true, Date: "#1", Time: "#2", Sender: "#4", Text: "#5"}
	res := readAll(t, makeWorkbook(t, rows), opt)
	if got := res.messages(); !slices.Equal(got, []string{"你好", "在"}) {
		t.Fatalf("read %q, errors %v", got, res.errors)
	}
	if at := res.records[1].At.Format("15:04"); at != "12:30" || !res.records[1].Minute {
		t.Errorf("clock %s", at)
	}

	opt = testOptions("a.csv")
	opt.Mapping = &Mapping{Time: "何时", SenderID: "谁", Text: "说了什么", TimeLayout: "02.01.2006 15:04"}
	res = readAll(t, []byte("谁;何时;说了什么\nu1;06.04.2026 10:00;早\nu1;昨天;晚\n"), opt)
	if got := res.messages(); !slices.Equal(got, []string{"早"}) || len(res.errors) != 1 || !res.records[0].Minute {
		t.Errorf("read %q, errors %v", got, res.errors)
	}
}

func TestAWrongMappingNamesEveryField(t *testing.T) {
	opt := testOptions("a.csv")
	opt.Mapping = &Mapping{Time: "时刻", Text: "内容", Delimiter: "::"}
	_, err := Open(strings.NewReader("时间,人,内容\n1,2,3\n"), -1, opt)
	var fields []string
	for _, f := range fault.As(err).Fields {
		fields = append(fields, f.Name)
	}
	if !slices.Equal(fields, []string{"mapping.time", "mapping.sender", "mapping.delimiter"}) {
		t.Errorf("fields %v of %v", fields, err)
	}
}

func TestWorkbookLimits(t *testing.T) {
	data := makeWorkbook(t, [][]any{{"时间", "发送人", "内容"}, {46118.5, "甲", "好"}})
	open := func(data []byte, l Limits, size int64) string {
		opt := testOptions("a.xlsx")
		opt.Limits = l
		rd, err := Open(bytes.NewReader(data), size, opt)
		if err == nil {
			rd.Close()
			return ""
		}
		return fault.As(err).Key
	}
	if got := open(data, Limits{}, -1); got != "" {
		t.Errorf("a good workbook: %s", got)
	}
	if got := open(data, Limits{Workbook: 100}, -1); got != "chatimport.workbook_large" {
		t.Errorf("too large, size unknown: %q", got)
	}
	if got := open(data, Limits{}, 1<<40); got != "chatimport.workbook_large" {
		t.Errorf("too large by its size: %q", got)
	}
	if got := open(data, Limits{Unpacked: 1000}, -1); got != "chatimport.workbook_bomb" {
		t.Errorf("unpacks to too much: %q", got)
	}
	if got := open(bomb(t), Limits{}, -1); got != "chatimport.workbook_bomb" {
		t.Errorf("bomb: %q", got)
	}
	if got := open(data[:len(data)/2], Limits{}, -1); got != "chatimport.workbook_broken" {
		t.Errorf("half a workbook: %q", got)
	}
}

// bomb is an archive of a few KB that unpacks to 32 MiB.
func bomb(t *testing.T) []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, err := z.Create("xl/worksheets/sheet1.xml")
	if err != nil {
		t.Fatal(err)
	}
	io.CopyN(w, zeros{}, 32<<20)
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func TestPreview(t *testing.T) {
	for name := range samples {
		h, rows, err := Preview(bytes.NewReader(loadSample(t, name)), testOptions(name), 2)
		if err != nil || len(rows) == 0 || len(rows) > 2 || len(rows[0]) > len(h.Columns) {
			t.Errorf("%s: %q %q %v", name, h.Columns, rows, err)
		}
	}
	h, rows, err := Preview(strings.NewReader("甲,乙,丙\n1,2,3\n4,5,6\n"), testOptions("x.csv"), 20)
	if err != nil || !slices.Equal(h.Columns, []string{"甲", "乙", "丙"}) || len(rows) != 2 {
		t.Errorf("a table nobody has mapped: %q %q %v", h.Columns, rows, err)
	}
	if _, rows, err := Preview(bytes.NewReader(makeWorkbook(t, [][]any{{"a", "b"}, {1, 2}})), testOptions(""), 5); err != nil || len(rows) != 1 {
		t.Errorf("workbook: %q %v", rows, err)
	}
}
