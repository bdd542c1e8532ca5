package chatimport

import (
	"encoding/json"
	"time"
)

// ChatLab 0.0.2, docs/cn/standard/chatlab-format.md of hellodigua/ChatLab.

type chatlabHead struct {
	Version    string     `json:"version"`
	ExportedAt flexString `json:"exportedAt"`
	Generator  string     `json:"generator"`
}

type chatlabMeta struct {
	Name     string     `json:"name"`
	Platform string     `json:"platform"`
	Type     string     `json:"type"`
	GroupID  flexString `json:"groupId"`
}

type chatlabMember struct {
	PlatformID    flexString   `json:"platformId"`
	AccountName   string       `json:"accountName"`
	GroupNickname string       `json:"groupNickname"`
	Aliases       []flexString `json:"aliases"`
	Roles         []struct {
		ID   string `json:"id"`
		Name string `json:"name"`
	} `json:"roles"`
}

type chatlabMessage struct {
	Sender            flexString `json:"sender"`
	AccountName       string     `json:"accountName"`
	GroupNickname     string     `json:"groupNickname"`
	Timestamp         flexString `json:"timestamp"`
	Type              flexString `json:"type"`
	Content           flexString `json:"content"`
	PlatformMessageID flexString `json:"platformMessageId"`
	ReplyTo           flexString `json:"replyToMessageId"`
}

// chatlabTypes are the numbers of the standard.
var chatlabTypes = map[flexString]MsgType{
	"0": Text, "1": Image, "2": Voice, "3": Video, "4": File, "5": Sticker, "7": Link, "8": Location,
	"20": RedPacket, "21": Transfer, "22": Poke, "23": Call, "24": Link, "25": Reply, "26": Forward,
	"27": Contact, "80": System, "81": Recall,
}

type chatlab struct{ in input }

func newChatLab(in input) source {
	c := chatlab{in}
	s := &jsonSource{
		items:   newJSONWalker(in.text, in.opt.Limits.Line, "members", "messages").next,
		setting: c.setting,
		element: func(item jsonItem) (Record, bool, *RowError) {
			if item.Key == "members" {
				return c.member(item)
			}
			return c.message(item)
		},
	}
	s.prepare()
	return s
}

func newChatLabJSONL(in input) source {
	c := chatlab{in}
	lines := &jsonLines{newLineReader(in.text, in.opt.Limits.Line)}
	s := &jsonSource{items: lines.next, element: c.line}
	s.prepare()
	return s
}

func (c chatlab) setting(item jsonItem) *RowError {
	switch item.Key {
	case "chatlab":
		var head chatlabHead
		if err := decodeItem(item, c.in.opt.Limits.Line, &head); err != nil {
			return err
		}
		c.in.header.Generator = clean(head.Generator)
		c.in.header.ExportedAt = c.exportedAt(head.ExportedAt)
	case "meta":
		var meta chatlabMeta
		if err := decodeItem(item, c.in.opt.Limits.Line, &meta); err != nil {
			return err
		}
		c.setMeta(meta)
	}
	return nil
}

func (c chatlab) setMeta(meta chatlabMeta) {
	h := c.in.header
	h.Group, h.GroupID = clean(meta.Name), clean(string(meta.GroupID))
	h.Private = meta.Type == "private"
	if meta.Platform != "" {
		h.Platform = clean(meta.Platform)
	}
}

func (c chatlab) exportedAt(s flexString) time.Time {
	t, problem := c.in.times.number(string(s))
	if problem != "" {
		return time.Time{}
	}
	return t
}

// line reads a line of the JSONL form by its "_type".
func (c chatlab) line(item jsonItem) (Record, bool, *RowError) {
	var head struct {
		Type    string          `json:"_type"`
		ChatLab json.RawMessage `json:"chatlab"`
		Meta    json.RawMessage `json:"meta"`
	}
	if err := decodeItem(item, c.in.opt.Limits.Line, &head); err != nil {
		return Record{}, false, err
	}
	part := func(key string, raw []byte) *RowError {
		if len(raw) == 0 {
			return nil
		}
		return c.setting(jsonItem{Key: key, Raw: raw, Line: item.Line})
	}
	switch head.Type {
	case "message":
		return c.message(item)
	case "member":
		return c.member(item)
	case "header":
		if err := part("chatlab", head.ChatLab); err != nil {
			return Record{}, false, err
		}
		return Record{}, false, part("meta", head.Meta)
	case "chatlab", "meta":
		return Record{}, false, part(head.Type, item.Raw)
	}
	return Record{}, false, itemError(item, rowError(Stray, "_type", head.Type))
}

func (c chatlab) member(item jsonItem) (Record, bool, *RowError) {
	var m chatlabMember
	if err := decodeItem(item, c.in.opt.Limits.Line, &m); err != nil {
		return Record{}, false, err
	}
	rec := Record{Kind: Member, SenderID: string(m.PlatformID), SenderName: firstOf(m.GroupNickname, m.AccountName)}
	rec.Aliases = others(rec.SenderName, append([]flexString{flexString(m.AccountName)}, m.Aliases...)...)
	for _, role := range m.Roles {
		rec.Roles = append(rec.Roles, clean(firstOf(role.ID, role.Name)))
	}
	if rec.SenderID == "" && rec.SenderName == "" {
		return rec, false, itemError(item, rowError(Missing, "platformId", ""))
	}
	return rec, true, nil
}

func (c chatlab) message(item jsonItem) (Record, bool, *RowError) {
	var m chatlabMessage
	if err := decodeItem(item, c.in.opt.Limits.Line, &m); err != nil {
		return Record{}, false, err
	}
	at, problem := c.in.times.number(string(m.Timestamp))
	if problem != "" {
		return Record{}, false, itemError(item, timeError(problem, "timestamp", string(m.Timestamp)))
	}
	rec := Record{
		Kind: Message, At: at,
		SenderID: string(m.Sender), SenderName: firstOf(m.GroupNickname, m.AccountName),
		Type: Other, Text: string(m.Content),
		PlatformID: string(m.PlatformMessageID), ReplyTo: string(m.ReplyTo),
	}
	if typ, ok := chatlabTypes[m.Type]; ok {
		rec.Type = typ
	}
	if rec.Type == System {
		applySystem(&rec)
	}
	return rec, true, nil
}

// firstOf returns the first value that is not empty.
func firstOf(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}

// others returns the values that are neither empty nor name, each once.
func others(name string, values ...flexString) []string {
	seen := map[string]bool{"": true, clean(name): true}
	var rest []string
	for _, v := range values {
		if s := clean(string(v)); !seen[s] {
			seen[s] = true
			rest = append(rest, s)
		}
	}
	return rest
}

// timeError describes a time that could not be read.
func timeError(p Problem, field, found string) *RowError {
	if p == TimeBounds {
		return rowError(p, field, found, earliestYear)
	}
	return rowError(p, field, found)
}
