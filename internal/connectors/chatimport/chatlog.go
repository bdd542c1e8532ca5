package chatimport

import (
	"regexp"
	"strconv"
	"strings"
	"time"
)

// chatlog's HTTP interface: sjzar/chatlog internal/model/message.go.

type chatlogMessage struct {
	Seq        flexString `json:"seq"`
	Time       flexString `json:"time"`
	Talker     string     `json:"talker"`
	TalkerName string     `json:"talkerName"`
	IsChatRoom bool       `json:"isChatRoom"`
	Sender     string     `json:"sender"`
	SenderName string     `json:"senderName"`
	IsSelf     bool       `json:"isSelf"`
	Type       int        `json:"type"`
	SubType    int        `json:"subType"`
	Content    flexString `json:"content"`
	Contents   struct {
		Title flexString `json:"title"`
		URL   flexString `json:"url"`
		Refer struct {
			Seq flexString `json:"seq"`
		} `json:"refer"`
	} `json:"contents"`
}

func newChatlog(in input) source {
	s := &jsonSource{
		items:   newJSONWalker(in.text, in.opt.Limits.Line, "messages").next,
		setting: func(jsonItem) *RowError { return nil },
		element: func(item jsonItem) (Record, bool, *RowError) { return chatlogRecord(in, item) },
	}
	s.prepare()
	return s
}

func chatlogRecord(in input, item jsonItem) (Record, bool, *RowError) {
	var m chatlogMessage
	if err := decodeItem(item, in.opt.Limits.Line, &m); err != nil {
		return Record{}, false, err
	}
	at, _, problem := in.times.text(string(m.Time))
	if problem != "" {
		return Record{}, false, itemError(item, timeError(problem, "time", string(m.Time)))
	}
	rec := Record{
		Kind: Message, At: at, Self: m.IsSelf,
		GroupID: m.Talker, GroupName: m.TalkerName,
		SenderID: m.Sender, SenderName: m.SenderName,
		Type: wechatType(m.Type, m.SubType), Text: string(m.Content),
	}
	if rec.Text == "" {
		rec.Text = strings.TrimSpace(string(m.Contents.Title) + " " + string(m.Contents.URL))
	}
	// One file may hold several conversations, and seq is unique within one.
	if m.Seq != "" && m.Seq != "0" {
		rec.PlatformID = string(m.Seq)
	}
	if m.Contents.Refer.Seq != "0" {
		rec.ReplyTo = string(m.Contents.Refer.Seq)
	}
	if rec.Type == System {
		rec.SenderID, rec.SenderName = "", ""
		applySystem(&rec)
	}
	if in.header.GroupID == "" {
		in.header.GroupID, in.header.Group = clean(m.Talker), clean(m.TalkerName)
		in.header.Private = !m.IsChatRoom
		in.header.Generator = "chatlog"
	}
	return rec, true, nil
}

// wechatType maps the numbers that WeChat itself stores; those of type 49 are
// the types of an appmsg.
func wechatType(typ, sub int) MsgType {
	switch typ {
	case 1:
		return Text
	case 3:
		return Image
	case 34:
		return Voice
	case 42:
		return Contact
	case 43, 62:
		return Video
	case 47:
		return Sticker
	case 48:
		return Location
	case 49:
		return appType(sub)
	case 50:
		return Call
	case 10000, 10002:
		return System
	}
	return Other
}

func appType(sub int) MsgType {
	switch sub {
	case 1:
		return Text
	case 3, 4, 5, 51, 63:
		return Link
	case 6:
		return File
	case 8:
		return Sticker
	case 17:
		return Location
	case 19:
		return Forward
	case 33, 36:
		return MiniApp
	case 57:
		return Reply
	case 62:
		return Poke
	case 87:
		return Notice
	case 2000:
		return Transfer
	case 2001:
		return RedPacket
	}
	return Other
}

// chatlogHead is the first line of a message of the text form:
// sender, [conversation], time. Quoted messages repeat it after "> ".
var chatlogHead = regexp.MustCompile(
	`^([^>\s].*?) (?:\[(.+)\] )?(?:(?:(\d{4})-)?(\d{2})-(\d{2}) )(\d{2}):(\d{2}):(\d{2})$`)

// nameAndID is how the text form writes a person or a conversation.
var nameAndID = regexp.MustCompile(`^(.*)\(([^()]*)\)$`)

type chatlogText struct {
	in    input
	lines *lineReader
	body  bodyReader
}

func newChatlogText(in input) source {
	c := &chatlogText{in: in, lines: newLineReader(in.text, in.opt.Limits.Line)}
	c.body = bodyReader{lines: c.lines, limit: in.opt.Limits.Line, isHead: chatlogHead.MatchString}
	return lookAhead(c)
}

func (c *chatlogText) next() (Record, *RowError, error) {
	block, rowErr, err := c.body.next()
	if err != nil || rowErr != nil {
		return Record{}, rowErr, err
	}
	m := chatlogHead.FindStringSubmatch(block.head)
	if m == nil {
		e := rowError(Stray, "", block.head+block.body)
		e.Line = block.line
		return Record{}, e, nil
	}
	at, problem := c.at(m[3:])
	if problem != "" {
		e := timeError(problem, "time", block.head)
		e.Line = block.line
		return Record{}, e, nil
	}
	rec := Record{Kind: Message, Line: block.line, At: at, Text: block.body, Type: typeOfText(block.body)}
	rec.SenderName, rec.SenderID = splitNameID(m[1])
	rec.GroupName, rec.GroupID = splitNameID(m[2])
	if h := c.in.header; h.GroupID == "" {
		h.Generator, h.GroupID, h.Group = "chatlog", clean(rec.GroupID), clean(rec.GroupName)
	}
	c.person(&rec)
	return rec, nil, nil
}

// person resolves the words that stand for the exporting account and for no
// person at all.
func (c *chatlogText) person(rec *Record) {
	switch rec.SenderID {
	case "我":
		rec.Self, rec.SenderID = true, ""
	case "系统消息":
		rec.SenderID, rec.SenderName = "", ""
		applySystem(rec)
	}
	if strings.HasPrefix(rec.Text, "> ") && rec.Type == Text {
		rec.Type = Reply
	}
}

// at composes the time; where the year is missing it is the latest that does
// not lie after the declared period or now.
func (c *chatlogText) at(m []string) (time.Time, Problem) {
	hour, _ := strconv.Atoi(m[3])
	limit := c.in.opt.Now.Add(maxSkew)
	if to := c.in.opt.DeclaredTo; !to.IsZero() && to.Before(limit) {
		limit = to
	}
	years := []string{m[0]}
	if m[0] == "" {
		y := limit.In(c.in.opt.Zone).Year()
		// 29 February may be seven years back, around 2100.
		years = nil
		for i := range 8 {
			years = append(years, strconv.Itoa(y-i))
		}
	}
	for _, year := range years {
		t, ok := wallClock(c.in.opt.Zone, year, m[1], m[2], hour, m[4], m[5])
		if ok && (m[0] != "" || !t.After(limit)) {
			return c.in.times.check(t)
		}
	}
	return time.Time{}, TimeInvalid
}

// splitNameID reads "Name(id)"; without brackets the whole is the id.
func splitNameID(s string) (name, id string) {
	if m := nameAndID.FindStringSubmatch(s); m != nil {
		return m[1], m[2]
	}
	return "", s
}
