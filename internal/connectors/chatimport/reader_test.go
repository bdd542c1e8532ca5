package chatimport

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
	"pgregory.net/rapid"

	"github.com/qunzhu/qunzhu/internal/fault"
)

func TestTheSameFileTwiceGivesTheSameKeysAndNoKeyTwice(t *testing.T) {
	for name := range samples {
		data := loadSample(t, name)
		first := readAll(t, data, testOptions(name)).keys()
		second := readAll(t, data, testOptions("other name")).keys()
		if !slices.Equal(first, second) {
			t.Errorf("%s: keys differ", name)
		}
		slices.Sort(first)
		if len(slices.Compact(first)) != len(second) {
			t.Errorf("%s: two records have one key", name)
		}
	}
}

func TestEncodingsAndLineEndsDoNotChangeTheRecords(t *testing.T) {
	encode := map[string]func(string) (string, error){
		"utf-8":     func(s string) (string, error) { return s, nil },
		"utf-8-bom": func(s string) (string, error) { return "\uFEFF" + s, nil },
		"gb18030":   simplifiedchinese.GB18030.NewEncoder().String,
		"utf-16le":  unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String,
		"utf-16be":  unicode.UTF16(unicode.BigEndian, unicode.UseBOM).NewEncoder().String,
	}
	for name := range samples {
		if strings.Contains(name, "gb18030") {
			continue
		}
		plain := strings.TrimPrefix(string(loadSample(t, name)), "\uFEFF")
		want := readAll(t, []byte(plain), testOptions(name))
		for encoding, enc := range encode {
			for _, text := range []string{plain, strings.ReplaceAll(strings.ReplaceAll(plain, "\r\n", "\n"), "\n", "\r\n")} {
				data, err := enc(text)
				if err != nil {
					t.Fatal(err)
				}
				got := readAll(t, []byte(data), testOptions(name))
				if got.header.Encoding != encoding {
					t.Errorf("%s as %s: read as %s", name, encoding, got.header.Encoding)
				}
				if !slices.Equal(got.keys(), want.keys()) || len(got.errors) != len(want.errors) {
					t.Errorf("%s as %s: other records:\n%s\nwant\n%s", name, encoding, got, want)
				}
			}
		}
	}
}

func TestEncodingIsDecidedAtTheFirstOtherByte(t *testing.T) {
	english := strings.Repeat("2026-04-06 10:00:00,Bob,hello,\n", 6000)
	gb, err := simplifiedchinese.GB18030.NewEncoder().String("2026-04-06 10:00:00,阿甲,你好，世界,\n")
	if err != nil {
		t.Fatal(err)
	}
	res := readAll(t, []byte("time,sender,text,x\n"+english+gb), testOptions("a.csv"))
	last := res.records[len(res.records)-1]
	if last.Text != "你好，世界" || res.header.Encoding != "gb18030" {
		t.Fatalf("got %q in %s", last.Text, res.header.Encoding)
	}
}

// The sample that decides the encoding ends anywhere, also inside a character.
func TestGuessEncodingAtEveryCut(t *testing.T) {
	utf8Text := []byte("群里的消息，𠮷野家，早上好🌱")
	gb, err := simplifiedchinese.GB18030.NewEncoder().Bytes(utf8Text)
	if err != nil {
		t.Fatal(err)
	}
	for i := 4; i <= len(utf8Text); i++ {
		if got := guessEncoding(utf8Text[:i]); got != "utf-8" {
			t.Errorf("utf-8 cut at %d: %q", i, got)
		}
	}
	for i := 4; i <= len(gb); i++ {
		if got := guessEncoding(gb[:i]); got != "gb18030" {
			t.Errorf("gb18030 cut at %d: %q", i, got)
		}
	}
	if got := guessEncoding([]byte("\xff\xff\xff\xff\x80\x01\xff")); got != "" {
		t.Errorf("noise: %q", got)
	}
}

