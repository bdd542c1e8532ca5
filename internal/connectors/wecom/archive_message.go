package wecom

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// Limits of what is kept of one archived message.
const (
	MaxArchivedText  = 64 << 10 // bytes of ArchiveMessage.Text and .Raw
	maxArchivePlain  = 2 << 20
	maxArchiveDepth  = 5 // of messages inside forwarded messages
	maxArchiveIDSize = 256
)

// Values of ArchiveMessage.Action (D:91774).
const (
	ActionSend   = "send"
	ActionRecall = "recall" // Body is an *ArchivedRevoke
	ActionSwitch = "switch" // From changed to another enterprise; no message
)

// ArchiveMessage is one entry of the archive in plain text (D:91774).
type ArchiveMessage struct {
	ID     string
	Action string
	From   string
	To     []string
	RoomID string // empty for a one-to-one chat
	At     time.Time
	Type   string // the platform's msgtype; empty for a switch
	// External reports that people outside the corp take part.
	External bool
	// Body is a pointer to one of the Archived… types, nil when none fits.
	Body any
	// Raw is the JSON of a message that no type describes, without its tolist and
	// cut at MaxArchivedText bytes.
	Raw string
	// Text is everything readable in the message, at most MaxArchivedText bytes.
	Text string
	// Truncated (已截断) reports that something was left out: the JSON without its
	// tolist is larger than MaxArchivedText, in which case Body is nil, or nests
	// too deeply.
	Truncated bool
	// SHA256 is the hash of the whole plaintext in hex, set when Truncated.
	SHA256 string
}

// PoisonError is a plaintext that cannot be understood at all. It must not stop
// those after it: record it and go on.
type PoisonError struct {
	MsgID  string // empty when not even that could be read
	Reason string
}

// Error implements error.
func (e *PoisonError) Error() string {
	return fmt.Sprintf("wecom: archived message %q cannot be read: %s", e.MsgID, e.Reason)
}

type archiveJSON struct {
	MsgID   string      `json:"msgid"`
	Action  string      `json:"action"`
	From    string      `json:"from"`
	ToList  []string    `json:"tolist"`
	RoomID  string      `json:"roomid"`
	MsgTime json.Number `json:"msgtime"`
	MsgType string      `json:"msgtype"`
	Time    json.Number `json:"time"` // of a switch
	User    string      `json:"user"` // of a switch
}

// ParseArchiveMessage reads the plaintext that ArchiveSource.Open returned. The
// only error is *PoisonError; a message of an unknown type is none.
func ParseArchiveMessage(plain []byte) (ArchiveMessage, error) {
	if len(plain) > maxArchivePlain {
		return ArchiveMessage{}, &PoisonError{Reason: fmt.Sprintf("%d bytes are more than %d", len(plain), maxArchivePlain)}
	}
	clean := cleanJSON(plain)
	var head archiveJSON
	if err := json.Unmarshal(clean, &head); err != nil {
		return ArchiveMessage{}, &PoisonError{MsgID: clip(head.MsgID, maxArchiveIDSize), Reason: err.Error()}
	}
	m := ArchiveMessage{
		ID: head.MsgID, Action: head.Action, From: head.From, To: head.ToList, RoomID: head.RoomID, Type: head.MsgType,
		External: strings.HasSuffix(head.MsgID, "_external") || strings.HasSuffix(head.MsgID, "_updown_stream"),
	}
	clock := head.MsgTime
	if m.Action == ActionSwitch {
		m.From, clock = head.User, head.Time
	}
	if reason := m.checkHead(clock); reason != "" {
		return ArchiveMessage{}, &PoisonError{MsgID: clip(head.MsgID, maxArchiveIDSize), Reason: reason}
	}
	if m.Action != ActionSwitch {
		m.fill(clean)
	}
	return m, nil
}

