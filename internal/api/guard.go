package api

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/qunzhu/qunzhu/internal/fault"
)

const maxBody = 1 << 20

// guard lets a request through that has a good token, is in its limits, and
// carries nothing that no field could take.
func (s *server) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		err := s.admit(r)
		if err == nil {
			err = legible(r)
		}
		if err == nil && !reads(r) {
			err = bringBody(w, r)
		}
		if err != nil {
			refuse(w, r, err)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// admit finds out who asks.
func (s *server) admit(r *http.Request) error {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") || token == "" {
		return fault.New(fault.Unauthorized, "api.token_missing")
	}
	actor, err := s.Authenticate(r.Context(), strings.TrimSpace(token))
	if err != nil {
		return err
	}
	requestOf(r.Context()).actor = actor.From(s.Address(r))
	if wait := s.byToken.take(actor.ID); wait > 0 {
		return tooFast(wait)
	}
	if actor.ReadOnly() && !reads(r) {
		return fault.New(fault.Forbidden, "api.token_reads")
	}
	return nil
}

func reads(r *http.Request) bool {
	return r.Method == http.MethodGet || r.Method == http.MethodHead || r.Method == http.MethodOptions
}

// legible refuses text that a database could not hold.
func legible(r *http.Request) error {
	if !clean(r.URL.Path) {
		return fault.New(fault.NotFound, "fault.not_found")
	}
	f := fault.New(fault.Invalid, "fault.invalid")
	if !clean(r.URL.RawQuery) {
		return f.With("query", "api.field.text")
	}
	query := r.URL.Query()
	for name, values := range query {
		switch {
		case !clean(name):
			f.With("query", "api.field.text")
		case len(values) > 1:
			f.With(name, "api.field.once")
		case slices.ContainsFunc(values, func(v string) bool { return !clean(v) }):
			f.With(name, "api.field.text")
		}
	}
	return f.OrNil()
}

func clean(s string) bool { return utf8.ValidString(s) && !strings.ContainsRune(s, 0) }

// bringBody reads the body as a whole: a repeated write is known by it.
func bringBody(w http.ResponseWriter, r *http.Request) error {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return err
	}
	if err != nil {
		return fault.Wrap(err, fault.Invalid, "api.body_cut")
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	return nil
}

// route hands a request to its operation, and answers what none matches.
func (s *server) route(w http.ResponseWriter, r *http.Request) {
	if _, pattern := s.mux.Handler(r); pattern != "" {
		s.mux.ServeHTTP(w, r)
		return
	}
	if allowed := s.allowed(r); allowed != "" {
		w.Header().Set("Allow", allowed)
		refuseWith(w, r, http.StatusMethodNotAllowed, fault.New(fault.Invalid, "fault.method", r.Method))
		return
	}
	refuse(w, r, fault.New(fault.NotFound, "api.no_resource"))
}

func (s *server) allowed(r *http.Request) string {
	var allowed []string
	for _, m := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"} {
		probe := r.Clone(r.Context())
		probe.Method = m
		if _, pattern := s.mux.Handler(probe); pattern != "" {
			allowed = append(allowed, m)
		}
	}
	return strings.Join(allowed, ", ")
}
