package db

import (
	"bytes"
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"time"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/database"
)

// Migrations are the numbered SQL files of one slice, applied in their own
// version table <slice>_migrations.
type Migrations struct {
	Slice string
	FS    fs.FS // *.sql at its root, in goose's format
}

// Embedded are the migrations of a slice that embeds its folder "migrations".
func Embedded(slice string, folder embed.FS) Migrations {
	files, err := fs.Sub(folder, "migrations")
	if err != nil {
		panic("db: " + slice + " embeds no migrations: " + err.Error())
	}
	return Migrations{Slice: slice, FS: files}
}

// ErrNewer is returned when the database was migrated by a newer program.
var ErrNewer = errors.New("the database was made by a newer version of qunzhu: install that version, or restore a backup made before the upgrade")

// Migrate applies what is missing, slice after slice. It refuses a database
// that has a migration this program does not know.
func (d *DB) Migrate(ctx context.Context, all []Migrations) error {
	unlock, err := d.migrationLock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	for _, m := range all {
		if err := d.migrate(ctx, m); err != nil {
			return fmt.Errorf("migrate %s: %w", m.Slice, err)
		}
	}
	return nil
}

func (d *DB) migrate(ctx context.Context, m Migrations) error {
	dialect := database.DialectSQLite3
	if d.engine == Postgres {
		dialect = database.DialectPostgres
	}
	store, err := database.NewStore(dialect, m.Slice+"_migrations")
	if err != nil {
		return err
	}
	p, err := goose.NewProvider("", d.admin(), words{m.FS, d.engine},
		goose.WithStore(store), goose.WithSlog(slog.New(slog.DiscardHandler)))
	if errors.Is(err, goose.ErrNoMigrations) {
		return nil
	}
	if err != nil {
		return err
	}
	current, target, err := p.GetVersions(ctx)
	if err != nil {
		return err
	}
	if current > target {
		return ErrNewer
	}
	_, err = p.Up(ctx)
	return err
}

// migrationLock keeps two processes from migrating at once; SQLite's goose
// transactions serialise by themselves, PostgreSQL gets an advisory lock.
func (d *DB) migrationLock(ctx context.Context) (func(), error) {
	if d.engine != Postgres {
		return func() {}, nil
	}
	conn, err := d.pool.Conn(ctx)
	if err != nil {
		return nil, err
	}
	const key = 0x71756e7a6875 // "qunzhu"
	if _, err := conn.ExecContext(ctx, "SELECT pg_advisory_lock($1)", key); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		_, _ = conn.ExecContext(ctx, "SELECT pg_advisory_unlock($1)", key)
		_ = conn.Close()
	}, nil
}

// words is a file system whose SQL files have their @words@ replaced by the
// engine's: the few pieces of DDL that differ. A @clustered@ table is looked up
// by its primary key and not appended to: SQLite keeps its rows in that key.
type words struct {
	fs.FS
	engine Engine
}

var dialectWords = map[Engine][][2]string{
	SQLite:   {{"@bytes@", "BLOB"}, {"@append_only@", ""}, {"@clustered@", "WITHOUT ROWID"}},
	Postgres: {{"@bytes@", "BYTEA"}, {"@append_only@", "WITH (fillfactor=90)"}, {"@clustered@", ""}},
}

func (w words) Open(name string) (fs.File, error) {
	f, err := w.FS.Open(name)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil || info.IsDir() {
		return f, err
	}
	defer func() { _ = f.Close() }()
	data, err := fs.ReadFile(w.FS, name)
	if err != nil {
		return nil, err
	}
	for _, p := range dialectWords[w.engine] {
		data = bytes.ReplaceAll(data, []byte(p[0]), []byte(p[1]))
	}
	return &renderedFile{Reader: bytes.NewReader(data), info: info}, nil
}

type renderedFile struct {
	*bytes.Reader
	info fs.FileInfo
}

func (f *renderedFile) Stat() (fs.FileInfo, error) { return f.info, nil }
func (f *renderedFile) Close() error               { return nil }

// admin is the pool that may change the schema.
func (d *DB) admin() *sql.DB {
	if d.writer != nil {
		return d.writer.db
	}
	return d.pool
}
