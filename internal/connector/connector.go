package connector

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/qunzhu/qunzhu/internal/effect"
	"github.com/qunzhu/qunzhu/internal/event"
)

// Connection is one account at a platform: a WeCom corp with its app, an
// Official Account, or the operator's own hands.
type Connection struct {
	ID      string
	Kind    string
	Name    string
	Config  json.RawMessage   // what may be shown
	Secrets map[string]string // what may not; never logged
	State   State
	Reason  string // why State is not active, as a translation key
	Rules   []Rule
	Default string // community of groups that no rule names
	Created time.Time
}

// State of a connection.
type State string

// The states. Reauthorize pauses its outbox until new credentials work.
const (
	Active      State = "active"
	Reauthorize State = "reauthorize"
	Disabled    State = "disabled"
)

// Rule puts a group that is seen for the first time into a community. An empty
// condition matches everything; the first rule that matches wins.
type Rule struct {
	Owner     string `json:"owner,omitempty"`    // the platform's userid
	Contains  string `json:"contains,omitempty"` // in the group's name
	Community string `json:"community"`
}

// Connector translates for one kind of connection. What else it can do it says
// by implementing Receiver, Translator, Puller, Performer and Checker.
type Connector interface {
	Kind() string
	// Declare says what can be done and known in a group, without calling the
	// platform. Every capability of Capabilities is in the answer.
	Declare(c Connection, g Group) Abilities
}

// Receiver takes callbacks. Receive verifies; it must not call the platform,
// because the platform waits for its answer.
type Receiver interface {
	Receive(c Connection, r *http.Request, body []byte) (Reply, []Raw, error)
}

// Reply answers a callback. The zero value is 200 without a body.
type Reply struct {
	Status      int
	ContentType string
	Body        []byte
}

// Raw is a verified message of the platform, kept until it is translated. Key
// is what makes a redelivery the same thing.
type Raw struct {
	Key  string
	Kind string // the connector's own word for what Body is
	At   time.Time
	Body []byte
}

// Translator makes events of raw messages; it may call the platform. The answer
// has one entry for each raw message, in order.
type Translator interface {
	Translate(ctx context.Context, c Connection, raws []Raw, k Knowledge) []Translation
}

// Translation of one raw message. An error that is Temporary is tried again;
// any other keeps the message aside with its reason, and the next ones go on.
type Translation struct {
	Drafts []Draft
	Pulls  []string // pulls that this message makes due now
	Err    error
}

// Puller reads what the platform keeps.
type Puller interface {
	Pulls(c Connection) []Pull
}

// Pull is one thing that is read page by page, every Every of domain
// time. Its cursor is saved together
// with what the page brought, so a crash repeats a page and loses none.
type Pull struct {
	Name   string
	Every  time.Duration
	Source string // the source of numbers that this pull listens to, or ""
	// OnStart runs the pull when a process begins to look after the connection,
	// to make up for what it was not told meanwhile.
	OnStart bool
	Run     func(ctx context.Context, cursor string, k Knowledge) (Page, error)
}

// Page is what one step of a pull brought.
type Page struct {
	Raws   []Raw
	Drafts []Draft
	Staff  []Staff
	// Confirmed are the chat ids whose member lists the page read.
	Confirmed []string
	Cursor    string
	More      bool
	// Gap is the time that the platform can no longer tell of, because nobody
	// asked in time; it is left out of the coverage for good.
	Gap time.Duration
}

// Staff is one member of the operator's own people.
type Staff struct {
	External string
	Name     string
	Active   bool
}

// Draft is an event in the platform's own ids; the hub resolves them.
type Draft struct {
	Kind       event.Kind
	Group      string // chat id, "" for every group of the connection
	Member     string
	MemberKind string
	At         time.Time
	Key        string // distinguishes things of one moment, the same when told again
	Body       any    // the event's body, with the platform's ids of persons in it
	Text       string
	Name       string
}

// Knowledge is what we know already, for telling what changed.
type Knowledge interface {
	// Group returns what is known of a group, false when it was never adopted.
	Group(ctx context.Context, external string) (Group, bool, error)
	// Groups lists the chat ids of the connection's live groups.
	Groups(ctx context.Context) ([]Group, error)
	// Roster returns the present members of a group by external id, and those
	// whose leaving was only inferred, with GoneAt.
	Roster(ctx context.Context, external string) (map[string]Presence, error)
	// Leavers returns who was told by the platform to have left a group since a
	// moment and has not come back, by external id, with the time of it. A list
	// that lags behind may still name them.
	Leavers(ctx context.Context, external string, since time.Time) (map[string]time.Time, error)
	// Staff returns the operator's own people by external id, as the directory
	// was last read.
	Staff(ctx context.Context) (map[string]Staff, error)
	// Now is domain time.
	Now() time.Time
}

// Group is what is known of a group, in the platform's ids.
type Group struct {
	ID          string // ours
	Community   string // ours
	External    string
	Platform    string
	Name        string
	Owner       string
	Admins      []string
	Notice      string
	Archived    bool
	Status      string
	Members     int
	ConfirmedAt time.Time // last time the platform's list was read; zero when a gap in listening followed
	Hook        string    // webhook key of an internal group, "" without
}

// Presence is what is known of a present member.
type Presence struct {
	Kind     string
	Name     string
	UnionID  string
	JoinedAt time.Time // zero when unknown
	SeenAt   time.Time // latest time that a member list named them, zero when none has
	GoneAt   time.Time // when an inference took the member for gone, zero for the present ones
	Scene    string
	State    string
	Inviter  string
	Consent  string // agreed, refused, or "" when unknown
}

// Performer carries out effects.
type Performer interface {
	Perform(ctx context.Context, c Connection, o Order) Outcome
}

// Order is an effect with everything resolved that a platform needs.
type Order struct {
	ID         string // idempotency key
	Kind       effect.Kind
	Group      string
	GroupName  string
	Member     string
	MemberName string
	To         string // staff to be told
	Title      string
	Text       string    // what is to be said
	URL        string    // phone page
	Verb       string    // the effect kind a person is asked for, "" when none
	Deadline   time.Time // of the task, zero without one
}

// Outcome of an order.
type Outcome struct {
	State effect.State  // Done, Failed, Unknown, or Ready to try again
	After time.Duration // with Ready: not before
	Code  string        // the platform's code
	Ref   string        // the platform's id of what was made
	Err   error
}

// Checker tests credentials against the platform (connect --check and the console).
type Checker interface {
	Check(ctx context.Context, c Connection) error
}

// Temporary marks an error that may pass: the platform is away, or a limit.
type Temporary struct{ Err error }

func (t Temporary) Error() string { return t.Err.Error() }
func (t Temporary) Unwrap() error { return t.Err }

// NeedsCredentials marks an error that only new credentials can end.
type NeedsCredentials struct{ Err error }

func (n NeedsCredentials) Error() string { return n.Err.Error() }
func (n NeedsCredentials) Unwrap() error { return n.Err }
