package chatimport

import (
	"io"
	"regexp"
	"strconv"
	"strings"

	"github.com/qunzhu/qunzhu/internal/fault"
)

// tableSource turns the rows of a table into records.
type tableSource struct {
	rows    rowReader
	convert func(cells []string) (Record, *RowError)
}

func (t *tableSource) next() (Record, *RowError, error) {
	row, err := t.rows.nextRow()
	if err != nil {
		return Record{}, nil, err
	}
	if row.err != nil {
		return Record{}, row.err, nil
	}
	rec, rowErr := t.convert(row.cells)
	if rowErr != nil {
		return Record{}, atLine(row.line, rowErr), nil
	}
	rec.Line = row.line
	return rec, nil, nil
}

// Close releases the workbook, if it is one.
func (t *tableSource) Close() error {
	if c, ok := t.rows.(io.Closer); ok {
		return c.Close()
	}
	return nil
}

func openCSV(in input) (*csvReader, error) {
	delimiter := ""
	if in.opt.Mapping != nil {
		delimiter = in.opt.Mapping.Delimiter
	}
	return newCSVReader(in.text, in.opt.Limits.Line, delimiter)
}

func newCSVSource(format Format, in input) (source, error) {
	rows, err := openCSV(in)
	if err != nil {
		return nil, err
	}
	if format == CSV {
		return newMappedSource(in, rows, false)
	}
	header, err := headerRow(rows)
	if err != nil {
		return nil, err
	}
	in.header.Columns = newColumns(header).names
	t := table{in, newColumns(header)}
	convert, required := t.memotrace, memotraceColumns
	if format == WeClone {
		convert, required = t.weclone, wecloneColumns
	}
	for _, name := range required {
		if !t.has(name) {
			return nil, fault.InvalidField(name, "chatimport.column_missing", string(format), strings.Join(t.names, ", "))
		}
	}
	return &tableSource{rows: rows, convert: convert}, nil
}

// headerRow is the first row that can be read.
func headerRow(rows rowReader) ([]string, error) {
	row, err := rows.nextRow()
	switch {
	case err == io.EOF:
		return nil, fault.New(fault.Invalid, "chatimport.empty")
	case err != nil:
		return nil, err
	case row.err != nil:
		return nil, fault.Wrap(row.err, fault.Invalid, "chatimport.header_broken")
	}
	return row.cells, nil
}

// table reads the cells of a row by the names of their columns.
type table struct {
	in input
	columns
}

func (t table) get(cells []string, name string) string { return cellAt(cells, t.find(name)) }

func cellAt(cells []string, i int) string {
	if i < 0 || i >= len(cells) {
		return ""
	}
	return cells[i]
}

// MemoTrace: LC044/WeChatMsg app/DataBase/exporter_csv.py. Remark, NickName and
// Sender are filled in group chats only.
var memotraceColumns = []string{"Type", "IsSender", "CreateTime", "StrContent"}

func (t table) memotrace(cells []string) (Record, *RowError) {
	created := t.get(cells, "CreateTime")
	at, problem := t.in.times.number(created)
	if created == "" {
		at, _, problem = t.in.times.text(t.get(cells, "StrTime"))
	}
	if problem != "" {
		return Record{}, timeError(problem, "CreateTime", created)
	}
	typ, err := strconv.Atoi(strings.TrimSpace(t.get(cells, "Type")))
	if err != nil {
		return Record{}, rowError(Broken, "Type", t.get(cells, "Type"), "number")
	}
	sub, _ := strconv.Atoi(strings.TrimSpace(t.get(cells, "SubType")))
	rec := Record{
		Kind: Message, At: at, Self: t.get(cells, "IsSender") == "1",
		SenderID: t.get(cells, "Sender"), SenderName: firstOf(t.get(cells, "NickName"), t.get(cells, "Remark")),
		Type: wechatType(typ, sub), Text: t.get(cells, "StrContent"),
	}
	switch rec.Type {
	case System:
		rec.SenderID, rec.SenderName = "", ""
		applySystem(&rec)
	case Text:
	default:
		rec.Text = textOfXML(rec.Text)
	}
	if rec.SenderID == "" && rec.SenderName == "" && !rec.Self && rec.Type != System && rec.Type != Recall {
		// A private chat's export names nobody: the other side is the file's contact.
		rec.SenderID = "talker:" + t.get(cells, "TalkerId")
		t.in.header.Private = true
	}
	return rec, nil
}

var (
	xmlTitle = regexp.MustCompile(`(?s)<title>\s*(?:<!\[CDATA\[)?(.*?)(?:\]\]>)?\s*</title>`)
	xmlURL   = regexp.MustCompile(`(?s)<url>\s*(?:<!\[CDATA\[)?(.*?)(?:\]\]>)?\s*</url>`)
)

// textOfXML keeps the words of a message whose content is the client's XML.
func textOfXML(s string) string {
	if !strings.HasPrefix(strings.TrimSpace(s), "<") {
		return s
	}
	var parts []string
	for _, re := range []*regexp.Regexp{xmlTitle, xmlURL} {
		if m := re.FindStringSubmatch(s); m != nil && m[1] != "" {
			parts = append(parts, m[1])
		}
	}
	return strings.Join(parts, " ")
}

// WeClone and PyWxDump: WeFlow WeCloneFormatter.ts. talker is a wxid in some
// versions and a display name in others. Notices are typed as text, so that
// joins cannot be told from what a member wrote and are not read.
var wecloneColumns = []string{"MsgSvrID", "type_name", "is_sender", "talker", "msg", "CreateTime"}

func (t table) weclone(cells []string) (Record, *RowError) {
	created := t.get(cells, "CreateTime")
	at, minute, problem := t.in.times.cell(created, false)
	if problem != "" {
		return Record{}, timeError(problem, "CreateTime", created)
	}
	rec := Record{
		Kind: Message, At: at, Minute: minute, Self: t.get(cells, "is_sender") == "1",
		Type: typeByName(t.get(cells, "type_name")), Text: t.get(cells, "msg"),
	}
	if id := strings.TrimSpace(t.get(cells, "MsgSvrID")); id != "0" {
		rec.PlatformID = id
	}
	talker := t.get(cells, "talker")
	if strings.HasPrefix(talker, "wxid_") || isLossy(talker) {
		rec.SenderID = talker
	} else {
		rec.SenderName = talker
	}
	if room := t.get(cells, "room_name"); strings.HasSuffix(room, "@chatroom") {
		rec.GroupID = room
	}
	if rec.Type == System {
		applySystem(&rec)
	}
	return rec, nil
}

// typeNames are words for types in tables, beside those of placeholders.
var typeNames = map[string]MsgType{
	"文本": Text, "文字": Text, "text": Text, "1": Text,
	"系统": System, "系统消息": System, "系统通知": System, "system": System, "10000": System,
	"撤回": Recall, "撤回消息": Recall, "recall": Recall, "引用": Reply, "引用消息": Reply, "reply": Reply,
	"3": Image, "34": Voice, "43": Video, "47": Sticker, "48": Location, "42": Contact, "50": Call,
}

// typeByName reads the type column of a table; "" is text.
func typeByName(name string) MsgType {
	name = strings.ToLower(strings.TrimSpace(clean(name)))
	if name == "" {
		return Text
	}
	if typ, ok := typeNames[name]; ok {
		return typ
	}
	if typ, ok := weflowTypes[name]; ok {
		return typ
	}
	if rule, ok := placeholders[name]; ok {
		return rule.typ
	}
	return Other
}
