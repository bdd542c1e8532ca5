package auth

import (
	"context"
	"database/sql"
	"errors"
	"reflect"
	"time"

	"github.com/alexedwards/scs/v2"

	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/fault"
)

const (
	idleTime = 12 * time.Hour
	lifeTime = 7 * 24 * time.Hour
	// touch is how much longer a session must last to be worth a write: without
	// it every page view would be one.
	touch = 5 * time.Minute

	maxAgent = 200
)

// Keys of the values of a session.
const (
	keyOperator = "operator"
	keyAddress  = "address"
	keyAgent    = "agent"
	keySignedIn = "signed_in"
)

// Sessions are the sessions of browsers. Wrap handlers in LoadAndSave.
type Sessions struct {
	*scs.SessionManager
	service *Service
}

// NewSessions returns the sessions kept in the service's database; secure when
// the base URL is https.
func NewSessions(s *Service, secure bool) *Sessions {
	m := scs.New()
	m.Store = &sessionStore{s}
	m.IdleTimeout, m.Lifetime = idleTime, lifeTime
	m.Cookie.Name, m.Cookie.Secure = "qz_session", secure
	return &Sessions{m, s}
}

// Begin makes the session in ctx that of an actor who has just signed in. The
// token changes, so that one planted before is worth nothing.
func (s *Sessions) Begin(ctx context.Context, a Actor, agent string) error {
	if err := s.RenewToken(ctx); err != nil {
		return err
	}
	s.Put(ctx, keyOperator, a.ID)
	s.Put(ctx, keyAddress, a.Address)
	s.Put(ctx, keyAgent, agent[:min(len(agent), maxAgent)])
	s.Put(ctx, keySignedIn, s.service.clock.Now().UnixMilli())
	return nil
}

// End signs out.
func (s *Sessions) End(ctx context.Context) error { return s.Destroy(ctx) }

// Actor returns who is signed in in ctx, as the roles are now; nobody is an
// Unauthorized fault.
func (s *Sessions) Actor(ctx context.Context) (Actor, error) {
	operatorID := s.GetString(ctx, keyOperator)
	if operatorID == "" {
		return Actor{}, fault.New(fault.Unauthorized, "fault.signed_out")
	}
	return s.service.Actor(ctx, operatorID)
}

// Current is the Session.ID of the session in ctx.
func (s *Sessions) Current(ctx context.Context) string { return digest(s.Token(ctx)) }

// Session is one browser in which an operator is signed in.
type Session struct {
	ID         string // a hash of the token, of no use to sign in
	Address    string // when signing in
	Agent      string // the browser's name for itself
	SignedInAt time.Time
	ExpiresAt  time.Time
}

// Sessions lists the live sessions of an operator, his own or, with the
// permission, anybody's; the latest first.
func (s *Service) Sessions(ctx context.Context, by Actor, operatorID string) ([]Session, error) {
	if err := allowOwn(by, operatorID); err != nil {
		return nil, err
	}
	return db.List(ctx, s.db, scanSession, `SELECT token, data, expires_at FROM auth_sessions
		WHERE operator_id = $1 AND revoked = 0 AND expires_at > $2 ORDER BY expires_at DESC, token LIMIT 100`,
		operatorID, db.Millis(s.clock.Now()))
}

func allowOwn(by Actor, operatorID string) error {
	if by.Kind == OperatorKind && by.ID == operatorID {
		return nil
	}
	return allow(by)
}

func scanSession(rows *sql.Rows) (Session, error) {
	var x Session
	var data []byte
	var expires int64
	if err := rows.Scan(&x.ID, &data, &expires); err != nil {
		return x, err
	}
	_, values, err := scs.GobCodec{}.Decode(data)
	x.Address, _ = values[keyAddress].(string)
	x.Agent, _ = values[keyAgent].(string)
	signedIn, _ := values[keySignedIn].(int64)
	x.SignedInAt, x.ExpiresAt = time.UnixMilli(signedIn).UTC(), time.UnixMilli(expires).UTC()
	return x, err
}

