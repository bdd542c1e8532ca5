package chatimport

import (
	"bytes"
	"io"
	"testing"
	"unicode/utf8"
)

// fuzzFormat reads anything as one format: it must end, and what it gives must
// be clean, dated, within the limits and the same when read again.
func fuzzFormat(f *testing.F, format Format, seeds ...string) {
	for _, seed := range seeds {
		f.Add(loadSample(f, seed))
	}
	f.Add([]byte(""))
	f.Add([]byte("[{\"\":["))
	f.Add([]byte("\xEF\xBB\xBF\"a\",\"\n\"\"\r\n"))
	f.Fuzz(func(t *testing.T, data []byte) { checkFormat(t, data, format) })
}

func checkFormat(t *testing.T, data []byte, format Format) {
	first, end := fuzzRead(data, format)
	second, again := fuzzRead(data, format)
	if len(first) != len(second) || (end == nil) != (again == nil) {
		t.Fatalf("read %d records and %v, then %d and %v", len(first), end, len(second), again)
	}
	seen := map[string]bool{}
	for i := range first {
		rec, key := &first[i], first[i].Key()
		if key != second[i].Key() {
			t.Fatalf("record %d has two keys", i)
		}
		if rec.Kind == Message && rec.PlatformID == "" && seen[key] {
			t.Fatalf("two records have the key of %+v", rec)
		}
		seen[key] = true
		checkRecord(t, rec)
	}
}

func checkRecord(t *testing.T, rec *Record) {
	for _, s := range []string{rec.Text, rec.SenderName, rec.SenderID, rec.GroupName, rec.PlatformID, rec.Inviter.Name} {
		if !utf8.ValidString(s) || bytes.ContainsRune([]byte(s), 0) || len(s) > 1<<20 {
			t.Fatalf("%q is not clean", s)
		}
	}
	dated := rec.Kind == Message || rec.Kind == Join
	if dated && (rec.At.Year() < earliestYear || rec.At.After(testNow.Add(maxSkew))) {
		t.Fatalf("%s at %s", rec.Kind, rec.At)
	}
	if len(rec.Text) > 64<<10 {
		t.Fatalf("text of %d bytes", len(rec.Text))
	}
}

func fuzzRead(data []byte, format Format) ([]Record, error) {
	rd, err := Open(bytes.NewReader(data), int64(len(data)), Options{Format: format, Now: testNow})
	if err != nil {
		return nil, err
	}
	defer rd.Close()
	var recs []Record
	for {
		rec, rowErr, err := rd.Next()
		switch {
		case err == io.EOF:
			return recs, nil
		case err != nil:
			return recs, err
		case rowErr == nil:
			recs = append(recs, rec)
		}
	}
}

func FuzzMultiSelect(f *testing.F)  { fuzzFormat(f, MultiSelect, "multiselect.txt") }
func FuzzChatLab(f *testing.F)      { fuzzFormat(f, ChatLab, "chatlab.json") }
func FuzzChatLabJSONL(f *testing.F) { fuzzFormat(f, ChatLabJSONL, "chatlab.jsonl") }
func FuzzWeFlow(f *testing.F)       { fuzzFormat(f, WeFlow, "weflow.json", "echotrace.json", "arkme.json") }
func FuzzMemoTrace(f *testing.F)    { fuzzFormat(f, MemoTrace, "memotrace.csv") }
func FuzzChatlog(f *testing.F)      { fuzzFormat(f, Chatlog, "chatlog.json") }
func FuzzChatlogText(f *testing.F)  { fuzzFormat(f, ChatlogText, "chatlog.txt") }
func FuzzWeClone(f *testing.F)      { fuzzFormat(f, WeClone, "weclone.csv") }
func FuzzCSV(f *testing.F)          { fuzzFormat(f, CSV, "table.csv", "table-gb18030.csv") }

func FuzzWorkbook(f *testing.F) {
	f.Add(makeWorkbook(f, [][]any{{"时间", "发送人", "内容"}, {46118.5, "甲", "好"}}))
	f.Fuzz(func(t *testing.T, data []byte) { checkFormat(t, data, XLSX) })
}

func FuzzDetect(f *testing.F) {
	for name := range samples {
		f.Add(loadSample(f, name), name)
	}
	f.Fuzz(func(t *testing.T, data []byte, name string) {
		format, err := Detect(data, name)
		if (err == nil) != format.known() {
			t.Fatalf("%q, %v", format, err)
		}
	})
}
