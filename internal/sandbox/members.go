package sandbox

import (
	"fmt"
	"slices"
	"time"

	"github.com/qunzhu/qunzhu/internal/sandbox/world"
)

// member is one stay in a group.
type member struct {
	id       string
	joined   time.Time
	scene    int
	inviter  string
	state    string
	nickname string
}

// departure is a member who left, kept for answers that lag behind events.
type departure struct {
	member *member
	at     time.Time
}

// keepDeparted bounds how far a lagging answer can look back.
const keepDeparted = 24 * time.Hour

// JoinScene and QuitScene of change_external_chat (D:92130). They are not the
// join_scene of groupchat/get.
const (
	eventInvited = 0
	eventScanned = 3
	quitSelf     = 0
	quitRemoved  = 1
)

// Join puts a person into a group; [ErrGroupFull] when there is no seat.
func (w *World) Join(chatID, memberID string, how Join) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.join(chatID, memberID, how)
}

func (w *World) join(chatID, memberID string, how Join) error {
	g, err := w.group(chatID)
	if err != nil {
		return err
	}
	if _, known := w.nameOf(memberID); !known {
		return fmt.Errorf("%w: %q", ErrNoPerson, memberID)
	}
	if g.byID[memberID] != nil {
		return fmt.Errorf("%w: %s", ErrAlreadyMember, memberID)
	}
	if len(g.members) >= w.cfg.GroupLimit {
		return ErrGroupFull
	}
	if how.Scene < world.SceneInvited || how.Scene > world.SceneQRCode {
		return fmt.Errorf("%w: join scene %d, expected 1 (invited), 2 (link) or 3 (QR code)", ErrNotAllowed, how.Scene)
	}
	now := w.clock.Now()
	last := g.memberVersion()
	g.add(&member{id: memberID, joined: now, scene: how.Scene, inviter: how.Inviter, state: how.State})
	g.day(now).joins++
	scene := eventInvited
	if how.Scene == world.SceneQRCode {
		scene = eventScanned
	}
	w.raiseGroup(g, groupChange{
		change: "update", detail: "add_member", joinScene: scene,
		members: []string{memberID}, lastVersion: last,
	})
	return nil
}

// Leave is a member's own decision. The owner must hand the group over first.
func (w *World) Leave(chatID, memberID string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.remove(chatID, memberID, quitSelf)
}

// Kick is a removal by the owner or a deputy.
func (w *World) Kick(chatID, byStaff, memberID string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	g, err := w.group(chatID)
	if err != nil {
		return err
	}
	if byStaff != g.owner && !slices.Contains(g.admins, byStaff) {
		return fmt.Errorf("%w: %s is neither owner nor deputy", ErrNotAllowed, byStaff)
	}
	return w.remove(chatID, memberID, quitRemoved)
}

func (w *World) remove(chatID, memberID string, scene int) error {
	g, err := w.group(chatID)
	if err != nil {
		return err
	}
	m := g.byID[memberID]
	if m == nil {
		return fmt.Errorf("%w: %q", ErrNotMember, memberID)
	}
	if memberID == g.owner {
		return fmt.Errorf("%w: the owner must hand the group over first", ErrNotAllowed)
	}
	now := w.clock.Now()
	last := g.memberVersion()
	g.drop(m, now)
	g.day(now).leaves++
	w.raiseGroup(g, groupChange{
		change: "update", detail: "del_member", quitScene: scene,
		members: []string{memberID}, lastVersion: last,
	})
	return nil
}

// SetNickname sets the member's name in the group (群昵称); no event.
func (w *World) SetNickname(chatID, memberID, nickname string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	g, err := w.group(chatID)
	if err != nil {
		return err
	}
	m := g.byID[memberID]
	if m == nil {
		return fmt.Errorf("%w: %q", ErrNotMember, memberID)
	}
	m.nickname = nickname
	return nil
}

func (g *group) add(m *member) {
	g.members = append(g.members, m)
	g.byID[m.id] = m
	g.changed()
}

func (g *group) drop(m *member, at time.Time) {
	g.members = slices.DeleteFunc(g.members, func(x *member) bool { return x == m })
	g.admins = slices.DeleteFunc(g.admins, func(id string) bool { return id == m.id })
	delete(g.byID, m.id)
	g.departed = slices.DeleteFunc(g.departed, func(d departure) bool { return at.Sub(d.at) > keepDeparted })
	g.departed = append(g.departed, departure{member: m, at: at})
	g.changed()
}

func (g *group) changed() {
	g.version++
	g.roster = nil
}

// ids returns the members' ids; the slice is shared and never written again.
func (g *group) ids() []string {
	if g.roster == nil {
		g.roster = make([]string, len(g.members))
		for i, m := range g.members {
			g.roster[i] = m.id
		}
	}
	return g.roster
}

// asOf returns who was a member at t, for answers that lag behind the events.
func (g *group) asOf(t time.Time) []*member {
	var out []*member
	for _, m := range g.members {
		if !m.joined.After(t) {
			out = append(out, m)
		}
	}
	for _, d := range g.departed {
		if d.at.After(t) && !d.member.joined.After(t) && g.byID[d.member.id] == nil {
			out = append(out, d.member)
		}
	}
	return out
}
