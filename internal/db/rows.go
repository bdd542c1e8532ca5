package db

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// maxParams is the smaller of the two engines' limits of values in one
// statement (SQLite 32,766; PostgreSQL 65,535), rounded down.
const maxParams = 32_000

// Rows collects rows for one multi-row statement. Callers add rows in the order
// of their key, so that two transactions lock in the same order.
type Rows struct {
	cols int
	vals []any
}

// NewRows starts a collection of rows of cols values each.
func NewRows(cols int) *Rows { return &Rows{cols: cols} }

// Add adds a row; a wrong number of values is a bug in the caller.
func (r *Rows) Add(vals ...any) {
	if len(vals) != r.cols {
		panic(fmt.Sprintf("db: row of %d values where %d belong", len(vals), r.cols))
	}
	r.vals = append(r.vals, vals...)
}

// Len is the number of rows.
func (r *Rows) Len() int { return len(r.vals) / r.cols }

// Exec runs head + "VALUES (…),(…)" + tail for all rows, in as few statements as
// the engines' limits allow, and returns the number of rows affected. Chunks
// have sizes of powers of two, so that few different texts are parsed.
func (r *Rows) Exec(ctx context.Context, q Q, head, tail string) (int64, error) {
	var affected int64
	err := r.chunks(func(vals []any, n int) error {
		res, err := q.Exec(ctx, head+" VALUES "+r.tuples(q, n)+" "+tail, vals...)
		if err != nil {
			return err
		}
		k, err := res.RowsAffected()
		affected += k
		return err
	})
	return affected, err
}

// Query runs head + tuples + tail for every chunk and calls scan for each
// returned row.
func (r *Rows) Query(ctx context.Context, q Q, head, tail string, scan func(*sql.Rows) error) error {
	return r.chunks(func(vals []any, n int) error {
		rows, err := q.Query(ctx, head+" VALUES "+r.tuples(q, n)+" "+tail, vals...)
		if err != nil {
			return err
		}
		return Each(rows, scan)
	})
}

// tuples writes the placeholders of n rows. SQLite's driver looks the name of
// every parameter up in a list, which makes a statement of many named ones
// quadratic; nameless ones are free.
func (r *Rows) tuples(q Q, n int) string {
	if q.Engine() == SQLite {
		row := "(?" + strings.Repeat(",?", r.cols-1) + ")"
		return row + strings.Repeat(","+row, n-1)
	}
	return Tuples(n, r.cols, 1)
}

func (r *Rows) chunks(f func(vals []any, n int) error) error {
	limit := 1
	for limit*2*r.cols <= maxParams && limit < 512 {
		limit *= 2
	}
	for rest := r.vals; len(rest) > 0; {
		n := limit
		for n*r.cols > len(rest) {
			n /= 2
		}
		if err := f(rest[:n*r.cols], n); err != nil {
			return err
		}
		rest = rest[n*r.cols:]
	}
	return nil
}

// Tuples writes n tuples of cols placeholders, numbered from first:
// Tuples(2,2,1) is "($1,$2),($3,$4)".
func Tuples(n, cols, first int) string {
	var b strings.Builder
	b.Grow(n * (cols*5 + 3))
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteByte('(')
		for j := range cols {
			if j > 0 {
				b.WriteByte(',')
			}
			b.WriteByte('$')
			b.WriteString(strconv.Itoa(first + i*cols + j))
		}
		b.WriteByte(')')
	}
	return b.String()
}

// Marks writes the placeholders of an IN list: Marks(3,2) is "$2,$3,$4". An
// empty list gives NULL, which matches nothing.
func Marks(n, first int) string {
	if n == 0 {
		return "NULL"
	}
	t := Tuples(1, n, first)
	return t[1 : len(t)-1]
}

// Args turns a slice into arguments.
func Args[T any](first []any, items ...T) []any {
	out := append(make([]any, 0, len(first)+len(items)), first...)
	for _, it := range items {
		out = append(out, it)
	}
	return out
}

// Each calls scan for every row and closes rows.
func Each(rows *sql.Rows, scan func(*sql.Rows) error) error {
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// List collects what scan makes of every row.
func List[T any](ctx context.Context, q Q, scan func(*sql.Rows) (T, error), query string, args ...any) ([]T, error) {
	rows, err := q.Query(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	var out []T
	err = Each(rows, func(r *sql.Rows) error {
		v, err := scan(r)
		out = append(out, v)
		return err
	})
	return out, err
}

// Int runs a query whose answer is one number; no row is 0.
func Int(ctx context.Context, q Q, query string, args ...any) (int64, error) {
	var n sql.NullInt64
	err := q.QueryRow(ctx, query, args...).Scan(&n)
	if err == sql.ErrNoRows {
		return 0, nil
	}
	return n.Int64, err
}

// Millis is how a time is stored: UTC milliseconds.
func Millis(t time.Time) int64 { return t.UnixMilli() }

// NullMillis stores the zero time as NULL.
func NullMillis(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UnixMilli()
}

// Time reads a stored time; NULL is the zero time.
func Time(ms sql.NullInt64) time.Time {
	if !ms.Valid {
		return time.Time{}
	}
	return time.UnixMilli(ms.Int64).UTC()
}

// SkipLocked is the clause that lets a claiming worker pass rows that another
// one holds. It only saves time: the state repeated in the outer WHERE is what
// keeps a row from being handed out twice.
func SkipLocked(q Q) string {
	if q.Engine() == Postgres {
		return " FOR UPDATE SKIP LOCKED"
	}
	return ""
}

// ForUpdate locks the selected rows until the transaction ends; SQLite's writer
// is alone anyway.
func ForUpdate(q Q) string {
	if q.Engine() == Postgres {
		return " FOR UPDATE"
	}
	return ""
}

// Bytewise orders a column by the bytes of its text, on both engines alike:
// PostgreSQL would ask the locale.
func Bytewise(q Q, column string) string {
	if q.Engine() == Postgres {
		return "CAST(" + column + ` AS TEXT) COLLATE "C"`
	}
	return "CAST(" + column + " AS TEXT)"
}