func TestBrokenBytesAreReplaced(t *testing.T) {
	text := "time,sender,text\n" + strings.Repeat("2026-04-06 10:00,阿甲,很多很多很多很多很多正常的字\n", 20) +
		"2026-04-06 10:01,阿\x00乙,坏\xff字\x07\n"
	res := readAll(t, []byte(text), testOptions("a.csv"))
	last := res.records[len(res.records)-1]
	if last.SenderName != "阿乙" || last.Text != "坏\uFFFD字" {
		t.Fatalf("got %q %q", last.SenderName, last.Text)
	}
}

func TestATruncatedDocumentKeepsWhatCameBefore(t *testing.T) {
	for _, name := range []string{"chatlab.json", "weflow.json", "arkme.json", "chatlog.json"} {
		data := loadSample(t, name)
		whole := readAll(t, data, testOptions(name)).keys()
		cut := bytes.LastIndex(data, []byte(`"createTime"`))
		cut = max(cut, bytes.LastIndex(data, []byte(`"timestamp"`)), bytes.LastIndex(data, []byte(`"seq"`)))
		res := readAll(t, data[:cut+9], testOptions(name))
		if !fault.Is(res.err, fault.Invalid) || fault.As(res.err).Key != "chatimport.truncated" {
			t.Errorf("%s: ended with %v", name, res.err)
		}
		keys := res.keys()
		if len(keys) == 0 || !slices.Equal(keys, whole[:len(keys)]) {
			t.Errorf("%s: %d of %d records", name, len(keys), len(whole))
		}
	}
}

// paste is a multi-select text of messages that are minutes apart.
func paste(messages []string) []byte {
	var b strings.Builder
	b.WriteString("微信群\"测试\"的聊天记录如下:\n\n—————  2026-04-06  —————\n\n")
	for _, m := range messages {
		b.WriteString(m)
	}
	return []byte(b.String())
}

func TestOverlappingPastesGiveTheirUnion(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		// Cuts lie between minutes: a selection that begins inside a minute
		// cannot know how many equal messages it has left out.
		perMinute := rapid.SliceOfN(rapid.SliceOfN(rapid.SampledFrom([]string{"好的", "收到", "1"}), 1, 4), 2, 20).Draw(t, "minutes")
		var minutes []string
		total := 0
		for i, texts := range perMinute {
			var b strings.Builder
			for _, text := range texts {
				fmt.Fprintf(&b, "阿甲  10:%02d\n\n%s\n\n", i, text)
				total++
			}
			minutes = append(minutes, b.String())
		}
		from := rapid.IntRange(0, len(minutes)-1).Draw(t, "from")
		to := rapid.IntRange(from, len(minutes)).Draw(t, "to")
		union := map[string]bool{}
		for _, part := range [][]string{minutes[:to], minutes[from:]} {
			for _, rec := range readAllRapid(t, paste(part)) {
				if rec.Kind == Message {
					union[rec.Key()] = true
				}
			}
		}
		if len(union) != total {
			t.Fatalf("union of %d, want %d", len(union), total)
		}
	})
}

func readAllRapid(t *rapid.T, data []byte) []Record {
	rd, err := Open(bytes.NewReader(data), -1, Options{Format: MultiSelect, Now: testNow})
	if err != nil {
		t.Fatal(err)
	}
	var recs []Record
	for {
		rec, _, err := rd.Next()
		if err != nil {
			return recs
		}
		recs = append(recs, rec)
	}
}

