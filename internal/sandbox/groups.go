package sandbox

import (
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"slices"
	"time"
)

// group is one customer group (客户群).
type group struct {
	id        string
	name      string
	owner     string
	notice    string
	admins    []string
	archived  bool
	created   time.Time
	dismissed bool

	members  []*member // in the order of joining
	byID     map[string]*member
	departed []departure // recent ones, for answers that lag behind
	version  int         // grows with each change of the member list
	roster   []string    // cached ids of members; nil after a change

	consents  map[string]consent
	said      []saidMessage // recent ones, for recalls
	days      map[int]*groupDay
	transfers []time.Time // recent hand-overs over the API
}

// GroupView is a copy of a group's state.
type GroupView struct {
	ChatID        string
	Name          string
	Owner         string
	Notice        string
	Admins        []string
	Archived      bool
	Dismissed     bool
	CreateTime    time.Time
	MemberVersion string
	Members       []MemberView // in the order of joining
}

// MemberView is a copy of a membership.
type MemberView struct {
	ID       string
	Kind     string // "staff" or "contact"
	Name     string
	UnionID  string
	JoinTime time.Time
	Scene    int // join_scene: 1 direct, 2 link, 3 QR code (D:92122)
	Inviter  string
	State    string
	Nickname string // the member's name in this group
}

// CreateGroup makes a customer group with its owner and admins as members and
// returns its chat id. Persons unknown to the corp are left out; without a
// known owner nothing is made and the id is empty. A zero CreateTime is now.
func (w *World) CreateGroup(g Group) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.createGroup(g)
}

func (w *World) createGroup(spec Group) string {
	if w.activeStaff(spec.Owner) == nil {
		return ""
	}
	if spec.CreateTime.IsZero() {
		spec.CreateTime = w.clock.Now()
	}
	g := &group{
		id: w.newID("wr", 32), name: spec.Name, owner: spec.Owner, notice: spec.Notice,
		archived: spec.Archived, created: spec.CreateTime,
		byID: map[string]*member{}, consents: map[string]consent{}, days: map[int]*groupDay{},
	}
	w.groups[g.id] = g
	w.groupOrder = append(w.groupOrder, g.id)
	g.add(&member{id: spec.Owner, joined: spec.CreateTime, scene: 1})
	for _, id := range spec.Admins {
		if w.activeStaff(id) == nil || g.byID[id] != nil {
			continue
		}
		g.admins = append(g.admins, id)
		g.add(&member{id: id, joined: spec.CreateTime, scene: 1, inviter: spec.Owner})
	}
	g.day(spec.CreateTime).joins += len(g.members)
	w.raiseGroup(g, groupChange{change: "create"})
	return g.id
}

// Rename changes the group's name.
func (w *World) Rename(chatID, name string) error {
	return w.change(chatID, "change_name", func(g *group) error { g.name = name; return nil })
}

// SetNotice changes the group's announcement.
func (w *World) SetNotice(chatID, notice string) error {
	return w.change(chatID, "change_notice", func(g *group) error { g.notice = notice; return nil })
}

// ChangeOwner hands the group to another staff, who must be a member. The
// former owner stays as a plain member.
func (w *World) ChangeOwner(chatID, owner string) error {
	return w.change(chatID, "change_owner", func(g *group) error {
		if g.byID[owner] == nil || w.isContact(owner) {
			return fmt.Errorf("%w: the new owner %q must be staff in the group", ErrNotAllowed, owner)
		}
		g.setOwner(owner)
		return nil
	})
}

// setOwner makes a member the owner, who is no deputy beside that.
func (g *group) setOwner(owner string) {
	g.owner = owner
	g.admins = slices.DeleteFunc(g.admins, func(id string) bool { return id == owner })
}

// SetAdmins names the deputies, at most three staff members of the group. The
// platform raises no event for it.
func (w *World) SetAdmins(chatID string, admins []string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	g, err := w.group(chatID)
	if err != nil {
		return err
	}
	if len(admins) > 3 {
		return fmt.Errorf("%w: %d deputies, at most 3", ErrNotAllowed, len(admins))
	}
	for _, id := range admins {
		if g.byID[id] == nil {
			return fmt.Errorf("%w: %q", ErrNotMember, id)
		}
	}
	g.admins = slices.Clone(admins)
	return nil
}

// Dismiss ends the group.
func (w *World) Dismiss(chatID string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	g, err := w.group(chatID)
	if err != nil {
		return err
	}
	g.dismissed = true
	w.raiseGroup(g, groupChange{change: "dismiss"})
	return nil
}

// Group returns a copy of the group's state; false when there is none.
func (w *World) Group(chatID string) (GroupView, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	g := w.groups[chatID]
	if g == nil {
		return GroupView{}, false
	}
	return w.view(g, g.members), true
}

// Groups returns copies of all groups, dismissed ones too, in order of creation.
func (w *World) Groups() []GroupView {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := make([]GroupView, 0, len(w.groupOrder))
	for _, id := range w.groupOrder {
		out = append(out, w.view(w.groups[id], w.groups[id].members))
	}
	return out
}

// change runs edit on a living group and raises the update event.
func (w *World) change(chatID, detail string, edit func(*group) error) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	g, err := w.group(chatID)
	if err != nil {
		return err
	}
	if err := edit(g); err != nil {
		return err
	}
	version := g.memberVersion()
	w.raiseGroup(g, groupChange{change: "update", detail: detail, lastVersion: version})
	return nil
}

// group returns a group that lives.
func (w *World) group(chatID string) (*group, error) {
	g := w.groups[chatID]
	if g == nil {
		return nil, fmt.Errorf("%w: %q", ErrNoGroup, chatID)
	}
	if g.dismissed {
		return nil, fmt.Errorf("%w: %s", ErrDismissed, chatID)
	}
	return g, nil
}

func (w *World) view(g *group, members []*member) GroupView {
	v := GroupView{
		ChatID: g.id, Name: g.name, Owner: g.owner, Notice: g.notice,
		Admins: slices.Clone(g.admins), Archived: g.archived, Dismissed: g.dismissed,
		CreateTime: g.created, MemberVersion: g.memberVersion(),
		Members: make([]MemberView, 0, len(members)),
	}
	for _, m := range members {
		mv := MemberView{
			ID: m.id, Kind: "staff", JoinTime: m.joined, Scene: m.scene,
			Inviter: m.inviter, State: m.state, Nickname: m.nickname,
		}
		mv.Name, _ = w.nameOf(m.id)
		if w.isContact(m.id) {
			mv.Kind = "contact"
			mv.UnionID = w.contacts[m.id].UnionID
		}
		v.Members = append(v.Members, mv)
	}
	return v
}

// memberVersion is the member_version of groupchat/get and of events: 32 hex
// digits that change with the member list.
func (g *group) memberVersion() string {
	sum := md5.Sum(fmt.Appendf(nil, "%s/%d", g.id, g.version))
	return hex.EncodeToString(sum[:])
}
