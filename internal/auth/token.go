package auth

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/fault"
	"github.com/qunzhu/qunzhu/internal/id"
)

const (
	tokenPrefix = "qz_"
	tokenBytes  = 20 // 160 bits
	tokenLen    = len(tokenPrefix) + tokenBytes*8/5
	usedEvery   = time.Minute
)

// TokenScope is what an API token may do.
type TokenScope string

// The scopes: read is what an analyst sees, write what a manager does except
// what only a person may.
const (
	ReadScope  TokenScope = "read"
	WriteScope TokenScope = "write"
)

func (s TokenScope) role() Role {
	if s == WriteScope {
		return Manager
	}
	return Analyst
}

// Token is an API token without its secret.
type Token struct {
	ID          string
	Name        string
	Scope       TokenScope
	CommunityID string // "" for the whole workspace
	CreatedAt   time.Time
	ExpiresAt   time.Time // zero for never
	LastUsedAt  time.Time // to the minute
	RevokedAt   time.Time
}

// NewToken is what it takes to make one.
type NewToken struct {
	Name        string
	Scope       TokenScope
	CommunityID string
	ExpiresAt   time.Time
}

func (n *NewToken) check(now time.Time) error {
	n.Name = strings.TrimSpace(n.Name)
	f := fault.New(fault.Invalid, "fault.invalid")
	if n.Name == "" || utf8.RuneCountInString(n.Name) > maxName || !utf8.ValidString(n.Name) || strings.ContainsRune(n.Name, 0) {
		f.With("name", "fault.name_length", maxName)
	}
	if n.Scope != ReadScope && n.Scope != WriteScope {
		f.With("scope", "fault.token_scope", string(ReadScope), string(WriteScope))
	}
	if !n.ExpiresAt.IsZero() && !n.ExpiresAt.After(now) {
		f.With("expires_at", "fault.time_past")
	}
	return f.OrNil()
}

// CreateToken makes an API token. The secret is returned this once and kept as a hash.
func (s *Service) CreateToken(ctx context.Context, by Actor, n NewToken) (secret string, t Token, err error) {
	now := s.clock.Now()
	if err := errors.Join(allow(by), n.check(now)); err != nil {
		return "", Token{}, err
	}
	secret = tokenPrefix + randomText(tokenBytes)
	t = Token{ID: id.New(now), Name: n.Name, Scope: n.Scope, CommunityID: n.CommunityID, CreatedAt: now.UTC(), ExpiresAt: n.ExpiresAt}
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO auth_tokens (id, hash, name, scope, community, created_at, created_by, expires_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`, t.ID, digest(secret), t.Name, string(t.Scope), t.CommunityID,
			db.Millis(now), by.ID, db.NullMillis(t.ExpiresAt))
		if err != nil {
			return err
		}
		e := by.Audit("token.created", "token", t.ID)
		e.Community, e.After = t.CommunityID, map[string]any{"name": t.Name, "scope": t.Scope}
		return s.record(ctx, tx, e)
	})
	return secret, t, err
}

// Authenticate returns the actor of a bearer token. Unknown, expired and revoked
// give the same Unauthorized fault.
func (s *Service) Authenticate(ctx context.Context, bearer string) (Actor, error) {
	unknown := fault.New(fault.Unauthorized, "fault.token_unknown")
	if len(bearer) != tokenLen || !strings.HasPrefix(bearer, tokenPrefix) {
		return Actor{}, unknown
	}
	found, err := db.List(ctx, s.db, scanToken, "SELECT "+tokenColumns+" FROM auth_tokens WHERE hash = $1", digest(bearer))
	if err != nil {
		return Actor{}, err
	}
	now := s.clock.Now()
	if len(found) == 0 || !found[0].valid(now) {
		return Actor{}, unknown
	}
	t := found[0]
	if now.Sub(t.LastUsedAt) >= usedEvery {
		if _, err := s.db.Exec(ctx, "UPDATE auth_tokens SET last_used_at = $2 WHERE id = $1", t.ID, db.Millis(now)); err != nil {
			return Actor{}, err
		}
	}
	return Actor{Kind: TokenKind, ID: t.ID, Name: t.Name, policy: s.policy, readOnly: t.Scope == ReadScope,
		Grants: []Grant{{Role: t.Scope.role(), CommunityID: t.CommunityID}}}, nil
}

func (t Token) valid(now time.Time) bool {
	return t.RevokedAt.IsZero() && (t.ExpiresAt.IsZero() || now.Before(t.ExpiresAt))
}

// Tokens returns all tokens, the newest first.
func (s *Service) Tokens(ctx context.Context, by Actor) ([]Token, error) {
	if err := allow(by); err != nil {
		return nil, err
	}
	return db.List(ctx, s.db, scanToken, "SELECT "+tokenColumns+" FROM auth_tokens ORDER BY id DESC LIMIT 500")
}

// RevokeToken ends a token. One that is unknown or revoked already is a NotFound fault.
func (s *Service) RevokeToken(ctx context.Context, by Actor, tokenID string) error {
	if err := allow(by); err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *db.Tx) error {
		res, err := tx.Exec(ctx, "UPDATE auth_tokens SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL", tokenID, db.Millis(s.clock.Now()))
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, fault.New(fault.NotFound, "fault.token_gone"))
		}
		return s.record(ctx, tx, by.Audit("token.revoked", "token", tokenID))
	})
}

const tokenColumns = "id, name, scope, community, created_at, expires_at, last_used_at, revoked_at"

func scanToken(rows *sql.Rows) (Token, error) {
	var t Token
	var created, expires, used, revoked sql.NullInt64
	err := rows.Scan(&t.ID, &t.Name, &t.Scope, &t.CommunityID, &created, &expires, &used, &revoked)
	t.CreatedAt, t.ExpiresAt, t.LastUsedAt, t.RevokedAt = db.Time(created), db.Time(expires), db.Time(used), db.Time(revoked)
	return t, err
}
