package importing

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/qunzhu/qunzhu/internal/connector"
	"github.com/qunzhu/qunzhu/internal/connectors/chatimport"
	"github.com/qunzhu/qunzhu/internal/event"
)

// interval is a stretch of time, From inclusive.
type interval struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
}

// cover tells the log for which time the file vouches, less what other files
// cover already.
func (r *run) cover(ctx context.Context) error {
	if r.batch.covered == nil {
		claim := r.claim()
		r.batch.covered = []interval{}
		if claim.From.Before(claim.To) {
			known, err := r.s.known(ctx, r.group.Community, r.group.ID)
			if err != nil {
				return err
			}
			r.batch.covered = append(r.batch.covered, without(claim, known)...)
		}
		// Stored before it is said, so that a second run says the same.
		if err := put(ctx, r.s.DB, r.batch); err != nil {
			return err
		}
	}
	var drafts []connector.Draft
	for i, v := range r.batch.covered {
		drafts = append(drafts, connector.Draft{Kind: event.CoverageObserved, Group: r.group.External, At: v.To,
			Key: fmt.Sprint(r.batch.ID, " ", i), Body: r.coverage(v)})
	}
	return r.s.Hub().Ingest(ctx, r.conn, drafts)
}

func (r *run) coverage(v interval) event.Coverage {
	return event.Coverage{Connection: r.group.Connection, Source: event.FromImport, From: v.From.UTC(), To: v.To.UTC()}
}

// claim is the stretch of time for which the file vouches: what the operator
// declared; of a selection, which ends anywhere, its first to its last message;
// of an export, the days it touches, up to the moment it was made.
func (r *run) claim() interval {
	o, now := r.batch.options, r.s.Clock.Now()
	v := interval{o.DeclaredFrom, o.DeclaredTo}
	if v.From.IsZero() {
		v.From = r.batch.From
	}
	if v.To.IsZero() {
		v.To = r.batch.To
	}
	if r.batch.Format != string(chatimport.MultiSelect) && !r.batch.From.IsZero() {
		zone := r.s.Zone
		if o.DeclaredFrom.IsZero() {
			y, m, d := v.From.In(zone).Date()
			v.From = time.Date(y, m, d, 0, 0, 0, 0, zone)
		}
		if o.DeclaredTo.IsZero() {
			y, m, d := v.To.In(zone).Date()
			last := v.To
			v.To = time.Date(y, m, d+1, 0, 0, 0, 0, zone)
			if made := r.header.ExportedAt; made.After(last) && made.Before(v.To) {
				v.To = made
			}
		}
	}
	if v.To.After(now) {
		v.To = now
	}
	return v
}

// known returns what imports cover of a group, as changes of depth.
func (s *Service) known(ctx context.Context, communityID, group string) ([]step, error) {
	var steps []step
	for after := ""; ; {
		const page = 500
		list, err := event.Following(ctx, s.DB, communityID, group, after, page, event.CoverageObserved, event.CoverageRetracted)
		if err != nil {
			return nil, err
		}
		for _, e := range list {
			c, err := event.Decode[event.Coverage](e)
			if err != nil {
				return nil, err
			}
			if c.Source != event.FromImport {
				continue
			}
			sign := 1
			if e.Kind == event.CoverageRetracted {
				sign = -1
			}
			steps = append(steps, step{c.From, sign}, step{c.To, -sign})
		}
		if len(list) < page {
			return steps, nil
		}
		after = list[page-1].ID
	}
}

// step changes how often a moment is covered.
type step struct {
	at time.Time
	by int
}

// without returns the parts of v where the depth of the steps is not above zero.
func without(v interval, steps []step) []interval {
	steps = slices.Clone(steps)
	slices.SortFunc(steps, func(a, b step) int { return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.by, b.by)) })
	var out []interval
	depth, at := 0, v.From
	free := func(to time.Time) {
		if to.After(v.To) {
			to = v.To
		}
		if depth > 0 || !at.Before(to) {
			return
		}
		if n := len(out); n > 0 && out[n-1].To.Equal(at) {
			out[n-1].To = to
			return
		}
		out = append(out, interval{at, to})
	}
	for _, s := range steps {
		if s.at.After(at) {
			free(s.at)
			at = s.at
		}
		depth += s.by
	}
	free(v.To)
	return out
}
