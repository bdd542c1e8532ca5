package auth

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/fault"
)

const setupLife = 24 * time.Hour

// crockford is read and typed by people: no I, L, O, U.
var crockford = base32.NewEncoding("0123456789ABCDEFGHJKMNPQRSTVWXYZ").WithPadding(base32.NoPadding)

// randomText returns n×8/5 characters that carry n random bytes.
func randomText(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b)
	return crockford.EncodeToString(b)
}

// digest is how random values are kept: they need no slow hash.
func digest(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}

// GeneratePassword returns a random password of 16 characters.
func GeneratePassword() string { return strings.ToLower(randomText(10)) }

// SetupCode returns a new one-time code for making the first operator, or ""
// when there is one already. It is for the server's own output at start; codes of
// several servers on one database are all good, for a day, until one is used.
func (s *Service) SetupCode(ctx context.Context) (string, error) {
	n, err := db.Int(ctx, s.db, "SELECT count(*) FROM auth_operators")
	if err != nil || n > 0 {
		return "", err
	}
	text := randomText(10)
	code := strings.Join([]string{text[:4], text[4:8], text[8:12], text[12:]}, "-")
	_, err = s.db.Exec(ctx, "INSERT INTO auth_setup_codes (hash, expires_at) VALUES ($1, $2)",
		digest(text), db.Millis(s.clock.Now().Add(setupLife)))
	return code, err
}

// SetUp makes the first operator, a manager of the workspace, for whoever has a
// code. A wrong or used code is a Forbidden fault; too many of them from one
// address a TooMany fault.
func (s *Service) SetUp(ctx context.Context, code string, n NewOperator, address string) (Actor, error) {
	n.Grants, n.OneTime = []Grant{{Role: Manager}}, false
	if err := n.check(); err != nil {
		return Actor{}, err
	}
	counters := countersOf("set up", "", address)
	if err := s.charge(ctx, counters); err != nil {
		return Actor{}, err
	}
	hash, err := s.passwords.hash(ctx, n.Password)
	if err != nil {
		return Actor{}, err
	}
	var operatorID string
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		if err := s.useCode(ctx, tx, code); err != nil {
			return err
		}
		if err := s.forgive(ctx, tx, counters); err != nil {
			return err
		}
		operatorID, err = s.insertOperator(ctx, tx, System("setup").From(address), n, hash)
		return err
	})
	if err != nil {
		return Actor{}, err
	}
	actor, err := s.Actor(ctx, operatorID)
	return actor.From(address), err
}

// useCode deletes all codes, so that of two set-ups at one moment the second,
// which waits for the rows, finds none.
func (s *Service) useCode(ctx context.Context, tx *db.Tx, code string) error {
	valid, err := db.List(ctx, tx, scanText, "SELECT hash FROM auth_setup_codes WHERE expires_at > $1"+db.ForUpdate(tx), db.Millis(s.clock.Now()))
	if err != nil {
		return err
	}
	operators, err := db.Int(ctx, tx, "SELECT count(*) FROM auth_operators")
	if err != nil {
		return err
	}
	given := strings.ToUpper(strings.ReplaceAll(strings.TrimSpace(code), "-", ""))
	if operators > 0 || !slices.Contains(valid, digest(given)) {
		return fault.New(fault.Forbidden, "fault.setup_code_wrong")
	}
	_, err = tx.Exec(ctx, "DELETE FROM auth_setup_codes")
	return err
}
