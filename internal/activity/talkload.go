package activity

import (
	"database/sql"
	"hash/fnv"
	"slices"
	"time"

	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/event"
)

// load reads everything that the batch can touch, in a few statements.
func (t *talk) load(events []event.Event) (map[string]event.Posted, map[string]event.Event, error) {
	posts := map[string]event.Posted{}
	keys := map[int64]bool{}
	groups := map[string]bool{}
	var from, to time.Time
	var targets []string
	for _, e := range events {
		switch e.Kind {
		case event.MessagePosted:
			p, err := event.Decode[event.Posted](e)
			if err != nil {
				return nil, nil, err
			}
			posts[e.ID] = p
			groups[e.Group] = true
			if comparable(p) {
				keys[printKey(e, p)] = true
				if from.IsZero() || e.At.Before(from) {
					from = e.At
				}
				if e.At.After(to) {
					to = e.At
				}
			}
		case event.MessageRetracted:
			r, err := event.Decode[event.Retracted](e)
			if err != nil {
				return nil, nil, err
			}
			targets = append(targets, r.Event)
		}
	}
	if err := t.loadPrints(keys, from, to); err != nil {
		return nil, nil, err
	}
	if err := t.loadRecalls(groups); err != nil {
		return nil, nil, err
	}
	list, err := event.Get(t.ctx, t.tx, t.b.Community, targets...)
	if err != nil {
		return nil, nil, err
	}
	byID := make(map[string]event.Event, len(list))
	for _, e := range list {
		byID[e.ID] = e
	}
	return posts, byID, t.loadFates(targets)
}

func comparable(p event.Posted) bool { return p.Valid && p.Kind == event.Member && p.Print != 0 }

// printKey stands for "these words of this member in this group from this
// source".
func printKey(e event.Event, p event.Posted) int64 {
	h := fnv.New64a()
	for _, s := range []string{e.Group, e.Member, p.Source} {
		_, _ = h.Write([]byte(s))
		_, _ = h.Write([]byte{0})
	}
	return int64(h.Sum64() ^ p.Print*0x9E3779B97F4A7C15)
}

func (t *talk) loadPrints(keys map[int64]bool, from, to time.Time) error {
	sorted := make([]int64, 0, len(keys))
	for k := range keys {
		sorted = append(sorted, k)
	}
	slices.Sort(sorted)
	for part := range slices.Chunk(sorted, 500) {
		args := db.Args([]any{t.b.Community, db.Millis(from.Add(-repeatWithin)), db.Millis(to.Add(repeatWithin))}, part...)
		rows, err := t.tx.Query(t.ctx, `SELECT print,at,event_id,recorded_at,repeats FROM activity_prints
 WHERE community_id=$1 AND at BETWEEN $2 AND $3 AND print IN (`+db.Marks(len(part), 4)+`)`, args...)
		if err != nil {
			return err
		}
		err = db.Each(rows, func(r *sql.Rows) error {
			var key, at, recorded int64
			p := &print{}
			err := r.Scan(&key, &at, &p.id, &recorded, &p.repeats)
			p.at, p.recorded = time.UnixMilli(at), time.UnixMilli(recorded)
			t.prints[key] = append(t.prints[key], p)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func recallKey(group, source, ref string) string { return group + "\x00" + source + "\x00" + ref }

func (t *talk) loadRecalls(groups map[string]bool) error {
	sorted := make([]string, 0, len(groups))
	for g := range groups {
		sorted = append(sorted, g)
	}
	for part := range slices.Chunk(sorted, 500) {
		rows, err := t.tx.Query(t.ctx, "SELECT group_id,source,ref FROM activity_recalls WHERE community_id=$1 AND group_id IN ("+
			db.Marks(len(part), 2)+")", db.Args([]any{t.b.Community}, part...)...)
		if err != nil {
			return err
		}
		err = db.Each(rows, func(r *sql.Rows) error {
			var g, s, ref string
			err := r.Scan(&g, &s, &ref)
			t.recalls[recallKey(g, s, ref)] = true
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// loadFates reads whether the given messages were removed or judged repetitions.
func (t *talk) loadFates(ids []string) error {
	for _, f := range []struct {
		table string
		into  map[string]bool
	}{{"activity_removed", t.removed}, {"activity_repeats", t.repeats}} {
		for part := range slices.Chunk(ids, 500) {
			rows, err := t.tx.Query(t.ctx, "SELECT event_id FROM "+f.table+" WHERE community_id=$1 AND event_id IN ("+
				db.Marks(len(part), 2)+")", db.Args([]any{t.b.Community}, part...)...)
			if err != nil {
				return err
			}
			err = db.Each(rows, func(r *sql.Rows) error {
				var id string
				err := r.Scan(&id)
				f.into[id] = true
				return err
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}
