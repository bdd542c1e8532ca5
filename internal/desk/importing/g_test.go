package importing_test

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"

	"github.com/qunzhu/qunzhu/internal/desk/importing"
	"github.com/qunzhu/qunzhu/internal/fault"
	"github.com/qunzhu/qunzhu/internal/i18n"
)

// workbook is a sheet of a chat with an Excel date, a merged cell, a formula and
// an id that a spreadsheet has rounded.
func workbook(t *testing.T) string {
	t.Helper()
	f := excelize.NewFile()
	defer func() { _ = f.Close() }()
	set := func(cell string, v any) {
		if err := f.SetCellValue("Sheet1", cell, v); err != nil {
			t.Fatal(err)
		}
	}
	for i, row := range [][]any{
		{"时间", "发送人", "发送人ID", "内容", "消息ID"},
		{46118.5, "丽丽", "", "序列号日期", "1234567890123456789"},
		{46118.625, "小羊", "", "编号被改写", "1.23E+18"},
		{46118.75, "", "", "被合并的单元格下面没有名字", ""},
		{46118.8, "老周", "", "", ""},
	} {
		for j, v := range row {
			set(fmt.Sprintf("%c%d", 'A'+j, i+1), v)
		}
	}
	if err := f.SetCellFormula("Sheet1", "D5", `HYPERLINK("https://example.com/x","点我")`); err != nil {
		t.Fatal(err)
	}
	if err := f.MergeCell("Sheet1", "B3", "B4"); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := f.Write(&out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// bomb is a workbook of which one part unpacks to far more than it is.
func bomb(t *testing.T) string {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	part, err := w.Create("xl/worksheets/sheet1.xml")
	if err != nil {
		t.Fatal(err)
	}
	zeros := make([]byte, 1<<20)
	for range 64 {
		if _, err := part.Write(zeros); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// TestG17ImportHorrors is case 17 of docs/definitions.md G.
func TestG17ImportHorrors(t *testing.T) {
	each(t, func(b *bench) {
		ctx := context.Background()
		encoded, err := simplifiedchinese.GB18030.NewEncoder().String("时间,发送人,内容\n2026-04-06 10:00:00,丽丽,没有标记的国标编码\n")
		if err != nil {
			b.t.Fatal(err)
		}
		if res := b.bring(encoded, importing.Request{Name: "gb.csv", Group: "甲群"}); res.Encoding != "gb18030" || res.Messages != 1 {
			b.t.Errorf("GB18030: %+v", res)
		}

		book := workbook(b.t)
		res := b.bring(book, importing.Request{Name: "chat.xlsx", Group: "甲群"})
		if res.Messages != 2 || res.Rejected != 2 {
			b.t.Fatalf("workbook: %+v", res)
		}
		b.is("serial date", b.row("SELECT at FROM events e JOIN event_words w ON w.event_id=e.id WHERE w.text='序列号日期'"),
			time.Date(2026, 4, 6, 12, 0, 0, 0, shanghai).UnixMilli())
		b.is("a formula is not computed", b.row("SELECT count(*) FROM event_words WHERE text LIKE '%HYPERLINK(%'"), 1)
		batch, err := b.s.Get(ctx, everything{}, res.Batch)
		if err != nil {
			b.t.Fatal(err)
		}
		rejected, err := b.s.Rejected(ctx, batch, 0, 10)
		if err != nil || len(rejected) != 2 || rejected[0].Key != "chatimport.row.lossy_id" || rejected[1].Key != "chatimport.row.missing" {
			b.t.Errorf("row errors %+v, %v", rejected, err)
		}

		again := b.bring(book, importing.Request{Name: "另存.xlsx", Group: "甲群"})
		if again.Messages != 0 || again.Duplicates != 2 || again.Former != res.Batch {
			b.t.Errorf("same file twice: %+v", again)
		}
		b.undo(res.Batch)
		b.is("after undo", b.row(counted), 1)

		_, err = b.s.ImportFile(ctx, importing.Request{Reader: strings.NewReader(bomb(b.t)), Name: "bomb.xlsx", Group: "甲群"}, nil)
		if !fault.Is(err, fault.Invalid) || fault.As(err).Key != "chatimport.workbook_bomb" {
			b.t.Errorf("a bomb was met with %v", err)
		}
		for _, empty := range []string{"", "\n\n"} {
			if _, err := b.s.ImportFile(ctx, importing.Request{Reader: strings.NewReader(empty), Name: "a.txt", Group: "甲群"}, nil); !fault.Is(err, fault.Invalid) {
				b.t.Errorf("an empty file was met with %v", err)
			}
		}
		b.verify()
	})
}

// TestG17RejectedRowsAreExportedWithoutFormulas: what somebody wrote must not
// compute in a spreadsheet.
func TestG17RejectedRowsAreExportedWithoutFormulas(t *testing.T) {
	each(t, func(b *bench) {
		res := b.bring("时间,发送人,内容\n=cmd|' /C calc'!A0,丽丽,坏\n2026-04-06 10:00:00,丽丽,好\n", importing.Request{Name: "a.csv", Group: "甲群"})
		batch, err := b.s.Get(context.Background(), everything{}, res.Batch)
		if err != nil || res.Rejected != 1 || res.Messages != 1 {
			b.t.Fatalf("%+v, %v", res, err)
		}
		catalog, err := i18n.Load()
		if err != nil {
			b.t.Fatal(err)
		}
		var out bytes.Buffer
		if err := b.s.WriteRejected(context.Background(), &out, catalog.Printer(i18n.Chinese, shanghai), batch); err != nil {
			b.t.Fatal(err)
		}
		if !strings.HasPrefix(out.String(), "\uFEFF") || !strings.Contains(out.String(), ",'=cmd|") {
			b.t.Errorf("exported %q", out.String())
		}
	})
}

// TestG17AFileIsReadAsAStream: the progress follows the bytes, so nothing holds
// the whole file.
func TestG17AFileIsReadAsAStream(t *testing.T) {
	each(t, func(b *bench) {
		var text strings.Builder
		text.WriteString("时间,发送人,内容\n")
		filler := strings.Repeat("很长的一条消息", 40)
		const n = 1000
		for i := range n {
			fmt.Fprintf(&text, "2026-04-06 %02d:%02d:%02d,妈妈%d,%s%d\n", 8+i/3600, i/60%60, i%60, i%50, filler, i)
		}
		var seen []importing.Progress
		res, err := b.s.ImportFile(context.Background(), importing.Request{Reader: strings.NewReader(text.String()), Name: "big.csv", Group: "甲群"},
			func(p importing.Progress) { seen = append(seen, p) })
		if err != nil || res.Messages != n {
			b.t.Fatalf("%+v, %v", res, err)
		}
		if first := seen[0]; first.Done >= first.Total || first.Total != int64(text.Len()) || first.Messages >= n {
			b.t.Errorf("the first step had read everything: %+v", first)
		}
		if last := seen[len(seen)-1]; last.Done != last.Total || last.Messages != n {
			b.t.Errorf("last step %+v", last)
		}
	})
}

// TestG18Names is case 18 of docs/definitions.md G.
func TestG18Names(t *testing.T) {
	names := []string{
		"👨‍👩‍👧‍👦一家四口", "𠮷野家𡃁", "\u202Egnp.exe", "零\u200B宽", "\u3164", strings.Repeat("长", 200),
		"<script>alert(1)</script>", "é", "e\u0301", `引"号,逗号`, "=HYPERLINK(1)",
	}
	each(t, func(b *bench) {
		b.platformGroup("甲群", "wm1", "零宽", "wm2", "同名", "wm3", "同名")
		var text strings.Builder
		text.WriteString("时间,发送人,内容\n")
		for i, n := range append(names, "同名") {
			fmt.Fprintf(&text, "2026-04-06 10:%02d:00,\"%s\",第%d句话\n", i, strings.ReplaceAll(n, `"`, `""`), i)
		}
		res := b.bring(text.String(), importing.Request{Name: "a.csv", Group: "甲群"})
		if res.Messages != len(names)+1 || res.Unsure != 1 {
			b.t.Fatalf("%+v", res)
		}
		stored := map[string]bool{}
		for _, n := range b.dump("SELECT name FROM community_members") {
			stored[n] = true
		}
		for _, n := range names {
			if n == "零\u200B宽" {
				continue // the member whom the platform calls 零宽
			}
			if !stored[n] {
				b.t.Errorf("the name %q is not stored as it was written", n)
			}
		}
		b.is("what cannot be seen does not make another person", b.row("SELECT external_id FROM event_words WHERE text='第3句话'"), "wm1")
		b.is("renamed or not, the same name is the same person",
			b.row("SELECT count(DISTINCT member_id) FROM events WHERE kind='message.posted'"), len(names)+1)
		queue, err := b.s.MatchQueue(context.Background(), everything{}, 10)
		if err != nil || len(queue) != 1 || queue[0].Name != "同名" {
			b.t.Errorf("queue %+v, %v", queue, err)
		}
		b.verify()
	})
}
