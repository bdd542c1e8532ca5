package importing

import (
	"context"
	"database/sql"
	"slices"

	"github.com/qunzhu/qunzhu/internal/db"
)

// entry is what the ledger knows of one message or join: which batch added it,
// and how often it was added before and taken back.
type entry struct {
	batch      string
	generation int
	live       bool
	message    bool
}

// entries looks keys up; those that no batch ever added are missing.
func entries(ctx context.Context, q db.Q, community string, keys []string) (map[string]entry, error) {
	out := make(map[string]entry, len(keys))
	for part := range slices.Chunk(keys, 500) {
		rows, err := q.Query(ctx, "SELECT key,batch_id,generation,live,message FROM importing_messages WHERE community_id=$1 AND key IN ("+
			db.Marks(len(part), 2)+")", db.Args([]any{community}, part...)...)
		if err != nil {
			return nil, err
		}
		err = db.Each(rows, func(r *sql.Rows) error {
			var key string
			var e entry
			err := r.Scan(&key, &e.batch, &e.generation, &e.live, &e.message)
			out[key] = e
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// enter writes what a batch added. Of two batches that add a message at once
// the first keeps it: the log took it only once.
func enter(ctx context.Context, q db.Q, community, batch string, added map[string]entry) error {
	keys := make([]string, 0, len(added))
	for k := range added {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	rows := db.NewRows(6)
	for _, k := range keys {
		rows.Add(community, k, batch, added[k].generation, true, added[k].message)
	}
	_, err := rows.Exec(ctx, q, "INSERT INTO importing_messages (community_id,key,batch_id,generation,live,message)",
		`ON CONFLICT (community_id,key) DO UPDATE SET batch_id=excluded.batch_id, generation=excluded.generation, live=excluded.live
 WHERE NOT importing_messages.live`)
	return err
}

// owned counts the messages and joins that a batch added.
func owned(ctx context.Context, q db.Q, community, batch string) (messages, joins int, err error) {
	err = q.QueryRow(ctx, `SELECT COALESCE(sum(CASE WHEN message THEN 1 ELSE 0 END),0), COALESCE(sum(CASE WHEN message THEN 0 ELSE 1 END),0)
 FROM importing_messages WHERE community_id=$1 AND batch_id=$2 AND live`, community, batch).Scan(&messages, &joins)
	return messages, joins, err
}

// release frees up to limit keys of a batch and reports how many it freed.
func release(ctx context.Context, q db.Q, community, batch string, limit int) (int64, error) {
	res, err := q.Exec(ctx, `UPDATE importing_messages SET live=FALSE WHERE community_id=$1 AND key IN
 (SELECT key FROM importing_messages WHERE community_id=$1 AND batch_id=$2 AND live LIMIT $3)`, community, batch, limit)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}
