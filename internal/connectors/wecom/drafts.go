package wecom

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"github.com/qunzhu/qunzhu/internal/connector"
	"github.com/qunzhu/qunzhu/internal/event"
)

// Platform names the platform of a customer group.
const Platform = "wecom"

// groupCapacity is the most members of a customer group (D:98429).
const groupCapacity = 500

// scenes translates join_scene of a member list (D:92122); an event says less.
var scenes = map[int]string{JoinedByInvitation: "direct", JoinedByLink: "link", JoinedByScan: "qr"}

func sceneNumber(scene string) int {
	for n, s := range scenes {
		if s == scene {
			return n
		}
	}
	return 0
}

// announcement is what callbacks tell of a group's changes that a snapshot
// taken because of them shows.
type announcement struct {
	adopted time.Time            // of the earliest callback, zero without one
	changed map[string]time.Time // by UpdateDetail, the latest
	joined  []seen
	left    []seen
	// leave is the latest leave that names nobody.
	leave *Callback
}

// seen is one person coming or going.
type seen struct {
	id string
	at time.Time
}

// drafts tells what a snapshot shows that was not known, after what the
// callbacks tell.
func (r *reading) drafts(m *room, told announcement) ([]connector.Draft, error) {
	known := r.knownGroup(m, told)
	changes, err := DiffGroup(known, *m.snapshot, r.now)
	if err != nil {
		return nil, connector.Temporary{Err: err} // the platform fills the list in later
	}
	var out []connector.Draft
	if !m.adopted {
		out = append(out, r.adoption(m, told))
	}
	for _, c := range changes {
		out = append(out, r.change(m, c, told)...)
	}
	if m.known.Archived && m.seated != nil && !*m.seated {
		out = append(out, m.archivedChanged(r.now, false))
	}
	return append(out, m.consentDrafts(r.now)...), nil
}

// dispatched reports that a group was not only adopted a moment ago.
func (m *room) dispatched() bool { return m.known.Platform != "" }

// knownGroup is what is known after the callbacks, for comparing.
func (r *reading) knownGroup(m *room, told announcement) KnownGroup {
	k := KnownGroup{ChatID: m.chat}
	if m.dispatched() {
		k.Name, k.Owner, k.Notice, k.Admins = m.known.Name, m.known.Owner, m.known.Notice, m.known.Admins
	} else {
		// Everything about the group is in the adoption.
		k.Name, k.Owner, k.Notice, k.Admins = m.snapshot.Name, m.snapshot.Owner, m.snapshot.Notice, m.snapshot.Admins
	}
	k.Admins = withoutOwner(k.Admins, k.Owner)
	m.snapshot.Admins = withoutOwner(m.snapshot.Admins, m.snapshot.Owner)
	present := map[string]KnownMember{}
	left := map[string]time.Time{}
	for id, at := range m.leavers {
		left[id] = at
	}
	for id, p := range m.roster {
		if p.GoneAt.IsZero() {
			present[id] = knownMember(id, p)
		}
	}
	for _, j := range told.joined {
		if _, ok := present[j.id]; !ok && !left[j.id].After(j.at) {
			present[j.id] = KnownMember{GroupMember: GroupMember{UserID: j.id, JoinedAt: j.at}, Since: j.at}
			delete(left, j.id)
		}
	}
	for _, l := range told.left {
		if p, ok := present[l.id]; !ok || !p.Since.After(l.at) {
			delete(present, l.id)
			left[l.id] = l.at
		}
	}
	for _, p := range present {
		k.Present = append(k.Present, p)
	}
	for id, at := range left {
		k.Left = append(k.Left, KnownLeaver{UserID: id, At: at})
	}
	return k
}

func withoutOwner(admins []string, owner string) []string {
	return slices.DeleteFunc(slices.Clone(admins), func(id string) bool { return id == owner })
}

func knownMember(id string, p connector.Presence) KnownMember {
	kind := MemberExternal
	if p.Kind == event.Staff {
		kind = MemberStaff
	}
	return KnownMember{
		GroupMember: GroupMember{
			UserID: id, Type: kind, UnionID: p.UnionID, Name: p.Name, JoinedAt: p.JoinedAt,
			JoinScene: sceneNumber(p.Scene), State: p.State, Inviter: p.Inviter,
		},
		Since:  p.JoinedAt,
		Listed: wasListed(p),
	}
}

// wasListed reports that a member list has named somebody in the present stay.
func wasListed(p connector.Presence) bool {
	return !p.SeenAt.IsZero() && !p.SeenAt.Before(p.JoinedAt)
}

func (r *reading) adoption(m *room, told announcement) connector.Draft {
	g := m.snapshot
	at := told.adopted
	if at.IsZero() || at.After(r.now) {
		at = r.now
	}
	capacity := groupCapacity
	body := event.Group{
		Connection: r.account.id, Platform: Platform, External: m.chat,
		Name: &g.Name, Owner: &g.Owner, Admins: &g.Admins, Notice: &g.Notice, Capacity: &capacity,
	}
	if !g.CreatedAt.IsZero() && !g.CreatedAt.After(r.now) {
		body.LaunchedAt = &g.CreatedAt
	}
	return connector.Draft{Kind: event.GroupAdopted, Group: m.chat, At: at, Key: "adopted", Body: body}
}

func (m *room) groupChanged(at time.Time, key string, body event.Group) connector.Draft {
	return connector.Draft{Kind: event.GroupChanged, Group: m.chat, At: at, Key: key, Body: body}
}

