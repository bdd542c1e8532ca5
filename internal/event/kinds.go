package event

import (
	"encoding/json"
	"time"
)

// Kind names what happened: noun.past.
type Kind string

// The kinds that more than one package reads. What only one slice reads is
// declared in that slice.
const (
	CommunityCreated Kind = "community.created"
	CommunityChanged Kind = "community.changed"
	GroupAdopted     Kind = "group.adopted"
	GroupChanged     Kind = "group.changed"
	GroupDismissed   Kind = "group.dismissed"
	MemberJoined     Kind = "member.joined"
	MemberLeft       Kind = "member.left"
	MemberChanged    Kind = "member.changed"
	MemberTiered     Kind = "member.tier_changed"
	ConsentChanged   Kind = "consent.changed"
	MessagePosted    Kind = "message.posted"
	MessageRecalled  Kind = "message.recalled"
	MessageRetracted Kind = "message.retracted"
	TallyRecorded    Kind = "tally.recorded"
	OwnerCounted     Kind = "owner.counted"
	CoverageObserved Kind = "coverage.observed"
	// JoinRetracted and CoverageRetracted take back what an undone import said.
	JoinRetracted     Kind = "join.retracted"
	CoverageRetracted Kind = "coverage.retracted"
	ImportRecorded    Kind = "import.recorded"
	TaskOpened        Kind = "task.opened"
	TaskCompleted     Kind = "task.completed"
	TaskCancelled     Kind = "task.cancelled"
	TaskOverdue       Kind = "task.overdue"
	EffectDone        Kind = "effect.done"
	EffectFailed      Kind = "effect.failed"
	EffectRefused     Kind = "effect.refused"
)

// Source kinds of numbers, best first (docs/definitions.md §0.2.9).
const (
	FromArchive = "archive" // S3 message archive
	FromAPI     = "api"     // S1, S2 platform API and callbacks
	FromImport  = "import"  // S4 imported chat text
	FromManual  = "manual"  // S8 entered by a person
)

// How an observation of a membership came about.
const (
	ByCallback  = "callback"   // the platform told us when it happened
	BySnapshot  = "snapshot"   // read from the platform's member list
	ByReconcile = "reconciled" // inferred: somebody known is no longer listed
	ByImport    = "import"     // a system line in an imported chat
	ByManual    = "manual"     // entered by a person
)

// What a member is.
const (
	Staff  = "staff"
	Member = "member"
	Bot    = "bot"
)

// Community is the body of community.created and community.changed.
type Community struct {
	Name string `json:"name,omitempty"`
	Type string `json:"type,omitempty"` // service, interest, conversion (article section 一)
}

// Group is the body of group.adopted and group.changed. A nil field is one that
// the source did not speak of.
type Group struct {
	Connection string     `json:"connection,omitempty"` // group.adopted only
	Platform   string     `json:"platform,omitempty"`   // wecom, wechat
	External   string     `json:"external,omitempty"`   // the platform's chat id
	Name       *string    `json:"name,omitempty"`
	Owner      *string    `json:"owner,omitempty"`  // member id
	Admins     *[]string  `json:"admins,omitempty"` // member ids
	Notice     *string    `json:"notice,omitempty"`
	Capacity   *int       `json:"capacity,omitempty"`
	Archived   *bool      `json:"archived,omitempty"` // its messages reach us through the archive
	LaunchedAt *time.Time `json:"launched_at,omitempty"`
}

// Joined is the body of member.joined.
type Joined struct {
	How     string `json:"how"` // ByCallback, BySnapshot, ByImport, ByManual
	Kind    string `json:"kind"`
	Scene   string `json:"scene,omitempty"`   // direct, link, qr, invited (by a member: direct or link)
	State   string `json:"state,omitempty"`   // the channel carried by the join way
	Inviter string `json:"inviter,omitempty"` // member id
	// Seen is when a snapshot listed the member, later than the join itself.
	Seen time.Time `json:"seen,omitzero"`
}

// Left is the body of member.left. Scene is self, removed, or "" when only the
// absence is known.
type Left struct {
	How   string `json:"how"`
	Scene string `json:"scene,omitempty"`
}

// Person is the body of member.changed: what a directory or a contact card says.
// The name itself is in the event's words.
type Person struct {
	Kind    string `json:"kind,omitempty"`
	UnionID string `json:"unionid,omitempty"`
}

// Consent is the body of consent.changed: may the archive hold what this person
// writes (D:91782).
type Consent struct {
	Agreed bool `json:"agreed"`
}

