package population

import (
	"fmt"
	"hash/fnv"
	"testing"
	"time"

	"github.com/qunzhu/qunzhu/internal/sandbox/world"
)

var day0 = time.Date(2026, 3, 2, 0, 0, 0, 0, china)

type testClock struct{ now time.Time }

func (c *testClock) Now() time.Time  { return c.now }
func (c *testClock) Set(t time.Time) { c.now = t }

type said struct {
	at         time.Time
	chat, from string
	id         string
	msg        world.Message
	recalled   bool
}

type recGroup struct {
	world.Group
	id      string
	members map[string]time.Time
	peak    int
}

// recorder is a world that keeps what is done to it and refuses what the
// platform would refuse.
type recorder struct {
	t        *testing.T
	clock    *testClock
	last     time.Time
	staff    map[string]world.Staff
	contacts map[string]world.Contact
	groups   map[string]*recGroup
	order    []string
	said     []*said
	byID     map[string]*said
	refusals map[string]bool
	kicked   []string
	cards    map[string][]world.AppMessage
	scans    []string
	digest   uint64
	problems []string
}

var _ world.World = (*recorder)(nil)

func newRecorder(t *testing.T, clock *testClock) *recorder {
	return &recorder{
		t: t, clock: clock, staff: map[string]world.Staff{}, contacts: map[string]world.Contact{},
		groups: map[string]*recGroup{}, byID: map[string]*said{}, refusals: map[string]bool{},
		cards: map[string][]world.AppMessage{},
	}
}

// note folds an act into the digest and holds that time never runs back.
func (r *recorder) note(format string, args ...any) {
	if r.clock.now.Before(r.last) {
		r.problems = append(r.problems, fmt.Sprintf("time ran back from %v to %v", r.last, r.clock.now))
	}
	r.last = r.clock.now
	h := fnv.New64a()
	fmt.Fprintf(h, "%d %d ", r.digest, r.clock.now.UnixNano())
	fmt.Fprintf(h, format, args...)
	r.digest = h.Sum64()
}

func (r *recorder) refuse(format string, args ...any) error {
	err := fmt.Errorf(format, args...)
	r.problems = append(r.problems, err.Error())
	return err
}

func (r *recorder) AddStaff(s world.Staff) { r.staff[s.UserID] = s }
func (r *recorder) AddContact(c world.Contact) {
	if _, ok := r.contacts[c.ExternalUserID]; ok || c.Name == "" {
		r.problems = append(r.problems, "contact twice or without a name: "+c.ExternalUserID)
	}
	r.contacts[c.ExternalUserID] = c
	r.note("contact %+v", c)
}

func (r *recorder) CreateGroup(g world.Group) string {
	id := fmt.Sprintf("wr%d", len(r.groups))
	r.groups[id] = &recGroup{Group: g, id: id, members: map[string]time.Time{}}
	r.order = append(r.order, id)
	for _, s := range append([]string{g.Owner}, g.Admins...) {
		r.groups[id].members[s] = g.CreateTime
	}
	r.note("create %+v", g)
	return id
}

func (r *recorder) Join(chat, who string, how world.Join) error {
	g := r.groups[chat]
	if _, in := g.members[who]; in {
		return r.refuse("%s is in %s already", who, g.Name)
	}
	if _, known := r.contacts[who]; !known {
		return r.refuse("nobody knows %s", who)
	}
	if len(g.members) >= 500 {
		return world.ErrGroupFull
	}
	g.members[who] = r.clock.now
	g.peak = max(g.peak, len(g.members))
	r.note("join %s %s %+v", chat, who, how)
	return nil
}

func (r *recorder) out(verb, chat, who string) error {
	g := r.groups[chat]
	if _, in := g.members[who]; !in {
		return r.refuse("%s: %s is not in %s", verb, who, g.Name)
	}
	delete(g.members, who)
	r.note("%s %s %s", verb, chat, who)
	return nil
}

func (r *recorder) Leave(chat, who string) error { return r.out("leave", chat, who) }

func (r *recorder) Kick(chat, staff, who string) error {
	if _, in := r.groups[chat].members[staff]; !in {
		return r.refuse("%s may not remove from %s", staff, chat)
	}
	r.kicked = append(r.kicked, who)
	return r.out("kick", chat, who)
}

func (r *recorder) Rename(chat, name string) error {
	r.groups[chat].Name = name
	r.note("rename %s %s", chat, name)
	return nil
}

func (r *recorder) SetNotice(chat, notice string) error {
	r.groups[chat].Notice = notice
	r.note("notice %s %s", chat, notice)
	return nil
}

func (r *recorder) ChangeOwner(chat, owner string) error {
	r.groups[chat].Owner = owner
	r.note("owner %s %s", chat, owner)
	return nil
}

func (r *recorder) Say(chat, from string, m world.Message) (string, error) {
	if _, in := r.groups[chat].members[from]; !in {
		return "", r.refuse("%s speaks outside %s", from, chat)
	}
	if m.Type == "text" && m.Text == "" || m.Type != "text" && m.Raw == nil {
		return "", r.refuse("an empty %s", m.Type)
	}
	s := &said{at: r.clock.now, chat: chat, from: from, id: fmt.Sprintf("m%d", len(r.said)), msg: m}
	r.said = append(r.said, s)
	r.byID[s.id] = s
	r.note("say %s %s %+v", chat, from, m)
	return s.id, nil
}

func (r *recorder) Recall(chat, from, id string) error {
	s := r.byID[id]
	if s == nil || s.from != from || s.chat != chat || r.clock.now.Sub(s.at) > 2*time.Minute {
		return r.refuse("%s cannot recall %s", from, id)
	}
	s.recalled = true
	r.note("recall %s", id)
	return nil
}

func (r *recorder) Consent(chat, who string, agree bool) error {
	r.refusals[chat+who] = !agree
	r.note("consent %s %s %v", chat, who, agree)
	return nil
}

func (r *recorder) AppMessages(user string, after int) []world.AppMessage {
	return r.cards[user][min(after, len(r.cards[user])):]
}

func (r *recorder) ScanJoinWay(config, who string) error {
	r.scans = append(r.scans, config)
	return nil
}

// card delivers a card onto a phone.
func (r *recorder) card(user string, m world.AppMessage) {
	m.Seq, m.Time = len(r.cards[user])+1, r.clock.now
	r.cards[user] = append(r.cards[user], m)
}

// isStaff tells staff from customers.
func (r *recorder) isStaff(id string) bool { _, ok := r.staff[id]; return ok }

// lived runs a story by its boundaries, with the moderator given, and returns
// it with how many boundaries there were.
func lived(t *testing.T, seed uint64, days int, moderate func(*Population, *recorder)) (*Population, *recorder, int) {
	t.Helper()
	clock := &testClock{}
	r := newRecorder(t, clock)
	p := New(seed, day0, days, r, clock)
	p.Found()
	end, n := day0.AddDate(0, 0, days), 0
	for clock.now.Before(end) {
		stop := p.Boundary()
		if !stop.After(clock.now) {
			t.Fatalf("the boundary %v is not after %v", stop, clock.now)
		}
		if stop.After(end) {
			stop = end
		}
		p.RunUntil(stop)
		clock.Set(stop)
		n++
		if moderate != nil {
			moderate(p, r)
		}
	}
	return p, r, n
}