// RevokeSession ends one session of an operator, RevokeSessions all but keep.
func (s *Service) RevokeSession(ctx context.Context, by Actor, operatorID, sessionID string) error {
	return s.revoke(ctx, by, operatorID, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, revokeSQL+" AND token = $2", operatorID, sessionID)
		return err
	})
}

// RevokeSessions ends all sessions of an operator but keep, a Session.ID or "".
func (s *Service) RevokeSessions(ctx context.Context, by Actor, operatorID, keep string) error {
	return s.revoke(ctx, by, operatorID, func(tx *db.Tx) error { return deleteSessions(ctx, tx, operatorID, keep) })
}

func (s *Service) revoke(ctx context.Context, by Actor, operatorID string, f func(*db.Tx) error) error {
	if err := allowOwn(by, operatorID); err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *db.Tx) error {
		return errors.Join(f(tx), s.record(ctx, tx, by.Audit("operator.sessions_revoked", "operator", operatorID)))
	})
}

// revokeSQL leaves the row: a request that is under way stores its session when
// it ends, and must not bring back to life what was revoked meanwhile.
const revokeSQL = "UPDATE auth_sessions SET revoked = 1 WHERE operator_id = $1"

func deleteSessions(ctx context.Context, tx *db.Tx, operatorID, keep string) error {
	_, err := tx.Exec(ctx, revokeSQL+" AND token <> $2", operatorID, keep)
	return err
}

// sessionStore keeps sessions under the hash of their token. It implements
// scs.CtxStore; scs calls the methods with a context only.
type sessionStore struct{ *Service }

func (s *sessionStore) Delete(token string) error { return s.DeleteCtx(context.Background(), token) }
func (s *sessionStore) Find(token string) ([]byte, bool, error) {
	return s.FindCtx(context.Background(), token)
}
func (s *sessionStore) Commit(token string, b []byte, expiry time.Time) error {
	return s.CommitCtx(context.Background(), token, b, expiry)
}

func (s *sessionStore) DeleteCtx(ctx context.Context, token string) error {
	_, err := s.db.Exec(ctx, "UPDATE auth_sessions SET revoked = 1 WHERE token = $1", digest(token))
	return err
}

func (s *sessionStore) FindCtx(ctx context.Context, token string) ([]byte, bool, error) {
	data, _, err := s.find(ctx, token)
	return data, data != nil, err
}

func (s *sessionStore) find(ctx context.Context, token string) (data []byte, expires time.Time, err error) {
	var ms int64
	err = s.db.QueryRow(ctx, "SELECT data, expires_at FROM auth_sessions WHERE token = $1 AND revoked = 0 AND expires_at > $2",
		digest(token), db.Millis(s.clock.Now())).Scan(&data, &ms)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, time.Time{}, nil
	}
	return data, time.UnixMilli(ms), err
}

func (s *sessionStore) CommitCtx(ctx context.Context, token string, b []byte, expiry time.Time) error {
	_, values, err := scs.GobCodec{}.Decode(b)
	if err != nil {
		return err
	}
	stored, expires, err := s.find(ctx, token)
	if err != nil {
		return err
	}
	if stored != nil && expiry.Sub(expires) < touch && sameValues(stored, values) {
		return nil
	}
	operatorID, _ := values[keyOperator].(string)
	return s.db.Write(ctx, func(tx *db.Tx) error {
		if stored == nil {
			if _, err := tx.Exec(ctx, "DELETE FROM auth_sessions WHERE expires_at < $1", db.Millis(s.clock.Now())); err != nil {
				return err
			}
		}
		_, err := tx.Exec(ctx, `INSERT INTO auth_sessions (token, operator_id, data, expires_at) VALUES ($1, $2, $3, $4)
			ON CONFLICT (token) DO UPDATE SET operator_id = excluded.operator_id, data = excluded.data, expires_at = excluded.expires_at
			WHERE auth_sessions.revoked = 0`, digest(token), operatorID, b, db.Millis(expiry))
		return err
	})
}

// sameValues compares what is stored with what is to be; the bytes differ from
// one encoding to the next.
func sameValues(stored []byte, values map[string]any) bool {
	_, old, err := scs.GobCodec{}.Decode(stored)
	return err == nil && reflect.DeepEqual(old, values)
}
