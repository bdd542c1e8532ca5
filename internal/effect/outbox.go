package effect

import (
	"context"
	"database/sql"
	"embed"
	"encoding/json"
	"time"

	"github.com/qunzhu/qunzhu/internal/db"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Migrations of the outbox.
func Migrations() db.Migrations { return db.Embedded("effect", migrations) }

// Put places effects in the outbox, ready to run at once. An effect that is
// there already stays as it is.
func Put(ctx context.Context, q db.Q, now time.Time, effects []Effect) error {
	rows := db.NewRows(13)
	for _, e := range effects {
		rows.Add(e.Community, e.ID, string(e.Kind), e.Slice, e.Event, e.Group, e.Member, e.Depth,
			db.Millis(e.At), string(e.Body), e.Text, string(Ready), db.Millis(now))
	}
	_, err := rows.Exec(ctx, q, "INSERT INTO effects (community_id,id,kind,slice,event_id,group_id,member_id,depth,at,body,text,state,run_at)",
		"ON CONFLICT (community_id,id) DO NOTHING")
	return err
}

// Claim hands out up to limit due effects and marks them running until
// now+lease. No effect is handed out twice: the state is repeated in the outer
// WHERE.
func Claim(ctx context.Context, q db.Q, now time.Time, lease time.Duration, limit int) ([]Effect, error) {
	return db.List(ctx, q, scan, `UPDATE effects SET state='running', attempts=attempts+1, lease_until=$1
 WHERE state='ready' AND (community_id,id) IN
  (SELECT community_id,id FROM effects WHERE state='ready' AND run_at<=$2 ORDER BY run_at LIMIT $3`+db.SkipLocked(q)+`)
 RETURNING `+cols, db.Millis(now.Add(lease)), db.Millis(now), limit)
}

// Expired hands out effects whose performer vanished: what became of them is not
// known. They stay running under a new lease for whoever decides.
func Expired(ctx context.Context, q db.Q, now time.Time, lease time.Duration, limit int) ([]Effect, error) {
	return db.List(ctx, q, scan, `UPDATE effects SET lease_until=$1
 WHERE state='running' AND lease_until<$2 AND (community_id,id) IN
  (SELECT community_id,id FROM effects WHERE state='running' AND lease_until<$2 LIMIT $3`+db.SkipLocked(q)+`)
 RETURNING `+cols, db.Millis(now.Add(lease)), db.Millis(now), limit)
}

// End moves a running effect to its end. It reports false when somebody else
// ended it first: then the caller must not record an outcome.
func End(ctx context.Context, q db.Q, e Effect, state State, now time.Time, reason string) (bool, error) {
	res, err := q.Exec(ctx, `UPDATE effects SET state=$1, ended_at=$2, error=$3, lease_until=NULL
 WHERE community_id=$4 AND id=$5 AND state='running'`, string(state), db.Millis(now), reason, e.Community, e.ID)
	if err != nil {
		return false, err
	}
	n, err := res.RowsAffected()
	return n == 1, err
}

// Retry puts a running effect back, to be tried again at a later time.
func Retry(ctx context.Context, q db.Q, e Effect, at time.Time, reason string) error {
	_, err := q.Exec(ctx, `UPDATE effects SET state='ready', run_at=$1, error=$2, lease_until=NULL
 WHERE community_id=$3 AND id=$4 AND state='running'`, db.Millis(at), reason, e.Community, e.ID)
	return err
}

// Counts returns how many effects wait, run or ended in each state.
func Counts(ctx context.Context, q db.Q) (map[State]int, error) {
	out := map[State]int{}
	rows, err := q.Query(ctx, "SELECT state, count(*) FROM effects GROUP BY state")
	if err != nil {
		return nil, err
	}
	return out, db.Each(rows, func(r *sql.Rows) error {
		var s State
		var n int
		err := r.Scan(&s, &n)
		out[s] = n
		return err
	})
}

const cols = "community_id,id,kind,slice,event_id,group_id,member_id,depth,at,body,text,attempts"

func scan(r *sql.Rows) (Effect, error) {
	var e Effect
	var at int64
	var body string
	err := r.Scan(&e.Community, &e.ID, &e.Kind, &e.Slice, &e.Event, &e.Group, &e.Member, &e.Depth, &at, &body, &e.Text, &e.Attempts)
	e.At, e.Body = time.UnixMilli(at).UTC(), json.RawMessage(body)
	return e, err
}
