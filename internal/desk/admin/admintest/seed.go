package admintest

import (
	"context"
	"time"

	"github.com/qunzhu/qunzhu/internal/community"
	"github.com/qunzhu/qunzhu/internal/connector"
	"github.com/qunzhu/qunzhu/internal/effect"
	"github.com/qunzhu/qunzhu/internal/event"
	"github.com/qunzhu/qunzhu/internal/id"
)

// Platform is a connector without a platform behind it: groups are handed to the
// hub as drafts. Failure is what its check and its pull "groups" say.
type Platform struct{ Failure error }

// Kind implements connector.Connector.
func (*Platform) Kind() string { return "wecom" }

// Declare implements connector.Connector.
func (*Platform) Declare(connector.Connection, connector.Group) connector.Abilities {
	return connector.Abilities{connector.Capability(effect.MemberRemove): {Level: connector.Assisted}}
}

// Check implements connector.Checker.
func (p *Platform) Check(context.Context, connector.Connection) error { return p.Failure }

// Pulls implements connector.Puller.
func (p *Platform) Pulls(connector.Connection) []connector.Pull {
	return []connector.Pull{{Name: "groups", Every: 24 * time.Hour, Run: func(context.Context, string, connector.Knowledge) (connector.Page, error) {
		return connector.Page{Cursor: "7"}, p.Failure
	}}}
}

// Connection makes an active connection whose groups go into a community.
func (b *Bench) Connection(connection, home string) connector.Connection {
	b.T.Helper()
	c := connector.Connection{ID: connection, Kind: "wecom", Name: "星禾企微", State: connector.Active, Default: home, Created: Now}
	b.must(b.Deps.Store.Put(context.Background(), b.DB, c))
	return c
}

// Seeded is a group with its people, by their external ids.
type Seeded struct {
	Community, Group string
	People           map[string]string
}

// Group adopts a group with the owner u-owner, the admin u-deputy, the staff
// u-other and the member m1 (小雨).
func (b *Bench) Group(c connector.Connection, external, name string) Seeded {
	b.T.Helper()
	ctx, owner, admins := context.Background(), "u-owner", []string{"u-deputy"}
	drafts := []connector.Draft{{Kind: event.GroupAdopted, Group: external, At: Now, Key: external,
		Body: event.Group{Connection: c.ID, Platform: "wecom", External: external, Name: &name, Owner: &owner, Admins: &admins}}}
	for person, kind := range map[string]string{"u-owner": event.Staff, "u-deputy": event.Staff, "u-other": event.Staff, "m1": event.Member} {
		shown := map[string]string{"u-owner": "李敏", "u-deputy": "王芳", "u-other": "赵强", "m1": "小雨\u202e"}[person]
		drafts = append(drafts, connector.Draft{Kind: event.MemberJoined, Group: external, Member: person, MemberKind: kind, At: Now, Key: external + person,
			Name: shown, Body: event.Joined{How: event.ByCallback, Kind: kind, Scene: "qr"}})
	}
	b.must(b.Hub.Ingest(ctx, c, drafts))
	b.must(b.Hub.Drain(ctx))
	s := Seeded{Community: c.Default, Group: community.GroupID(c.ID, external), People: map[string]string{}}
	for _, person := range []string{"u-owner", "u-deputy", "u-other", "m1"} {
		s.People[person] = community.MemberID(s.Community, c.ID, person)
	}
	return s
}

// Task opens a task about m1 for the owner, with the admin as deputy, and
// returns its id.
func (b *Bench) Task(s Seeded, kind, text string, within time.Duration) string {
	b.T.Helper()
	now := b.Clock.Now()
	taskID := id.New(now)
	body := event.Task{Task: taskID, Kind: kind, Assignee: s.People["u-owner"], Deputies: []string{s.People["u-deputy"]}}
	if within != 0 {
		body.Deadline = now.Add(within)
	}
	b.Record(event.Event{Community: s.Community, Group: s.Group, Member: s.People["m1"], Kind: event.TaskOpened, At: now,
		ID: id.At(now, taskID, "opened"), Body: event.Encode(body), Words: event.Words{Text: text}})
	return taskID
}
