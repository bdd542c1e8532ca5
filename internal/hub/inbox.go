package hub

import (
	"context"
	"database/sql"
	"time"

	"github.com/qunzhu/qunzhu/internal/connector"
	"github.com/qunzhu/qunzhu/internal/db"
)

// The states of an inbox row. A done row keeps its key, so that a redelivery
// vanishes, and loses its body.
const (
	rawNew  = "new"
	rawDone = "done"
	rawKept = "kept" // could not be translated; its reason and body are kept
)

// putRaws stores verified raw messages; one that is there already only counts as
// a repeat.
func (h *Hub) putRaws(ctx context.Context, q db.Q, connection string, raws []connector.Raw) error {
	now := db.Millis(h.Clock.Now())
	rows := db.NewRows(11)
	for _, r := range dedupe(raws) {
		rows.Add(connection, r.Key, r.Kind, db.Millis(r.At), now, r.Body, rawNew, 0, now, "", 0)
	}
	_, err := rows.Exec(ctx, q, "INSERT INTO hub_inbox (connection_id,source_key,kind,at,received_at,body,state,attempts,run_at,error,repeats)",
		"ON CONFLICT (connection_id,source_key) DO UPDATE SET repeats=hub_inbox.repeats+1")
	return err
}

// dedupe drops what one delivery tells twice: PostgreSQL refuses to update a row
// twice in one statement.
func dedupe(raws []connector.Raw) []connector.Raw {
	seen := make(map[string]bool, len(raws))
	out := make([]connector.Raw, 0, len(raws))
	for _, r := range raws {
		if !seen[r.Key] {
			seen[r.Key] = true
			out = append(out, r)
		}
	}
	return out
}

type waiting struct {
	connector.Raw
	attempts int
}

func (h *Hub) waitingRaws(ctx context.Context, connection string, limit int) ([]waiting, error) {
	return db.List(ctx, h.DB, func(r *sql.Rows) (waiting, error) {
		var w waiting
		var at int64
		err := r.Scan(&w.Key, &w.Kind, &at, &w.Body, &w.attempts)
		w.At = time.UnixMilli(at).UTC()
		return w, err
	}, `SELECT source_key,kind,at,body,attempts FROM hub_inbox WHERE connection_id=$1 AND state='new' AND run_at<=$2
 ORDER BY run_at, at, source_key LIMIT $3`, connection, db.Millis(h.Clock.Now()), limit)
}

func finishRaws(ctx context.Context, tx *db.Tx, connection string, keys []string) error {
	for start := 0; start < len(keys); start += 500 {
		part := keys[start:min(start+500, len(keys))]
		_, err := tx.Exec(ctx, "UPDATE hub_inbox SET state='done', body=$1, error='' WHERE connection_id=$2 AND source_key IN ("+
			db.Marks(len(part), 3)+")", db.Args([]any{[]byte{}, connection}, part...)...)
		if err != nil {
			return err
		}
	}
	return nil
}

// Kept is a raw message that could not be translated.
type Kept struct {
	Connection string
	Key        string
	Kind       string
	At         time.Time
	Reason     string
}

// KeptRaws lists them, latest first.
func KeptRaws(ctx context.Context, q db.Q, limit int) ([]Kept, error) {
	return db.List(ctx, q, func(r *sql.Rows) (Kept, error) {
		var k Kept
		var at int64
		err := r.Scan(&k.Connection, &k.Key, &k.Kind, &at, &k.Reason)
		k.At = time.UnixMilli(at).UTC()
		return k, err
	}, "SELECT connection_id,source_key,kind,at,error FROM hub_inbox WHERE state='kept' ORDER BY received_at DESC LIMIT $1", limit)
}

// LastReceived is when a connection's inbox last got something, zero for never.
func LastReceived(ctx context.Context, q db.Q, connection string) (time.Time, error) {
	var at sql.NullInt64
	err := q.QueryRow(ctx, "SELECT max(received_at) FROM hub_inbox WHERE connection_id=$1", connection).Scan(&at)
	return db.Time(at), err
}

// SweepInbox forgets deliveries that are older than a platform repeats them,
// and returns how many. What was kept aside stays.
func SweepInbox(ctx context.Context, q db.Q, before time.Time) (int64, error) {
	res, err := q.Exec(ctx, "DELETE FROM hub_inbox WHERE state='done' AND received_at < $1", db.Millis(before))
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

// InboxState is how a connection's inbox stands.
type InboxState struct {
	Waiting  int
	Kept     int
	Repeats  int // redeliveries that vanished
	Received time.Time
}

// InboxStates returns them by connection.
func InboxStates(ctx context.Context, q db.Q) (map[string]InboxState, error) {
	rows, err := q.Query(ctx, `SELECT connection_id, sum(CASE WHEN state='new' THEN 1 ELSE 0 END), sum(CASE WHEN state='kept' THEN 1 ELSE 0 END),
 sum(repeats), max(received_at) FROM hub_inbox GROUP BY connection_id`)
	if err != nil {
		return nil, err
	}
	out := map[string]InboxState{}
	return out, db.Each(rows, func(r *sql.Rows) error {
		var c string
		var s InboxState
		var at sql.NullInt64
		err := r.Scan(&c, &s.Waiting, &s.Kept, &s.Repeats, &at)
		s.Received = db.Time(at)
		out[c] = s
		return err
	})
}
