package chatimport

import (
	"strconv"
	"strings"

	"github.com/qunzhu/qunzhu/internal/fault"
)

// Mapping says which column of a table holds what. A column is given by its
// heading, in any case, or by its number as "#1". Time, Text and one of Sender
// and SenderID are required.
type Mapping struct {
	Time       string
	Date       string // the day, where Time holds the clock only
	Sender     string // display name
	SenderID   string
	Text       string
	Type       string
	MessageID  string
	TimeLayout string // Go reference layout; "" reads the usual ones and Excel dates
	NoHeader   bool   // the first row is data already
	Delimiter  string // of CSV, one byte; "" is detected
	Sheet      string // of a workbook; "" is the first
}

// columns finds columns by heading.
type columns struct {
	names []string
	index map[string]int
}

func newColumns(header []string) columns {
	c := columns{index: map[string]int{}}
	for i, name := range header {
		name = strings.TrimSpace(clean(strings.TrimPrefix(name, "\uFEFF")))
		c.names = append(c.names, name)
		if key := strings.ToLower(name); name != "" {
			if _, taken := c.index[key]; !taken {
				c.index[key] = i
			}
		}
	}
	return c
}

func (c columns) has(names ...string) bool {
	for _, name := range names {
		if c.find(name) < 0 {
			return false
		}
	}
	return true
}

// find returns -1 for what is not there.
func (c columns) find(name string) int {
	if n, ok := strings.CutPrefix(name, "#"); ok {
		if i, err := strconv.Atoi(n); err == nil && i >= 1 && i <= len(c.names) {
			return i - 1
		}
	}
	if i, ok := c.index[strings.ToLower(strings.TrimSpace(name))]; ok && name != "" {
		return i
	}
	return -1
}

// usualNames are headings under which tables give each column, likeliest first.
var usualNames = struct{ time, date, sender, senderID, text, typ, messageID []string }{
	time: []string{"时间", "发送时间", "消息时间", "日期时间", "time", "datetime", "timestamp",
		"createtime", "create_time", "formattedtime", "strtime", "date"},
	date: []string{"日期", "date", "day"},
	sender: []string{"发送者", "发送人", "发言人", "昵称", "群昵称", "姓名", "成员", "用户",
		"sender", "sendername", "sender_name", "name", "nickname", "from", "user", "talker"},
	senderID:  []string{"发送者id", "发送人id", "wxid", "微信号", "senderid", "sender_id", "userid", "user_id", "senderusername"},
	text:      []string{"内容", "消息内容", "消息", "聊天内容", "文本", "text", "content", "message", "msg", "body"},
	typ:       []string{"类型", "消息类型", "type", "msgtype", "msg_type", "type_name"},
	messageID: []string{"消息id", "msgid", "msg_id", "messageid", "message_id", "platformmessageid"},
}

// GuessMapping proposes a mapping from the headings; ok is false when a
// required column was not found.
func GuessMapping(header []string) (m Mapping, ok bool) {
	c := newColumns(header)
	first := func(names []string) string {
		for _, name := range names {
			if i := c.find(name); i >= 0 {
				return c.names[i]
			}
		}
		return ""
	}
	m = Mapping{
		Time: first(usualNames.time), Sender: first(usualNames.sender), SenderID: first(usualNames.senderID),
		Text: first(usualNames.text), Type: first(usualNames.typ), MessageID: first(usualNames.messageID),
	}
	if date := first(usualNames.date); date != m.Time {
		m.Date = date
	}
	return m, m.Time != "" && m.Text != "" && (m.Sender != "" || m.SenderID != "")
}

// columnSet is a mapping resolved against the headings; -1 is absent.
type columnSet struct {
	time, date, sender, senderID, text, typ, messageID int
}

func (m Mapping) resolve(c columns) (columnSet, error) {
	wrong := &fault.Error{Code: fault.Invalid, Key: "fault.invalid"}
	list := strings.Join(c.names, ", ")
	find := func(field, name string) int {
		if name == "" {
			return -1
		}
		i := c.find(name)
		if i < 0 {
			wrong.With("mapping."+field, "chatimport.column_unknown", name, list)
		}
		return i
	}
	set := columnSet{
		time: find("time", m.Time), date: find("date", m.Date), sender: find("sender", m.Sender),
		senderID: find("sender_id", m.SenderID), text: find("text", m.Text), typ: find("type", m.Type),
		messageID: find("message_id", m.MessageID),
	}
	if m.Time == "" {
		wrong.With("mapping.time", "chatimport.column_required", list)
	}
	if m.Text == "" {
		wrong.With("mapping.text", "chatimport.column_required", list)
	}
	if m.Sender == "" && m.SenderID == "" {
		wrong.With("mapping.sender", "chatimport.column_required", list)
	}
	if len(m.Delimiter) > 1 {
		wrong.With("mapping.delimiter", "chatimport.delimiter_invalid", m.Delimiter)
	}
	return set, wrong.OrNil()
}
