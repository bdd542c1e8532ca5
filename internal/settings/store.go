package settings

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"time"

	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/fault"
	"github.com/qunzhu/qunzhu/internal/id"
)

// Source is where a value comes from.
type Source string

// The sources.
const (
	FromDefault   Source = "default"
	FromWorkspace Source = "workspace"
	FromCommunity Source = "community"
)

// Value is a setting as it holds in a community, or with "" in the workspace.
type Value struct {
	Field
	Value     string // "" for a secret
	Set       bool   // of a secret: there is one
	From      Source
	UpdatedAt time.Time // zero for a default
	UpdatedBy string    // id of the actor
}

// row is a stored value. One that no longer fits its description, because a
// newer program narrowed it, counts as not there.
type row struct {
	community, key, value, by string
	at                        time.Time
}

func (s *Settings) rows(ctx context.Context, q db.Q, community string, keys []string) (map[string]row, error) {
	out := map[string]row{}
	args := db.Args([]any{community}, keys...)
	// "" sorts before every community, so the community's own value comes last and stays.
	list, err := db.List(ctx, q, scanRow, `SELECT community_id, key, value, updated_at, updated_by FROM settings_values
		WHERE community_id IN ('', $1) AND key IN (`+db.Marks(len(keys), 2)+`) ORDER BY community_id, key`, args...)
	for _, r := range list {
		d := s.fields[r.key]
		if r.community != "" && d.form.WorkspaceOnly {
			continue
		}
		if !d.Secret {
			if _, err := d.parse(r.value); err != nil {
				slog.WarnContext(ctx, "a stored setting is out of its bounds and not used", "key", r.key, "community", r.community)
				continue
			}
		}
		out[r.key] = r
	}
	return out, err
}

func scanRow(rows *sql.Rows) (row, error) {
	var r row
	var ms int64
	err := rows.Scan(&r.community, &r.key, &r.value, &ms, &r.by)
	r.at = time.UnixMilli(ms).UTC()
	return r, err
}

// View returns the values of a form, in its order, for the page.
func (s *Settings) View(ctx context.Context, q db.Q, form, community string) ([]Value, error) {
	i := slices.IndexFunc(s.forms, func(f Form) bool { return f.Name == form })
	if i < 0 {
		return nil, fault.New(fault.NotFound, "fault.settings_form_unknown", form)
	}
	var keys []string
	for _, f := range s.forms[i].Fields {
		keys = append(keys, f.Key)
	}
	rows, err := s.rows(ctx, q, community, keys)
	if err != nil {
		return nil, err
	}
	var out []Value
	for _, f := range s.forms[i].Fields {
		v := Value{Field: f, Value: f.Default, From: FromDefault}
		if r, ok := rows[f.Key]; ok {
			v.Value, v.From, v.UpdatedAt, v.UpdatedBy = r.value, source(r.community), r.at, r.by
		}
		if f.Secret {
			v.Value, v.Set = "", v.Value != ""
		}
		out = append(out, v)
	}
	return out, nil
}

func source(community string) Source {
	if community == "" {
		return FromWorkspace
	}
	return FromCommunity
}

// Change is what a person saved.
type Change struct {
	Community string            // "" for the workspace
	Values    map[string]string // by key, as typed; an empty secret keeps the one there is
	Reset     []string          // keys that go back to the workspace's value or the default
	By        string            // id of the actor
	At        time.Time
}

// Save checks all values and writes those that differ, with their history, as
// part of tx. All that is wrong comes in one Invalid fault, and then nothing is
// written. The caller has checked that the actor may do it.
func (s *Settings) Save(ctx context.Context, tx *db.Tx, c Change) error {
	values, err := s.check(c)
	if err != nil {
		return err
	}
	keys := slices.Concat(slices.Sorted(maps.Keys(values)), c.Reset)
	slices.Sort(keys)
	own, err := db.List(ctx, tx, scanRow, `SELECT community_id, key, value, updated_at, updated_by FROM settings_values
		WHERE community_id = $1 AND key IN (`+db.Marks(len(keys), 2)+") ORDER BY key"+db.ForUpdate(tx), db.Args([]any{c.Community}, keys...)...)
	if err != nil {
		return err
	}
	for _, key := range slices.Compact(keys) {
		i := slices.IndexFunc(own, func(r row) bool { return r.key == key })
		var before *string
		if i >= 0 {
			before = &own[i].value
		}
		var after *string
		if v, ok := values[key]; ok && !slices.Contains(c.Reset, key) {
			after = &v
		}
		if err := s.write(ctx, tx, c, s.fields[key], before, after); err != nil {
			return err
		}
	}
	return nil
}

