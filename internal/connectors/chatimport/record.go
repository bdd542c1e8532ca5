package chatimport

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"hash"
	"strings"
	"time"
)

// Kind says what a record is.
type Kind string

// The kinds of records. A Group record names the conversation that the records
// after it belong to; a Member record is a row of the export's member list.
const (
	Message Kind = "message"
	Join    Kind = "join"
	Member  Kind = "member"
	Group   Kind = "group"
)

// MsgType is what a message consists of.
type MsgType string

// The message types. Unknown is Other; the platform's own number is not kept.
const (
	Text      MsgType = "text"
	Image     MsgType = "image"
	Voice     MsgType = "voice"
	Video     MsgType = "video"
	File      MsgType = "file"
	Sticker   MsgType = "sticker"
	Link      MsgType = "link"
	Location  MsgType = "location"
	RedPacket MsgType = "redpacket"
	Transfer  MsgType = "transfer"
	Poke      MsgType = "poke"
	Call      MsgType = "call"
	Reply     MsgType = "reply"
	Forward   MsgType = "forward"
	Contact   MsgType = "contact"
	MiniApp   MsgType = "miniprogram"
	Notice    MsgType = "announcement"
	System    MsgType = "system"
	Recall    MsgType = "recall"
	Other     MsgType = "other"
)

// Scene says how somebody came into the group, as far as the text tells.
type Scene string

// The scenes of a join.
const (
	Invited Scene = "invited" // another member added them
	Scanned Scene = "scanned" // they scanned a code that another member shared
	Entered Scene = "entered" // the text names nobody else
)

// Person is somebody the export names: by platform id, display name, or both.
type Person struct {
	ID   string
	Name string
	Self bool // the owner of the exporting account ("你")
}

// Record is one message, join, member or group. Strings are valid UTF-8
// without control characters other than tab and newline.
type Record struct {
	Kind Kind
	Line int64 // line of the file on which it starts, from 1; row of a sheet
	Row  int64 // which message, member or join of the file it is, from 1

	GroupID   string
	GroupName string

	At     time.Time // zero for Member and Group
	Minute bool      // At is known to the minute only

	SenderID   string
	SenderName string
	Self       bool // sent by the owner of the exporting account

	Type       MsgType
	Text       string
	Truncated  bool   // Text was longer than Limits.Text and is cut
	PlatformID string // the message's id where the format has a stable one
	ReplyTo    string // PlatformID of the message answered

	Scene    Scene // of a Join
	Inviter  Person
	Invitees []Person

	Aliases []string // of a Member: other names seen
	Roles   []string // of a Member: owner, admin, …

	// Ordinal counts, from 0, the earlier records of the file that are alike in
	// sender, time, type and text. It keeps two equal messages of one minute
	// apart, and an overlapping file counts them the same way.
	Ordinal int

	content [sha256.Size]byte // of the whole text, also where Text is cut
}

// Key identifies the record within its conversation: the platform's id where
// there is one, else a hash of sender, time at the format's precision, type,
// text and ordinal. The same file, or one that overlaps it, gives the same keys
// for the same messages.
func (r *Record) Key() string {
	if r.PlatformID != "" && r.Kind == Message {
		return "id:" + r.PlatformID
	}
	h := sha256.New()
	r.identity(h)
	var n [8]byte
	binary.BigEndian.PutUint64(n[:], uint64(r.Ordinal))
	h.Write(n[:])
	sum := h.Sum(nil)
	return "sum:" + strings.ToLower(base32.HexEncoding.WithPadding(base32.NoPadding).EncodeToString(sum[:20]))
}

// identity writes what makes two records alike. Each part is preceded by its
// length, so that moving a character from one part to the next changes it.
func (r *Record) identity(h hash.Hash) {
	sender := r.SenderID
	if sender == "" {
		sender = "\x00" + r.SenderName
	}
	var n [8]byte
	part := func(s string) {
		binary.BigEndian.PutUint64(n[:], uint64(len(s)))
		h.Write(n[:])
		h.Write([]byte(s))
	}
	part(string(r.Kind))
	part(r.GroupID)
	part(r.PlatformID)
	part(sender)
	part(string(r.Type))
	h.Write(r.content[:])
	at := r.At.Unix()
	if r.Minute {
		at -= at % 60
	}
	if r.Kind == Member || r.Kind == Group {
		at = 0
	}
	binary.BigEndian.PutUint64(n[:], uint64(at))
	h.Write(n[:])
}

// Header describes the file. What an export writes after its messages is known
// only when the stream has ended.
type Header struct {
	Format     Format
	Encoding   string // utf-8, utf-8-bom, utf-16le, utf-16be, gb18030; "" for a workbook
	Platform   string // wechat, qq, … as the export says; wechat where it is implied
	Group      string
	GroupID    string
	Private    bool   // the export says that it is no group
	Generator  string // program that wrote the export
	ExportedAt time.Time
	Columns    []string // header row of a table
	Sheet      string   // sheet of a workbook that is read
}
