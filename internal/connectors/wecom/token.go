package wecom

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"math/rand/v2"
	"sync"
	"time"
)

// Token is an access token as it is shared between processes.
type Token struct {
	Value     string
	IssuedAt  time.Time
	ExpiresAt time.Time
}

// TokenStore keeps access tokens for all processes that use one connection, so
// that they do not invalidate each other's. Keys hold no secret.
type TokenStore interface {
	// Load returns the token saved under key, or the zero Token.
	Load(ctx context.Context, key string) (Token, error)
	Save(ctx context.Context, key string, token Token) error
	// Lock keeps other processes from renewing key until unlock is called. It
	// blocks until the lock is free or ctx ends.
	Lock(ctx context.Context, key string) (unlock func(), err error)
}

// MemoryTokenStore is a TokenStore for one process.
type MemoryTokenStore struct {
	mu     sync.Mutex
	tokens map[string]Token
	locks  map[string]chan struct{}
}

// NewMemoryTokenStore returns an empty store.
func NewMemoryTokenStore() *MemoryTokenStore {
	return &MemoryTokenStore{tokens: map[string]Token{}, locks: map[string]chan struct{}{}}
}

// Load implements TokenStore.
func (s *MemoryTokenStore) Load(_ context.Context, key string) (Token, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.tokens[key], nil
}

// Save implements TokenStore.
func (s *MemoryTokenStore) Save(_ context.Context, key string, token Token) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tokens[key] = token
	return nil
}

// Lock implements TokenStore.
func (s *MemoryTokenStore) Lock(ctx context.Context, key string) (func(), error) {
	s.mu.Lock()
	held, ok := s.locks[key]
	if !ok {
		held = make(chan struct{}, 1)
		s.locks[key] = held
	}
	s.mu.Unlock()
	select {
	case held <- struct{}{}:
		return func() { <-held }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// A token is renewed when this part of its life is left, plus up to as much
// again by chance, so that processes do not all renew in the same second.
const renewPart = 0.05

// The platform blocks a caller that keeps asking with wrong credentials for an
// hour; after such a refusal it is asked again only after this pause.
const pauseAfterRefusal = 30 * time.Second

// tokenSource hands out the current access token: one fetch at a time in this
// process, one at a time between processes by the store's lock.
type tokenSource struct {
	store TokenStore
	key   string
	fetch func(ctx context.Context) (Token, error)
	now   func() time.Time

	busy chan struct{} // a lock that a context can give up waiting for

	mu           sync.Mutex
	current      Token
	renewAt      time.Time
	refusal      error
	refusedUntil time.Time
}

func newTokenSource(store TokenStore, corpID, secret string, now func() time.Time, fetch func(context.Context) (Token, error)) *tokenSource {
	sum := sha256.Sum256([]byte(corpID + "\x00" + secret))
	return &tokenSource{
		store: store, key: "wecom/" + corpID + "/" + hex.EncodeToString(sum[:8]),
		fetch: fetch, now: now, busy: make(chan struct{}, 1),
	}
}

// get returns a token other than refused, the value that the platform has just
// turned down ("" for none). fresh reports that this call fetched it.
func (s *tokenSource) get(ctx context.Context, refused string) (value string, fresh bool, err error) {
	if token, due := s.cached(refused); token != "" && !due {
		return token, false, nil
	}
	select {
	case s.busy <- struct{}{}:
		defer func() { <-s.busy }()
	case <-ctx.Done():
		return "", false, ctx.Err()
	}
	fallback, due := s.cached(refused)
	if fallback != "" && !due {
		return fallback, false, nil // another caller renewed it meanwhile
	}
	value, fresh, err = s.renew(ctx, refused)
	if err != nil && fallback != "" && !errors.Is(err, ErrReauthorize) {
		return fallback, false, nil // renewing early failed, the old one still holds
	}
	return value, fresh, err
}

// cached returns the token of this process if it is usable, and whether it is
// due for renewal all the same.
func (s *tokenSource) cached(refused string) (value string, due bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !usable(s.current, refused, s.now()) {
		return "", true
	}
	return s.current.Value, !s.now().Before(s.renewAt)
}

func (s *tokenSource) renew(ctx context.Context, refused string) (string, bool, error) {
	if err := s.refused(); err != nil {
		return "", false, err
	}
	unlock, err := s.store.Lock(ctx, s.key)
	if err != nil {
		return "", false, err
	}
	defer unlock()
	stored, err := s.store.Load(ctx, s.key)
	if err != nil {
		return "", false, err
	}
	if usable(stored, refused, s.now()) && s.now().Before(renewalTime(stored)) {
		s.adopt(stored)
		return stored.Value, false, nil
	}
	token, err := s.fetch(ctx)
	if err != nil {
		s.noteRefusal(err)
		return "", false, err
	}
	if err := s.store.Save(ctx, s.key, token); err != nil {
		return "", false, err
	}
	s.adopt(token)
	return token.Value, true, nil
}

func usable(t Token, refused string, now time.Time) bool {
	return t.Value != "" && t.Value != refused && now.Before(t.ExpiresAt)
}

// renewalTime is the latest moment at which a token is handed out without trying
// to renew it.
func renewalTime(t Token) time.Time {
	return t.ExpiresAt.Add(-time.Duration(renewPart * float64(t.ExpiresAt.Sub(t.IssuedAt))))
}

func (s *tokenSource) adopt(t Token) {
	jitter := time.Duration(rand.Float64() * renewPart * float64(t.ExpiresAt.Sub(t.IssuedAt)))
	s.mu.Lock()
	defer s.mu.Unlock()
	s.current, s.renewAt, s.refusal = t, renewalTime(t).Add(-jitter), nil
}

func (s *tokenSource) refused() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.refusal != nil && s.now().Before(s.refusedUntil) {
		return s.refusal
	}
	return nil
}

func (s *tokenSource) noteRefusal(err error) {
	if !errors.Is(err, ErrReauthorize) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refusal, s.refusedUntil = err, s.now().Add(pauseAfterRefusal)
}
