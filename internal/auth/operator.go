package auth

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/qunzhu/qunzhu/internal/audit"
	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/fault"
	"github.com/qunzhu/qunzhu/internal/id"
)

const (
	maxLogin  = 64
	maxName   = 40 // characters
	maxGrants = 500
)

// Operator is a person who runs groups.
type Operator struct {
	ID         string
	Login      string // lower case, what one signs in with
	Name       string
	Grants     []Grant
	CreatedAt  time.Time
	DisabledAt time.Time // zero while enabled
	MustChange bool      // signed in with a one-time password: must set his own
}

// NewOperator is what it takes to make one.
type NewOperator struct {
	Login    string
	Name     string
	Password string
	Grants   []Grant
	OneTime  bool // the password was made for him and is to be changed
}

func (n *NewOperator) check() error {
	n.Login, n.Name = normalLogin(n.Login), strings.TrimSpace(n.Name)
	f := fault.New(fault.Invalid, "fault.invalid")
	if !validLogin(n.Login) {
		f.With("login", "fault.login_form", maxLogin)
	}
	if n.Name == "" || utf8.RuneCountInString(n.Name) > maxName || !utf8.ValidString(n.Name) || strings.ContainsRune(n.Name, 0) {
		f.With("name", "fault.name_length", maxName)
	}
	if err := checkPassword(n.Password); err != nil {
		f.Fields = append(f.Fields, fault.As(err).Fields...)
	}
	if err := checkGrants(n.Grants); err != nil {
		f.Fields = append(f.Fields, fault.As(err).Fields...)
	}
	return f.OrNil()
}

func normalLogin(login string) string { return strings.ToLower(strings.TrimSpace(login)) }

// validLogin admits printable ASCII and Chinese characters; of other scripts
// there are letters that look like these.
func validLogin(login string) bool {
	return login != "" && len(login) <= maxLogin && utf8.ValidString(login) &&
		!strings.ContainsFunc(login, func(r rune) bool { return r <= ' ' || r > '~' && !unicode.Is(unicode.Han, r) })
}

func checkGrants(grants []Grant) error {
	if len(grants) > maxGrants {
		return fault.InvalidField("grants", "fault.too_many_items", maxGrants)
	}
	for _, g := range grants {
		if !slices.Contains(Roles(), g.Role) {
			return fault.InvalidField("grants", "fault.role_unknown", string(g.Role))
		}
	}
	return nil
}

// allow is the door to everything that changes operators and tokens.
func allow(by Actor) error {
	if !by.Can(Manage, "") {
		return fault.New(fault.Forbidden, "fault.forbidden")
	}
	return nil
}

// CreateOperator makes an operator and returns the id. A login that is taken is
// a Conflict fault.
func (s *Service) CreateOperator(ctx context.Context, by Actor, n NewOperator) (string, error) {
	if err := errors.Join(allow(by), n.check()); err != nil {
		return "", err
	}
	hash, err := s.passwords.hash(ctx, n.Password)
	if err != nil {
		return "", err
	}
	var operatorID string
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		operatorID, err = s.insertOperator(ctx, tx, by, n, hash)
		return err
	})
	return operatorID, err
}

func (s *Service) insertOperator(ctx context.Context, tx *db.Tx, by Actor, n NewOperator, hash string) (string, error) {
	now := s.clock.Now()
	operatorID := id.New(now)
	_, err := tx.Exec(ctx, "INSERT INTO auth_operators (id, login, name, password_hash, must_change, created_at) VALUES ($1, $2, $3, $4, $5, $6)",
		operatorID, n.Login, n.Name, hash, flag(n.OneTime), db.Millis(now))
	if db.IsUnique(err) {
		return "", fault.Wrap(err, fault.Conflict, "fault.login_taken", n.Login)
	}
	if err != nil {
		return "", err
	}
	if err := writeGrants(ctx, tx, operatorID, n.Grants); err != nil {
		return "", err
	}
	e := by.Audit("operator.created", "operator", operatorID)
	e.After = map[string]any{"login": n.Login, "grants": n.Grants}
	return operatorID, s.record(ctx, tx, e)
}

// flag stores a bool: the engines have no common type for it.
func flag(b bool) int {
	if b {
		return 1
	}
	return 0
}

func (s *Service) record(ctx context.Context, tx *db.Tx, e audit.Entry) error {
	e.At = s.clock.Now()
	return audit.Record(ctx, tx, e)
}

func writeGrants(ctx context.Context, tx *db.Tx, operatorID string, grants []Grant) error {
	if _, err := tx.Exec(ctx, "DELETE FROM auth_grants WHERE operator_id = $1", operatorID); err != nil {
		return err
	}
	rows := db.NewRows(3)
	for _, g := range grants {
		rows.Add(operatorID, g.CommunityID, string(g.Role))
	}
	_, err := rows.Exec(ctx, tx, "INSERT INTO auth_grants (operator_id, community, role)", "ON CONFLICT (operator_id, community, role) DO NOTHING")
	return err
}

// SetGrants replaces what an operator may do; it counts from the next request on.
func (s *Service) SetGrants(ctx context.Context, by Actor, operatorID string, grants []Grant) error {
	if err := errors.Join(allow(by), checkGrants(grants)); err != nil {
		return err
	}
	return s.changeOperator(ctx, by, operatorID, "operator.granted", func(tx *db.Tx, old Operator) (before, after any, err error) {
		return old.Grants, grants, writeGrants(ctx, tx, operatorID, grants)
	})
}

