package effect

// Kind names what is to be done: noun.verb.
type Kind string

// The kinds that connectors declare abilities for.
const (
	// StaffNotify sends a card to a member of staff's phone: WeCom message/send
	// (D:90236). Body: Notice.
	StaffNotify Kind = "staff.notify"
	// MemberRemind, MemberWarn, MemberMute and MemberRemove are the four grades
	// 提醒, 书面警告, 禁言, 移出 (article section 三, 内容监管). Body: Measure.
	MemberRemind Kind = "member.remind"
	MemberWarn   Kind = "member.warn"
	MemberMute   Kind = "member.mute"
	MemberRemove Kind = "member.remove"
	// MessageRecall asks to take a message back. Body: Measure.
	MessageRecall Kind = "message.recall"
	// GroupPost puts a text into the group. Body: Measure.
	GroupPost Kind = "group.post"
)

// Outward lists every kind that reaches a platform, in the order in which the
// ability matrix shows them.
var Outward = []Kind{GroupPost, StaffNotify, MemberRemind, MemberWarn, MemberMute, MemberRemove, MessageRecall}

// Notice is the body of staff.notify: the task it points to.
type Notice struct {
	Task     string `json:"task"`
	To       string `json:"to"` // member id of the staff
	Reminder bool   `json:"reminder,omitempty"`
}

// Measure is the body of the effects on a member or message. Text, in the
// effect's words, is what the person is to say.
type Measure struct {
	Subject string            `json:"subject,omitempty"` // the case it serves
	Rule    string            `json:"rule,omitempty"`
	Args    map[string]string `json:"args,omitempty"`
	Within  int64             `json:"within_ms,omitempty"` // deadline after the causing event
}
