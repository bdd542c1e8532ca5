package importing

import (
	"context"
	"os"
	"slices"
	"strings"

	"github.com/qunzhu/qunzhu/internal/connectors/chatimport"
	"github.com/qunzhu/qunzhu/internal/fault"
)

const (
	previewRows = 20
	// sampleRows is how far a file is read for the report on its people.
	sampleRows = 5_000
	maxNames   = 50
)

// Inspection is what is seen of a file before anything is written.
type Inspection struct {
	Header  chatimport.Header
	Rows    [][]string // the first ones; cells of a table, else time, sender, type, text
	Table   bool
	Mapping chatimport.Mapping // of a table: the given one, or what the headings suggest
	Mapped  bool               // the file can be read

	Group    string // that the file names
	Sample   Result // of the first rows: what importing them would do
	Partial  bool   // the file goes on
	Unsure   []Sender
	Matched  []Sender
	Rejected []chatimport.RowError // the first ones
	Open     error                 // the group or community that is still to be chosen, nil when none is
	Former   Batch                 // an earlier import of the same file; Former.ID is "" without
}

// Inspect reads the beginning of an upload as the request says.
func (s *Service) Inspect(ctx context.Context, u Upload, r Request) (Inspection, error) {
	r.Path, r.Reader = u.path, nil
	f := u.file()
	in, err := s.preview(f, r)
	if err != nil || !in.Mapped {
		return in, err
	}
	former, ok, err := s.Former(ctx, r.scope(), f.sum)
	if err != nil {
		return in, err
	}
	if ok {
		in.Former = former
	}
	p := plan{request: r, file: f}
	err = s.aim(ctx, &p)
	in.Group = p.name
	if err != nil && !undecided(err) {
		return in, err
	}
	in.Open = err
	sample, err := s.newRun(ctx, Batch{Community: p.to.group.Community, File: f.name, Size: f.size, options: r.options()}, p.to.group, nil)
	if err != nil {
		return in, err
	}
	sample.limit = sampleRows
	if err := sample.read(ctx, f); err != nil {
		return in, err
	}
	in.Sample, in.Partial, in.Rejected = sample.result(), sample.partial, sample.firstErrors
	in.Matched, in.Unsure = sample.senders.names(Matched), sample.senders.names(Unsure)
	return in, nil
}

// undecided reports whether only the choice of a group or community is open.
func undecided(err error) bool {
	f := fault.As(err)
	return len(f.Fields) == 1 && (f.Fields[0].Name == "group" || f.Fields[0].Name == "community")
}

func (s *Service) preview(f file, r Request) (Inspection, error) {
	var out Inspection
	in, err := os.Open(f.path)
	if err != nil {
		return out, fault.Wrap(err, fault.NotFound, "importing.file_gone")
	}
	defer func() { _ = in.Close() }()
	out.Header, out.Rows, err = chatimport.Preview(in, s.readAs(f.name, r.options()), previewRows)
	if err != nil {
		return out, err
	}
	out.Table = out.Header.Format == chatimport.CSV || out.Header.Format == chatimport.XLSX
	out.Mapped = true
	if !out.Table {
		return out, nil
	}
	if r.Mapping != nil {
		out.Mapping = *r.Mapping
		return out, nil
	}
	out.Mapping, out.Mapped = chatimport.GuessMapping(out.Header.Columns)
	return out, nil
}

// names lists the names of the file that became persons in one way.
func (p *senders) names(how How) []Sender {
	var out []Sender
	for _, d := range p.decided {
		if _, spoke := p.seen[d.External]; spoke && d.How == how {
			out = append(out, d)
		}
	}
	slices.SortFunc(out, func(a, b Sender) int { return strings.Compare(a.Name, b.Name) })
	return out[:min(len(out), maxNames)]
}

// TryOut counts what importing the whole of an upload would do.
func (s *Service) TryOut(ctx context.Context, u Upload, r Request, progress func(Progress)) (Result, error) {
	r.Path, r.Reader, r.DryRun = u.path, nil, true
	p := plan{request: r, file: u.file()}
	if err := s.aim(ctx, &p); err != nil {
		return Result{}, err
	}
	return s.dryRun(ctx, p, progress)
}
