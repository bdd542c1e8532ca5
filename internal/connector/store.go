package connector

import (
	"context"
	"database/sql"
	"embed"
	"encoding/json"
	"errors"
	"time"

	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/fault"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Migrations of connections and what belongs to them.
func Migrations() db.Migrations { return db.Embedded("connector", migrations) }

// Sealer keeps secrets unreadable at rest, each bound to its row.
type Sealer interface {
	Seal(row string, plain []byte) (string, error)
	Open(row, sealed string) ([]byte, error)
}

// Store keeps connections, cursors, tokens, bindings and staff: records of the
// workspace, not of a community.
type Store struct {
	sealer Sealer
}

// NewStore returns a store that seals with s.
func NewStore(s Sealer) *Store { return &Store{s} }

// Put adds a connection or replaces it.
func (s *Store) Put(ctx context.Context, q db.Q, c Connection) error {
	secrets, err := s.sealer.Seal("connection:"+c.ID, mustJSON(c.Secrets))
	if err != nil {
		return err
	}
	if c.Config == nil {
		c.Config = json.RawMessage("{}")
	}
	if c.Rules == nil {
		c.Rules = []Rule{}
	}
	_, err = q.Exec(ctx, `INSERT INTO connector_connections (id,kind,name,config,secrets,state,reason,rules,default_community,created_at)
 VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10) ON CONFLICT (id) DO UPDATE SET name=excluded.name, config=excluded.config,
 secrets=excluded.secrets, state=excluded.state, reason=excluded.reason, rules=excluded.rules, default_community=excluded.default_community`,
		c.ID, c.Kind, c.Name, string(c.Config), secrets, string(c.State), c.Reason, string(mustJSON(c.Rules)), c.Default, db.Millis(c.Created))
	return err
}

// List returns all connections, oldest first.
func (s *Store) List(ctx context.Context, q db.Q) ([]Connection, error) {
	return db.List(ctx, q, s.scan, selectConnections+" ORDER BY created_at, id")
}

// Get returns one connection, or a NotFound fault.
func (s *Store) Get(ctx context.Context, q db.Q, id string) (Connection, error) {
	list, err := db.List(ctx, q, s.scan, selectConnections+" WHERE id=$1", id)
	if err != nil {
		return Connection{}, err
	}
	if len(list) == 0 {
		return Connection{}, fault.New(fault.NotFound, "fault.connection_unknown", id)
	}
	return list[0], nil
}

// SetState records that a connection needs credentials, or works again.
func (s *Store) SetState(ctx context.Context, q db.Q, id string, state State, reason string) error {
	_, err := q.Exec(ctx, "UPDATE connector_connections SET state=$1, reason=$2 WHERE id=$3", string(state), reason, id)
	return err
}

const selectConnections = "SELECT id,kind,name,config,secrets,state,reason,rules,default_community,created_at FROM connector_connections"

func (s *Store) scan(r *sql.Rows) (Connection, error) {
	var c Connection
	var config, sealed, rules string
	var created int64
	if err := r.Scan(&c.ID, &c.Kind, &c.Name, &config, &sealed, &c.State, &c.Reason, &rules, &c.Default, &created); err != nil {
		return c, err
	}
	plain, err := s.sealer.Open("connection:"+c.ID, sealed)
	if err != nil {
		return c, fault.Wrap(err, fault.Unavailable, "fault.secrets_unreadable", c.Name)
	}
	c.Config, c.Created = json.RawMessage(config), time.UnixMilli(created).UTC()
	return c, errors.Join(json.Unmarshal(plain, &c.Secrets), json.Unmarshal([]byte(rules), &c.Rules))
}

// Cursor is where a pull stands.
type Cursor struct {
	Connection string
	Name       string
	Value      string
	DueAt      time.Time
	RanAt      time.Time // last success
	Error      string    // of the last try, "" when it worked
	Failures   int       // in a row
}

// Cursors returns the cursors of a connection by name.
func (s *Store) Cursors(ctx context.Context, q db.Q, connection string) (map[string]Cursor, error) {
	list, err := db.List(ctx, q, func(r *sql.Rows) (Cursor, error) {
		c := Cursor{Connection: connection}
		var due int64
		var ran sql.NullInt64
		err := r.Scan(&c.Name, &c.Value, &due, &ran, &c.Error, &c.Failures)
		c.DueAt, c.RanAt = time.UnixMilli(due).UTC(), db.Time(ran)
		return c, err
	}, "SELECT name,value,due_at,ran_at,error,failures FROM connector_cursors WHERE connection_id=$1", connection)
	out := make(map[string]Cursor, len(list))
	for _, c := range list {
		out[c.Name] = c
	}
	return out, err
}

// SaveCursor stores a cursor.
func (s *Store) SaveCursor(ctx context.Context, q db.Q, c Cursor) error {
	_, err := q.Exec(ctx, `INSERT INTO connector_cursors (connection_id,name,value,due_at,ran_at,error,failures) VALUES ($1,$2,$3,$4,$5,$6,$7)
 ON CONFLICT (connection_id,name) DO UPDATE SET value=excluded.value, due_at=excluded.due_at, ran_at=excluded.ran_at, error=excluded.error, failures=excluded.failures`,
		c.Connection, c.Name, c.Value, db.Millis(c.DueAt), db.NullMillis(c.RanAt), c.Error, c.Failures)
	return err
}

// MakeDue lets the named pulls run at once.
func (s *Store) MakeDue(ctx context.Context, q db.Q, connection string, now time.Time, names ...string) error {
	for _, n := range names {
		_, err := q.Exec(ctx, `INSERT INTO connector_cursors (connection_id,name,value,due_at) VALUES ($1,$2,'',$3)
 ON CONFLICT (connection_id,name) DO UPDATE SET due_at=excluded.due_at WHERE connector_cursors.due_at > excluded.due_at`,
			connection, n, db.Millis(now))
		if err != nil {
			return err
		}
	}
	return nil
}

// Binding ties a platform's group to ours.
type Binding struct {
	Connection string
	External   string
	Community  string
	Group      string
	Confirmed  time.Time
}

// Bind stores a binding and returns the one that holds: of two nodes that adopt
// a group at once, the first wins.
func (s *Store) Bind(ctx context.Context, q db.Q, b Binding) (Binding, error) {
	if _, err := q.Exec(ctx, `INSERT INTO connector_bindings (connection_id,external_id,community_id,group_id) VALUES ($1,$2,$3,$4)
 ON CONFLICT (connection_id,external_id) DO NOTHING`, b.Connection, b.External, b.Community, b.Group); err != nil {
		return b, err
	}
	list, err := s.bindings(ctx, q, "WHERE connection_id=$1 AND external_id=$2", b.Connection, b.External)
	if err != nil {
		return b, err
	}
	return list[0], nil
}

// Bindings returns the bindings of a connection by external id.
func (s *Store) Bindings(ctx context.Context, q db.Q, connection string) (map[string]Binding, error) {
	list, err := s.bindings(ctx, q, "WHERE connection_id=$1", connection)
	out := make(map[string]Binding, len(list))
	for _, b := range list {
		out[b.External] = b
	}
	return out, err
}

// BindingOf returns the binding of one of our groups, or a NotFound fault.
func (s *Store) BindingOf(ctx context.Context, q db.Q, group string) (Binding, error) {
	list, err := s.bindings(ctx, q, "WHERE group_id=$1", group)
	if err != nil {
		return Binding{}, err
	}
	if len(list) == 0 {
		return Binding{}, fault.New(fault.NotFound, "fault.group_unknown", group)
	}
	return list[0], nil
}

// Confirm records that the platform's member list of a group was read.
func (s *Store) Confirm(ctx context.Context, q db.Q, connection string, at time.Time, external ...string) error {
	for _, x := range external {
		if _, err := q.Exec(ctx, "UPDATE connector_bindings SET confirmed_at=$1 WHERE connection_id=$2 AND external_id=$3",
			db.Millis(at), connection, x); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) bindings(ctx context.Context, q db.Q, where string, args ...any) ([]Binding, error) {
	return db.List(ctx, q, func(r *sql.Rows) (Binding, error) {
		var b Binding
		var at sql.NullInt64
		err := r.Scan(&b.Connection, &b.External, &b.Community, &b.Group, &at)
		b.Confirmed = db.Time(at)
		return b, err
	}, "SELECT connection_id,external_id,community_id,group_id,confirmed_at FROM connector_bindings "+where, args...)
}

// PutStaff stores what a directory says.
func (s *Store) PutStaff(ctx context.Context, q db.Q, connection string, now time.Time, staff []Staff) error {
	rows := db.NewRows(5)
	for _, p := range staff {
		rows.Add(connection, p.External, p.Name, p.Active, db.Millis(now))
	}
	_, err := rows.Exec(ctx, q, "INSERT INTO connector_staff (connection_id,external_id,name,active,updated_at)",
		"ON CONFLICT (connection_id,external_id) DO UPDATE SET name=excluded.name, active=excluded.active, updated_at=excluded.updated_at")
	return err
}

// StaffOf returns the staff of a connection by external id.
func (s *Store) StaffOf(ctx context.Context, q db.Q, connection string) (map[string]Staff, error) {
	list, err := db.List(ctx, q, func(r *sql.Rows) (p Staff, err error) {
		return p, r.Scan(&p.External, &p.Name, &p.Active)
	}, "SELECT external_id,name,active FROM connector_staff WHERE connection_id=$1", connection)
	out := make(map[string]Staff, len(list))
	for _, p := range list {
		out[p.External] = p
	}
	return out, err
}

// Token returns a stored platform token, false when there is none.
func (s *Store) Token(ctx context.Context, q db.Q, name string) (string, time.Time, bool, error) {
	var sealed string
	var expires int64
	err := q.QueryRow(ctx, "SELECT sealed, expires_at FROM connector_tokens WHERE name=$1", name).Scan(&sealed, &expires)
	if errors.Is(err, sql.ErrNoRows) {
		return "", time.Time{}, false, nil
	}
	if err != nil {
		return "", time.Time{}, false, err
	}
	plain, err := s.sealer.Open("token:"+name, sealed)
	return string(plain), time.UnixMilli(expires).UTC(), err == nil, err
}

// PutToken stores a platform token, so that every node uses the same one.
func (s *Store) PutToken(ctx context.Context, q db.Q, name, value string, expires time.Time) error {
	sealed, err := s.sealer.Seal("token:"+name, []byte(value))
	if err != nil {
		return err
	}
	_, err = q.Exec(ctx, `INSERT INTO connector_tokens (name,sealed,expires_at) VALUES ($1,$2,$3)
 ON CONFLICT (name) DO UPDATE SET sealed=excluded.sealed, expires_at=excluded.expires_at`, name, sealed, db.Millis(expires))
	return err
}

func mustJSON(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return b
}