// SetDisabled locks an operator out, ending all sessions, or lets him in again.
func (s *Service) SetDisabled(ctx context.Context, by Actor, operatorID string, disabled bool) error {
	if err := allow(by); err != nil {
		return err
	}
	action, at := "operator.enabled", any(nil)
	if disabled {
		action, at = "operator.disabled", db.Millis(s.clock.Now())
	}
	return s.changeOperator(ctx, by, operatorID, action, func(tx *db.Tx, _ Operator) (before, after any, err error) {
		if disabled {
			if err := deleteSessions(ctx, tx, operatorID, ""); err != nil {
				return nil, nil, err
			}
		}
		_, err = tx.Exec(ctx, "UPDATE auth_operators SET disabled_at = $2 WHERE id = $1", operatorID, at)
		return nil, nil, err
	})
}

// SetPassword gives an operator a new password and ends all his sessions but
// keep (a Session.ID, or ""). Operators may set their own; one set by another is
// to be changed at the next sign-in.
func (s *Service) SetPassword(ctx context.Context, by Actor, operatorID, password, keep string) error {
	own := by.Kind == OperatorKind && by.ID == operatorID
	if !own {
		if err := allow(by); err != nil {
			return err
		}
	}
	if err := checkPassword(password); err != nil {
		return err
	}
	hash, err := s.passwords.hash(ctx, password)
	if err != nil {
		return err
	}
	return s.changeOperator(ctx, by, operatorID, "operator.password_set", func(tx *db.Tx, _ Operator) (before, after any, err error) {
		if err := deleteSessions(ctx, tx, operatorID, keep); err != nil {
			return nil, nil, err
		}
		_, err = tx.Exec(ctx, "UPDATE auth_operators SET password_hash = $2, must_change = $3 WHERE id = $1", operatorID, hash, flag(!own))
		return nil, nil, err
	})
}

// changeOperator runs a change with its audit entry and refuses one after which
// nobody could manage the workspace any more.
func (s *Service) changeOperator(ctx context.Context, by Actor, operatorID, action string,
	change func(tx *db.Tx, old Operator) (before, after any, err error)) error {
	return s.db.Write(ctx, func(tx *db.Tx) error {
		// All rows are locked: two managers who take each other's role at once must not both succeed.
		if _, err := db.List(ctx, tx, scanText, "SELECT id FROM auth_operators ORDER BY id"+db.ForUpdate(tx)); err != nil {
			return err
		}
		old, err := loadOperator(ctx, tx, "id", operatorID)
		if err != nil {
			return err
		}
		e := by.Audit(action, "operator", operatorID)
		if e.Before, e.After, err = change(tx, old); err != nil {
			return err
		}
		managers, err := db.Int(ctx, tx, `SELECT count(*) FROM auth_operators o JOIN auth_grants g ON g.operator_id = o.id
			WHERE o.disabled_at IS NULL AND g.community = '' AND g.role = $1`, string(Manager))
		if err != nil {
			return err
		}
		if managers == 0 {
			return fault.New(fault.Conflict, "fault.last_manager")
		}
		return s.record(ctx, tx, e)
	})
}

func scanText(rows *sql.Rows) (string, error) {
	var v string
	err := rows.Scan(&v)
	return v, err
}

// Operators returns everybody, by login.
func (s *Service) Operators(ctx context.Context, by Actor) ([]Operator, error) {
	if err := allow(by); err != nil {
		return nil, err
	}
	return listOperators(ctx, s.db, "1 = 1")
}

// Actor loads an operator as actor. One who is disabled or unknown is an
// Unauthorized fault.
func (s *Service) Actor(ctx context.Context, operatorID string) (Actor, error) {
	o, err := loadOperator(ctx, s.db, "id", operatorID)
	if fault.Is(err, fault.NotFound) || err == nil && !o.DisabledAt.IsZero() {
		return Actor{}, fault.New(fault.Unauthorized, "fault.signed_out")
	}
	return Actor{Kind: OperatorKind, ID: o.ID, Login: o.Login, Name: o.Name, Grants: o.Grants, MustChange: o.MustChange, policy: s.policy}, err
}

// loadOperator finds one by column "id" or "login"; none is a NotFound fault.
func loadOperator(ctx context.Context, q db.Q, column, value string) (Operator, error) {
	found, err := listOperators(ctx, q, "o."+column+" = $1", value)
	if err != nil {
		return Operator{}, err
	}
	if len(found) == 0 {
		return Operator{}, fault.New(fault.NotFound, "fault.operator_unknown")
	}
	return found[0], nil
}

func listOperators(ctx context.Context, q db.Q, cond string, args ...any) ([]Operator, error) {
	rows, err := q.Query(ctx, `SELECT o.id, o.login, o.name, o.created_at, o.disabled_at, o.must_change, coalesce(g.community, ''), coalesce(g.role, '')
		FROM auth_operators o LEFT JOIN auth_grants g ON g.operator_id = o.id
		WHERE `+cond+` ORDER BY o.login, g.community, g.role`, args...)
	if err != nil {
		return nil, err
	}
	var out []Operator
	err = db.Each(rows, func(rows *sql.Rows) error {
		var o Operator
		var g Grant
		var created, mustChange int64
		var disabled sql.NullInt64
		if err := rows.Scan(&o.ID, &o.Login, &o.Name, &created, &disabled, &mustChange, &g.CommunityID, &g.Role); err != nil {
			return err
		}
		o.CreatedAt, o.DisabledAt, o.MustChange = time.UnixMilli(created).UTC(), db.Time(disabled), mustChange != 0
		if len(out) == 0 || out[len(out)-1].ID != o.ID {
			out = append(out, o)
		}
		if g.Role != "" {
			last := &out[len(out)-1]
			last.Grants = append(last.Grants, g)
		}
		return nil
	})
	return out, err
}
