package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
	_ "modernc.org/sqlite"             // the driver "sqlite"
)

// Open opens the database at target: "postgres://…" or a SQLite path, whose
// folder is made if it is missing.
func Open(ctx context.Context, target string) (*DB, error) {
	if strings.HasPrefix(target, "postgres://") || strings.HasPrefix(target, "postgresql://") {
		return openPostgres(ctx, target)
	}
	if scheme, _, ok := strings.Cut(target, "://"); ok {
		return nil, fmt.Errorf("the database %s://… is of no known kind: expected postgres://… or the path of a SQLite file", scheme)
	}
	return openSQLite(ctx, target)
}

// sqlitePragmas: FULL because an acknowledged event must survive a power cut;
// concurrent appends share its price by sharing a commit. A checkpoint every
// 8,000 pages keeps it out of most commits.
var sqlitePragmas = []string{
	"journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)", "busy_timeout(10000)",
	"wal_autocheckpoint(8000)", "temp_store(MEMORY)",
}

func openSQLite(ctx context.Context, path string) (*DB, error) {
	if dir := filepath.Dir(path); dir != "." {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return nil, fmt.Errorf("make the data folder: %w", err)
		}
	}
	w, err := sqliteDB(path, "immediate", 2, "cache_size(-65536)")
	if err != nil {
		return nil, err
	}
	// The writer goes first: it makes the file and switches it to WAL. Its second
	// connection is for migrations.
	if err := w.PingContext(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open %s: %w", path, err), w.Close())
	}
	r, err := sqliteDB(path, "deferred", max(4, runtime.NumCPU()*2), "query_only(1)", "cache_size(-8192)")
	if err != nil {
		return nil, errors.Join(err, w.Close())
	}
	return &DB{engine: SQLite, pool: r, writer: newWriter(w), path: path}, nil
}

func sqliteDB(path, lock string, conns int, extra ...string) (*sql.DB, error) {
	v := url.Values{"_txlock": {lock}, "_pragma": append(append([]string{}, sqlitePragmas...), extra...)}
	d, err := sql.Open("sqlite", "file:"+(&url.URL{Path: path}).EscapedPath()+"?"+v.Encode())
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	d.SetMaxOpenConns(conns)
	d.SetMaxIdleConns(conns)
	return d, nil
}

func openPostgres(ctx context.Context, target string) (*DB, error) {
	d, err := sql.Open("pgx", target)
	if err != nil {
		return nil, fmt.Errorf("open PostgreSQL: %w", withoutPassword(err, target))
	}
	d.SetMaxOpenConns(max(8, runtime.NumCPU()*4))
	d.SetMaxIdleConns(8)
	d.SetConnMaxIdleTime(5 * time.Minute)
	if err := d.PingContext(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open PostgreSQL: %w", withoutPassword(err, target)), d.Close())
	}
	return &DB{engine: Postgres, pool: d}, nil
}

func withoutPassword(err error, target string) error {
	u, perr := url.Parse(target)
	if perr != nil || u.User == nil {
		return err
	}
	if pw, ok := u.User.Password(); ok && pw != "" {
		return errors.New(strings.ReplaceAll(err.Error(), pw, "…"))
	}
	return err
}

// Retryable reports whether the same transaction may succeed when run again.
func Retryable(err error) bool {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code == "40001" || pg.Code == "40P01"
	}
	return false
}

// IsUnique reports whether err is a violation of a unique key.
func IsUnique(err error) bool {
	if err == nil {
		return false
	}
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code == "23505"
	}
	return strings.Contains(err.Error(), "UNIQUE constraint failed")
}
