package api

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/fault"
	"github.com/qunzhu/qunzhu/internal/id"
)

const (
	idempotencyKey = "Idempotency-Key"
	maxKey         = 200
	answersKept    = 24 * time.Hour
	// lostAfter is when an execution that gave no answer counts as crashed.
	lostAfter = 5 * time.Minute
	// pollEvery and pollFor are how a repetition waits for the first execution.
	pollEvery = 50 * time.Millisecond
	pollFor   = 10 * time.Second
)

// write is a request with a key.
type write struct {
	token, route, key string
	hash              string // of what is asked for
}

// answer is what the first execution of a write answered.
type answer struct {
	status      int
	contentType string
	body        []byte
}

// claimed is what became of an attempt to execute a write: a claim to do so, an
// answer that was given before, or neither while another execution runs.
type claimed struct {
	claim  string
	answer *answer
}

// claim asks for the right to execute a write. The same key with another
// request is an Invalid fault.
func (s *server) claim(ctx context.Context, w write) (c claimed, err error) {
	now := s.Now()
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		c = claimed{}
		if _, err := tx.Exec(ctx, "DELETE FROM api_idempotency WHERE created_at < $1", db.Millis(now.Add(-answersKept))); err != nil {
			return err
		}
		claim := id.New(now)
		res, err := tx.Exec(ctx, `INSERT INTO api_idempotency (token_id,route,key,request_hash,claim,status,content_type,created_at)
 VALUES ($1,$2,$3,$4,$5,0,'',$6) ON CONFLICT (token_id,route,key) DO NOTHING`, w.token, w.route, w.key, w.hash, claim, db.Millis(now))
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 1 {
			c.claim = claim
			return err
		}
		c, err = s.known(ctx, tx, w, claim)
		return err
	})
	return c, err
}

// known looks at a write that has a row already. A row that vanished meanwhile
// says that its execution failed; the caller comes again.
func (s *server) known(ctx context.Context, tx *db.Tx, w write, claim string) (claimed, error) {
	var hash string
	var created int64
	var a answer
	err := tx.QueryRow(ctx, `SELECT request_hash,status,content_type,body,created_at FROM api_idempotency
 WHERE token_id=$1 AND route=$2 AND key=$3`+db.ForUpdate(tx), w.token, w.route, w.key).Scan(&hash, &a.status, &a.contentType, &a.body, &created)
	switch now := s.Now(); {
	case errors.Is(err, sql.ErrNoRows):
		return claimed{}, nil
	case err != nil:
		return claimed{}, err
	case hash != w.hash:
		return claimed{}, fault.InvalidField(idempotencyKey, "api.key_reused")
	case a.status != 0:
		return claimed{answer: &a}, nil
	case now.Sub(time.UnixMilli(created)) < lostAfter:
		return claimed{}, nil
	default:
		_, err := tx.Exec(ctx, "UPDATE api_idempotency SET claim=$1, created_at=$2 WHERE token_id=$3 AND route=$4 AND key=$5",
			claim, db.Millis(now), w.token, w.route, w.key)
		return claimed{claim: claim}, err
	}
}

// keep stores the answer of an execution, unless its claim was lost to another.
func (s *server) keep(ctx context.Context, w write, claim string, a answer) error {
	_, err := s.DB.Exec(ctx, `UPDATE api_idempotency SET status=$1, content_type=$2, body=$3
 WHERE token_id=$4 AND route=$5 AND key=$6 AND claim=$7`, a.status, a.contentType, a.body, w.token, w.route, w.key, claim)
	return err
}

// forget gives a claim back, so that the write can be tried again.
func (s *server) forget(ctx context.Context, w write, claim string) error {
	_, err := s.DB.Exec(ctx, "DELETE FROM api_idempotency WHERE token_id=$1 AND route=$2 AND key=$3 AND claim=$4", w.token, w.route, w.key, claim)
	return err
}
