package rest

import (
	"cmp"
	"context"
	"database/sql"
	"slices"

	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/event"
)

// The log has no index by group and number: a quiet group in a busy community is
// looked for in windows, at most maxWindows a request.
const (
	window     = 10_000
	maxWindows = 10
)

// stretch is a part of a community's log; group "" is all of it.
type stretch struct {
	community, group string
	after            int64
}

// reading is what was read of a stretch. There may be more after the number
// upTo, also when nothing was found.
type reading struct {
	events []event.Event
	upTo   int64
	more   bool
}

// read returns up to limit events in the order of their numbers. It looks for one
// more than that, so that a last page knows that it is the last.
func (s stretch) read(ctx context.Context, q db.Q, limit int) (reading, error) {
	last, err := db.Int(ctx, q, "SELECT max(seq) FROM events WHERE community_id=$1 AND seq IS NOT NULL", s.community)
	if err != nil {
		return reading{}, err
	}
	r := reading{upTo: s.after}
	var found []numberedID
	for n := 0; r.upTo < last && len(found) <= limit && !r.more; n++ {
		part, err := s.window(ctx, q, r.upTo, limit+1-len(found))
		if err != nil {
			return r, err
		}
		found = append(found, part...)
		r.upTo += window
		r.more = n+1 == maxWindows && r.upTo < last
	}
	if len(found) > limit {
		found, r.more, r.upTo = found[:limit], true, s.after
		if limit > 0 {
			r.upTo = found[limit-1].seq
		}
	}
	ids := make([]string, len(found))
	for i, f := range found {
		ids[i] = f.id
	}
	r.events, err = event.Get(ctx, q, s.community, ids...)
	slices.SortFunc(r.events, func(a, b event.Event) int { return cmp.Compare(a.Seq, b.Seq) })
	return r, err
}

type numberedID struct {
	id  string
	seq int64
}

// window looks through the window of numbers after one.
func (s stretch) window(ctx context.Context, q db.Q, after int64, limit int) ([]numberedID, error) {
	return db.List(ctx, q, func(r *sql.Rows) (f numberedID, err error) { return f, r.Scan(&f.id, &f.seq) },
		"SELECT id, seq FROM events WHERE community_id=$1 AND seq > $2 AND seq <= $3 AND ($4='' OR group_id=$4) ORDER BY seq LIMIT $5",
		s.community, after, after+window, s.group, limit)
}
