package activity

import (
	"context"
	"embed"
	"slices"

	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/effect"
	"github.com/qunzhu/qunzhu/internal/event"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Migrations of the daily facts.
func Migrations() db.Migrations { return db.Embedded("activity", migrations) }

// Reactor projects the daily facts. It reads the spells, so it comes after
// community's.
func Reactor() effect.Reactor {
	return effect.Reactor{
		Slice: "activity",
		Kinds: []event.Kind{
			event.MessagePosted, event.MessageRecalled, event.MessageRetracted, event.MemberJoined, event.MemberLeft,
			event.JoinRetracted, event.TallyRecorded, event.CoverageObserved, event.CoverageRetracted, event.OwnerCounted,
		},
		React: react,
	}
}

func react(ctx context.Context, tx *db.Tx, b effect.Batch) ([]effect.Effect, error) {
	var talk []event.Event
	moved := map[string][]string{}
	lost := map[string][]string{} // days of retracted joins, by group
	for _, e := range b.Events {
		var err error
		switch e.Kind {
		case event.MessagePosted, event.MessageRecalled, event.MessageRetracted:
			talk = append(talk, e)
		case event.MemberJoined, event.MemberLeft:
			moved[e.Group] = append(moved[e.Group], e.Member)
		case event.JoinRetracted:
			var r event.Retracted
			r, err = event.Decode[event.Retracted](e)
			moved[e.Group] = append(moved[e.Group], e.Member)
			lost[e.Group] = append(lost[e.Group], b.Day(r.At))
		case event.TallyRecorded:
			err = putTally(ctx, tx, e)
		case event.CoverageObserved:
			err = addCoverage(ctx, tx, b, e, 1)
		case event.CoverageRetracted:
			err = addCoverage(ctx, tx, b, e, -1)
		case event.OwnerCounted:
			err = putOwnerDay(ctx, tx, e)
		}
		if err != nil {
			return nil, err
		}
	}
	if err := countTalk(ctx, tx, b, talk); err != nil {
		return nil, err
	}
	for group, members := range moved {
		slices.Sort(members)
		if err := countMoves(ctx, tx, b, group, slices.Compact(members), lost[group]); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

// latest is the tail of an upsert that keeps the correction made last.
func latest(table string) string { return "WHERE " + table + ".event_id <= excluded.event_id" }

func putTally(ctx context.Context, tx *db.Tx, e event.Event) error {
	t, err := event.Decode[event.Tally](e)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO activity_tallies (community_id,group_id,day,members,messages,joins,leaves,event_id) VALUES ($1,$2,$3,$4,$5,$6,$7,$8)
 ON CONFLICT (community_id,group_id,day) DO UPDATE SET members=excluded.members, messages=excluded.messages, joins=excluded.joins,
 leaves=excluded.leaves, event_id=excluded.event_id `+latest("activity_tallies"),
		e.Community, e.Group, t.Day, null(t.Members), null(t.Messages), null(t.Joins), null(t.Leaves), e.ID)
	return err
}

func null(n *int) any {
	if n == nil {
		return nil
	}
	return *n
}

func putOwnerDay(ctx context.Context, tx *db.Tx, e event.Event) error {
	o, err := event.Decode[event.OwnerCount](e)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO activity_owner_days (community_id,owner,day,chats,active_chats,members,new_members,active_members,messages,event_id)
 VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10) ON CONFLICT (community_id,owner,day) DO UPDATE SET chats=excluded.chats, active_chats=excluded.active_chats,
 members=excluded.members, new_members=excluded.new_members, active_members=excluded.active_members, messages=excluded.messages, event_id=excluded.event_id `+
		latest("activity_owner_days"),
		e.Community, o.Owner, o.Day, o.Chats, o.ActiveChats, o.Members, o.NewMembers, o.ActiveMembers, o.Messages, e.ID)
	return err
}
