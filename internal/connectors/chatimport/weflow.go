package chatimport

import "strings"

// WeFlow and EchoTrace JSON: hicccc77/WeFlow JsonFormatter.ts @9fa96cd.

type weflowSession struct {
	AccountID   string `json:"accountId"`
	Wxid        string `json:"wxid"` // older versions
	Nickname    string `json:"nickname"`
	Remark      string `json:"remark"`
	DisplayName string `json:"displayName"`
	Type        string `json:"type"`
}

// weflowPerson is an entry of senders or groupMembers.
type weflowPerson struct {
	SenderID      flexString `json:"senderID"`
	AccountID     string     `json:"accountId"`
	Wxid          string     `json:"wxid"`
	DisplayName   string     `json:"displayName"`
	Nickname      string     `json:"nickname"`
	Remark        string     `json:"remark"`
	Alias         string     `json:"alias"`
	GroupNickname string     `json:"groupNickname"`
}

// name prefers what the group sees over the exporter's private remark.
func (p weflowPerson) name() string {
	return firstOf(p.GroupNickname, p.Nickname, p.DisplayName, p.Remark)
}

func (p weflowPerson) id() string { return firstOf(p.AccountID, p.Wxid) }

type weflowMessage struct {
	CreateTime        flexString `json:"createTime"`
	Type              string     `json:"type"`
	Content           flexString `json:"content"`
	IsSend            flexString `json:"isSend"`
	SenderUsername    string     `json:"senderUsername"`
	SenderDisplayName string     `json:"senderDisplayName"`
	SenderID          flexString `json:"senderID"`
	PlatformMessageID flexString `json:"platformMessageId"`
	ReplyTo           flexString `json:"replyToMessageId"`
}

// weflowTypes are the names of types; localType is not trusted, as it differs
// between WeChat versions.
var weflowTypes = map[string]MsgType{
	"文本消息": Text, "图片消息": Image, "语音消息": Voice, "视频消息": Video, "文件消息": File,
	"动画表情": Sticker, "表情消息": Sticker, "名片消息": Contact, "卡片式链接": Link, "图文消息": Link,
	"链接消息": Link, "位置消息": Location, "红包卡片": RedPacket, "红包消息": RedPacket,
	"转账卡片": Transfer, "转账消息": Transfer, "小程序分享": MiniApp, "小程序消息": MiniApp,
	"引用消息": Reply, "聊天记录合并转发": Forward, "通话消息": Call, "语音通话": Call,
	"群公告": Notice, "系统消息": System,
}

type weflow struct {
	in      input
	senders map[flexString]weflowPerson
}

func newWeFlow(in input) source {
	f := &weflow{in: in, senders: map[flexString]weflowPerson{}}
	s := &jsonSource{
		items:   newJSONWalker(in.text, in.opt.Limits.Line, "messages", "senders", "groupMembers").next,
		setting: f.setting,
		element: f.element,
	}
	s.prepare()
	return s
}

func (f *weflow) setting(item jsonItem) *RowError {
	h := f.in.header
	switch item.Key {
	case "weflow":
		h.Generator = "WeFlow"
	case "session":
		var session weflowSession
		if err := decodeItem(item, f.in.opt.Limits.Line, &session); err != nil {
			return err
		}
		h.GroupID = clean(firstOf(session.AccountID, session.Wxid))
		h.Group = clean(firstOf(session.Nickname, session.DisplayName, session.Remark))
		h.Private = session.Type == "私聊" || h.GroupID != "" && !strings.HasSuffix(h.GroupID, "@chatroom")
	}
	return nil
}

func (f *weflow) element(item jsonItem) (Record, bool, *RowError) {
	switch item.Key {
	case "messages":
		return f.message(item)
	case "senders":
		return Record{}, false, f.sender(item)
	}
	var p weflowPerson
	if err := decodeItem(item, f.in.opt.Limits.Line, &p); err != nil {
		return Record{}, false, err
	}
	rec := Record{Kind: Member, SenderID: p.id(), SenderName: p.name()}
	rec.Aliases = others(rec.SenderName, flexString(p.Nickname), flexString(p.DisplayName), flexString(p.Alias))
	if rec.SenderID == "" && rec.SenderName == "" {
		return rec, false, itemError(item, rowError(Missing, "accountId", ""))
	}
	return rec, true, nil
}

// sender keeps an entry of the table that arkme messages point into.
func (f *weflow) sender(item jsonItem) *RowError {
	var p weflowPerson
	if err := decodeItem(item, f.in.opt.Limits.Line, &p); err != nil {
		return err
	}
	if len(f.senders) >= f.in.opt.Limits.Senders {
		return itemError(item, rowError(TooLong, "senders", string(p.SenderID), f.in.opt.Limits.Senders))
	}
	f.senders[p.SenderID] = p
	return nil
}

func (f *weflow) message(item jsonItem) (Record, bool, *RowError) {
	var m weflowMessage
	if err := decodeItem(item, f.in.opt.Limits.Line, &m); err != nil {
		return Record{}, false, err
	}
	at, problem := f.in.times.number(string(m.CreateTime))
	if problem != "" {
		return Record{}, false, itemError(item, timeError(problem, "createTime", string(m.CreateTime)))
	}
	rec := Record{
		Kind: Message, At: at, Self: m.IsSend.truth(),
		SenderID: m.SenderUsername, SenderName: m.SenderDisplayName,
		Type: Other, Text: string(m.Content),
		PlatformID: string(m.PlatformMessageID), ReplyTo: string(m.ReplyTo),
	}
	if m.SenderID != "" && m.SenderUsername == "" {
		p, ok := f.senders[m.SenderID]
		if !ok {
			return rec, false, itemError(item, rowError(UnknownSender, "senderID", string(m.SenderID), string(m.SenderID)))
		}
		rec.SenderID, rec.SenderName = p.id(), p.name()
	}
	if typ, ok := weflowTypes[m.Type]; ok {
		rec.Type = typ
	}
	if rec.Type == System {
		applySystem(&rec)
	}
	return rec, true, nil
}