// Posted is the body of message.posted: the facts of a message, derived at
// intake, that stay when its words are erased.
type Posted struct {
	Source    string          `json:"source"` // FromArchive, FromImport, FromManual
	Type      string          `json:"type"`   // text, image, … as the platform names it
	Ref       string          `json:"ref,omitempty"`
	Kind      string          `json:"kind"`            // staff, member, bot
	Class     string          `json:"class"`           // see activity.Classify
	Valid     bool            `json:"valid"`           // 有效发言, before duplicates are known (docs/definitions.md §0.2.6)
	Print     uint64          `json:"print,omitempty"` // keyed fingerprint of the folded text
	Length    int             `json:"length,omitempty"`
	Truncated bool            `json:"truncated,omitempty"`
	Minute    bool            `json:"minute,omitempty"` // time known to the minute only
	Batch     string          `json:"batch,omitempty"`  // import batch
	Verdict   json.RawMessage `json:"verdict,omitempty"`
}

// Recalled is the body of message.recalled; Ref is the platform's message id.
type Recalled struct {
	Source string `json:"source"`
	Ref    string `json:"ref"`
}

// Retracted is the body of message.retracted and join.retracted, the reversal of
// one imported message or join when its batch is undone. Event is the id of its
// message.posted or member.joined.
type Retracted struct {
	Event string    `json:"event"`
	Batch string    `json:"batch"`
	At    time.Time `json:"at,omitzero"` // of the join
}

// Tally is the body of tally.recorded, the daily close of a group without an
// API (docs/definitions.md §0.1b). A nil number was not entered.
type Tally struct {
	Day      string `json:"day"` // local date
	Members  *int   `json:"members,omitempty"`
	Messages *int   `json:"messages,omitempty"`
	Joins    *int   `json:"joins,omitempty"`
	Leaves   *int   `json:"leaves,omitempty"`
}

// OwnerCount is the body of owner.counted: one owner's day as the WeCom group
// statistics give it (D:92133); no group can be read from it.
type OwnerCount struct {
	Day           string `json:"day"`
	Owner         string `json:"owner"` // the platform's userid
	Chats         int    `json:"chats"`
	NewChats      int    `json:"new_chats"`
	ActiveChats   int    `json:"active_chats"`
	Members       int    `json:"members"`
	NewMembers    int    `json:"new_members"`
	ActiveMembers int    `json:"active_members"`
	Messages      int    `json:"messages"`
}

// Coverage is the body of coverage.observed, and of coverage.retracted, which
// takes the same stretch of time back: between From and To the source
// was listened to without a gap, for the event's group, or for every group of
// the connection that the source can speak of.
type Coverage struct {
	Connection string    `json:"connection"`
	Source     string    `json:"source"`
	From       time.Time `json:"from"`
	To         time.Time `json:"to"`
}

// Import is the body of import.recorded, the state of an import batch.
type Import struct {
	Batch    string    `json:"batch"`
	State    string    `json:"state"` // done, undone
	Format   string    `json:"format,omitempty"`
	From     time.Time `json:"from,omitzero"`
	To       time.Time `json:"to,omitzero"`
	Messages int       `json:"messages"`
}

// Task is the body of task.opened. The text to copy is in the event's words.
type Task struct {
	Task     string            `json:"task"`
	Kind     string            `json:"kind"`             // the effect kind a person is asked to carry out, or "check"
	Effect   string            `json:"effect,omitempty"` // the effect it came from
	Subject  string            `json:"subject,omitempty"`
	Assignee string            `json:"assignee,omitempty"` // member id of the staff
	Deputies []string          `json:"deputies,omitempty"`
	Args     map[string]string `json:"args,omitempty"`
	Print    uint64            `json:"print,omitempty"` // fingerprint of the text, to recognise it when it is posted
	Deadline time.Time         `json:"deadline,omitzero"`
}

// TaskEnd is the body of task.completed, task.cancelled and task.overdue.
type TaskEnd struct {
	Task    string `json:"task"`
	Outcome string `json:"outcome,omitempty"` // done, not_needed, impossible
	By      string `json:"by,omitempty"`      // operator id, or member id from a phone page
	Note    string `json:"note,omitempty"`
}

// Performed is the body of effect.done, effect.failed and effect.refused.
type Performed struct {
	Effect string `json:"effect"`
	Kind   string `json:"kind"`
	Code   string `json:"code,omitempty"`
	Ref    string `json:"ref,omitempty"`
}
