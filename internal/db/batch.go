package db

import (
	"context"
	"errors"
	"sync"
)

// Commit shares one commit among concurrent writers: while one transaction is
// being made durable, the next callers gather and go together in the one after.
type Commit struct {
	db  *DB
	max int

	mu      sync.Mutex
	waiting []*pending
	busy    bool
}

type pending struct {
	ctx  context.Context
	f    func(*Tx) error
	done chan error
}

// NewCommit returns a Commit of at most max writers a transaction.
func NewCommit(d *DB, max int) *Commit { return &Commit{db: d, max: max} }

// Do runs f in a transaction that others may share and returns after it is
// durable. An error of f undoes only what f did. f may run twice.
func (c *Commit) Do(ctx context.Context, f func(*Tx) error) error {
	p := &pending{ctx, f, make(chan error, 1)}
	c.mu.Lock()
	c.waiting = append(c.waiting, p)
	if !c.busy {
		c.busy = true
		go c.lead()
	}
	c.mu.Unlock()
	select {
	case err := <-p.done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// lead commits groups until nobody waits.
func (c *Commit) lead() {
	for {
		c.mu.Lock()
		n := min(len(c.waiting), c.max)
		if n == 0 {
			c.busy = false
			c.mu.Unlock()
			return
		}
		group := c.waiting[:n:n]
		c.waiting = append([]*pending(nil), c.waiting[n:]...)
		c.mu.Unlock()
		c.commit(group)
	}
}

var errAlone = errors.New("run alone")

// commit runs a group in one transaction. If one of them fails, each runs in a
// transaction of its own, so that the fault of one is not the fault of all.
func (c *Commit) commit(group []*pending) {
	ctx := context.WithoutCancel(group[0].ctx)
	err := c.db.Write(ctx, func(tx *Tx) error {
		for _, p := range group {
			if p.ctx.Err() != nil {
				continue
			}
			if err := p.f(tx); err != nil {
				if len(group) == 1 {
					return err
				}
				return errAlone
			}
		}
		return nil
	})
	if len(group) > 1 && err != nil {
		for _, p := range group {
			p.done <- c.db.Write(p.ctx, p.f)
		}
		return
	}
	for _, p := range group {
		p.done <- err
	}
}
