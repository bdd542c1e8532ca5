package importing

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/qunzhu/qunzhu/internal/audit"
	"github.com/qunzhu/qunzhu/internal/community"
	"github.com/qunzhu/qunzhu/internal/connector"
	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/event"
	"github.com/qunzhu/qunzhu/internal/fault"
	"github.com/qunzhu/qunzhu/internal/id"
	"github.com/qunzhu/qunzhu/internal/job"
)

// Undo takes back everything that a batch added and returns when it is done.
// Undoing an undone batch does nothing; one that a job works at is a Conflict.
func (s *Service) Undo(ctx context.Context, scope community.Scope, batch string, by Actor) error {
	b, err := s.markUndone(ctx, scope, batch, by)
	if err != nil || b.State == Undone {
		return err
	}
	return s.undo(ctx, b)
}

// StartUndo is Undo as a job.
func (s *Service) StartUndo(ctx context.Context, scope community.Scope, batch string, by Actor) error {
	b, err := s.markUndone(ctx, scope, batch, by)
	if err != nil || b.State == Undone {
		return err
	}
	return s.DB.Write(ctx, func(tx *db.Tx) (err error) {
		b.Job, err = s.Queue.Enqueue(ctx, tx, job.Request{Kind: jobUndo, UniqueKey: b.ID, Body: work{b.Community, b.ID}})
		if err != nil {
			return err
		}
		return put(ctx, tx, b)
	})
}

func (s *Service) markUndone(ctx context.Context, scope community.Scope, batch string, by Actor) (Batch, error) {
	b, err := s.Get(ctx, scope, batch)
	if err != nil || b.State == Undone {
		return b, err
	}
	if busy, err := s.Busy(ctx, b); err != nil || busy {
		return b, cmp.Or[error](err, fault.New(fault.Conflict, "importing.busy", b.File))
	}
	if b.State != Undoing {
		b.State, b.undoAt = Undoing, s.Clock.Now()
	}
	return b, s.DB.Write(ctx, func(tx *db.Tx) error {
		if err := put(ctx, tx, b); err != nil {
			return err
		}
		return audit.Record(ctx, tx, by.audit("import.undone", "import", b.ID, b.Community))
	})
}

// undo reverses in the log what the batch added, then frees its keys. Running it
// again makes the same events.
func (s *Service) undo(ctx context.Context, b Batch) error {
	g, c, err := s.groupOf(ctx, community.Everywhere{}, b.Group)
	if err != nil {
		return err
	}
	u := undoing{s: s, batch: b, group: g, conn: c}
	if err := u.retract(ctx); err != nil {
		return err
	}
	if err := u.uncover(ctx); err != nil {
		return err
	}
	if err := u.free(ctx); err != nil {
		return err
	}
	b.State, b.Finished = Undone, s.Clock.Now()
	if err := put(ctx, s.DB, b); err != nil {
		return err
	}
	return s.dispatch(ctx)
}

type undoing struct {
	s     *Service
	batch Batch
	group community.Group
	conn  connector.Connection
}

// retract goes through the group's log over the time of the file.
func (u undoing) retract(ctx context.Context) error {
	if u.batch.From.IsZero() {
		return nil
	}
	after, end := id.Floor(u.batch.From), id.Floor(u.batch.To.Add(time.Millisecond))
	for {
		list, err := event.Following(ctx, u.s.DB, u.batch.Community, u.group.ID, after, chunk, event.MessagePosted, event.MemberJoined)
		if err != nil {
			return err
		}
		var drafts []connector.Draft
		for _, e := range list {
			after = e.ID
			d, mine, err := u.reversal(e)
			if err != nil {
				return err
			}
			if mine && e.ID < end {
				drafts = append(drafts, d)
			}
		}
		if err := u.s.Hub().Ingest(ctx, u.conn, drafts); err != nil {
			return err
		}
		if err := u.s.dispatch(ctx); err != nil {
			return err
		}
		if len(list) < chunk || after >= end {
			return nil
		}
	}
}

// reversal is the event that takes e back, if the batch brought it.
func (u undoing) reversal(e event.Event) (connector.Draft, bool, error) {
	body, err := event.Decode[struct {
		Batch string `json:"batch"`
	}](e)
	if err != nil || body.Batch != u.batch.ID {
		return connector.Draft{}, false, err
	}
	d := connector.Draft{Kind: event.MessageRetracted, Group: u.group.External, At: u.batch.undoAt, Key: e.ID,
		Body: event.Retracted{Event: e.ID, Batch: u.batch.ID}}
	if e.Kind == event.MemberJoined {
		d.Kind, d.Member = event.JoinRetracted, e.Words.External
		d.Body = event.Retracted{Event: e.ID, Batch: u.batch.ID, At: e.At}
	}
	return d, true, nil
}

func (u undoing) uncover(ctx context.Context) error {
	var drafts []connector.Draft
	for i, v := range u.batch.covered {
		drafts = append(drafts, connector.Draft{Kind: event.CoverageRetracted, Group: u.group.External, At: u.batch.undoAt, Key: fmt.Sprint(u.batch.ID, " ", i),
			Body: event.Coverage{Connection: u.group.Connection, Source: event.FromImport, From: v.From.UTC(), To: v.To.UTC()}})
	}
	drafts = append(drafts, connector.Draft{Kind: event.ImportRecorded, Group: u.group.External, At: u.batch.undoAt, Key: u.batch.ID + " undone",
		Body: event.Import{Batch: u.batch.ID, State: string(Undone), Format: u.batch.Format, From: u.batch.From.UTC(), To: u.batch.To.UTC(), Messages: u.batch.Messages}})
	return u.s.Hub().Ingest(ctx, u.conn, drafts)
}

// free lets other batches add the same messages again.
func (u undoing) free(ctx context.Context) error {
	for {
		n, err := release(ctx, u.s.DB, u.batch.Community, u.batch.ID, 1000)
		if err != nil || n == 0 {
			return err
		}
	}
}
