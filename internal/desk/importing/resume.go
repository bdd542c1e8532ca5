package importing

import (
	"cmp"
	"context"
	"os"

	"github.com/qunzhu/qunzhu/internal/community"
	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/fault"
	"github.com/qunzhu/qunzhu/internal/job"
)

// Resumable reports whether a batch that nobody works at is not complete and
// its file is still here.
func (b Batch) Resumable() bool {
	if b.State != Failed && b.State != Running || b.path == "" {
		return false
	}
	_, err := os.Stat(b.path)
	return err == nil
}

// Resume continues a batch that is not complete, as a job. What it had added is kept.
func (s *Service) Resume(ctx context.Context, scope community.Scope, batch string) error {
	b, err := s.Get(ctx, scope, batch)
	if err != nil {
		return err
	}
	if busy, err := s.Busy(ctx, b); err != nil || busy {
		return cmp.Or[error](err, fault.New(fault.Conflict, "importing.busy", b.File))
	}
	if !b.Resumable() {
		return fault.New(fault.Conflict, "importing.file_gone")
	}
	b.State, b.Error = Running, ""
	return s.DB.Write(ctx, func(tx *db.Tx) (err error) {
		b.Job, err = s.Queue.Enqueue(ctx, tx, job.Request{Kind: jobImport, UniqueKey: b.ID, Body: work{b.Community, b.ID}})
		if err != nil {
			return err
		}
		return put(ctx, tx, b)
	})
}

// Reason is why a batch failed, as a translation key with its values; "" when
// it did not.
func (b Batch) Reason() (key string, args []any) {
	f := failureOf(b.Error)
	return f.Key, f.Args
}
