// Package audit keeps who did what. Entries are only ever added, and each
// carries a hash of itself and of the one before, so that a changed, removed or
// inserted entry shows (VerifyChain). Entries hold ids, settings and counts,
// never the text of a message.
package audit

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/qunzhu/qunzhu/internal/db"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Migrations are the tables of the audit.
func Migrations() db.Migrations { return db.Embedded("audit", migrations) }

const (
	maxText = 200     // bytes of an id, name or action
	maxJSON = 4 << 10 // bytes of before and after, each
)

// Entry says that an actor did an action to an object.
type Entry struct {
	At         time.Time // real time; zero means now
	ActorKind  string    // operator, token, system
	ActorID    string
	ActorName  string
	Action     string // "operator.created", "case.closed": noun.past
	ObjectKind string
	ObjectID   string
	Community  string // "" for what belongs to the whole workspace
	Before     any    // what the action changed, as small JSON; nil for nothing
	After      any
	Address    string // network address the request came from
}

// Recorded is an entry as it is kept.
type Recorded struct {
	Seq int64
	Entry
	Before, After json.RawMessage // hide Entry's, which are what was given
	Hash          string
}

// Record adds an entry as part of tx: both are kept or neither. Transactions
// that record wait for each other, so record last.
func Record(ctx context.Context, tx db.Q, e Entry) error {
	r, err := prepare(e)
	if err != nil {
		return err
	}
	var last string
	err = tx.QueryRow(ctx, "SELECT seq, hash FROM audit_heads WHERE id = 1"+db.ForUpdate(tx)).Scan(&r.Seq, &last)
	if err != nil {
		return fmt.Errorf("audit: %w", err)
	}
	r.Seq++
	r.Hash = r.chain(last)
	_, err = tx.Exec(ctx, `INSERT INTO audit_entries (seq, at, actor_kind, actor_id, actor_name, action, object_kind,
		object_id, community, before_json, after_json, address, hash)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
		r.Seq, db.Millis(r.At), r.ActorKind, r.ActorID, r.ActorName, r.Action, r.ObjectKind,
		r.ObjectID, r.Community, string(r.Before), string(r.After), r.Address, r.Hash)
	if err != nil {
		return fmt.Errorf("audit %s: %w", e.Action, err)
	}
	_, err = tx.Exec(ctx, "UPDATE audit_heads SET seq = $1, hash = $2 WHERE id = 1", r.Seq, r.Hash)
	return err
}

func prepare(e Entry) (Recorded, error) {
	if e.Action == "" || e.ActorKind == "" {
		return Recorded{}, errors.New("audit: an entry needs an action and the kind of its actor")
	}
	if e.At.IsZero() {
		e.At = time.Now()
	}
	e.At = time.UnixMilli(e.At.UnixMilli()).UTC()
	for _, s := range []*string{&e.ActorKind, &e.ActorID, &e.ActorName, &e.Action, &e.ObjectKind, &e.ObjectID, &e.Community, &e.Address} {
		*s = storable(*s)
	}
	r := Recorded{Entry: e}
	var err error
	if r.Before, err = encode(e.Before); err != nil {
		return r, fmt.Errorf("audit %s: before: %w", e.Action, err)
	}
	if r.After, err = encode(e.After); err != nil {
		return r, fmt.Errorf("audit %s: after: %w", e.Action, err)
	}
	return r, nil
}

// storable makes any text fit both engines and the entry small.
func storable(s string) string {
	if len(s) > maxText {
		s = s[:maxText]
	}
	return strings.ReplaceAll(strings.ToValidUTF8(s, "�"), "\x00", "�")
}

// encode leaves out what is too long rather than refuse the action it is about.
func encode(v any) (json.RawMessage, error) {
	if v == nil {
		return json.RawMessage{}, nil
	}
	text, err := json.Marshal(v)
	if err == nil && len(text) > maxJSON {
		return json.Marshal(map[string]int{"omitted_bytes": len(text)})
	}
	return text, err
}

// chain hashes the entry with the hash before it. Every part is preceded by its
// length, so that no two entries have one encoding.
func (r Recorded) chain(last string) string {
	b := binary.BigEndian.AppendUint64(nil, uint64(r.Seq))
	b = binary.BigEndian.AppendUint64(b, uint64(db.Millis(r.At)))
	for _, s := range []string{last, r.ActorKind, r.ActorID, r.ActorName, r.Action, r.ObjectKind, r.ObjectID,
		r.Community, string(r.Before), string(r.After), r.Address} {
		b = binary.AppendUvarint(b, uint64(len(s)))
		b = append(b, s...)
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
