package api

import (
	"context"
	"log/slog"
	"net/http"

	"github.com/qunzhu/qunzhu/internal/auth"
	"github.com/qunzhu/qunzhu/internal/fault"
	"github.com/qunzhu/qunzhu/internal/i18n"
	"github.com/qunzhu/qunzhu/internal/id"
)

// request is what is known of a request while it is served.
type request struct {
	id      string
	actor   auth.Actor
	printer *i18n.Printer
	log     *slog.Logger
}

type requestKey struct{}

func requestOf(ctx context.Context) *request {
	r, ok := ctx.Value(requestKey{}).(*request)
	if !ok {
		panic("api: a context that no request of the API brought")
	}
	return r
}

// ActorFrom is who asks.
func ActorFrom(ctx context.Context) auth.Actor { return requestOf(ctx).actor }

// PrinterFrom writes in the language and zone of the request.
func PrinterFrom(ctx context.Context) *i18n.Printer { return requestOf(ctx).printer }

// Scope is where the actor holds a permission; one who holds it nowhere gets a
// Forbidden fault.
func Scope(ctx context.Context, permission string) (auth.Scope, error) {
	s := ActorFrom(ctx).Scope(permission)
	if s.Empty() {
		return s, fault.New(fault.Forbidden, "fault.forbidden")
	}
	return s, nil
}

// open begins a request. Its id is the one that the server in front has given
// already, so that both logs speak of the same request.
func (s *server) open(w http.ResponseWriter, r *http.Request) *http.Request {
	header := w.Header()
	if header.Get("X-Request-Id") == "" {
		header.Set("X-Request-Id", id.New(s.Now()))
	}
	header.Set("Cache-Control", "no-store")
	header.Add("Vary", "Accept-Language")
	known := &request{id: header.Get("X-Request-Id"), printer: s.Catalog.Printer(i18n.Negotiate(r), s.Zone), log: s.Log}
	header.Set("Content-Language", string(known.printer.Lang))
	return r.WithContext(context.WithValue(r.Context(), requestKey{}, known))
}
