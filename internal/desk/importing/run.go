package importing

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/qunzhu/qunzhu/internal/community"
	"github.com/qunzhu/qunzhu/internal/connector"
	"github.com/qunzhu/qunzhu/internal/connectors/chatimport"
	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/id"
)

const (
	// chunk is how many rows go into one transaction: few enough that the write
	// lock is held for milliseconds.
	chunk = 200
	// saveEvery is how often the counters of a running batch are stored.
	saveEvery = time.Second
)

// run is one pass over one file. Without a batch id it only counts.
type run struct {
	s        *Service
	batch    Batch
	group    community.Group
	conn     connector.Connection
	senders  *senders
	progress func(Progress)
	former   string

	rows    []chatimport.Record
	errs    []chatimport.RowError
	talk    string // the conversation that the file began with
	total   int    // messages read
	added   int    // of a dry run
	joins   int    // of a dry run
	recent  recent // of a dry run
	header  chatimport.Header
	savedAt time.Time // real time

	limit       int // rows to be read; 0 is all
	partial     bool
	firstErrors []chatimport.RowError
}

func (s *Service) newRun(ctx context.Context, b Batch, g community.Group, progress func(Progress)) (*run, error) {
	r := &run{s: s, batch: b, group: g, progress: progress}
	r.batch.Rejected, r.batch.From, r.batch.To = 0, time.Time{}, time.Time{}
	if progress == nil {
		r.progress = func(Progress) {}
	}
	var err error
	if g.ID != "" {
		if r.conn, err = s.Store.Get(ctx, s.DB, g.Connection); err != nil {
			return nil, err
		}
	}
	r.senders, err = s.senders(ctx, g)
	return r, err
}

func (r *run) dry() bool { return r.batch.ID == "" }

// read goes through the file. Rows are gathered and flushed in chunks.
func (r *run) read(ctx context.Context, f file) error {
	rd, err := r.s.open(f, r.batch.options)
	if err != nil {
		return err
	}
	defer func() { _ = rd.Close() }()
	err = rd.each(ctx, func(rec chatimport.Record, rowErr *chatimport.RowError) error {
		if rowErr == nil {
			rowErr = r.take(rec)
		}
		if rowErr != nil {
			r.errs = append(r.errs, *rowErr)
		}
		if r.limit > 0 && r.total+len(r.rows)+r.batch.Rejected+len(r.errs) >= r.limit {
			return errEnough
		}
		if len(r.rows)+len(r.errs) < chunk {
			return nil
		}
		return r.flush(ctx, rd.count.n)
	})
	r.header = rd.Header()
	r.batch.Format, r.batch.Encoding = string(r.header.Format), r.header.Encoding
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if errors.Is(err, errEnough) {
		r.partial, err = true, nil
	}
	return cmp.Or(r.flush(ctx, rd.count.n), err)
}

// take gathers a record, or says why not.
func (r *run) take(rec chatimport.Record) *chatimport.RowError {
	if rec.Kind != chatimport.Message && rec.Kind != chatimport.Join {
		return nil
	}
	talk := cmp.Or(rec.GroupID, rec.GroupName)
	if r.talk == "" {
		r.talk = talk
	}
	if !r.batch.options.Pinned && talk != "" && talk != r.talk {
		return &chatimport.RowError{Line: rec.Line, Row: rec.Row, Problem: otherGroup, Args: []any{cmp.Or(rec.GroupName, rec.GroupID)}}
	}
	if r.batch.From.IsZero() || rec.At.Before(r.batch.From) {
		r.batch.From = rec.At
	}
	if rec.At.After(r.batch.To) {
		r.batch.To = rec.At
	}
	r.rows = append(r.rows, rec)
	return nil
}

// flush brings the gathered rows into the log and the ledger.
func (r *run) flush(ctx context.Context, read int64) error {
	if !r.dry() {
		if err := reject(ctx, r.s.DB, r.batch, r.batch.Rejected, r.errs); err != nil {
			return err
		}
	}
	r.batch.Rejected += len(r.errs)
	r.firstErrors = append(r.firstErrors, r.errs[:min(len(r.errs), max(0, previewRows-len(r.firstErrors)))]...)
	r.errs = r.errs[:0]
	if len(r.rows) > 0 {
		if err := r.bring(ctx); err != nil {
			return err
		}
	}
	r.rows = r.rows[:0]
	return r.tell(ctx, read)
}

