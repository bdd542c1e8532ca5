package hub

import (
	"context"
	"strings"
	"time"

	"github.com/qunzhu/qunzhu/internal/community"
	"github.com/qunzhu/qunzhu/internal/connector"
	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/event"
	"github.com/qunzhu/qunzhu/internal/fault"
	"github.com/qunzhu/qunzhu/internal/id"
)

// adopt binds a group that is seen for the first time to a community, by the
// connection's rules. The community stays: regrouping is a copying job.
func (h *Hub) adopt(ctx context.Context, c connector.Connection, d connector.Draft) (target, error) {
	g, ok := d.Body.(event.Group)
	if !ok || d.Group == "" {
		return target{}, fault.New(fault.Internal, "fault.internal")
	}
	if b, ok, err := h.bindingOf(ctx, c.ID, d.Group); err != nil || ok {
		return target{b.Community, b.Group}, err
	}
	home, err := h.communityFor(ctx, c, g)
	if err != nil {
		return target{}, err
	}
	var b connector.Binding
	err = h.DB.Write(ctx, func(tx *db.Tx) (err error) {
		b, err = h.Store.Bind(ctx, tx, connector.Binding{
			Connection: c.ID, External: d.Group, Community: home, Group: community.GroupID(c.ID, d.Group),
		})
		return err
	})
	if err != nil {
		return target{}, err
	}
	h.mu.Lock()
	delete(h.bindings, c.ID)
	h.mu.Unlock()
	return target{b.Community, b.Group}, nil
}

func (h *Hub) communityFor(ctx context.Context, c connector.Connection, g event.Group) (string, error) {
	for _, r := range c.Rules {
		owner := r.Owner == "" || g.Owner != nil && *g.Owner == r.Owner
		name := r.Contains == "" || g.Name != nil && strings.Contains(*g.Name, r.Contains)
		if owner && name && r.Community != "" {
			return r.Community, nil
		}
	}
	return h.defaultCommunity(ctx, c)
}

// defaultCommunity returns the community of groups that no rule names, and makes
// it on first use.
func (h *Hub) defaultCommunity(ctx context.Context, c connector.Connection) (string, error) {
	if c.Default != "" {
		return c.Default, nil
	}
	e := NewCommunity(c.Created, "default:"+c.ID, event.Community{Name: c.Name, Type: community.Service})
	if _, err := h.Record(ctx, e); err != nil {
		return "", err
	}
	return e.Community, nil
}

// NewCommunity is the event that makes a community. The same key makes the same
// community once.
func NewCommunity(at time.Time, key string, body event.Community) event.Event {
	home := id.Of("community", key)
	return event.Event{
		Community: home, ID: id.At(at, string(event.CommunityCreated), key), Kind: event.CommunityCreated, At: at, Body: event.Encode(body),
	}
}