// check returns the values in their stored form, without the secrets to be kept.
func (s *Settings) check(c Change) (map[string]string, error) {
	wrong := fault.New(fault.Invalid, "fault.invalid")
	out := map[string]string{}
	known := func(key string) (described, bool) {
		d, ok := s.fields[key]
		switch {
		case !ok:
			wrong.With(key, "fault.setting_unknown")
		case d.form.WorkspaceOnly && c.Community != "":
			wrong.With(key, "fault.setting_workspace_only")
		default:
			return d, true
		}
		return d, false
	}
	for _, key := range slices.Sorted(maps.Keys(c.Values)) {
		d, ok := known(key)
		if !ok || d.Secret && c.Values[key] == "" {
			continue
		}
		v, err := d.parse(c.Values[key])
		if err != nil {
			wrong.Fields = append(wrong.Fields, fault.As(err).Fields...)
			continue
		}
		out[key] = v
	}
	for _, key := range c.Reset {
		known(key)
	}
	return out, wrong.OrNil()
}

// write stores or deletes one value and notes it in the history; nil means none.
func (s *Settings) write(ctx context.Context, tx *db.Tx, c Change, d described, before, after *string) error {
	if before == nil && after == nil || before != nil && after != nil && *before == *after {
		return nil
	}
	var err error
	if after == nil {
		_, err = tx.Exec(ctx, "DELETE FROM settings_values WHERE community_id = $1 AND key = $2", c.Community, d.Key)
	} else {
		stored := *after
		if d.Secret {
			if stored, err = s.sealer.Seal(sealRow(c.Community, d.Key), []byte(stored)); err != nil {
				return err
			}
		}
		_, err = tx.Exec(ctx, `INSERT INTO settings_values (community_id, key, value, updated_at, updated_by) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (community_id, key) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at, updated_by = excluded.updated_by`,
			c.Community, d.Key, stored, db.Millis(c.At), c.By)
	}
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO settings_changes (community_id, id, key, before_value, after_value, changed_at, changed_by)
		VALUES ($1, $2, $3, $4, $5, $6, $7)`, c.Community, id.New(c.At), d.Key, d.shown(before), d.shown(after), db.Millis(c.At), c.By)
	return err
}

// shown keeps secrets out of the history.
func (d described) shown(v *string) any {
	switch {
	case v == nil:
		return nil
	case d.Secret:
		return "•••"
	}
	return *v
}

func sealRow(community, key string) string { return "settings/" + community + "/" + key }

// Changed is an entry of the history.
type Changed struct {
	Key           string
	Before, After string // "" for none
	At            time.Time
	By            string
}

// History returns the latest changes of a community, or with "" of the
// workspace, newest first; key "" means all. limit is 1 to 200.
func (s *Settings) History(ctx context.Context, q db.Q, community, key string, limit int) ([]Changed, error) {
	return db.List(ctx, q, func(rows *sql.Rows) (Changed, error) {
		var c Changed
		var ms int64
		err := rows.Scan(&c.Key, &c.Before, &c.After, &ms, &c.By)
		c.At = time.UnixMilli(ms).UTC()
		return c, err
	}, `SELECT key, coalesce(before_value, ''), coalesce(after_value, ''), changed_at, changed_by FROM settings_changes
		WHERE community_id = $1 AND ($2 = '' OR key = $2) ORDER BY changed_at DESC, id DESC LIMIT $3`, community, key, min(max(limit, 1), 200))
}

// Reseal seals what older master keys sealed with the current one, as part of a
// key rotation, and returns how many values that were.
func (s *Settings) Reseal(ctx context.Context, tx *db.Tx) (int, error) {
	all, err := db.List(ctx, tx, scanRow, "SELECT community_id, key, value, updated_at, updated_by FROM settings_values ORDER BY community_id, key")
	n := 0
	for _, r := range all {
		if !s.fields[r.key].Secret || s.sealer.Current(r.value) {
			continue
		}
		plain, err := s.sealer.Open(sealRow(r.community, r.key), r.value)
		if err != nil {
			return n, fmt.Errorf("setting %s: %w", r.key, err)
		}
		sealed, err := s.sealer.Seal(sealRow(r.community, r.key), plain)
		if err != nil {
			return n, err
		}
		if _, err := tx.Exec(ctx, "UPDATE settings_values SET value = $3 WHERE community_id = $1 AND key = $2", r.community, r.key, sealed); err != nil {
			return n, err
		}
		n++
	}
	return n, err
}
