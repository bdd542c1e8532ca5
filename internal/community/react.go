package community

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"slices"
	"strings"

	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/effect"
	"github.com/qunzhu/qunzhu/internal/event"
)

// Reactor projects communities, groups, members and spells.
func Reactor() effect.Reactor {
	return effect.Reactor{
		Slice: "community",
		Kinds: []event.Kind{
			event.CommunityCreated, event.CommunityChanged, event.GroupAdopted, event.GroupChanged, event.GroupDismissed,
			event.MemberJoined, event.MemberLeft, event.JoinRetracted, event.MemberChanged, event.MemberTiered, event.ConsentChanged, event.MessagePosted, event.TallyRecorded,
		},
		React: react,
	}
}

func react(ctx context.Context, tx *db.Tx, b effect.Batch) ([]effect.Effect, error) {
	var moves []event.Event
	for _, e := range b.Events {
		var err error
		switch e.Kind {
		case event.CommunityCreated, event.CommunityChanged:
			err = putCommunity(ctx, tx, e)
		case event.GroupAdopted, event.GroupChanged, event.GroupDismissed:
			err = putGroup(ctx, tx, e)
		case event.MemberJoined, event.MemberLeft, event.JoinRetracted:
			moves = append(moves, e)
		case event.ConsentChanged:
			err = putConsent(ctx, tx, e)
		case event.MemberTiered:
			err = putTier(ctx, tx, e)
		case event.TallyRecorded:
			err = putCount(ctx, tx, e)
		}
		if err != nil {
			return nil, err
		}
	}
	if err := putMembers(ctx, tx, b); err != nil {
		return nil, err
	}
	return nil, putMoves(ctx, tx, b, moves)
}

func putCommunity(ctx context.Context, tx *db.Tx, e event.Event) error {
	c, err := event.Decode[event.Community](e)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO communities (community_id,name,type,created_at) VALUES ($1,$2,$3,$4)
 ON CONFLICT (community_id) DO UPDATE SET name=CASE WHEN excluded.name='' THEN communities.name ELSE excluded.name END,
 type=CASE WHEN excluded.type='' THEN communities.type ELSE excluded.type END`, e.Community, c.Name, c.Type, db.Millis(e.At))
	return err
}

func putGroup(ctx context.Context, tx *db.Tx, e event.Event) error {
	if e.Kind == event.GroupDismissed {
		_, err := tx.Exec(ctx, "UPDATE community_groups SET status=$1, ended_at=$2 WHERE community_id=$3 AND id=$4",
			Dismissed, db.Millis(e.At), e.Community, e.Group)
		return err
	}
	g, err := event.Decode[event.Group](e)
	if err != nil {
		return err
	}
	if e.Kind == event.GroupAdopted {
		_, err := tx.Exec(ctx, `INSERT INTO community_groups (community_id,id,connection_id,platform,external_id,name,owner_id,admins,notice,capacity,archived,status,members,observed_from)
 VALUES ($1,$2,$3,$4,$5,'','','[]','',0,FALSE,$6,0,$7) ON CONFLICT (community_id,id) DO NOTHING`,
			e.Community, e.Group, g.Connection, g.Platform, g.External, Live, db.Millis(e.At))
		if err != nil {
			return err
		}
	}
	return changeGroup(ctx, tx, e, g)
}

// changeGroup sets what the source spoke of and leaves the rest.
func changeGroup(ctx context.Context, tx *db.Tx, e event.Event, g event.Group) error {
	args := []any{e.Community, e.Group}
	var sets []string
	set := func(column string, value any) {
		args = append(args, value)
		sets = append(sets, column+"="+db.Marks(1, len(args)))
	}
	if g.Name != nil {
		set("name", *g.Name)
	}
	if g.Owner != nil {
		set("owner_id", *g.Owner)
	}
	if g.Admins != nil {
		admins := slices.Sorted(slices.Values(*g.Admins))
		list, err := json.Marshal(slices.DeleteFunc(admins, func(a string) bool { return g.Owner != nil && a == *g.Owner }))
		if err != nil {
			return err
		}
		set("admins", string(list))
	}
	if g.Notice != nil {
		set("notice", *g.Notice)
	}
	if g.Capacity != nil {
		set("capacity", *g.Capacity)
	}
	if g.Archived != nil {
		set("archived", *g.Archived)
	}
	if g.LaunchedAt != nil {
		set("launched_at", db.Millis(*g.LaunchedAt))
	}
	if len(sets) == 0 {
		return nil
	}
	_, err := tx.Exec(ctx, "UPDATE community_groups SET "+strings.Join(sets, ", ")+" WHERE community_id=$1 AND id=$2", args...)
	return err
}

// WeChat is the platform of personal groups: their members are counted by a
// person, because no list of them can be read.
const WeChat = "wechat"

// putCount takes the latest day's count over as the size of a personal group.
func putCount(ctx context.Context, tx *db.Tx, e event.Event) error {
	t, err := event.Decode[event.Tally](e)
	if err != nil || t.Members == nil {
		return err
	}
	_, err = tx.Exec(ctx, "UPDATE community_groups SET members=$1, members_day=$2 WHERE community_id=$3 AND id=$4 AND platform=$5 AND members_day<=$2",
		*t.Members, t.Day, e.Community, e.Group, WeChat)
	return err
}

func putTier(ctx context.Context, tx *db.Tx, e event.Event) error {
	body, err := event.Decode[struct {
		Tier string `json:"tier"`
	}](e)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, "UPDATE community_members SET tier=$1 WHERE community_id=$2 AND id=$3", body.Tier, e.Community, e.Member)
	return err
}

// putConsent keeps the latest word by time, whatever the order of arrival.
func putConsent(ctx context.Context, tx *db.Tx, e event.Event) error {
	c, err := event.Decode[event.Consent](e)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO community_consents (community_id,group_id,member_id,agreed,at,event_id) VALUES ($1,$2,$3,$4,$5,$6)
 ON CONFLICT (community_id,group_id,member_id) DO UPDATE SET agreed=excluded.agreed, at=excluded.at, event_id=excluded.event_id
 WHERE community_consents.event_id < excluded.event_id`, e.Community, e.Group, e.Member, c.Agreed, db.Millis(e.At), e.ID)
	return err
}

