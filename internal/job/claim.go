package job

import (
	"context"
	"database/sql"
	"slices"
	"strings"
	"time"

	"github.com/qunzhu/qunzhu/internal/db"
)

// held is a job in the hands of a worker. The claim number grows each time the
// job is handed out, so a worker that lost it can't change it any more.
type held struct {
	Job
	claim   int64
	renewed time.Time // real time
}

// store is the SQL of holding jobs.
type store struct {
	db     *db.DB
	commit *db.Commit
	worker string
	kinds  []any // what this runner has handlers for; other kinds wait for another node
}

const waitsForItsTurn = `state = 'ready' AND run_at <= $1 AND NOT EXISTS (SELECT 1 FROM job_jobs b
	WHERE b.kind = j.kind AND b.unique_key = j.unique_key AND b.state = 'running')`

// claim hands out at most n due jobs, the longest due first.
func (s *store) claim(ctx context.Context, domain, real time.Time, lease time.Duration, n int) ([]held, error) {
	// An idle runner asks every second; only a job that is there is worth the write lock.
	due, err := db.Int(ctx, s.db, "SELECT count(*) FROM (SELECT 1 FROM job_jobs j WHERE "+waitsForItsTurn+
		" AND kind IN ("+db.Marks(len(s.kinds), 2)+") LIMIT 1) due", s.args(db.Millis(domain))...)
	if err != nil || due == 0 {
		return nil, err
	}
	var out []held
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		var err error
		out, err = db.List(ctx, tx, scanHeld, `WITH picked AS MATERIALIZED (
				SELECT id FROM job_jobs j WHERE `+waitsForItsTurn+` AND kind IN (`+db.Marks(len(s.kinds), 5)+`)
				ORDER BY run_at, id LIMIT $2`+db.SkipLocked(tx)+`)
			UPDATE job_jobs SET state = 'running', attempt = attempt + 1, claim = claim + 1,
				worker = $3, leased_until = $4, started_at = $1, error = ''
			WHERE state = 'ready' AND id IN (SELECT id FROM picked)
			RETURNING id, kind, attempt, run_at, body, claim`,
			s.args(db.Millis(domain), n, s.worker, db.Millis(real.Add(lease)))...)
		return err
	})
	for i := range out {
		out[i].renewed = real
	}
	slices.SortFunc(out, func(a, b held) int {
		if c := a.RunAt.Compare(b.RunAt); c != 0 {
			return c
		}
		return strings.Compare(a.ID, b.ID)
	})
	return out, err
}

func (s *store) args(first ...any) []any { return append(first, s.kinds...) }

func scanHeld(rows *sql.Rows) (held, error) {
	var h held
	var runAt int64
	var body string
	err := rows.Scan(&h.ID, &h.Kind, &h.Attempt, &runAt, &body, &h.claim)
	h.RunAt, h.Body = time.UnixMilli(runAt).UTC(), []byte(body)
	return h, err
}

// renew extends the lease and stores the progress; ErrLost when the job is not
// this worker's any more.
func (s *store) renew(ctx context.Context, h held, until time.Time, p progress) error {
	return s.update(ctx, `UPDATE job_jobs SET leased_until = $3, progress_done = $4, progress_total = $5, progress_note = $6
		WHERE id = $1 AND claim = $2 AND state = 'running'`, h.ID, h.claim, db.Millis(until), p.done, p.total, p.note)
}

// finish ends the job in a final state.
func (s *store) finish(ctx context.Context, h held, end State, at time.Time, reason, result string, p progress) error {
	return s.update(ctx, finishSQL, h.ID, h.claim, string(end), db.Millis(at), clip(reason), result, p.done, p.total, p.note)
}

const finishSQL = `UPDATE job_jobs SET state = $3, finished_at = $4, error = $5, result = $6,
	progress_done = $7, progress_total = $8, progress_note = $9
	WHERE id = $1 AND claim = $2 AND state = 'running'`

// again puts the job back to be run at runAt; refund takes back the attempt. If
// a newer one of its key waits already, that one carries on instead.
func (s *store) again(ctx context.Context, h held, runAt, now time.Time, reason string, refund bool) error {
	back := 0
	if refund {
		back = 1
	}
	const newerWaits = `EXISTS (SELECT 1 FROM job_jobs o WHERE o.kind = job_jobs.kind
		AND o.unique_key = job_jobs.unique_key AND o.state = 'ready')`
	for try := 1; ; try++ {
		err := s.update(ctx, `UPDATE job_jobs SET
				state = CASE WHEN `+newerWaits+` THEN 'superseded' ELSE 'ready' END,
				finished_at = CASE WHEN `+newerWaits+` THEN CAST($6 AS BIGINT) END,
				run_at = $3, error = $4, attempt = attempt - $5
			WHERE id = $1 AND claim = $2 AND state = 'running'`,
			h.ID, h.claim, db.Millis(runAt), clip(reason), back, db.Millis(now))
		// The newer one may have been committed between the look and the write.
		if !db.IsUnique(err) || try == 3 {
			return err
		}
	}
}

// update runs a statement about a held job; many that end at once share a commit.
func (s *store) update(ctx context.Context, query string, args ...any) error {
	var n int64
	err := s.commit.Do(ctx, func(tx *db.Tx) error {
		res, err := tx.Exec(ctx, query, args...)
		if err != nil {
			return err
		}
		n, err = res.RowsAffected()
		return err
	})
	if err == nil && n == 0 {
		return ErrLost
	}
	return err
}

// expired returns the jobs whose worker did not renew its lease.
func (s *store) expired(ctx context.Context, real time.Time) ([]held, error) {
	return db.List(ctx, s.db, scanHeld, `SELECT id, kind, attempt, run_at, body, claim FROM job_jobs
		WHERE state = 'running' AND leased_until < $1 AND kind IN (`+db.Marks(len(s.kinds), 2)+`)
		ORDER BY leased_until LIMIT 100`, s.args(db.Millis(real))...)
}

// prune deletes jobs and slots that ended before done, failed ones before failed.
func (s *store) prune(ctx context.Context, done, failed time.Time) error {
	for {
		res, err := s.db.Exec(ctx, `DELETE FROM job_jobs WHERE id IN (SELECT id FROM job_jobs
			WHERE finished_at < $1 OR (finished_at < $2 AND state <> 'failed') ORDER BY finished_at LIMIT 500)`,
			db.Millis(failed), db.Millis(done))
		if err != nil {
			return err
		}
		n, err := res.RowsAffected()
		if err != nil {
			return err
		}
		if n < 500 {
			break
		}
	}
	_, err := s.db.Exec(ctx, "DELETE FROM job_slots WHERE slot < $1", db.Millis(failed))
	return err
}

// nextRun is when the first waiting job may run, zero when none waits.
func (s *store) nextRun(ctx context.Context) (time.Time, error) {
	var at sql.NullInt64
	err := s.db.QueryRow(ctx, "SELECT min(run_at) FROM job_jobs WHERE state = 'ready' AND kind IN ("+
		db.Marks(len(s.kinds), 1)+")", s.kinds...).Scan(&at)
	return db.Time(at), err
}

// clip keeps a reason that both engines can store: at most 4 KiB of valid UTF-8
// without NUL.
func clip(s string) string {
	if len(s) > 4096 {
		s = s[:4096]
	}
	return strings.ReplaceAll(strings.ToValidUTF8(s, "�"), "\x00", "�")
}
