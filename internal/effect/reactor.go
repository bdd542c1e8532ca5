package effect

import (
	"context"
	"time"

	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/event"
)

// Batch is a run of events of one community, in the order of their numbers.
type Batch struct {
	Community string
	Events    []event.Event
	Zone      *time.Location // of the workspace: day columns are local dates
}

// Day is the local date of t.
func (b Batch) Day(t time.Time) string { return t.In(b.Zone).Format(time.DateOnly) }

// Reactor is how a package answers to events: it writes its own projections
// in the given transaction and returns effects. What it writes must follow from
// the events alone, and must not depend on how they are cut into batches; verify
// holds it to that.
type Reactor struct {
	Slice string
	Kinds []event.Kind
	React func(ctx context.Context, tx *db.Tx, b Batch) ([]Effect, error)
}
