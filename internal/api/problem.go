package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"github.com/qunzhu/qunzhu/internal/fault"
)

// Problem is an error as RFC 9457 writes it. Code is stable, the texts are in
// the language of the request.
type Problem struct {
	Type      string         `json:"type" example:"about:blank"`
	Title     string         `json:"title" doc:"api.problem.title"`
	Status    int            `json:"status" example:"422"`
	Detail    string         `json:"detail,omitempty" doc:"api.problem.detail"`
	Code      fault.Code     `json:"code" enum:"invalid,unauthorized,forbidden,not_found,conflict,too_many,unavailable,internal" doc:"api.problem.code"`
	Errors    []ProblemField `json:"errors,omitempty" nullable:"false" doc:"api.problem.errors"`
	RequestID string         `json:"request_id" doc:"api.problem.request_id"`

	retryAfter int // seconds; 0 is not said
}

// ProblemField is one wrong field.
type ProblemField struct {
	Field   string `json:"field" example:"limit"`
	Message string `json:"message"`
}

// Error implements error.
func (p *Problem) Error() string { return string(p.Code) + ": " + p.Detail }

// GetStatus implements huma.StatusError.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType implements huma.ContentTypeFilter.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// GetHeaders implements huma.HeadersError.
func (p *Problem) GetHeaders() http.Header {
	h := http.Header{}
	if p.retryAfter > 0 {
		h.Set("Retry-After", strconv.Itoa(p.retryAfter))
	}
	if p.Status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", `Bearer realm="qunzhu"`)
	}
	return h
}

// problemOf says err to who asked. A cause is for the log only.
func problemOf(ctx context.Context, status int, err error) *Problem {
	req, f := requestOf(ctx), fault.As(err)
	p := &Problem{
		Type: "about:blank", Title: req.printer.T("api.title." + string(f.Code)), Status: status,
		Detail: req.printer.Fault(err), Code: f.Code, RequestID: req.id,
	}
	for _, field := range req.printer.Fields(err) {
		p.Errors = append(p.Errors, ProblemField{field.Name, field.Text})
	}
	var w *waiting
	switch {
	case errors.As(err, &w):
		p.retryAfter = w.seconds
	case status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable:
		p.retryAfter = 5
	}
	if status >= http.StatusInternalServerError {
		req.log.ErrorContext(ctx, "API request failed", "request_id", req.id, "error", err)
	}
	return p
}

// refusal is err as an operation returns it.
func refusal(ctx context.Context, err error) *Problem {
	var p *Problem
	if errors.As(err, &p) {
		return p
	}
	return problemOf(ctx, fault.As(err).Code.Status(), err)
}

// refuse answers a request that reached no operation.
func refuse(w http.ResponseWriter, r *http.Request, err error) {
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		limit := strconv.FormatInt(tooLarge.Limit>>20, 10) + " MiB"
		refuseWith(w, r, http.StatusRequestEntityTooLarge, fault.Wrap(err, fault.TooMany, "fault.body_too_large", limit))
		return
	}
	refuseWith(w, r, fault.As(err).Code.Status(), err)
}

func refuseWith(w http.ResponseWriter, r *http.Request, status int, err error) {
	p := problemOf(r.Context(), status, err)
	for name, values := range p.GetHeaders() {
		w.Header()[name] = values
	}
	w.Header().Set("Content-Type", p.ContentType(""))
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(p) // the client is gone when this fails
}

// translate turns the errors that huma finds in a request into problems.
func translate(ctx huma.Context, _ string, v any) (any, error) {
	e, ok := v.(*huma.ErrorModel)
	if !ok {
		return v, nil
	}
	return problemOf(ctx.Context(), e.Status, faultOf(e)), nil
}