func TestDeclaredPeriod(t *testing.T) {
	opt := testOptions("a.txt")
	zone := time.FixedZone("", 8*3600)
	opt.DeclaredFrom = time.Date(2026, 4, 6, 10, 0, 0, 0, zone)
	opt.DeclaredTo = time.Date(2026, 4, 6, 12, 0, 0, 0, zone)
	res := readAll(t, []byte("甲  09:59\n早\n甲  10:00\n准时\n乙  12:00\n也准时\n乙  12:01\n晚\n"), opt)
	if got := res.messages(); !slices.Equal(got, []string{"准时", "也准时"}) {
		t.Errorf("read %q", got)
	}
	if len(res.errors) != 2 || res.errors[0].Problem != OutsidePeriod || res.errors[1].Line != 7 {
		t.Errorf("errors %v", res.errors)
	}
	opt.DeclaredFrom, opt.DeclaredTo = opt.DeclaredTo, opt.DeclaredFrom
	if _, err := Open(strings.NewReader("甲  09:59\n早\n"), -1, opt); !fault.Is(err, fault.Invalid) {
		t.Errorf("reversed period: %v", err)
	}
}

func TestAPasteWithoutADayIsRefusedRowByRow(t *testing.T) {
	res := readAll(t, []byte("甲  09:59\n早\n"), testOptions("a.txt"))
	if len(res.errors) != 1 || res.errors[0].Problem != TimeNoDay {
		t.Errorf("errors %v", res.errors)
	}
}

func TestALineThatOnlyLooksLikeASender(t *testing.T) {
	day := "—————  2026-04-06  —————\n"
	for name, tc := range map[string]struct {
		text string
		want []string
	}{
		"a clock ahead":       {"甲  10:00\n见\n周三  19:30\n带伞\n乙  10:01\n好\n", []string{"见\n周三  19:30\n带伞", "好"}},
		"a clock behind":      {"甲  10:00\n原定\n上课  08:00\n乙  10:01\n好\n", []string{"原定\n上课  08:00", "好"}},
		"the next paste":      {"甲  18:00\n晚\n甲  09:00\n早\n甲  09:01\n早二\n", []string{"晚", "早", "早二"}},
		"at the end, nothing": {"甲  10:00\n见\n周三  19:30\n带伞\n", []string{"见", "带伞"}},
		"no clock of a day":   {"甲  10:00\n比分\n主队  25:61\n", []string{"比分\n主队  25:61"}},
		"one space":           {"甲  10:00\n会议 11:00\n", []string{"会议 11:00"}},
	} {
		if got := readAll(t, []byte(day+tc.text), testOptions("a.txt")).messages(); !slices.Equal(got, tc.want) {
			t.Errorf("%s: %q, want %q", name, got, tc.want)
		}
	}
}

func TestLimits(t *testing.T) {
	long := strings.Repeat("长", 400_000) // 1.2 MB
	texts := map[string]string{
		"multiselect": "—————  2026-04-06  —————\n甲  10:00\n" + long + "\n甲  10:01\n后\n",
		"csv":         "time,sender,text\n2026-04-06 10:00,甲," + long + "\n2026-04-06 10:01,甲,后\n",
		"chatlab-jsonl": `{"_type":"message","sender":"a","timestamp":1775440800,"type":0,"content":"` + long + "\"}\n" +
			`{"_type":"message","sender":"a","timestamp":1775440800,"type":0,"content":"后"}`,
		"chatlab": `{"chatlab":{},"messages":[{"sender":"a","timestamp":1775440800,"type":0,"content":"` + long + `"},` +
			`{"sender":"a","timestamp":1775440800,"type":0,"content":"后"}]}`,
	}
	for format, text := range texts {
		opt := testOptions("a")
		opt.Format = Format(format)
		res := readAll(t, []byte(text), opt)
		if res.err != nil || len(res.errors) != 1 || res.errors[0].Problem != TooLong {
			t.Errorf("%s: errors %v, end %v", format, res.errors, res.err)
		}
		if got := res.messages(); !slices.Equal(got, []string{"后"}) {
			t.Errorf("%s: the row after was lost: %d records", format, len(got))
		}
	}
}

