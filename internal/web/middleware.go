package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"runtime/debug"
	"strings"
	"time"

	"github.com/qunzhu/qunzhu/internal/fault"
	"github.com/qunzhu/qunzhu/internal/id"
)

// note is what a request leaves for the access log while it is served.
type note struct {
	requestID, route, actor string
	address                 netip.Addr
	err                     error
}

type noteKey struct{}

func noteOf(ctx context.Context) *note {
	n, ok := ctx.Value(noteKey{}).(*note)
	if !ok {
		return &note{}
	}
	return n
}

func noteRoute(ctx context.Context, pattern string) { noteOf(ctx).route = pattern }
func noteActor(ctx context.Context, id string)      { noteOf(ctx).actor = id }
func noteError(ctx context.Context, err error)      { noteOf(ctx).err = err }

// RequestID is the id under which the log knows the request of ctx.
func RequestID(ctx context.Context) string { return noteOf(ctx).requestID }

// Address is the client's address: the connection's peer or, behind trusted
// proxies, what they say.
func Address(ctx context.Context) netip.Addr { return noteOf(ctx).address }

// observe is the outermost layer: request id, recovery of panics, access log.
func (r *Router) observe(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		start := time.Now()
		n := &note{requestID: id.New(start), address: clientAddress(req, r.options.TrustedProxies)}
		req = req.WithContext(context.WithValue(req.Context(), noteKey{}, n))
		rec := &recorder{ResponseWriter: w}
		w.Header().Set("X-Request-Id", n.requestID)
		func() {
			defer r.recover(rec, req)
			next.ServeHTTP(rec, req)
		}()
		r.logRequest(req, rec, n, time.Since(start))
	})
}

func (r *Router) recover(w *recorder, req *http.Request) {
	p := recover()
	if p == nil {
		return
	}
	if err, ok := p.(error); ok && errors.Is(err, http.ErrAbortHandler) {
		panic(p)
	}
	r.log.ErrorContext(req.Context(), "panic", "panic", fmt.Sprint(p), "stack", string(debug.Stack()),
		"request_id", RequestID(req.Context()))
	// What the handler had prepared describes an answer that is not given.
	w.Header().Del("Content-Length")
	w.Header().Del("Content-Encoding")
	r.fail(r.newCtx(w, req), fault.Wrap(fmt.Errorf("panic: %v", p), fault.Internal, "fault.internal"))
}

func (r *Router) logRequest(req *http.Request, rec *recorder, n *note, took time.Duration) {
	attrs := []any{
		"method", req.Method, "path", loggedPath(req), "status", rec.status, "bytes", rec.bytes,
		"ms", took.Milliseconds(), "address", n.address.String(), "request_id", n.requestID,
	}
	if n.actor != "" {
		attrs = append(attrs, "actor", n.actor)
	}
	if n.err != nil && rec.status < 500 {
		attrs = append(attrs, "fault", string(fault.As(n.err).Code))
	}
	r.log.InfoContext(req.Context(), "request", attrs...)
	if r.options.Observe != nil {
		r.options.Observe(n.route, rec.status, took)
	}
}

// loggedPath leaves out the query, and the whole path where it is a secret: a
// route with a {token} is logged as its pattern.
func loggedPath(req *http.Request) string {
	if route := noteOf(req.Context()).route; strings.Contains(route, "{token") {
		return route
	}
	path := req.URL.Path
	if len(path) > 200 {
		path = path[:200]
	}
	return path
}

// recorder remembers what was answered.
type recorder struct {
	http.ResponseWriter
	status int
	bytes  int64
}

func (w *recorder) WriteHeader(status int) {
	if w.status == 0 && status >= 200 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *recorder) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	n, err := w.ResponseWriter.Write(b)
	w.bytes += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController reach the connection.
func (w *recorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// started reports whether the answer's status is already out.
func started(w http.ResponseWriter) bool {
	for {
		if rec, ok := w.(*recorder); ok {
			return rec.status != 0
		}
		if z, ok := w.(*gzipWriter); ok && z.decided {
			return true
		}
		u, ok := w.(interface{ Unwrap() http.ResponseWriter })
		if !ok {
			return false
		}
		w = u.Unwrap()
	}
}
