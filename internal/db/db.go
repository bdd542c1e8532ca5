// Package db is the one place that knows which database it is talking to. It
// opens SQLite or PostgreSQL, runs transactions, applies migrations and helps to
// build the few statements that need help. Everything else speaks one SQL text:
// $1 placeholders, TEXT ids, BIGINT UTC milliseconds, BIGINT fen.
package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"time"
)

// Engine names a database engine.
type Engine string

// The engines.
const (
	SQLite   Engine = "sqlite"
	Postgres Engine = "postgres"
)

// Q is what statements run on: a transaction, or the database for one read.
// Results follow database/sql: Row.Scan returns sql.ErrNoRows when there is none.
type Q interface {
	Exec(ctx context.Context, query string, args ...any) (sql.Result, error)
	Query(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRow(ctx context.Context, query string, args ...any) *sql.Row
	Engine() Engine
}

// DB is an open database. SQLite has one writer connection and a pool of
// readers; PostgreSQL has one pool for both.
type DB struct {
	engine Engine
	pool   *sql.DB // readers with SQLite, everything with PostgreSQL
	writer *writer // with SQLite
	path   string  // the file, with SQLite
}

// Engine reports which engine this is.
func (d *DB) Engine() Engine { return d.engine }

// Path is the database file with SQLite, "" with PostgreSQL.
func (d *DB) Path() string { return d.path }

// Close closes all connections.
func (d *DB) Close() error {
	if d.writer == nil {
		return d.pool.Close()
	}
	return errors.Join(d.pool.Close(), d.writer.close())
}

// Ping reports whether the database answers.
func (d *DB) Ping(ctx context.Context) error { return d.pool.PingContext(ctx) }

// Write runs f in one writing transaction and commits it when f returns nil.
// With SQLite the transaction holds the write lock from its first moment (BEGIN
// IMMEDIATE). With PostgreSQL a serialization failure or deadlock runs f again,
// so f must not have effects outside the transaction.
func (d *DB) Write(ctx context.Context, f func(*Tx) error) error {
	if d.writer != nil {
		return d.writer.run(ctx, f)
	}
	const tries = 5
	for try := 1; ; try++ {
		err := d.run(ctx, nil, f)
		if err == nil || try == tries || !Retryable(err) {
			return err
		}
		slog.DebugContext(ctx, "transaction is run again", "try", try, "reason", err)
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Duration(rand.IntN(10*try)+1) * time.Millisecond):
		}
	}
}

// Read runs f in one reading transaction: every statement sees the same
// committed state.
func (d *DB) Read(ctx context.Context, f func(*Tx) error) error {
	return d.run(ctx, &sql.TxOptions{ReadOnly: true, Isolation: d.snapshotLevel()}, f)
}

func (d *DB) snapshotLevel() sql.IsolationLevel {
	if d.engine == Postgres {
		return sql.LevelRepeatableRead
	}
	return sql.LevelDefault
}

func (d *DB) run(ctx context.Context, opts *sql.TxOptions, f func(*Tx) error) (err error) {
	tx, err := d.pool.BeginTx(ctx, opts)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	t := &Tx{on: tx, engine: d.engine}
	defer func() {
		if v := recover(); v != nil {
			_ = tx.Rollback()
			panic(v)
		}
	}()
	if err := f(t); err != nil {
		_ = tx.Rollback()
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}

// Exec implements Q in a transaction of its own.
func (d *DB) Exec(ctx context.Context, query string, args ...any) (sql.Result, error) {
	if d.writer != nil {
		return d.writer.alone(ctx, query, args)
	}
	return d.pool.ExecContext(ctx, query, args...)
}

// Query implements Q on a reader.
func (d *DB) Query(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	return d.pool.QueryContext(ctx, query, args...)
}

// QueryRow implements Q on a reader.
func (d *DB) QueryRow(ctx context.Context, query string, args ...any) *sql.Row {
	return d.pool.QueryRowContext(ctx, query, args...)
}

// Tx is a transaction.
type Tx struct {
	on     runner
	engine Engine
	saves  int
}

// Engine implements Q.
func (t *Tx) Engine() Engine { return t.engine }

// Exec implements Q.
func (t *Tx) Exec(ctx context.Context, query string, args ...any) (sql.Result, error) {
	return t.on.ExecContext(ctx, query, args...)
}

// Query implements Q.
func (t *Tx) Query(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	return t.on.QueryContext(ctx, query, args...)
}

// QueryRow implements Q.
func (t *Tx) QueryRow(ctx context.Context, query string, args ...any) *sql.Row {
	return t.on.QueryRowContext(ctx, query, args...)
}

// Savepoint runs f inside the transaction so that its error undoes only what f
// did: the transaction goes on.
func (t *Tx) Savepoint(ctx context.Context, f func() error) error {
	t.saves++
	name := fmt.Sprintf("s%d", t.saves)
	if _, err := t.on.ExecContext(ctx, "SAVEPOINT "+name); err != nil {
		return fmt.Errorf("savepoint: %w", err)
	}
	if err := f(); err != nil {
		if _, rerr := t.on.ExecContext(ctx, "ROLLBACK TO SAVEPOINT "+name); rerr != nil {
			return errors.Join(err, fmt.Errorf("rollback to savepoint: %w", rerr))
		}
		_, rerr := t.on.ExecContext(ctx, "RELEASE SAVEPOINT "+name)
		return errors.Join(err, rerr)
	}
	if _, err := t.on.ExecContext(ctx, "RELEASE SAVEPOINT "+name); err != nil {
		return fmt.Errorf("release savepoint: %w", err)
	}
	return nil
}
