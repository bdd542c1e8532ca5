package sandbox

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/qunzhu/qunzhu/internal/sandbox/world"
)

// The vocabulary of what people do is shared with those who act in the world.
type (
	Staff      = world.Staff
	Contact    = world.Contact
	Group      = world.Group
	Join       = world.Join
	Message    = world.Message
	AppMessage = world.AppMessage
)

var _ world.World = (*World)(nil)

// What an action in the client can be refused for.
var (
	ErrGroupFull     = world.ErrGroupFull
	ErrNoGroup       = errors.New("sandbox: no such group")
	ErrDismissed     = errors.New("sandbox: the group was dismissed")
	ErrNoPerson      = errors.New("sandbox: no such staff or contact")
	ErrNotMember     = errors.New("sandbox: not a member of the group")
	ErrAlreadyMember = errors.New("sandbox: already a member of the group")
	ErrNotAllowed    = errors.New("sandbox: not allowed to this person")
	ErrNoMessage     = errors.New("sandbox: no such message, or it is too old")
	ErrNoJoinWay     = errors.New("sandbox: no such join way")
	ErrNoTask        = errors.New("sandbox: no such mass-send task of this person")
	ErrBadKey        = errors.New("sandbox: the public key must be RSA-2048 in PEM")
)

// A Clock tells the time.
type Clock interface{ Now() time.Time }

// The platform counts days in China Standard Time wherever its users are.
var platformZone = time.FixedZone("CST", 8*60*60)

// World is the state of one corp on the platform. Its methods are what people
// do in the WeChat and WeCom clients; they may be called concurrently.
type World struct {
	cfg     Config
	clock   Clock
	started time.Time
	events  queue

	mu          sync.Mutex
	serial      int // number of ids given out
	staff       map[string]*employee
	staffOrder  []string
	departments []string // names; the id of departments[i] is i+1
	contacts    map[string]*Contact
	follows     []*follow
	groups      map[string]*group
	groupOrder  []string
	joinWays    map[string]*joinWay
	welcomes    map[string]*welcomeTemplate
	welcomeCode map[string]welcomeCode
	massTasks   map[string]*massTask
	massOrder   []string
	app         appLog
	archive     archive
	consents    map[string]consent // of a contact, the latest in any group
}

// employee is a staff member with what the platform keeps about them.
type employee struct {
	Staff
	department int
	resigned   bool
	inbox      []inboxItem
	delivered  int // app messages so far
}

// follow is the relation between a staff member and a customer.
type follow struct {
	userID   string
	external string
	state    string
	since    time.Time
}

// NewWorld returns an empty corp. Missing values of cfg are filled in as
// [Config] says.
func NewWorld(cfg Config) *World {
	cfg = cfg.withDefaults()
	return &World{
		cfg:         cfg,
		clock:       cfg.Clock,
		started:     cfg.Clock.Now(),
		staff:       map[string]*employee{},
		departments: []string{cfg.CorpName},
		contacts:    map[string]*Contact{},
		groups:      map[string]*group{},
		joinWays:    map[string]*joinWay{},
		welcomes:    map[string]*welcomeTemplate{},
		welcomeCode: map[string]welcomeCode{},
		massTasks:   map[string]*massTask{},
		consents:    map[string]consent{},
		archive:     archive{media: newMediaLibrary()},
	}
}

// Config returns the corp's identity and secrets, defaults filled in.
func (w *World) Config() Config { return w.cfg }

// AddStaff adds an employee, or changes name and department of a known one.
// A staff without UserID is not added.
func (w *World) AddStaff(s Staff) {
	if s.UserID == "" {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	e := w.staff[s.UserID]
	if e == nil {
		e = &employee{}
		w.staff[s.UserID] = e
		w.staffOrder = append(w.staffOrder, s.UserID)
	}
	e.Staff = s
	e.department = w.departmentID(s.Department)
}

// Resign removes an employee from the corp; their groups wait for inheritance.
func (w *World) Resign(userID string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	e := w.activeStaff(userID)
	if e == nil {
		return fmt.Errorf("%w: staff %q", ErrNoPerson, userID)
	}
	e.resigned = true
	return nil
}

// AddContact adds a WeChat user, or changes what is known of one. A contact
// without ExternalUserID is not added.
func (w *World) AddContact(c Contact) {
	if c.ExternalUserID == "" {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.contacts[c.ExternalUserID] = &c
}

// Befriend makes the contact a customer of the staff, as scanning the staff's
// code does, and raises add_external_contact with a welcome code.
func (w *World) Befriend(userID, external, state string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.activeStaff(userID) == nil {
		return fmt.Errorf("%w: staff %q", ErrNoPerson, userID)
	}
	if w.contacts[external] == nil {
		return fmt.Errorf("%w: contact %q", ErrNoPerson, external)
	}
	if w.followOf(userID, external) != nil {
		return fmt.Errorf("%w: %s is already a customer of %s", ErrNotAllowed, external, userID)
	}
	now := w.clock.Now()
	w.follows = append(w.follows, &follow{userID: userID, external: external, state: state, since: now})
	w.raiseContact("add_external_contact", contactChange{
		userID: userID, external: external, state: state, welcomeCode: w.newWelcomeCode(userID, external),
	})
	return nil
}

// Unfriend ends the relation: byContact tells whether the customer deleted the
// staff (del_follow_user) or the staff the customer (del_external_contact).
func (w *World) Unfriend(userID, external string, byContact bool) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	for i, f := range w.follows {
		if f.userID != userID || f.external != external {
			continue
		}
		w.follows = append(w.follows[:i], w.follows[i+1:]...)
		change := "del_external_contact"
		if byContact {
			change = "del_follow_user"
		}
		w.raiseContact(change, contactChange{userID: userID, external: external})
		return nil
	}
	return fmt.Errorf("%w: %s is no customer of %s", ErrNoPerson, external, userID)
}

func (w *World) activeStaff(userID string) *employee {
	if e := w.staff[userID]; e != nil && !e.resigned {
		return e
	}
	return nil
}

func (w *World) followOf(userID, external string) *follow {
	for _, f := range w.follows {
		if f.userID == userID && f.external == external {
			return f
		}
	}
	return nil
}

// isContact tells people outside the corp from its staff. The prefix of the id
// would not do: a corp may call an employee wong.
func (w *World) isContact(id string) bool { return w.contacts[id] != nil }

// nameOf returns the display name of staff or contact, and whether there is
// such a person.
func (w *World) nameOf(id string) (string, bool) {
	if c := w.contacts[id]; c != nil {
		return c.Name, true
	}
	e := w.activeStaff(id)
	if e == nil {
		return "", false
	}
	return e.Name, true
}

func (w *World) departmentID(name string) int {
	if name == "" {
		return 1
	}
	for i, have := range w.departments {
		if have == name {
			return i + 1
		}
	}
	w.departments = append(w.departments, name)
	return len(w.departments)
}

// newID returns the next identifier, the same for the same corp and the same
// course of events.
func (w *World) newID(prefix string, length int) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	w.serial++
	sum := sha256.Sum256(fmt.Appendf(nil, "%s/%s/%d", w.cfg.CorpID, prefix, w.serial))
	out := []byte(prefix)
	for _, b := range sum {
		if len(out) == length {
			break
		}
		out = append(out, alphabet[int(b)%len(alphabet)])
	}
	return string(out)
}