// person is what a batch says of one member; a later event says it better.
type person struct{ external, unionid, name, kind string }

func putMembers(ctx context.Context, tx *db.Tx, b effect.Batch) error {
	said, err := saidOfMembers(b)
	if err != nil || len(said) == 0 {
		return err
	}
	ids := make([]string, 0, len(said))
	for id := range said {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	known, err := knownMembers(ctx, tx, b.Community, ids)
	if err != nil {
		return err
	}
	rows := db.NewRows(7)
	for _, id := range ids {
		old, exists := known[id]
		p := said[id]
		merged := person{cmp.Or(p.external, old.external), cmp.Or(p.unionid, old.unionid), cmp.Or(p.name, old.name), cmp.Or(p.kind, old.kind, event.Member)}
		if !exists || merged != old {
			rows.Add(b.Community, id, merged.external, merged.unionid, merged.name, merged.kind, "regular")
		}
	}
	_, err = rows.Exec(ctx, tx, "INSERT INTO community_members (community_id,id,external_id,unionid,name,kind,tier)",
		`ON CONFLICT (community_id,id) DO UPDATE SET external_id=excluded.external_id, unionid=excluded.unionid, name=excluded.name, kind=excluded.kind`)
	return err
}

func saidOfMembers(b effect.Batch) (map[string]person, error) {
	said := map[string]person{}
	for _, e := range b.Events {
		if e.Member == "" {
			continue
		}
		body, err := personOf(e)
		if err != nil {
			return nil, err
		}
		p := said[e.Member]
		said[e.Member] = person{cmp.Or(e.Words.External, p.external), cmp.Or(body.UnionID, p.unionid), cmp.Or(e.Words.Name, p.name), cmp.Or(body.Kind, p.kind)}
	}
	return said, nil
}

// personOf is what an event's body says of its member.
func personOf(e event.Event) (event.Person, error) {
	switch e.Kind {
	case event.MemberLeft, event.ConsentChanged:
		return event.Person{}, nil
	case event.MessagePosted:
		p, err := event.Decode[event.Posted](e)
		return event.Person{Kind: p.Kind}, err
	}
	return event.Decode[event.Person](e)
}

func knownMembers(ctx context.Context, tx *db.Tx, community string, ids []string) (map[string]person, error) {
	out := make(map[string]person, len(ids))
	for part := range slices.Chunk(ids, 500) {
		rows, err := tx.Query(ctx, "SELECT id,external_id,unionid,name,kind FROM community_members WHERE community_id=$1 AND id IN ("+
			db.Marks(len(part), 2)+")", db.Args([]any{community}, part...)...)
		if err != nil {
			return nil, err
		}
		err = db.Each(rows, func(r *sql.Rows) error {
			var id string
			var p person
			err := r.Scan(&id, &p.external, &p.unionid, &p.name, &p.kind)
			out[id] = p
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}
