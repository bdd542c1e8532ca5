package wecom

import (
	"time"

	"github.com/qunzhu/qunzhu/internal/connector"
	"github.com/qunzhu/qunzhu/internal/event"
)

// keyCallback marks drafts of callbacks: two callbacks that tell of one person's
// move in one second tell the same.
const keyCallback = "callback"

// announcement sums up what the callbacks of a batch tell.
func (c *chat) announcement() announcement {
	a := announcement{changed: map[string]time.Time{}}
	for _, t := range c.events {
		if a.adopted.IsZero() || t.CreateTime.Before(a.adopted) {
			a.adopted = t.CreateTime
		}
		if t.CreateTime.After(a.changed[t.UpdateDetail]) {
			a.changed[t.UpdateDetail] = t.CreateTime
		}
		a.addMoves(t.Callback)
	}
	return a
}

func (a *announcement) addMoves(cb Callback) {
	switch cb.UpdateDetail {
	case DetailMemberAdded:
		for _, id := range cb.Members {
			a.joined = append(a.joined, seen{id, cb.CreateTime})
		}
	case DetailMemberRemoved:
		for _, id := range cb.Members {
			a.left = append(a.left, seen{id, cb.CreateTime})
		}
		if len(cb.Members) == 0 && (a.leave == nil || cb.CreateTime.After(a.leave.CreateTime)) {
			a.leave = &cb
		}
	}
}

// told is what a callback tells by itself. Its member list counts even where the
// later list disagrees: the platform fills that one in late (D:92122).
func (b *batch) told(m *room, cb Callback) []connector.Draft {
	if cb.ChangeType == ChatDismissed {
		if !m.adopted && m.snapshot == nil {
			return nil
		}
		return []connector.Draft{dismissed(m.chat, cb.CreateTime)}
	}
	if cb.ChangeType != ChatUpdated {
		return nil
	}
	var out []connector.Draft
	for _, id := range cb.Members {
		switch cb.UpdateDetail {
		case DetailMemberAdded:
			kind := b.kindOf(m, id)
			out = append(out, connector.Draft{
				Kind: event.MemberJoined, Group: m.chat, Member: id, MemberKind: kind, At: cb.CreateTime, Key: keyCallback, Name: m.nameOf(id),
				Body: event.Joined{How: event.ByCallback, Kind: kind, Scene: joinScene(cb)},
			})
		case DetailMemberRemoved:
			out = append(out, b.left(m, id, cb)...)
		}
	}
	return out
}

// left is a leave. Somebody unknown who left is introduced, or staff would count
// as a customer.
func (b *batch) left(m *room, id string, cb Callback) []connector.Draft {
	var out []connector.Draft
	if _, known := m.roster[id]; !known {
		out = append(out, connector.Draft{
			Kind: event.MemberChanged, Group: m.chat, Member: id, At: cb.CreateTime, Key: "kind", Body: event.Person{Kind: b.kindOf(m, id)},
		})
	}
	return append(out, connector.Draft{
		Kind: event.MemberLeft, Group: m.chat, Member: id, At: cb.CreateTime, Key: keyCallback,
		Body: event.Left{How: event.ByCallback, Scene: quitScene(cb)},
	})
}

func dismissed(chat string, at time.Time) connector.Draft {
	return connector.Draft{Kind: event.GroupDismissed, Group: chat, At: at, Key: "dismissed", Body: struct{}{}}
}

// nameOf returns a member's name by the list, "" when the list lacks them.
func (m *room) nameOf(id string) string {
	if m.snapshot == nil {
		return ""
	}
	for _, member := range m.snapshot.Members {
		if member.UserID == id {
			return member.Name
		}
	}
	return ""
}

// joinScene and quitScene read an event's numbers (D:92130).
func joinScene(cb Callback) string {
	switch {
	case !cb.JoinScene.Set:
		return ""
	case cb.JoinScene.Value == CallbackJoinScanned:
		return "qr"
	case cb.JoinScene.Value == CallbackJoinInvited:
		return "invited"
	}
	return ""
}

func quitScene(cb Callback) string {
	switch {
	case !cb.QuitScene.Set:
		return ""
	case cb.QuitScene.Value == QuitRemoved:
		return "removed"
	case cb.QuitScene.Value == QuitByHimself:
		return "self"
	}
	return ""
}
