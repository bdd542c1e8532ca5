package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"time"
)

// runner is what a transaction's statements run on.
type runner interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// writer is SQLite's one writing connection. It keeps its statements prepared:
// database/sql would parse each again for every transaction, which costs a third
// of the time of a batch.
type writer struct {
	db    *sql.DB
	turn  chan struct{} // holds a token while nobody writes
	conn  *sql.Conn
	stmts map[string]*sql.Stmt
}

// maxStatements bounds the prepared statements of the writer.
const maxStatements = 512

func newWriter(d *sql.DB) *writer {
	w := &writer{db: d, turn: make(chan struct{}, 1), stmts: map[string]*sql.Stmt{}}
	w.turn <- struct{}{}
	return w
}

// lock waits for the turn to write.
func (w *writer) lock(ctx context.Context) error {
	select {
	case <-w.turn:
	case <-ctx.Done():
		return ctx.Err()
	}
	if w.conn != nil {
		return nil
	}
	conn, err := w.db.Conn(ctx)
	if err != nil {
		w.unlock()
		return err
	}
	w.conn = conn
	return nil
}

func (w *writer) unlock() { w.turn <- struct{}{} }

// drop gives up a connection that no longer works, with its statements.
func (w *writer) drop() {
	for text, s := range w.stmts {
		_ = s.Close()
		delete(w.stmts, text)
	}
	if w.conn != nil {
		_ = w.conn.Close()
		w.conn = nil
	}
}

func (w *writer) close() error {
	<-w.turn
	w.drop()
	return w.db.Close()
}

// run is one transaction. BEGIN IMMEDIATE takes the write lock at once, so that
// what is read in it cannot have changed when it is written.
func (w *writer) run(ctx context.Context, f func(*Tx) error) (err error) {
	if err := w.lock(ctx); err != nil {
		return err
	}
	defer w.unlock()
	if _, err := w.ExecContext(ctx, "BEGIN IMMEDIATE"); err != nil {
		w.drop()
		return fmt.Errorf("begin: %w", err)
	}
	done := false
	defer func() {
		if !done {
			w.rollback()
		}
	}()
	if err := f(&Tx{on: w, engine: SQLite}); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if _, err := w.ExecContext(context.WithoutCancel(ctx), "COMMIT"); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	done = true
	return nil
}

func (w *writer) rollback() {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if _, err := w.conn.ExecContext(ctx, "ROLLBACK"); err != nil {
		// The transaction's state is unknown: only a new connection is clean.
		w.drop()
	}
}

func (w *writer) prepared(ctx context.Context, query string) (*sql.Stmt, error) {
	if s, ok := w.stmts[query]; ok {
		return s, nil
	}
	if len(w.stmts) >= maxStatements {
		for text, s := range w.stmts {
			_ = s.Close()
			delete(w.stmts, text)
			break
		}
	}
	s, err := w.conn.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	w.stmts[query] = s
	return s, nil
}

// ExecContext implements runner.
func (w *writer) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	s, err := w.prepared(ctx, query)
	if err != nil {
		return nil, err
	}
	return s.ExecContext(ctx, args...)
}

// QueryContext implements runner.
func (w *writer) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	s, err := w.prepared(ctx, query)
	if err != nil {
		return nil, err
	}
	return s.QueryContext(ctx, args...)
}

// QueryRowContext implements runner.
func (w *writer) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	s, err := w.prepared(ctx, query)
	if err != nil {
		// Run it unprepared: its Row carries the error.
		return w.conn.QueryRowContext(ctx, query, args...)
	}
	return s.QueryRowContext(ctx, args...)
}

// alone runs one statement outside of a transaction.
func (w *writer) alone(ctx context.Context, query string, args []any) (sql.Result, error) {
	if err := w.lock(ctx); err != nil {
		return nil, err
	}
	defer w.unlock()
	res, err := w.ExecContext(ctx, query, args...)
	if errors.Is(err, driver.ErrBadConn) {
		w.drop()
	}
	return res, err
}
