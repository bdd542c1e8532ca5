package hub

import (
	"context"
	"errors"
	"time"

	"github.com/qunzhu/qunzhu/internal/connector"
	"github.com/qunzhu/qunzhu/internal/db"
)

const (
	translateBatch = 200
	// translateTries is how often a message is tried while its error may pass;
	// with the back-off that is about nine hours.
	translateTries = 16
)

// Translate turns waiting raw messages into events. It returns how many were
// settled.
func (h *Hub) Translate(ctx context.Context) (int, error) {
	conns, err := h.Store.List(ctx, h.DB)
	if err != nil {
		return 0, err
	}
	total := 0
	for _, c := range conns {
		tr, ok := h.connectors[c.Kind].(connector.Translator)
		if !ok || c.State == connector.Disabled {
			continue
		}
		if _, held, err := h.hold(ctx, "translate:"+c.ID); err != nil || !held {
			if err != nil {
				return total, err
			}
			continue
		}
		n, err := h.translate(ctx, c, tr)
		total += n
		if err != nil {
			return total, err
		}
	}
	return total, nil
}

func (h *Hub) translate(ctx context.Context, c connector.Connection, tr connector.Translator) (int, error) {
	rows, err := h.waitingRaws(ctx, c.ID, translateBatch)
	if err != nil || len(rows) == 0 {
		return 0, err
	}
	raws := make([]connector.Raw, len(rows))
	for i, w := range rows {
		raws[i] = w.Raw
	}
	answers := tr.Translate(ctx, c, raws, h.knowledge(c))
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	var done []string
	var drafts []connector.Draft
	var pulls []string
	var failed []failure
	for i, a := range answers {
		if a.Err != nil {
			failed = append(failed, failure{rows[i], a.Err})
			continue
		}
		done = append(done, rows[i].Key)
		drafts = append(drafts, a.Drafts...)
		pulls = append(pulls, a.Pulls...)
	}
	if err := h.Ingest(ctx, c, drafts); err != nil {
		return h.translateSingly(ctx, c, rows, answers, failed)
	}
	err = h.DB.Write(ctx, func(tx *db.Tx) error {
		if err := finishRaws(ctx, tx, c.ID, done); err != nil {
			return err
		}
		if err := h.Store.MakeDue(ctx, tx, c.ID, h.Clock.Now(), pulls...); err != nil {
			return err
		}
		return h.putFailures(ctx, tx, c, failed)
	})
	if len(pulls) > 0 {
		h.nudge(loopPull)
	}
	h.Live("sources")
	return len(done) + len(failed), err
}

type failure struct {
	row waiting
	err error
}

// translateSingly ingests the answers one by one, so that the one that cannot be
// ingested is found and the others are not held up by it.
func (h *Hub) translateSingly(ctx context.Context, c connector.Connection, rows []waiting, answers []connector.Translation, failed []failure) (int, error) {
	var done, pulls []string
	for i, a := range answers {
		if a.Err != nil {
			continue
		}
		if err := h.Ingest(ctx, c, a.Drafts); err != nil {
			failed = append(failed, failure{rows[i], err})
			continue
		}
		done = append(done, rows[i].Key)
		pulls = append(pulls, a.Pulls...)
	}
	return len(done) + len(failed), h.DB.Write(ctx, func(tx *db.Tx) error {
		return errors.Join(finishRaws(ctx, tx, c.ID, done), h.Store.MakeDue(ctx, tx, c.ID, h.Clock.Now(), pulls...), h.putFailures(ctx, tx, c, failed))
	})
}

// putFailures puts a message back when its error may pass, and keeps it aside
// otherwise: one bad message never blocks the next.
func (h *Hub) putFailures(ctx context.Context, tx *db.Tx, c connector.Connection, failed []failure) error {
	for _, f := range failed {
		state, wait := rawKept, time.Duration(0)
		var temporary connector.Temporary
		var credentials connector.NeedsCredentials
		switch {
		case errors.As(f.err, &credentials):
			state, wait = rawNew, time.Minute
			if err := h.Store.SetState(ctx, tx, c.ID, connector.Reauthorize, "connection.reauthorize"); err != nil {
				return err
			}
		case errors.As(f.err, &temporary) && f.row.attempts+1 < translateTries:
			state, wait = rawNew, backoff(f.row.attempts)
		}
		if state == rawKept {
			h.Log.WarnContext(ctx, "a message of the platform was kept aside", "connection", c.ID, "kind", f.row.Kind, "reason", f.err)
		}
		_, err := tx.Exec(ctx, "UPDATE hub_inbox SET state=$1, attempts=attempts+1, run_at=$2, error=$3 WHERE connection_id=$4 AND source_key=$5",
			state, db.Millis(h.Clock.Now().Add(wait)), f.err.Error(), c.ID, f.row.Key)
		if err != nil {
			return err
		}
	}
	return nil
}

// backoff doubles from two seconds to an hour.
func backoff(attempts int) time.Duration {
	return min(time.Hour, 2*time.Second<<min(attempts, 11))
}
