package chatimport

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// testNow is the clock of every test; the samples lie before it.
var testNow = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

func testOptions(name string) Options { return Options{Name: name, Now: testNow} }

// result is everything that reading a file gave.
type result struct {
	header  Header
	records []Record
	errors  []*RowError
	err     error // that ended the stream; nil for io.EOF
}

func readAll(t testing.TB, data []byte, opt Options) result {
	t.Helper()
	rd, err := Open(bytes.NewReader(data), int64(len(data)), opt)
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	defer rd.Close()
	var res result
	for {
		rec, rowErr, err := rd.Next()
		switch {
		case err == io.EOF:
			res.header = rd.Header()
			return res
		case err != nil:
			res.header, res.err = rd.Header(), err
			return res
		case rowErr != nil:
			res.errors = append(res.errors, rowErr)
		default:
			res.records = append(res.records, rec)
		}
	}
}

func (r result) keys() []string {
	var keys []string
	for i := range r.records {
		keys = append(keys, r.records[i].Key())
	}
	return keys
}

// messages are the texts of the messages read.
func (r result) messages() []string {
	var texts []string
	for _, rec := range r.records {
		if rec.Kind == Message {
			texts = append(texts, rec.Text)
		}
	}
	return texts
}

func (r result) String() string {
	var b strings.Builder
	h := r.header
	fmt.Fprintf(&b, "%s %s %s group=%q id=%q private=%v generator=%q columns=%q\n",
		h.Format, h.Encoding, h.Platform, h.Group, h.GroupID, h.Private, h.Generator, h.Columns)
	for _, rec := range r.records {
		fmt.Fprintf(&b, "%d %s", rec.Line, rec.Kind)
		if !rec.At.IsZero() {
			fmt.Fprintf(&b, " %s", rec.At.Format(time.RFC3339))
		}
		fmt.Fprintf(&b, " %s id=%q name=%q text=%q", rec.Type, rec.SenderID, rec.SenderName, rec.Text)
		fmt.Fprintf(&b, " mid=%q reply=%q n=%d", rec.PlatformID, rec.ReplyTo, rec.Ordinal)
		fmt.Fprintf(&b, " minute=%v self=%v group=%q", rec.Minute, rec.Self, rec.GroupID+"/"+rec.GroupName)
		if rec.Kind == Join {
			fmt.Fprintf(&b, " %s by=%+v who=%+v", rec.Scene, rec.Inviter, rec.Invitees)
		}
		if rec.Kind == Member {
			fmt.Fprintf(&b, " aliases=%q roles=%q", rec.Aliases, rec.Roles)
		}
		b.WriteByte('\n')
	}
	for _, e := range r.errors {
		fmt.Fprintf(&b, "! row %d: %s\n", e.Row, e)
	}
	if r.err != nil {
		fmt.Fprintf(&b, "!! %v\n", r.err)
	}
	return b.String()
}

// samples are the files of testdata and the format each must be detected as.
var samples = map[string]Format{
	"multiselect.txt":   MultiSelect,
	"chatlab.json":      ChatLab,
	"chatlab.jsonl":     ChatLabJSONL,
	"weflow.json":       WeFlow,
	"echotrace.json":    WeFlow,
	"arkme.json":        WeFlowArkme,
	"memotrace.csv":     MemoTrace,
	"chatlog.json":      Chatlog,
	"chatlog.txt":       ChatlogText,
	"weclone.csv":       WeClone,
	"table.csv":         CSV,
	"table-gb18030.csv": CSV,
}

func loadSample(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestGolden(t *testing.T) {
	for name, format := range samples {
		t.Run(name, func(t *testing.T) {
			data := loadSample(t, name)
			got, err := Detect(data, "upload")
			if err != nil || got != format {
				t.Errorf("detected %q, %v; want %q", got, err, format)
			}
			text := readAll(t, data, testOptions(name)).String()
			golden := filepath.Join("testdata", name+".golden")
			if *update {
				if err := os.WriteFile(golden, []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if text != string(want) {
				t.Errorf("got:\n%s\nwant:\n%s", text, want)
			}
		})
	}
}