// archivedChanged tells whether a group's messages reach us. That a member of
// staff with an archive seat is in it makes it possible (D:91614); the first
// message proves it.
func (m *room) archivedChanged(at time.Time, archived bool) connector.Draft {
	return m.groupChanged(at, "archived:"+strconv.FormatBool(archived), event.Group{Archived: &archived})
}

// change is one difference as drafts. A change that a callback announced gets
// the callback's time.
func (r *reading) change(m *room, c Change, told announcement) []connector.Draft {
	at := func(detail string) time.Time {
		if t, ok := told.changed[detail]; ok {
			return t
		}
		return c.At
	}
	switch c.Kind {
	case GroupRenamed:
		return []connector.Draft{m.groupChanged(at(DetailNameChanged), "name:"+c.To, event.Group{Name: &c.To})}
	case OwnerChanged:
		return []connector.Draft{m.groupChanged(at(DetailOwnerChanged), "owner:"+c.To, event.Group{Owner: &c.To})}
	case NoticeChanged:
		return []connector.Draft{m.groupChanged(at(DetailNoticeChanged), "notice:"+c.To, event.Group{Notice: &c.To})}
	case AdminsChanged:
		return []connector.Draft{m.groupChanged(c.At, "admins", event.Group{Admins: &m.snapshot.Admins})}
	case MemberLeft:
		return []connector.Draft{m.absent(c, told)}
	case MemberJoined:
		return r.listed(m, c.Member, c.At)
	case MemberDetailed:
		return r.detailed(m, c)
	}
	return nil
}

// absent is a leave that the list shows; one that a callback without names
// announced is the callback's.
func (m *room) absent(c Change, told announcement) connector.Draft {
	d := connector.Draft{Kind: event.MemberLeft, Group: m.chat, Member: c.Member.UserID, At: c.At, Key: "list", Body: event.Left{How: event.ByReconcile}}
	if cb := told.leave; cb != nil {
		d.At, d.Key, d.Body = cb.CreateTime, keyCallback, event.Left{How: event.ByCallback, Scene: quitScene(*cb)}
	}
	return d
}

// listed is a member whom the list names. Whoever was taken for gone and is
// listed with the old join time never left: the later sighting says so.
func (r *reading) listed(m *room, member GroupMember, at time.Time) []connector.Draft {
	key := "list"
	before := m.roster[member.UserID]
	if !before.GoneAt.IsZero() && !at.After(before.GoneAt) {
		key = "list:" + strconv.FormatInt(before.GoneAt.UnixMilli(), 10)
	}
	out := []connector.Draft{{
		Kind: event.MemberJoined, Group: m.chat, Member: member.UserID, MemberKind: memberKind(member), At: at, Key: key, Name: member.Name,
		Body: event.Joined{
			How: event.BySnapshot, Kind: memberKind(member), Scene: scenes[member.JoinScene], State: member.State, Inviter: member.Inviter, Seen: r.now,
		},
	}}
	if member.UnionID != "" && member.UnionID != before.UnionID {
		out = append(out, r.person(m.chat, member, at))
	}
	return out
}

// detailed tells what the list adds about a member who is known to be present.
func (r *reading) detailed(m *room, c Change) []connector.Draft {
	member := c.Member
	before := m.roster[member.UserID]
	if before.JoinedAt.IsZero() || !wasListed(before) || scenes[member.JoinScene] != coarse(before.Scene) || member.State != before.State || member.Inviter != before.Inviter {
		at := member.JoinedAt
		if now := m.listedAt(member.UserID); !now.IsZero() && now.Sub(at).Abs() <= sameStay {
			at = now
		}
		return r.listed(m, member, cmp.Or(at, c.At))
	}
	if member.Name != before.Name || member.UnionID != before.UnionID {
		return []connector.Draft{r.person(m.chat, member, c.At)}
	}
	return nil
}

// coarse is a scene as a list can tell it; "invited" is an event's word for two
// of them.
func coarse(scene string) string {
	if sceneNumber(scene) == 0 {
		return ""
	}
	return scene
}

// listedAt is the join time that the list gives a member.
func (m *room) listedAt(id string) time.Time {
	for _, member := range m.snapshot.Members {
		if member.UserID == id {
			return member.JoinedAt
		}
	}
	return time.Time{}
}

// person tells a member's name and identity.
func (r *reading) person(chat string, member GroupMember, at time.Time) connector.Draft {
	return connector.Draft{
		Kind: event.MemberChanged, Group: chat, Member: member.UserID, At: at, Key: "person:" + member.Name + ":" + member.UnionID, Name: member.Name,
		Body: event.Person{Kind: memberKind(member), UnionID: member.UnionID},
	}
}

// consentDrafts tells the consents that differ from the known ones (D:91782).
func (m *room) consentDrafts(now time.Time) []connector.Draft {
	var out []connector.Draft
	for _, c := range m.consents {
		word := "refused"
		if c.Consent.Allowed() {
			word = "agreed"
		}
		if c.ExternalUserID == "" || m.roster[c.ExternalUserID].Consent == word {
			continue
		}
		at := c.ChangedAt
		if at.IsZero() || at.After(now) {
			at = now
		}
		out = append(out, connector.Draft{
			Kind: event.ConsentChanged, Group: m.chat, Member: c.ExternalUserID, At: at, Key: word, Body: event.Consent{Agreed: c.Consent.Allowed()},
		})
	}
	return out
}