// checkHead sets the time and returns what is wrong, or "".
func (m *ArchiveMessage) checkHead(clock json.Number) string {
	n, err := clock.Int64()
	at, ok := timeOf(n)
	switch {
	case m.ID == "" || len(m.ID) > maxArchiveIDSize:
		return fmt.Sprintf("msgid has %d bytes, expected 1 to %d", len(m.ID), maxArchiveIDSize)
	case len(m.From) > maxArchiveIDSize || len(m.RoomID) > maxArchiveIDSize || len(m.Type) > maxArchiveIDSize:
		return fmt.Sprintf("an id has more than %d bytes", maxArchiveIDSize)
	case m.Action != ActionSend && m.Action != ActionRecall && m.Action != ActionSwitch:
		return fmt.Sprintf("action is %q", clip(m.Action, maxArchiveIDSize))
	case err != nil || !ok:
		return fmt.Sprintf("the time %q is neither seconds nor milliseconds", clip(clock.String(), 32))
	}
	m.At = at
	return ""
}

// fill decodes the body and keeps what the limits allow.
func (m *ArchiveMessage) fill(clean []byte) {
	object := withoutReceivers(clean)
	d := bodyDecoder{}
	m.Body = d.decode(m.Type, object)
	m.Truncated = d.cut
	if m.Body == nil {
		m.Raw = clip(string(object), MaxArchivedText)
	}
	if w, ok := m.Body.(worded); ok {
		m.Text = clip(w.words(), MaxArchivedText)
	}
	if len(object) > MaxArchivedText {
		m.Body, m.Truncated = nil, true
	}
	if m.Truncated {
		sum := sha256.Sum256(clean)
		m.SHA256 = hex.EncodeToString(sum[:])
	}
}

// withoutReceivers drops tolist, which in a large group outweighs what was said.
func withoutReceivers(clean []byte) []byte {
	var fields map[string]json.RawMessage
	if json.Unmarshal(clean, &fields) != nil {
		return clean
	}
	delete(fields, "tolist")
	object, err := encodeJSON(fields)
	if err != nil {
		return clean
	}
	return object
}

// worded is a body that holds readable words.
type worded interface{ words() string }

// lines joins what is not empty.
func lines(parts ...string) string {
	var b strings.Builder
	for _, p := range parts {
		if p == "" {
			continue
		}
		if b.Len() > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(p)
	}
	return b.String()
}

// bodyDecoder decodes bodies that may hold further messages.
type bodyDecoder struct {
	depth int
	cut   bool // something nested too deeply and was left out
}

// decode returns the body of a message of the given type inside object, or nil
// when the type is unknown or the body has another shape than documented.
func (d *bodyDecoder) decode(msgType string, object []byte) any {
	kind, ok := bodyKinds[msgType]
	if !ok {
		return nil
	}
	var fields map[string]json.RawMessage
	if json.Unmarshal(object, &fields) != nil {
		return nil
	}
	body := kind.make()
	inner, found := fields[kind.key]
	if kind.flat && json.Unmarshal(object, body) != nil {
		return nil
	}
	if found && json.Unmarshal(inner, body) != nil || !found && !kind.flat {
		return nil
	}
	d.open(body)
	return body
}

// open decodes the messages inside a forwarded record or a mixed message.
func (d *bodyDecoder) open(body any) {
	c, ok := body.(*ArchivedCollection)
	if !ok {
		return
	}
	d.depth++
	defer func() { d.depth-- }()
	for i := range c.Items {
		item, content := &c.Items[i], c.Items[i].content
		item.content = nil
		if d.depth >= maxArchiveDepth {
			d.cut = true
			continue
		}
		if item.Body = d.decodeItem(item.Type, content); item.Body == nil {
			item.Raw = string(content)
		}
	}
}

// decodeItem decodes the content of an item. Types read like ChatRecordText, and
// the content is the bare body, without the key that names it in a message.
func (d *bodyDecoder) decodeItem(itemType string, content []byte) any {
	msgType := strings.ToLower(strings.TrimPrefix(itemType, "ChatRecord"))
	if msgType == "" {
		msgType = "chatrecord"
	}
	kind, ok := bodyKinds[msgType]
	if !ok {
		return nil
	}
	body := kind.make()
	if json.Unmarshal(content, body) != nil {
		return nil
	}
	d.open(body)
	return body
}
