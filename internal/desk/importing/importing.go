package importing

import (
	"cmp"
	"context"
	"errors"

	"github.com/qunzhu/qunzhu/internal/audit"
	"github.com/qunzhu/qunzhu/internal/community"
	"github.com/qunzhu/qunzhu/internal/connectors/chatimport"
	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/fault"
	"github.com/qunzhu/qunzhu/internal/id"
	"github.com/qunzhu/qunzhu/internal/job"
)

// ImportFile imports one file and returns when everything of it is in the log.
// A file that was interrupted before is continued. Progress may be nil; it is
// called after every few hundred rows. An error that comes with a Result means
// that the file broke off: what came before is imported.
func (s *Service) ImportFile(ctx context.Context, r Request, progress func(Progress)) (Result, error) {
	p, err := s.plan(ctx, r)
	if err != nil {
		return Result{}, err
	}
	defer p.file.remove()
	if r.DryRun {
		return s.dryRun(ctx, p, progress)
	}
	b, err := s.begin(ctx, &p)
	if err != nil {
		return Result{}, err
	}
	return s.work(ctx, b, p.file, progress)
}

// Start imports an upload as a job, which removes the file when it has ended.
func (s *Service) Start(ctx context.Context, u Upload, r Request) (Batch, error) {
	r.Path, r.Reader = u.path, nil
	p := plan{request: r, file: u.file()}
	if err := r.check(s.Clock.Now()); err != nil {
		return Batch{}, err
	}
	if err := s.aim(ctx, &p); err != nil {
		return Batch{}, err
	}
	b, err := s.begin(ctx, &p)
	if err != nil {
		return Batch{}, err
	}
	b.path = u.path
	err = s.DB.Write(ctx, func(tx *db.Tx) (err error) {
		if err := s.forget(ctx, tx, u); err != nil {
			return err
		}
		b.Job, err = s.Queue.Enqueue(ctx, tx, job.Request{Kind: jobImport, UniqueKey: b.ID, Body: work{b.Community, b.ID}})
		if err != nil {
			return err
		}
		return put(ctx, tx, b)
	})
	return b, err
}

// plan is a request of which everything is known that decides where it goes.
type plan struct {
	request Request
	file    file
	header  chatimport.Header
	name    string // of the group, as the file says
	to      target
}

func (s *Service) plan(ctx context.Context, r Request) (plan, error) {
	p := plan{request: r}
	if err := r.check(s.Clock.Now()); err != nil {
		return p, err
	}
	var err error
	if p.file, err = s.take(r); err != nil {
		return p, err
	}
	if err = s.aim(ctx, &p); err != nil {
		p.file.remove()
	}
	return p, err
}

// aim reads as far as the first message and finds the group.
func (s *Service) aim(ctx context.Context, p *plan) error {
	rd, err := s.open(p.file, p.request.options())
	if err != nil {
		return err
	}
	defer func() { _ = rd.Close() }()
	name, found := "", false
	err = rd.each(ctx, func(rec chatimport.Record, rowErr *chatimport.RowError) error {
		if rowErr == nil && name == "" {
			name = rec.GroupName
		}
		if found = rowErr == nil && (rec.Kind == chatimport.Message || rec.Kind == chatimport.Join); found {
			return errEnough
		}
		return nil
	})
	if err != nil && !errors.Is(err, errEnough) {
		return err
	}
	p.header = rd.Header()
	if name == "" {
		name = p.header.Group
	}
	p.name = name
	if p.header.Private && p.request.Group == "" {
		return fault.InvalidField("file", "importing.private")
	}
	if p.to, err = s.find(ctx, p.request, name); err != nil {
		return err
	}
	if !found && p.to.make {
		return fault.InvalidField("file", "importing.nothing")
	}
	return nil
}

// errEnough ends reading early.
var errEnough = errors.New("enough was read")

// begin makes the batch of a plan, or takes up the one that was interrupted.
func (s *Service) begin(ctx context.Context, p *plan) (Batch, error) {
	if p.to.make {
		g, err := s.Adopt(ctx, p.to.group.Community, p.to.group.Name, p.request.By)
		if err != nil {
			return Batch{}, err
		}
		p.to = target{group: g}
	}
	g := p.to.group
	former, err := s.former(ctx, g.Community, g.ID, p.file.sum)
	if err != nil {
		return Batch{}, err
	}
	for _, b := range former {
		if b.State != Running && b.State != Failed {
			continue
		}
		if busy, err := s.Busy(ctx, b); err != nil || busy {
			return Batch{}, cmp.Or[error](err, fault.New(fault.Conflict, "importing.busy", b.File))
		}
		b.options, b.State, b.Error = p.request.options(), Running, ""
		return b, put(ctx, s.DB, b)
	}
	now := s.Clock.Now()
	b := Batch{Community: g.Community, ID: id.New(now), Group: g.ID, File: p.file.name, SHA256: p.file.sum, Size: p.file.size,
		Format: string(p.header.Format), Encoding: p.header.Encoding, State: Running, By: p.request.By, Created: now, options: p.request.options()}
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		if err := put(ctx, tx, b); err != nil {
			return err
		}
		e := b.By.audit("import.started", "import", b.ID, b.Community)
		e.After = map[string]any{"file": b.File, "sha256": b.SHA256, "group": b.Group}
		return audit.Record(ctx, tx, e)
	})
	return b, err
}

// Busy reports whether a job is at a batch, or will be.
func (s *Service) Busy(ctx context.Context, b Batch) (bool, error) {
	if b.Job == "" {
		return false, nil
	}
	st, err := s.Queue.Get(ctx, s.DB, b.Job)
	if fault.Is(err, fault.NotFound) {
		return false, nil
	}
	return st.State == job.Ready || st.State == job.Running, err
}

// dryRun reads the whole file and counts what an import would do.
func (s *Service) dryRun(ctx context.Context, p plan, progress func(Progress)) (Result, error) {
	g := p.to.group
	r, err := s.newRun(ctx, Batch{Community: g.Community, File: p.file.name, Size: p.file.size, options: p.request.options()}, g, progress)
	if err != nil {
		return Result{}, err
	}
	err = r.read(ctx, p.file)
	res := r.result()
	if res.GroupID == "" {
		res.Group = g.Name
	}
	return res, err
}

// work brings the file of a batch into the log and ends the batch.
func (s *Service) work(ctx context.Context, b Batch, f file, progress func(Progress)) (Result, error) {
	g, _, err := s.groupOf(ctx, community.Everywhere{}, b.Group)
	if err != nil {
		return Result{}, err
	}
	r, err := s.newRun(ctx, b, g, progress)
	if err != nil {
		return Result{}, err
	}
	if former, err := s.former(ctx, b.Community, b.Group, b.SHA256); err != nil {
		return Result{}, err
	} else if i := latestDone(former); i >= 0 {
		r.former = former[i].ID
	}
	readErr := r.read(ctx, f)
	if readErr == nil {
		readErr = r.cover(ctx)
	}
	err = r.end(ctx, readErr)
	if derr := s.dispatch(ctx); err == nil {
		err = derr
	}
	return r.result(), err
}

func latestDone(list []Batch) int {
	for i, b := range list {
		if b.State == Done {
			return i
		}
	}
	return -1
}
