package importing

import (
	"context"
	"errors"
	"os"
	"time"

	"github.com/qunzhu/qunzhu/internal/community"
	"github.com/qunzhu/qunzhu/internal/fault"
	"github.com/qunzhu/qunzhu/internal/job"
)

const (
	jobImport = "importing.import"
	jobUndo   = "importing.undo"
	jobSweep  = "importing.sweep"
)

// work names the batch of a job.
type work struct {
	Community string `json:"community"`
	Batch     string `json:"batch"`
}

// Handlers are the service's jobs.
func (s *Service) Handlers() []job.Handler {
	run := job.Handle(jobImport, s.runImport)
	undo := job.Handle(jobUndo, s.runUndo)
	run.Timeout, undo.Timeout = 2*time.Hour, 2*time.Hour
	sweep := job.Handler{Kind: jobSweep, Run: func(ctx context.Context, _ job.Job) error { return s.Sweep(ctx) }}
	return []job.Handler{run, undo, sweep}
}

// Schedules are the service's schedules.
func (s *Service) Schedules() []job.Schedule {
	return []job.Schedule{{Name: "importing.sweep", Spec: "40 4 * * *", Kind: jobSweep}}
}

// patience is how long a job waits for a file that another node has.
const patience = time.Hour

func (s *Service) runImport(ctx context.Context, j job.Job, w work) error {
	b, err := s.Get(ctx, community.Everywhere{}, w.Batch)
	switch {
	case fault.Is(err, fault.NotFound):
		return job.Cancel(err)
	case err != nil:
		return err
	case b.State != Running && b.State != Failed:
		return nil
	}
	if _, err := os.Stat(b.path); errors.Is(err, os.ErrNotExist) {
		if s.Clock.Now().Sub(b.Created) < patience {
			return job.Snooze(5 * time.Second)
		}
		gone := fault.New(fault.Invalid, "importing.file_gone")
		r := &run{s: s, batch: b, senders: &senders{}}
		return job.Cancel(r.end(ctx, gone))
	}
	b.State, b.Error = Running, ""
	f := file{path: b.path, name: b.File, size: b.Size, sum: b.SHA256, ours: true}
	_, err = s.work(ctx, b, f, func(p Progress) { job.Progress(ctx, p.Done, p.Total, "") })
	if err == nil || fault.Is(err, fault.Invalid) {
		f.remove()
	}
	if fault.Is(err, fault.Invalid) {
		return job.Cancel(err)
	}
	return err
}

func (s *Service) runUndo(ctx context.Context, _ job.Job, w work) error {
	b, err := s.Get(ctx, community.Everywhere{}, w.Batch)
	switch {
	case fault.Is(err, fault.NotFound):
		return job.Cancel(err)
	case err != nil:
		return err
	case b.State != Undoing:
		return nil
	}
	return s.undo(ctx, b)
}