// bring appends the rows that no other batch has added. It appends before it
// writes the ledger: after a crash in between, the same events are made again
// and vanish in the log, and the ledger is completed.
func (r *run) bring(ctx context.Context) error {
	items, err := r.fresh(ctx)
	if err != nil {
		return err
	}
	if err := r.meet(ctx); err != nil {
		return err
	}
	var drafts []connector.Draft
	added := make(map[string]entry, len(items))
	for _, it := range items {
		added[it.key] = it.entry
		if it.rec.Kind == chatimport.Join {
			drafts = append(drafts, r.joined(it)...)
		} else {
			drafts = append(drafts, r.posted(it))
		}
	}
	if r.dry() {
		for _, e := range added {
			if e.message {
				r.added++
			} else {
				r.joins++
			}
		}
		return nil
	}
	if err := r.s.Hub().Ingest(ctx, r.conn, drafts); err != nil {
		return err
	}
	err = r.s.DB.Write(ctx, func(tx *db.Tx) error {
		if err := r.senders.store(ctx, tx); err != nil {
			return err
		}
		return enter(ctx, tx, r.batch.Community, r.batch.ID, added)
	})
	if err != nil {
		return err
	}
	return r.s.dispatch(ctx)
}

// meet makes out who the people of the gathered rows are, those of duplicates
// too: the report is about the file.
func (r *run) meet(ctx context.Context) error {
	if err := r.senders.learn(ctx, r.s.DB, r.rows); err != nil {
		return err
	}
	for _, rec := range r.rows {
		if speaks(rec) {
			r.senders.who(people(rec)[0], r.batch.ID)
		}
	}
	return nil
}

// fresh are the rows that this batch adds: unknown ones, those that an undone
// batch had added, and what this very batch added before it was interrupted.
func (r *run) fresh(ctx context.Context) ([]item, error) {
	keys := make([]string, len(r.rows))
	for i := range r.rows {
		keys[i] = id.At(r.rows[i].At, r.group.ID, r.rows[i].Key())
		if r.rows[i].Kind == chatimport.Message {
			r.total++
		}
	}
	known := map[string]entry{}
	if r.group.ID != "" {
		var err error
		if known, err = entries(ctx, r.s.DB, r.group.Community, keys); err != nil {
			return nil, err
		}
	}
	var out []item
	for i, rec := range r.rows {
		if r.dry() && r.recent.repeats(keys[i]) {
			continue
		}
		e, seen := known[keys[i]]
		switch {
		case seen && e.live && e.batch != r.batch.ID:
			continue
		case seen && !e.live:
			e.generation++
		}
		e.batch, e.live, e.message = r.batch.ID, true, rec.Kind == chatimport.Message
		out = append(out, item{rec, keys[i], e})
	}
	return out, nil
}

// tell reports progress and now and then stores the counters.
func (r *run) tell(ctx context.Context, read int64) error {
	p := Progress{Done: read, Total: r.batch.Size, Messages: r.total, Rejected: r.batch.Rejected}
	if !r.dry() && time.Since(r.savedAt) >= saveEvery {
		r.savedAt = time.Now()
		if err := r.count(ctx); err != nil {
			return err
		}
		if err := put(ctx, r.s.DB, r.batch); err != nil {
			return err
		}
	}
	p.Duplicates = r.batch.Duplicates
	r.progress(p)
	return nil
}

// count takes the counters from the ledger, which survives an interruption.
func (r *run) count(ctx context.Context) error {
	messages, joins, err := owned(ctx, r.s.DB, r.batch.Community, r.batch.ID)
	if err != nil {
		return err
	}
	var res Result
	r.senders.report(&res)
	r.batch.Messages, r.batch.Joins, r.batch.Duplicates = messages, joins, max(0, r.total-messages)
	r.batch.Members, r.batch.Matched, r.batch.Unsure = res.Members, res.Known+res.Matched, res.Unsure
	return nil
}

// recent remembers the keys seen lately, in bounded memory: a dry run has no
// ledger to find repetitions within one file.
type recent struct{ current, past map[string]bool }

const recentKeys = 1 << 16

func (r *recent) repeats(key string) bool {
	if r.current[key] || r.past[key] {
		return true
	}
	if r.current == nil || len(r.current) >= recentKeys {
		r.past, r.current = r.current, map[string]bool{}
	}
	r.current[key] = true
	return false
}
