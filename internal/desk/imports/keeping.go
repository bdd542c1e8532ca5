package imports

import (
	"context"
	"strings"

	"github.com/qunzhu/qunzhu/internal/audit"
	"github.com/qunzhu/qunzhu/internal/community"
	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/desk/importing"
	"github.com/qunzhu/qunzhu/internal/event"
	"github.com/qunzhu/qunzhu/internal/fault"
	"github.com/qunzhu/qunzhu/internal/hub"
	"github.com/qunzhu/qunzhu/internal/id"
)

// checkLines marks lines whose group is in the community already.
func (k *keeper) checkLines(ctx context.Context, scope community.Scope, communityID string, lines []groupLine) error {
	for i := range lines {
		if lines[i].Problem != "" || communityID == "" {
			continue
		}
		same, err := k.files.GroupsNamed(ctx, scope, communityID, lines[i].Name)
		if err != nil {
			return err
		}
		if len(same) > 0 {
			lines[i].Problem = "imports.lines.exists"
		}
	}
	return nil
}

// faults reports whether any line has a problem: then nothing is added.
func faults(lines []groupLine) int {
	n := 0
	for _, l := range lines {
		if l.Problem != "" {
			n++
		}
	}
	return n
}

// addGroups adopts the groups of the lines, with today's member count.
func (k *keeper) addGroups(ctx context.Context, communityID string, lines []groupLine, by importing.Actor) error {
	for _, l := range lines {
		g, err := k.files.Adopt(ctx, communityID, l.Name, by)
		if err != nil {
			return err
		}
		if l.Members != nil {
			if err := k.record(ctx, g, event.Tally{Day: k.day(k.deps.Clock.Now()), Members: l.Members}); err != nil {
				return err
			}
		}
	}
	return nil
}

// newCommunity makes a community for groups that are added. The key keeps a
// form that is sent twice from making two.
func (k *keeper) newCommunity(ctx context.Context, key, name, typ string, by importing.Actor) (string, error) {
	e := hub.NewCommunity(k.deps.Clock.Now(), "form:"+key, event.Community{Name: name, Type: typ})
	if _, err := k.deps.Hub.Record(ctx, e); err != nil {
		return "", err
	}
	return e.Community, k.audit(ctx, by, "community.created", "community", e.Community, e.Community, nil, map[string]string{"name": name, "type": typ})
}

// byHand returns a live group that is kept by hand, in scope. Any other is not
// found: its name and end come from its platform.
func (k *keeper) byHand(ctx context.Context, scope community.Scope, group string) (community.Group, error) {
	g, err := community.GetGroup(ctx, k.deps.DB, scope, group)
	if err == nil && (g.Connection != importing.Manual || g.Status != community.Live) {
		err = fault.New(fault.NotFound, "fault.group_unknown")
	}
	return g, err
}

func (k *keeper) rename(ctx context.Context, g community.Group, name string, by importing.Actor) error {
	if strings.TrimSpace(name) == g.Name {
		return nil
	}
	same, err := k.files.GroupsNamed(ctx, community.Only(g.Community), g.Community, name)
	if err != nil {
		return err
	}
	for _, other := range same {
		if other.ID != g.ID {
			return fault.InvalidField("name", "imports.lines.exists")
		}
	}
	now := k.deps.Clock.Now()
	_, err = k.deps.Hub.Record(ctx, event.Event{Community: g.Community, Group: g.ID, Kind: event.GroupChanged, At: now,
		ID: id.At(now, string(event.GroupChanged), g.ID, name), Body: event.Encode(event.Group{Name: &name})})
	if err != nil {
		return err
	}
	return k.audit(ctx, by, "group.renamed", "group", g.ID, g.Community, g.Name, name)
}

func (k *keeper) dismiss(ctx context.Context, g community.Group, by importing.Actor) error {
	now := k.deps.Clock.Now()
	_, err := k.deps.Hub.Record(ctx, event.Event{Community: g.Community, Group: g.ID, Kind: event.GroupDismissed, At: now,
		ID: id.At(now, string(event.GroupDismissed), g.ID), Body: event.Encode(event.Group{})})
	if err != nil {
		return err
	}
	return k.audit(ctx, by, "group.dismissed", "group", g.ID, g.Community, nil, nil)
}

func (k *keeper) audit(ctx context.Context, by importing.Actor, action, kind, object, communityID string, before, after any) error {
	return k.deps.DB.Write(ctx, func(tx *db.Tx) error {
		return audit.Record(ctx, tx, audit.Entry{ActorKind: by.Kind, ActorID: by.ID, ActorName: by.Name, Address: by.Address,
			Action: action, ObjectKind: kind, ObjectID: object, Community: communityID, Before: before, After: after})
	})
}
