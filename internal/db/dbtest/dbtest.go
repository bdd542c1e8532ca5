// Package dbtest gives every store test both engines: a SQLite file, and a
// PostgreSQL schema of its own when QUNZHU_TEST_POSTGRES names a server.
package dbtest

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/id"
)

// Each runs f once for each engine, on a fresh and migrated database.
func Each(t *testing.T, migrations []db.Migrations, f func(t *testing.T, d *db.DB)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { f(t, SQLite(t, migrations)) })
	t.Run("postgres", func(t *testing.T) { f(t, Postgres(t, migrations)) })
}

// SQLite opens a fresh database in a temporary folder.
func SQLite(t testing.TB, migrations []db.Migrations) *db.DB {
	t.Helper()
	return open(t, filepath.Join(t.TempDir(), "test.db"), migrations)
}

// Postgres opens a fresh schema. Without a server the test is skipped, and with
// CI=true it fails: CI must not pass by not looking.
func Postgres(t testing.TB, migrations []db.Migrations) *db.DB {
	t.Helper()
	return open(t, PostgresURL(t), migrations)
}

// PostgresURL makes a schema and returns the URL that uses it.
func PostgresURL(t testing.TB) string {
	t.Helper()
	server := os.Getenv("QUNZHU_TEST_POSTGRES")
	if server == "" {
		if os.Getenv("CI") == "true" {
			t.Fatal("QUNZHU_TEST_POSTGRES is not set: run the tests with make test")
		}
		t.Skip("QUNZHU_TEST_POSTGRES is not set: PostgreSQL was not tested")
	}
	schema := "t_" + strings.ToLower(id.New(time.Now()))
	admin, err := sql.Open("pgx", server)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := admin.Exec("CREATE SCHEMA " + schema); err != nil {
		t.Fatalf("make a schema: %v", err)
	}
	t.Cleanup(func() {
		if _, err := admin.Exec("DROP SCHEMA " + schema + " CASCADE"); err != nil {
			t.Errorf("drop the schema: %v", err)
		}
		_ = admin.Close()
	})
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	q.Set("search_path", schema)
	u.RawQuery = q.Encode()
	return u.String()
}

func open(t testing.TB, target string, migrations []db.Migrations) *db.DB {
	t.Helper()
	ctx := context.Background()
	d, err := db.Open(ctx, target)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	if err := d.Migrate(ctx, migrations); err != nil {
		t.Fatal(err)
	}
	return d
}

// Dump returns every row of a table as text, sorted: what a golden comparison
// or a failing test shows.
func Dump(t testing.TB, d *db.DB, query string, args ...any) []string {
	t.Helper()
	out, err := db.List(context.Background(), d, func(r *sql.Rows) (string, error) {
		cols, err := r.Columns()
		if err != nil {
			return "", err
		}
		vals, ptrs := make([]any, len(cols)), make([]any, len(cols))
		for i := range vals {
			ptrs[i] = &vals[i]
		}
		if err := r.Scan(ptrs...); err != nil {
			return "", err
		}
		parts := make([]string, len(cols))
		for i, v := range vals {
			if b, ok := v.([]byte); ok {
				v = string(b)
			}
			parts[i] = fmt.Sprint(v)
		}
		return strings.Join(parts, "|"), nil
	}, query, args...)
	if err != nil {
		t.Fatalf("dump: %v", err)
	}
	return out
}
