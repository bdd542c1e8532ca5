package audit

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/fault"
)

// Filter narrows List; zero fields do not.
type Filter struct {
	ActorID              string
	Action               string
	ObjectKind, ObjectID string
	Communities          []string // when not nil, only what belongs to one of them
	From, To             time.Time
}

const columns = `seq, at, actor_kind, actor_id, actor_name, action, object_kind, object_id, community,
	before_json, after_json, address, hash`

// List returns entries from the newest on, at most limit (1 to 200), and the
// cursor of the next page, "" after the last. A cursor that List did not make is
// an Invalid fault.
func List(ctx context.Context, q db.Q, f Filter, cursor string, limit int) (items []Recorded, next string, err error) {
	before, err := parseCursor(cursor)
	if err != nil {
		return nil, "", err
	}
	limit = min(max(limit, 1), 200)
	cond, args := f.where()
	args = append(args, before, limit+1)
	items, err = db.List(ctx, q, scan, fmt.Sprintf("SELECT %s FROM audit_entries WHERE %s AND seq < $%d ORDER BY seq DESC LIMIT $%d",
		columns, cond, len(args)-1, len(args)), args...)
	if err != nil || len(items) <= limit {
		return items, "", err
	}
	items = items[:limit]
	return items, strconv.FormatInt(items[limit-1].Seq, 10), nil
}

func parseCursor(cursor string) (int64, error) {
	if cursor == "" {
		return 1<<63 - 1, nil
	}
	n, err := strconv.ParseInt(cursor, 10, 64)
	if err != nil || n < 1 {
		return 0, fault.InvalidField("cursor", "fault.cursor_unknown")
	}
	return n, nil
}

func (f Filter) where() (cond string, args []any) {
	cond = "1 = 1"
	add := func(given bool, test string, arg any) {
		if given {
			args = append(args, arg)
			cond += fmt.Sprintf(" AND %s $%d", test, len(args))
		}
	}
	add(f.ActorID != "", "actor_id =", f.ActorID)
	add(f.Action != "", "action =", f.Action)
	add(f.ObjectKind != "", "object_kind =", f.ObjectKind)
	add(f.ObjectID != "", "object_id =", f.ObjectID)
	add(!f.From.IsZero(), "at >=", db.Millis(f.From))
	add(!f.To.IsZero(), "at <", db.Millis(f.To))
	if f.Communities != nil {
		cond += " AND community IN (" + db.Marks(len(f.Communities), len(args)+1) + ")"
		args = db.Args(args, f.Communities...)
	}
	return cond, args
}

func scan(rows *sql.Rows) (Recorded, error) {
	var r Recorded
	var at int64
	var before, after string
	err := rows.Scan(&r.Seq, &at, &r.ActorKind, &r.ActorID, &r.ActorName, &r.Action, &r.ObjectKind, &r.ObjectID,
		&r.Community, &before, &after, &r.Address, &r.Hash)
	r.At, r.Before, r.After = time.UnixMilli(at).UTC(), []byte(before), []byte(after)
	return r, err
}

// Chain is what VerifyChain found out. Whoever keeps Head elsewhere can later
// tell that nothing up to it was rewritten.
type Chain struct {
	Entries int64
	Head    string // hash of the last entry
}

// ErrBroken means that the audit was changed behind the program's back.
var ErrBroken = errors.New("the audit was changed")

// VerifyChain checks every entry. An error that is ErrBroken names the first
// entry that does not fit.
func VerifyChain(ctx context.Context, d *db.DB) (Chain, error) {
	var c Chain
	err := d.Read(ctx, func(tx *db.Tx) error {
		rows, err := tx.Query(ctx, "SELECT "+columns+" FROM audit_entries ORDER BY seq")
		if err != nil {
			return err
		}
		err = db.Each(rows, func(rows *sql.Rows) error {
			r, err := scan(rows)
			if err != nil {
				return err
			}
			if c.Entries++; r.Seq != c.Entries || r.Hash != r.chain(c.Head) {
				return fmt.Errorf("%w: entry %d does not follow from the one before", ErrBroken, r.Seq)
			}
			c.Head = r.Hash
			return nil
		})
		if err != nil {
			return err
		}
		var seq int64
		var hash string
		if err := tx.QueryRow(ctx, "SELECT seq, hash FROM audit_heads WHERE id = 1").Scan(&seq, &hash); err != nil {
			return err
		}
		if seq != c.Entries || hash != c.Head {
			return fmt.Errorf("%w: %d entries were recorded, %d are left", ErrBroken, seq, c.Entries)
		}
		return nil
	})
	return c, err
}
