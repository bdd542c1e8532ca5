package hub

import (
	"context"
	"database/sql"
	"time"

	"github.com/qunzhu/qunzhu/internal/community"
	"github.com/qunzhu/qunzhu/internal/connector"
	"github.com/qunzhu/qunzhu/internal/db"
)

// knowledge answers a connector's questions about one connection.
type knowledge struct {
	h *Hub
	c connector.Connection
}

func (h *Hub) knowledge(c connector.Connection) connector.Knowledge { return knowledge{h, c} }

// Knowledge is what is known of a connection's groups, for code that translates
// on behalf of a connection.
func (h *Hub) Knowledge(c connector.Connection) connector.Knowledge { return h.knowledge(c) }

func (k knowledge) Now() time.Time { return k.h.Clock.Now() }

func (k knowledge) Group(ctx context.Context, external string) (connector.Group, bool, error) {
	b, ok, err := k.h.bindingOf(ctx, k.c.ID, external)
	if err != nil || !ok {
		return connector.Group{}, false, err
	}
	g, err := k.group(ctx, b)
	return g, err == nil, err
}

func (k knowledge) group(ctx context.Context, b connector.Binding) (connector.Group, error) {
	known := connector.Group{ID: b.Group, Community: b.Community, External: b.External}
	list, err := community.GroupsByID(ctx, k.h.DB, b.Community, b.Group)
	if err != nil || len(list) == 0 {
		// Adopted, but not dispatched yet: everything about it is still to come.
		return known, err
	}
	g := list[0]
	people, err := community.Members(ctx, k.h.DB, b.Community, append([]string{g.Owner}, g.Admins...)...)
	if err != nil {
		return known, err
	}
	known = KnownGroup(g)
	known.Owner = people[g.Owner].External
	known.Admins = nil
	for _, a := range g.Admins {
		known.Admins = append(known.Admins, people[a].External)
	}
	var at sql.NullInt64
	err = k.h.DB.QueryRow(ctx, "SELECT confirmed_at FROM connector_bindings WHERE connection_id=$1 AND external_id=$2", k.c.ID, b.External).Scan(&at)
	known.ConfirmedAt = k.sinceGap(db.Time(at))
	return known, err
}

// sinceGap is the time of a confirmation, or zero when nobody listened for a
// while after it: what the platform said in between may have been missed.
func (k knowledge) sinceGap(confirmed time.Time) time.Time {
	if confirmed.Before(k.h.listening(k.c).Truncate(time.Millisecond)) {
		return time.Time{}
	}
	return confirmed
}

func (k knowledge) Groups(ctx context.Context) ([]connector.Group, error) {
	bindings, err := k.h.Store.Bindings(ctx, k.h.DB, k.c.ID)
	if err != nil {
		return nil, err
	}
	groups, err := community.GroupsOf(ctx, k.h.DB, k.c.ID)
	if err != nil {
		return nil, err
	}
	var out []connector.Group
	for _, g := range groups {
		if g.Status == community.Live {
			known := KnownGroup(g)
			known.ConfirmedAt = k.sinceGap(bindings[g.External].Confirmed)
			out = append(out, known)
		}
	}
	return out, nil
}

func (k knowledge) Roster(ctx context.Context, external string) (map[string]connector.Presence, error) {
	b, ok, err := k.h.bindingOf(ctx, k.c.ID, external)
	if err != nil || !ok {
		return nil, err
	}
	return community.Roster(ctx, k.h.DB, b.Community, b.Group)
}

func (k knowledge) Leavers(ctx context.Context, external string, since time.Time) (map[string]time.Time, error) {
	bindings, err := k.h.bindingsOf(ctx, k.c.ID)
	if err != nil {
		return nil, err
	}
	b, ok := bindings[external]
	if !ok {
		return nil, nil
	}
	return community.Leavers(ctx, k.h.DB, b.Community, b.Group, since)
}

func (k knowledge) Staff(ctx context.Context) (map[string]connector.Staff, error) {
	return k.h.Store.StaffOf(ctx, k.h.DB, k.c.ID)
}
