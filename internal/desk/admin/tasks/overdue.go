package tasks

import (
	"context"

	"github.com/qunzhu/qunzhu/internal/event"
	"github.com/qunzhu/qunzhu/internal/id"
	"github.com/qunzhu/qunzhu/internal/job"
	"github.com/qunzhu/qunzhu/internal/task"
)

const (
	overdueKind  = "task.overdue"
	overdueBatch = 200
)

// markOverdue records that deadlines have passed; the deputies are told by the
// task's reactor. The event's id belongs to the deadline, so that two nodes that
// look at once record it once.
func (p *pages) markOverdue(ctx context.Context, _ job.Job) error {
	for {
		now := p.deps.Clock.Now()
		due, err := task.Due(ctx, p.deps.DB, now, overdueBatch)
		if err != nil || len(due) == 0 {
			return err
		}
		events := make([]event.Event, len(due))
		for i, t := range due {
			events[i] = event.Event{
				Community: t.Community, Group: t.Group, Member: t.Member, Kind: event.TaskOverdue, At: now,
				ID: id.At(t.Deadline, t.ID, string(event.TaskOverdue)), Body: event.Encode(event.TaskEnd{Task: t.ID}),
			}
		}
		fresh, err := p.deps.Hub.Record(ctx, events...)
		if err != nil {
			return err
		}
		p.deps.Live.Publish("tasks")
		if len(due) < overdueBatch || len(fresh) == 0 {
			return nil
		}
	}
}
