package hub

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/qunzhu/qunzhu/internal/db"
)

// compare merges the two tables in key order and reports rows that differ.
func compare(ctx context.Context, live *db.Tx, scratch *db.DB, community string, t Projection, report func(Difference)) (int, error) {
	a, err := openRows(ctx, live, community, t)
	if err != nil {
		return 0, err
	}
	defer a.close()
	b, err := openRows(ctx, scratch, community, t)
	if err != nil {
		return 0, err
	}
	defer b.close()
	n := 0
	a.next()
	b.next()
	for a.ok || b.ok {
		d := Difference{Community: community, Table: t.Table}
		switch order := strings.Compare(a.key, b.key); {
		case a.ok && (!b.ok || order < 0):
			d.Key, d.Live, d.Problem = a.key, a.row, "only in the live table"
			a.next()
			report(d)
		case b.ok && (!a.ok || order > 0):
			d.Key, d.Rebuilt, d.Problem = b.key, b.row, "only in the rebuilt table"
			b.next()
			report(d)
		default:
			if a.row != b.row {
				d.Key, d.Live, d.Rebuilt, d.Problem = a.key, a.row, b.row, "differs"
				report(d)
			}
			a.next()
			b.next()
		}
		n++
	}
	return n, errors.Join(a.err, b.err)
}

// tableRows reads a table in key order, each row as one comparable text.
type tableRows struct {
	rows *sql.Rows
	cols []string
	t    Projection
	ok   bool
	key  string
	row  string
	err  error
}

func openRows(ctx context.Context, q db.Q, community string, t Projection) (*tableRows, error) {
	order := make([]string, len(t.Key))
	for i, k := range t.Key {
		order[i] = db.Bytewise(q, k)
	}
	rows, err := q.Query(ctx, "SELECT * FROM "+t.Table+" WHERE community_id=$1 ORDER BY "+strings.Join(order, ","), community)
	if err != nil {
		return nil, err
	}
	cols, err := rows.Columns()
	return &tableRows{rows: rows, cols: cols, t: t}, err
}

func (r *tableRows) close() { _ = r.rows.Close() }

func (r *tableRows) next() {
	r.ok = r.err == nil && r.rows.Next()
	r.key, r.row = "", ""
	if !r.ok {
		r.err = errors.Join(r.err, r.rows.Err())
		return
	}
	vals, ptrs := make([]any, len(r.cols)), make([]any, len(r.cols))
	for i := range vals {
		ptrs[i] = &vals[i]
	}
	if r.err = r.rows.Scan(ptrs...); r.err != nil {
		r.ok = false
		return
	}
	byName := make(map[string]string, len(vals))
	var row strings.Builder
	for i, c := range r.cols {
		text := plain(vals[i])
		byName[c] = text
		if !slices.Contains(r.t.Skip, c) {
			fmt.Fprintf(&row, "%s=%s ", c, text)
		}
	}
	keys := make([]string, len(r.t.Key))
	for i, k := range r.t.Key {
		keys[i] = byName[k]
	}
	r.key, r.row = strings.Join(keys, "\x00"), row.String()
}

// plain writes a value as the database's CAST to text does, so that both
// engines agree on it.
func plain(v any) string {
	switch v := v.(type) {
	case nil:
		return "-"
	case bool:
		if v {
			return "1"
		}
		return "0"
	case []byte:
		return string(v)
	}
	return fmt.Sprint(v)
}
