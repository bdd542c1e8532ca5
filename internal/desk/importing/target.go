package importing

import (
	"context"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/qunzhu/qunzhu/internal/audit"
	"github.com/qunzhu/qunzhu/internal/community"
	"github.com/qunzhu/qunzhu/internal/connector"
	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/event"
	"github.com/qunzhu/qunzhu/internal/fault"
	"github.com/qunzhu/qunzhu/internal/hub"
	"github.com/qunzhu/qunzhu/internal/id"
)

// Manual is the id, and the kind, of the connection of groups that are kept by
// hand. There is one of it in a workspace.
const Manual = "manual"

// MaxGroupName is the length of a group's name in characters; WeChat itself
// allows 32 bytes more or less, an export may say more.
const MaxGroupName = 100

// Connection returns the connection of groups kept by hand and makes it on
// first use.
func (s *Service) Connection(ctx context.Context) (connector.Connection, error) {
	c, err := s.Store.Get(ctx, s.DB, Manual)
	if !fault.Is(err, fault.NotFound) {
		return c, err
	}
	c = connector.Connection{ID: Manual, Kind: Manual, Name: "手工", State: connector.Active, Created: s.Clock.Now()}
	return c, s.Store.Put(ctx, s.DB, c)
}

// FoldName is a name as names are compared: compatibility forms folded, and
// what cannot be seen gone. It is never stored in place of the name.
func FoldName(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Mn, r) {
			return -1
		}
		return unicode.ToLower(r)
	}, norm.NFKC.String(name))
}

// GroupsNamed lists the live groups in scope that have a name; a community
// narrows it when not "".
func (s *Service) GroupsNamed(ctx context.Context, scope community.Scope, communityID, name string) ([]community.Group, error) {
	var found []community.Group
	want, after := FoldName(name), ""
	for {
		const page = 500
		list, err := community.Groups(ctx, s.DB, scope, communityID, after, page)
		if err != nil {
			return nil, err
		}
		for _, g := range list {
			if g.Status == community.Live && FoldName(g.Name) == want {
				found = append(found, g)
			}
		}
		if len(list) < page {
			return found, nil
		}
		after = list[page-1].ID
	}
}

// target is where a file goes: a group there is, or the name of one to be made.
type target struct {
	group community.Group
	make  bool // only Community and Name of group are set
}

// find looks for the group that a request names, or else the file.
func (s *Service) find(ctx context.Context, r Request, fileGroup string) (target, error) {
	wanted := strings.TrimSpace(r.Group)
	if wanted == "" {
		wanted = strings.TrimSpace(fileGroup)
	}
	switch {
	case wanted == "":
		return target{}, fault.InvalidField("group", "importing.group_needed")
	case utf8.RuneCountInString(wanted) > MaxGroupName:
		return target{}, fault.InvalidField("group", "form.max", MaxGroupName)
	}
	if id.Valid(r.Group) {
		g, err := community.GetGroup(ctx, s.DB, r.scope(), r.Group)
		if err == nil && r.Community != "" && g.Community != r.Community {
			err = fault.InvalidField("group", "importing.group_elsewhere", g.Name)
		}
		return target{group: g}, err
	}
	same, err := s.GroupsNamed(ctx, r.scope(), r.Community, wanted)
	switch {
	case err != nil:
		return target{}, err
	case len(same) == 1:
		return target{group: same[0]}, nil
	case len(same) > 1:
		return target{}, fault.InvalidField("group", "importing.group_ambiguous", wanted, len(same))
	}
	home, err := s.home(ctx, r)
	return target{group: community.Group{Community: home, Name: wanted}, make: true}, err
}

// home is the community of a group that is to be made: the named one, the only
// one there is, or "" where there is none yet.
func (s *Service) home(ctx context.Context, r Request) (string, error) {
	list, err := community.Communities(ctx, s.DB, r.scope())
	if err != nil {
		return "", err
	}
	for _, c := range list {
		if c.ID == r.Community {
			return c.ID, nil
		}
	}
	switch {
	case r.Community != "":
		return "", fault.InvalidField("community", "importing.community_unknown", r.Community)
	case len(list) > 1:
		return "", fault.InvalidField("community", "importing.community_needed", len(list))
	case len(list) == 1:
		return list[0].ID, nil
	}
	return "", nil
}

// Adopt makes a group that is kept by hand and returns it as it stands in the
// projections. In community "" it goes to a community that is made on first use.
func (s *Service) Adopt(ctx context.Context, communityID, name string, by Actor) (community.Group, error) {
	c, err := s.Connection(ctx)
	if err != nil {
		return community.Group{}, err
	}
	if communityID == "" {
		e := hub.NewCommunity(c.Created, "default:"+c.ID, event.Community{Name: "我的社群", Type: community.Service})
		if _, err := s.Hub().Record(ctx, e); err != nil {
			return community.Group{}, err
		}
		communityID = e.Community
	}
	external, err := s.freeExternal(ctx, communityID, name)
	if err != nil {
		return community.Group{}, err
	}
	group := community.GroupID(c.ID, external)
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		if _, err := s.Store.Bind(ctx, tx, connector.Binding{Connection: c.ID, External: external, Community: communityID, Group: group}); err != nil {
			return err
		}
		return audit.Record(ctx, tx, by.audit("group.adopted", "group", group, communityID))
	})
	if err != nil {
		return community.Group{}, err
	}
	s.Hub().Forget()
	at := s.Clock.Now()
	_, err = s.Hub().Record(ctx, event.Event{
		Community: communityID, Group: group, Kind: event.GroupAdopted, At: at, ID: id.At(at, c.ID, string(event.GroupAdopted), group),
		Body: event.Encode(event.Group{Connection: c.ID, Platform: "wechat", External: external, Name: &name}),
	})
	if err != nil {
		return community.Group{}, err
	}
	return community.GetGroup(ctx, s.DB, community.Everywhere{}, group)
}

// freeExternal makes the id by which the connection knows a group. It follows
// from the name, so that a form sent twice makes one group, and counts on where
// a former group of that name was closed or renamed.
func (s *Service) freeExternal(ctx context.Context, communityID, name string) (string, error) {
	for n := 0; ; n++ {
		external := id.Of("manual group", communityID, FoldName(name), strconv.Itoa(n))
		old, err := community.GroupsByID(ctx, s.DB, communityID, community.GroupID(Manual, external))
		if err != nil {
			return "", err
		}
		if len(old) == 0 || old[0].Status == community.Live && FoldName(old[0].Name) == FoldName(name) {
			return external, nil
		}
	}
}

func (a Actor) audit(action, kind, object, communityID string) audit.Entry {
	if a.Kind == "" {
		a.Kind = "system"
	}
	return audit.Entry{ActorKind: a.Kind, ActorID: a.ID, ActorName: a.Name, Address: a.Address,
		Action: action, ObjectKind: kind, ObjectID: object, Community: communityID}
}