func TestALongTextIsCutAndStillHasItsOwnKey(t *testing.T) {
	row := func(tail string) string {
		return "time,sender,text\n2026-04-06 10:00,甲," + strings.Repeat("长", 30_000) + tail + "\n"
	}
	a := readAll(t, []byte(row("甲")), testOptions("a.csv")).records[0]
	b := readAll(t, []byte(row("乙")), testOptions("a.csv")).records[0]
	if !a.Truncated || len(a.Text) > 64<<10 || len(a.Text)%3 != 0 || a.Text != b.Text {
		t.Errorf("cut to %d bytes, %v", len(a.Text), a.Truncated)
	}
	if a.Key() == b.Key() {
		t.Error("texts that differ only after the cut have one key")
	}
}

func TestStrayQuotesCostLittle(t *testing.T) {
	var b strings.Builder
	b.WriteString("time,sender,text\n")
	for i := range 20_000 {
		fmt.Fprintf(&b, "2026-04-06 10:00:00,甲,\"没有结束 %d\n", i)
	}
	start := time.Now()
	res := readAll(t, []byte(b.String()), testOptions("a.csv"))
	if len(res.errors) == 0 || res.err != nil {
		t.Errorf("%d errors, %v", len(res.errors), res.err)
	}
	if d := time.Since(start); d > 5*time.Second {
		t.Errorf("took %s", d)
	}
}

func TestUnreadableFilesSayWhatIsRead(t *testing.T) {
	for name, tc := range map[string]struct{ data, key string }{
		"empty":           {" \n\t", "chatimport.empty"},
		"prose":           {"今天天气不错，适合出门。", "chatimport.format_unknown"},
		"other json":      {`{"a":1}`, "chatimport.format_unknown"},
		"old workbook":    {"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", "chatimport.old_workbook"},
		"archive":         {"PK\x03\x04\x14\x00photos/1.jpg", "chatimport.archive"},
		"broken workbook": {"PK\x03\x04 xl/workbook.xml", "chatimport.workbook_broken"},
		"unknown columns": {"甲,乙,丙\n1,2,3\n", "chatimport.mapping_needed"},
		"noise":           {"\xff\xff\xff\xff\x80\x01\xff", "chatimport.encoding_unknown"},
	} {
		_, err := Open(strings.NewReader(tc.data), int64(len(tc.data)), testOptions("upload"))
		if !fault.Is(err, fault.Invalid) || fault.As(err).Key != tc.key {
			t.Errorf("%s: %v", name, err)
		}
	}
	opt := testOptions("a")
	opt.Format = "whatsapp"
	if _, err := Open(strings.NewReader("x"), 1, opt); !fault.Is(err, fault.Invalid) {
		t.Errorf("unknown format: %v", err)
	}
}

type failingReader struct{ err error }

func (f failingReader) Read([]byte) (int, error) { return 0, f.err }

func TestAReadErrorEndsTheStreamAsItself(t *testing.T) {
	broken := errors.New("disk")
	for name := range samples {
		data := loadSample(t, name)
		rd, err := Open(io.MultiReader(bytes.NewReader(data[:len(data)*3/4]), failingReader{broken}), -1, testOptions(name))
		for err == nil {
			_, _, err = rd.Next()
		}
		if !errors.Is(err, broken) {
			t.Errorf("%s: ended with %v", name, err)
		}
	}
}

func TestDetectionInsideALongValue(t *testing.T) {
	head := `{"session":{"wxid":"1@chatroom","avatar":"data:image/png;base64,` + strings.Repeat("A", sniffSize)
	if f, err := Detect([]byte(head), "upload.json"); f != WeFlow || err != nil {
		t.Errorf("detected %q, %v", f, err)
	}
}

func TestAWordInAMessageDoesNotDecideTheFormat(t *testing.T) {
	text := `{"chatlab":{},"messages":[{"sender":"a","timestamp":1775440800,"type":0,"content":"\"weflow\": {\"session\":1}"}]}`
	if f, err := Detect([]byte(text), ""); f != ChatLab || err != nil {
		t.Errorf("detected %q, %v", f, err)
	}
}
