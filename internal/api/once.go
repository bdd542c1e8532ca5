package api

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/qunzhu/qunzhu/internal/fault"
)

// once executes a write with an Idempotency-Key once, however often it is sent
// within a day: repetitions get the first answer, also those that arrive while
// it is being made. Failures of ours (5xx) and refusals to wait (429) are not
// kept.
func (s *server) once(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		key := r.Header.Get(idempotencyKey)
		if key == "" || reads(r) {
			next.ServeHTTP(w, r)
			return
		}
		if err := s.repeatable(w, r, key, next); err != nil {
			refuse(w, r, err)
		}
	})
}

func (s *server) repeatable(w http.ResponseWriter, r *http.Request, key string, next http.Handler) error {
	what, err := writeOf(r, key)
	if err != nil {
		return err
	}
	got, err := s.turn(r.Context(), what)
	if err != nil {
		return err
	}
	a := got.answer
	if a == nil {
		a = s.execute(w, r, what, got.claim, next)
	} else {
		w.Header().Set("Idempotency-Replayed", "true")
	}
	w.Header().Set("Content-Type", a.contentType)
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body) // the client is gone when this fails; the answer is kept
	return nil
}

// writeOf reads what is asked for. Keys are visible ASCII.
func writeOf(r *http.Request, key string) (write, error) {
	if len(key) > maxKey || strings.ContainsFunc(key, func(c rune) bool { return c <= ' ' || c > '~' }) {
		return write{}, fault.InvalidField(idempotencyKey, "api.key_form", maxKey)
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return write{}, err
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	sum := sha256.Sum256(append([]byte(r.URL.RawQuery+"\n"), body...))
	return write{token: requestOf(r.Context()).actor.ID, route: r.Method + " " + r.URL.Path, key: key, hash: hex.EncodeToString(sum[:])}, nil
}

// turn waits for a claim or an answer; when the first execution takes too long,
// it is a Conflict fault.
func (s *server) turn(ctx context.Context, what write) (claimed, error) {
	for deadline := time.Now().Add(pollFor); ; {
		got, err := s.claim(ctx, what)
		if err != nil || got.claim != "" || got.answer != nil {
			return got, err
		}
		if time.Now().After(deadline) {
			return got, &waiting{fault.New(fault.Conflict, "api.key_running"), 5}
		}
		select {
		case <-ctx.Done():
			return got, ctx.Err()
		case <-time.After(pollEvery):
		}
	}
}

// execute runs a write to its end even if the client goes away, because the
// client will ask again what came of it.
func (s *server) execute(w http.ResponseWriter, r *http.Request, what write, claim string, next http.Handler) *answer {
	ctx := context.WithoutCancel(r.Context())
	rec := &recorder{header: w.Header(), status: http.StatusOK}
	finished := false
	defer func() {
		if !finished { // a panic: whoever asks again may execute it again
			_ = s.forget(ctx, what, claim)
		}
	}()
	next.ServeHTTP(rec, r.WithContext(ctx))
	finished = true
	a := &answer{status: rec.status, contentType: rec.header.Get("Content-Type"), body: rec.body.Bytes()}
	if err := s.settle(ctx, what, claim, *a); err != nil {
		s.Log.ErrorContext(ctx, "the answer of a write was not kept; its repetition waits until it counts as lost", "error", err)
	}
	return a
}

// settle ends an execution.
func (s *server) settle(ctx context.Context, what write, claim string, a answer) error {
	if a.status >= http.StatusInternalServerError || a.status == http.StatusTooManyRequests {
		return s.forget(ctx, what, claim)
	}
	return s.keep(ctx, what, claim, a)
}

// recorder holds an answer back until it is kept.
type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// Header implements http.ResponseWriter.
func (r *recorder) Header() http.Header { return r.header }

// WriteHeader implements http.ResponseWriter.
func (r *recorder) WriteHeader(status int) { r.status = status }

// Write implements http.ResponseWriter.
func (r *recorder) Write(b []byte) (int, error) { return r.body.Write(b) }
