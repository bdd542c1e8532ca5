package moderation

import (
	"bytes"
	"context"
	"embed"

	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/effect"
	"github.com/qunzhu/qunzhu/internal/event"
	"github.com/qunzhu/qunzhu/internal/hub"
)

// Name of the slice.
const Name = "moderation"

//go:embed migrations/*.sql
var migrations embed.FS

// Migrations of the slice.
func Migrations() db.Migrations { return db.Embedded(Name, migrations) }

// Projections are the tables that verify rebuilds.
func Projections() []hub.Projection {
	return []hub.Projection{
		{Table: "moderation_cases", Key: []string{"community_id", "id"}},
		{Table: "moderation_messages", Key: []string{"community_id", "message_id"}},
		{Table: "moderation_actions", Key: []string{"community_id", "id"}},
		{Table: "moderation_decisions", Key: []string{"community_id", "id"}},
		{Table: "moderation_presence", Key: []string{"community_id", "group_id", "member_id"}},
		{Table: "moderation_recalls", Key: []string{"community_id", "group_id", "source", "ref"}},
		{Table: "moderation_hits", Key: []string{"community_id", "category", "word"}},
		{Table: "moderation_lists", Key: []string{"community_id", "name"}},
		{Table: "moderation_list_parts", Key: []string{"community_id", "publication", "part"}},
	}
}

// Reactor makes cases of flagged messages and follows what becomes of them. It
// reads no other slice's tables: those may already know later events of the
// batch.
func Reactor() effect.Reactor {
	return effect.Reactor{
		Slice: Name,
		Kinds: []event.Kind{
			event.MessagePosted, event.MessageRecalled, event.MessageRetracted, event.MemberJoined, event.MemberLeft,
			event.TaskOpened, event.TaskCompleted, event.TaskCancelled,
			event.EffectDone, event.EffectFailed, event.EffectRefused,
			CaseDecided, ListPublished,
		},
		React: func(ctx context.Context, tx *db.Tx, b effect.Batch) ([]effect.Effect, error) {
			r := &reaction{tx: tx, community: b.Community, moves: map[place]presence{}}
			for _, e := range b.Events {
				if err := r.to(ctx, e); err != nil {
					return nil, err
				}
			}
			return r.effects, r.saveMoves(ctx)
		},
	}
}

// reaction is the work on one batch.
type reaction struct {
	tx        *db.Tx
	community string
	effects   []effect.Effect
	moves     map[place]presence // of this batch, not saved yet
	prints    map[uint64]bool    // of the tasks that may be open; nil is not read yet
}

var (
	verdictMark = []byte(`"verdict":`)
	staffMark   = []byte(`"kind":"staff"`)
)

func (r *reaction) to(ctx context.Context, e event.Event) error {
	switch e.Kind {
	case event.MessagePosted:
		// Nearly all messages are neither; looking at the bytes spares decoding.
		if bytes.Contains(e.Body, staffMark) {
			return r.staffSpoke(ctx, e)
		}
		if bytes.Contains(e.Body, verdictMark) {
			return r.flagged(ctx, e)
		}
		return nil
	case event.MessageRecalled:
		return r.recalled(ctx, e)
	case event.MessageRetracted:
		return r.retracted(ctx, e)
	case event.MemberJoined:
		return r.joined(e)
	case event.MemberLeft:
		return r.left(ctx, e)
	case event.TaskOpened:
		return r.taskOpened(ctx, e)
	case event.TaskCompleted, event.TaskCancelled:
		return r.taskEnded(ctx, e)
	case event.EffectDone, event.EffectFailed, event.EffectRefused:
		return r.performed(ctx, e)
	case CaseDecided:
		return r.decided(ctx, e)
	case ListPublished:
		return r.published(ctx, e)
	}
	return nil
}
