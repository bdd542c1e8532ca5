package app

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/qunzhu/qunzhu/internal/clock"
	"github.com/qunzhu/qunzhu/internal/connector"
	"github.com/qunzhu/qunzhu/internal/connectors/wecom"
	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/job"
)

// sharedTokens keeps platform tokens in the database, sealed, so that all
// processes use the same one: a second one asked for would end the first.
type sharedTokens struct {
	db     *db.DB
	store  *connector.Store
	leases *job.Leases
}

func newSharedTokens(ws *workspace) *sharedTokens {
	return &sharedTokens{ws.db, ws.store, job.NewLeases(ws.db, owner(), clock.Real{})}
}

// Load implements wecom.TokenStore.
func (t *sharedTokens) Load(ctx context.Context, key string) (wecom.Token, error) {
	value, expires, ok, err := t.store.Token(ctx, t.db, key)
	if err != nil || !ok {
		return wecom.Token{}, err
	}
	issued, token, _ := strings.Cut(value, " ")
	ms, err := strconv.ParseInt(issued, 10, 64)
	if err != nil {
		return wecom.Token{}, nil
	}
	return wecom.Token{Value: token, IssuedAt: time.UnixMilli(ms), ExpiresAt: expires}, nil
}

// Save implements wecom.TokenStore.
func (t *sharedTokens) Save(ctx context.Context, key string, token wecom.Token) error {
	return t.store.PutToken(ctx, t.db, key, strconv.FormatInt(token.IssuedAt.UnixMilli(), 10)+" "+token.Value, token.ExpiresAt)
}

// Lock implements wecom.TokenStore by a lease, which runs out when its holder
// dies.
func (t *sharedTokens) Lock(ctx context.Context, key string) (func(), error) {
	const ttl = 15 * time.Second
	for {
		lease, err := t.leases.Acquire(ctx, "token:"+key, ttl)
		if err == nil {
			return func() {
				release, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
				defer cancel()
				_ = t.leases.Release(release, lease)
			}, nil
		}
		if !errors.Is(err, job.ErrHeld) {
			return nil, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
}
