package job

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/qunzhu/qunzhu/internal/clock"
	"github.com/qunzhu/qunzhu/internal/db"
)

var (
	// ErrHeld means that somebody else holds the lease.
	ErrHeld = errors.New("the lease is held by another")
	// ErrFenced means that the lease went to another holder: the transaction
	// must be given up.
	ErrFenced = errors.New("the lease has a newer holder")
)

// Lease is the right to be the only one at something until ExpiresAt, in real time.
type Lease struct {
	Name      string
	Owner     string
	Fence     int64 // grows by one with every new holder of the name
	ExpiresAt time.Time
}

// Leases hands out leases in the name of one owner, usually a process. The
// clock is real time. Clocks of nodes may differ: that can hand a lease over
// early, and Check keeps the former holder from doing harm.
type Leases struct {
	db    *db.DB
	owner string
	clock clock.Clock
}

// NewLeases returns the leases as owner sees them.
func NewLeases(d *db.DB, owner string, c clock.Clock) *Leases { return &Leases{d, owner, c} }

// Acquire takes the lease name for ttl when it is free or ran out, and returns
// ErrHeld otherwise, even to its own owner: two parts of one process exclude
// each other as well.
func (l *Leases) Acquire(ctx context.Context, name string, ttl time.Duration) (Lease, error) {
	now := l.clock.Now()
	lease := Lease{Name: name, Owner: l.owner, ExpiresAt: now.Add(ttl)}
	free, err := l.free(ctx, name, now)
	if err != nil {
		return Lease{}, err
	}
	if !free {
		return Lease{}, ErrHeld
	}
	err = l.db.Write(ctx, func(tx *db.Tx) error {
		return tx.QueryRow(ctx, `INSERT INTO job_leases (name, owner, fence, expires_at) VALUES ($1, $2, 1, $3)
			ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, fence = job_leases.fence + 1, expires_at = excluded.expires_at
			WHERE job_leases.expires_at <= $4 RETURNING fence`,
			name, l.owner, db.Millis(lease.ExpiresAt), db.Millis(now)).Scan(&lease.Fence)
	})
	if errors.Is(err, sql.ErrNoRows) {
		return Lease{}, ErrHeld
	}
	if err != nil {
		return Lease{}, fmt.Errorf("acquire lease %s: %w", name, err)
	}
	return lease, nil
}

// free looks before the write: nodes ask for each other's leases all the time.
func (l *Leases) free(ctx context.Context, name string, now time.Time) (bool, error) {
	n, err := db.Int(ctx, l.db, "SELECT count(*) FROM job_leases WHERE name = $1 AND expires_at > $2", name, db.Millis(now))
	return n == 0, err
}

// Renew extends a lease to ttl from now. ErrFenced means that it was lost. A
// lease that ran out but went to nobody else is renewed.
func (l *Leases) Renew(ctx context.Context, lease Lease, ttl time.Duration) (Lease, error) {
	lease.ExpiresAt = l.clock.Now().Add(ttl)
	return lease, l.change(ctx, "UPDATE job_leases SET expires_at = $4 WHERE name = $1 AND fence = $2 AND owner = $3",
		lease.Name, lease.Fence, lease.Owner, db.Millis(lease.ExpiresAt))
}

// Release gives the lease back at once. Its fence stays, so that what the
// holder left unfinished is refused once somebody else begins.
func (l *Leases) Release(ctx context.Context, lease Lease) error {
	return l.change(ctx, "UPDATE job_leases SET owner = '', expires_at = 0 WHERE name = $1 AND fence = $2 AND owner = $3",
		lease.Name, lease.Fence, lease.Owner)
}

func (l *Leases) change(ctx context.Context, query string, args ...any) error {
	res, err := l.db.Exec(ctx, query, args...)
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n > 0 {
		return err
	}
	return ErrFenced
}

// Check ties tx to a lease: it returns ErrFenced when the lease has a newer
// holder, and otherwise keeps it from getting one until tx ends.
func Check(ctx context.Context, tx *db.Tx, name string, fence int64) error {
	var current int64
	err := tx.QueryRow(ctx, "SELECT fence FROM job_leases WHERE name = $1"+db.ForUpdate(tx), name).Scan(&current)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("check lease %s: %w", name, err)
	}
	if current != fence {
		return ErrFenced
	}
	return nil
}

// Hold acquires a lease, calls f and releases the lease. While f runs the lease
// is renewed; when that fails until it ran out, or it was lost, f's context ends
// with ErrFenced as its cause. ErrHeld means that f was not called.
func (l *Leases) Hold(ctx context.Context, name string, ttl time.Duration, f func(context.Context, Lease) error) error {
	lease, err := l.Acquire(ctx, name, ttl)
	if err != nil {
		return err
	}
	held, lose := context.WithCancelCause(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		l.keep(held, lease, ttl, lose)
	}()
	err = f(held, lease)
	lose(nil)
	<-ended
	release, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if rerr := l.Release(release, lease); rerr != nil && !errors.Is(rerr, ErrFenced) {
		return errors.Join(err, rerr)
	}
	return err
}

// keep renews a lease three times in its life.
func (l *Leases) keep(ctx context.Context, lease Lease, ttl time.Duration, lose context.CancelCauseFunc) {
	tick := time.NewTicker(max(ttl/3, time.Millisecond))
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		renewed, err := l.Renew(ctx, lease, ttl)
		if err == nil {
			lease = renewed
			continue
		}
		if errors.Is(err, ErrFenced) || l.clock.Now().After(lease.ExpiresAt) {
			lose(ErrFenced)
			return
		}
	}
}

// List returns all leases by name, also those that ran out, for pages.
func (l *Leases) List(ctx context.Context, q db.Q) ([]Lease, error) {
	return db.List(ctx, q, func(rows *sql.Rows) (Lease, error) {
		var x Lease
		var ms int64
		err := rows.Scan(&x.Name, &x.Owner, &x.Fence, &ms)
		x.ExpiresAt = time.UnixMilli(ms).UTC()
		return x, err
	}, "SELECT name, owner, fence, expires_at FROM job_leases ORDER BY name")
}
