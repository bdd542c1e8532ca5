package importing

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"

	"github.com/qunzhu/qunzhu/internal/connector"
	"github.com/qunzhu/qunzhu/internal/event"
	"github.com/qunzhu/qunzhu/internal/fault"
)

// failure is why a batch failed, in words that can be translated.
type failure struct {
	Key  string `json:"key"`
	Args []any  `json:"args,omitempty"`
}

// failureOf reads a stored failure; what is not one has no key.
func failureOf(text string) failure {
	var f failure
	if json.Unmarshal([]byte(text), &f) != nil {
		return failure{}
	}
	return f
}

// end stores what became of the batch and tells the log. It works also when the
// run was cancelled.
func (r *run) end(ctx context.Context, cause error) error {
	ctx = context.WithoutCancel(ctx)
	if err := r.count(ctx); err != nil {
		return cmp.Or(cause, err)
	}
	r.batch.Finished, r.batch.State, r.batch.Error = r.s.Clock.Now(), Done, ""
	if cause != nil {
		f := fault.As(cause)
		why := failure{Key: f.Key, Args: f.Args}
		if errors.Is(cause, context.Canceled) || errors.Is(cause, context.DeadlineExceeded) {
			why = failure{Key: "importing.interrupted"}
		}
		if len(f.Fields) > 0 {
			why = failure{Key: f.Fields[0].Key, Args: f.Fields[0].Args}
		}
		text, err := json.Marshal(why)
		if err != nil {
			return cmp.Or(cause, err)
		}
		r.batch.State, r.batch.Error = Failed, string(text)
		return cmp.Or(cause, put(ctx, r.s.DB, r.batch))
	}
	err := r.s.Hub().Ingest(ctx, r.conn, []connector.Draft{{
		Kind: event.ImportRecorded, Group: r.group.External, At: r.batch.Created, Key: r.batch.ID + " done",
		Body: event.Import{Batch: r.batch.ID, State: string(Done), Format: r.batch.Format, From: r.batch.From.UTC(), To: r.batch.To.UTC(), Messages: r.batch.Messages},
	}})
	if err != nil {
		return err
	}
	return put(ctx, r.s.DB, r.batch)
}

func (r *run) result() Result {
	b := r.batch
	res := Result{File: b.File, Format: b.Format, GroupID: r.group.ID, Messages: b.Messages, Duplicates: b.Duplicates, Rejected: b.Rejected,
		Batch: b.ID, Community: b.Community, Group: r.group.Name, Encoding: b.Encoding, Joins: b.Joins, Former: r.former}
	if !b.From.IsZero() {
		res.From, res.To = b.From.In(r.s.Zone), b.To.In(r.s.Zone)
	}
	if r.dry() {
		res.Messages, res.Joins, res.Duplicates = r.added, r.joins, r.total-r.added
	}
	r.senders.report(&res)
	return res
}
