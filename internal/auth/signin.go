package auth

import (
	"context"
	"database/sql"
	"log/slog"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/fault"
	"github.com/qunzhu/qunzhu/internal/id"
)

// Failures that are free before a pause begins, and how long they are remembered.
// The pause is 30 s and doubles with each further failure up to maxPause, so that
// a guesser gets a few tries an hour, and an owner who was guessed at waits minutes.
const (
	freeByLogin   = 5
	freeByAddress = 20
	remembered    = time.Hour
	firstPause    = 30 * time.Second
	maxPause      = 15 * time.Minute
)

// counter counts the failures of one login or one address.
type counter struct {
	key     string
	free    int64
	address bool
}

// SignIn checks a login and password that came from address. Wrong, unknown and
// disabled all give the same Unauthorized fault after the same work; too many
// failures give a TooMany fault with the seconds to wait, whether the login
// exists or not.
func (s *Service) SignIn(ctx context.Context, login, password, address string) (Actor, error) {
	login = normalLogin(login)
	if !validLogin(login) {
		login = "" // nobody's, and safe to look up
	}
	counters := countersOf("sign in", login, address)
	if err := s.charge(ctx, counters); err != nil {
		return Actor{}, err
	}
	operatorID, hash, err := s.passwordHash(ctx, login)
	if err != nil {
		return Actor{}, err
	}
	ok, err := s.passwords.verify(ctx, password, hash)
	if err != nil {
		return Actor{}, err
	}
	if !ok || operatorID == "" {
		slog.WarnContext(ctx, "sign-in refused", "address", address)
		return Actor{}, fault.New(fault.Unauthorized, "fault.sign_in_wrong")
	}
	actor, err := s.Actor(ctx, operatorID)
	if fault.Is(err, fault.Unauthorized) {
		return Actor{}, fault.New(fault.Unauthorized, "fault.sign_in_wrong")
	}
	if err != nil {
		return Actor{}, err
	}
	actor = actor.From(address)
	return actor, s.signedIn(ctx, actor, counters, hash, password)
}

// passwordHash returns a hash that no password has when the login is unknown.
func (s *Service) passwordHash(ctx context.Context, login string) (operatorID, hash string, err error) {
	rows, err := s.db.Query(ctx, "SELECT id, password_hash FROM auth_operators WHERE login = $1", login)
	if err != nil {
		return "", "", err
	}
	hash = s.passwords.dummy
	err = db.Each(rows, func(rows *sql.Rows) error { return rows.Scan(&operatorID, &hash) })
	return operatorID, hash, err
}

// signedIn forgets the failures, renews an outdated hash and writes the audit.
func (s *Service) signedIn(ctx context.Context, a Actor, counters []counter, hash, password string) error {
	renewed := ""
	if s.passwords.outdated(hash) {
		var err error
		if renewed, err = s.passwords.hash(ctx, password); err != nil {
			return err
		}
	}
	return s.db.Write(ctx, func(tx *db.Tx) error {
		if err := s.forgive(ctx, tx, counters); err != nil {
			return err
		}
		if renewed != "" {
			_, err := tx.Exec(ctx, "UPDATE auth_operators SET password_hash = $3 WHERE id = $1 AND password_hash = $2", a.ID, hash, renewed)
			if err != nil {
				return err
			}
		}
		return s.record(ctx, tx, a.Audit("operator.signed_in", "operator", a.ID))
	})
}

// countersOf returns them in the order in which rows are locked; the subject ""
// is nobody's and has none.
func countersOf(purpose, subject, address string) []counter {
	out := []counter{{key: id.Of(purpose, "address", network(address)), free: freeByAddress, address: true}}
	if subject != "" {
		out = append(out, counter{key: id.Of(purpose, "subject", subject), free: freeByLogin})
	}
	slices.SortFunc(out, func(a, b counter) int { return strings.Compare(a.key, b.key) })
	return out
}

// network is what one client can easily change within: an IPv6 /64.
func network(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil || ip.Unmap().Is4() {
		return address
	}
	prefix, err := ip.Prefix(64)
	if err != nil {
		return address
	}
	return prefix.String()
}

// charge counts a failure in advance, before the password is looked at, so that
// guesses made at the same time don't all slip in under the limit.
func (s *Service) charge(ctx context.Context, counters []counter) error {
	now := s.clock.Now()
	return s.db.Write(ctx, func(tx *db.Tx) error {
		rows := db.NewRows(4)
		for _, c := range counters {
			rows.Add(c.key, 0, 0, 0)
		}
		_, err := rows.Exec(ctx, tx, "INSERT INTO auth_attempts (subject, failures, last_at, locked_to)", "ON CONFLICT (subject) DO NOTHING")
		if err != nil {
			return err
		}
		for _, c := range counters {
			if err := chargeOne(ctx, tx, c, now); err != nil {
				return err
			}
		}
		return nil
	})
}

func chargeOne(ctx context.Context, tx *db.Tx, c counter, now time.Time) error {
	var failures, lastAt, lockedTo int64
	err := tx.QueryRow(ctx, "SELECT failures, last_at, locked_to FROM auth_attempts WHERE subject = $1"+db.ForUpdate(tx), c.key).
		Scan(&failures, &lastAt, &lockedTo)
	if err != nil {
		return err
	}
	if wait := time.UnixMilli(lockedTo).Sub(now); wait > 0 {
		return fault.New(fault.TooMany, "fault.sign_in_locked", int(wait.Seconds())+1)
	}
	if now.Sub(time.UnixMilli(lastAt)) > remembered {
		failures = 0
	}
	failures++
	_, err = tx.Exec(ctx, "UPDATE auth_attempts SET failures = $2, last_at = $3, locked_to = $4 WHERE subject = $1",
		c.key, failures, db.Millis(now), db.Millis(now.Add(pause(failures-c.free))))
	return err
}

// pause is the wait after the n-th failure over the free ones; 0 is the first.
func pause(n int64) time.Duration {
	switch {
	case n < 0:
		return 0
	case n >= 5:
		return maxPause
	}
	return min(firstPause<<n, maxPause)
}

// forgive takes back what charge counted for an attempt that was right. An
// address keeps its other failures: a guesser with one good account stays slow.
func (s *Service) forgive(ctx context.Context, tx *db.Tx, counters []counter) error {
	for _, c := range counters {
		var err error
		if c.address {
			_, err = tx.Exec(ctx, `UPDATE auth_attempts SET failures = failures - 1,
				locked_to = CASE WHEN failures <= $2 THEN 0 ELSE locked_to END WHERE subject = $1`, c.key, c.free)
		} else {
			_, err = tx.Exec(ctx, "DELETE FROM auth_attempts WHERE subject = $1", c.key)
		}
		if err != nil {
			return err
		}
	}
	_, err := tx.Exec(ctx, "DELETE FROM auth_attempts WHERE last_at < $1", db.Millis(s.clock.Now().Add(-24*time.Hour)))
	return err
}
