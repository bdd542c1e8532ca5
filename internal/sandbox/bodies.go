package sandbox

import (
	"fmt"
	"maps"
	"time"
)

// bodyKeys are the msgtypes whose body object is not named like the type
// (D:91774).
var bodyKeys = map[string]string{
	"docmsg":             "doc",
	"markdown":           "info",
	"news":               "info",
	"external_redpacket": "redpacket",
}

// body returns the part of the archive record that depends on the msgtype: the
// body object under its key, and what stands beside it. The sender may give the
// object's fields or the object under its key; without either the fields are
// made up. A file's id, checksum and size are the platform's, so that the file
// can really be fetched.
func (w *World) body(m Message) map[string]any {
	if m.Type == "vote" { // the only one without an object of its own
		if m.Raw == nil {
			return w.sampleBody(m.Type, m.Text)
		}
		return maps.Clone(m.Raw)
	}
	key := m.Type
	if named, ok := bodyKeys[m.Type]; ok {
		key = named
	}
	out := w.callID(m.Type)
	fields := maps.Clone(m.Raw)
	if inner, ok := m.Raw[key].(map[string]any); ok {
		maps.Copy(out, m.Raw)
		fields = maps.Clone(inner)
	}
	if fields == nil {
		fields = w.sampleBody(m.Type, m.Text)
	}
	if m.Type == "text" && fields["content"] == nil {
		fields["content"] = m.Text
	}
	if kind, ok := mediaKinds[m.Type]; ok {
		maps.Copy(fields, w.archive.media.fields(kind, w.serial))
	}
	out[key] = fields
	return out
}

// callID is the id beside the body of what belongs to a call.
func (w *World) callID(kind string) map[string]any {
	switch kind {
	case "meeting_voice_call":
		return map[string]any{"voiceid": fmt.Sprintf("sandbox-call-%d", w.serial)}
	case "voip_doc_share":
		return map[string]any{"voipid": fmt.Sprintf("sandbox-call-%d", w.serial)}
	default:
		return map[string]any{}
	}
}

// sampleBody makes up the fields of a message that was sent without any, with
// text where the type has a place for words (D:91774). An unknown type gets a
// title: the platform adds types without notice.
func (w *World) sampleBody(kind, text string) map[string]any {
	switch kind {
	case "text", "markdown":
		return map[string]any{"content": text}
	case "image":
		return map[string]any{}
	case "emotion":
		return map[string]any{"type": 1, "width": 240, "height": 240}
	case "voice", "video":
		return map[string]any{"play_length": 6}
	case "file", "voip_doc_share":
		return map[string]any{"filename": text, "fileext": "bin"}
	case "link":
		return map[string]any{"title": text, "description": "", "link_url": "https://example.com/a", "image_url": ""}
	case "weapp":
		return map[string]any{"title": text, "description": text, "username": "gh_sandbox@app", "displayname": "小程序"}
	case "card":
		return map[string]any{"corpname": w.cfg.CorpName, "userid": text}
	case "location":
		return map[string]any{"longitude": 104.06, "latitude": 30.57, "address": text, "title": text, "zoom": 15}
	case "redpacket", "external_redpacket":
		return map[string]any{"type": 2, "wish": text, "totalcnt": 10, "totalamount": 2000}
	case "sphfeed":
		return map[string]any{"feed_type": 4, "sph_name": w.cfg.CorpName, "feed_desc": text}
	case "chatrecord", "mixed", "news":
		return map[string]any{"title": text, "item": []any{}}
	default:
		return w.sampleOffice(kind, text)
	}
}

// sampleOffice makes up the fields of the types that come from WeCom's office
// tools.
func (w *World) sampleOffice(kind, text string) map[string]any {
	now := w.clock.Now()
	in := func(d time.Duration) int64 { return now.Add(d).Unix() }
	switch kind {
	case "todo":
		return map[string]any{"title": text, "content": text}
	case "vote":
		return map[string]any{"votetitle": text, "voteitem": []string{"A", "B"}, "votetype": 101, "voteid": fmt.Sprint(w.serial)}
	case "collect":
		return map[string]any{
			"room_name": "", "creator": "", "create_time": now.In(platformZone).Format(time.DateTime),
			"title": text, "details": []any{map[string]any{"id": 1, "ques": text, "type": "Text"}},
		}
	case "docmsg":
		return map[string]any{"title": text, "link_url": "https://example.com/doc", "doc_creator": ""}
	case "meeting":
		return map[string]any{
			"topic": text, "starttime": in(time.Hour), "endtime": in(2 * time.Hour), "address": "", "remarks": "",
			"meetingtype": 101, "meetingid": w.serial, "status": 1,
		}
	case "calendar":
		return map[string]any{
			"title": text, "creatorname": "", "attendeename": []string{}, "starttime": in(time.Hour),
			"endtime": in(2 * time.Hour), "place": "", "remarks": "",
		}
	case "meeting_voice_call":
		return map[string]any{"endtime": in(0), "demofiledata": []any{}, "sharescreendata": []any{}}
	default:
		return map[string]any{"title": text}
	}
}
