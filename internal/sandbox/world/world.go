// Package world is the vocabulary shared by the simulated WeChat platform
// (package sandbox) and the people who live in it (package population): what a
// person can do in the WeChat or WeCom client, and nothing of the protocol.
//
// Both sides use these very types, so that the sandbox satisfies [World]
// without an adapter. The package has no behaviour of its own.
package world

import (
	"errors"
	"time"
)

// Join scenes, as the platform numbers them in a member's join_scene
// (D:92120).
const (
	SceneInvited = 1 // a member of the group invited directly
	SceneLink    = 2 // an invitation link
	SceneQRCode  = 3 // a QR code was scanned
)

// ErrGroupFull is returned by [World.Join] when the group already holds as
// many members as the platform allows (500).
var ErrGroupFull = errors.New("the group is full")

// Staff is an employee of the corp, with a WeCom client.
type Staff struct {
	UserID     string // the corp's own id of the employee
	Name       string
	Department string
}

// Contact is a WeChat user outside the corp.
type Contact struct {
	ExternalUserID string // wm… for WeChat users, wo… for users of another corp
	Name           string // the WeChat nickname
	UnionID        string // empty when the corp has bound no Open Platform account
	Avatar         string // URL
}

// Group describes a customer group to be created.
type Group struct {
	Name       string
	Owner      string   // UserID of the staff who owns it
	Admins     []string // UserIDs of the deputies, at most 3
	Notice     string
	Archived   bool // covered by the conversation archive
	CreateTime time.Time
}

// Join says how a member came into a group.
type Join struct {
	Scene   int    // SceneInvited, SceneLink or SceneQRCode
	Inviter string // member id of who invited, empty for a QR code
	State   string // channel parameter of the join way, empty when unknown
}

// Message is one message as a client sends it. What only the platform can know
// of a file (sdkfileid, md5sum, size) it adds to Raw's fields by itself.
type Message struct {
	Type string         // archive msgtype: text, image, emotion, link, … (D:91774)
	Text string         // for Type "text"
	Raw  map[string]any // fields of the archive's object named by Type, for other types
}

// AppMessage is a message of the corp's own app as it arrived on the phone of
// a staff member (message/send, D:90236).
type AppMessage struct {
	Seq         int // per staff, ascending from 1
	Time        time.Time
	MsgType     string // text, textcard or markdown
	Title       string // textcard only
	Description string // textcard only
	URL         string // textcard only
	Text        string // text and markdown
}

// World is everything that people can do in the simulated platform. Members
// are named by staff UserID or contact ExternalUserID; the time of an action
// is the world's clock.
type World interface {
	AddStaff(Staff)
	AddContact(Contact)
	// CreateGroup returns the new group's chat id (wr…). Its first members
	// are the owner and the deputies.
	CreateGroup(Group) string

	// Join puts a member into a group; [ErrGroupFull] when there is no seat.
	Join(chatID, memberID string, how Join) error
	// Leave is the member's own decision (QuitScene 0).
	Leave(chatID, memberID string) error
	// Kick is a removal by the owner or a deputy (QuitScene 1).
	Kick(chatID, byStaff, memberID string) error
	Rename(chatID, name string) error
	SetNotice(chatID, notice string) error
	// ChangeOwner hands the group to another staff, named by UserID.
	ChangeOwner(chatID, owner string) error

	// Say sends a message and returns its id.
	Say(chatID, from string, m Message) (string, error)
	// Recall takes back a message that the same sender sent.
	Recall(chatID, from, msgID string) error
	// Consent records whether a contact agrees to the conversation archive
	// in a group; messages of who disagrees never enter the archive.
	Consent(chatID, contact string, agree bool) error

	// AppMessages lists what arrived on a staff's phone with Seq > after,
	// in ascending order.
	AppMessages(userID string, after int) []AppMessage
	// ScanJoinWay is a contact scanning a join-way code made over the API:
	// the member joins with the code's state.
	ScanJoinWay(configID, contact string) error
}
