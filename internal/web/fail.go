package web

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/qunzhu/qunzhu/internal/fault"
	"github.com/qunzhu/qunzhu/internal/i18n"
)

// errorView is what the error page shows.
type errorView struct {
	Status    int
	Text      string
	Fields    []i18n.FieldText
	RequestID string
	Home      string
}

// fail answers err in the form that the client can use.
func (r *Router) fail(c *Ctx, err error) {
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		limit := c.Printer.Decimal(float64(tooLarge.Limit)/(1<<20), 1) + " MiB"
		r.failWith(c, http.StatusRequestEntityTooLarge, fault.Wrap(err, fault.TooMany, "fault.body_too_large", limit))
		return
	}
	r.failWith(c, fault.As(err).Code.Status(), err)
}

func (r *Router) failWith(c *Ctx, status int, err error) {
	noteError(c.Context(), err)
	if status >= 500 {
		r.log.ErrorContext(c.Context(), "request failed", "path", loggedPath(c.Request), "request_id", RequestID(c.Context()), "error", err)
	}
	if started(c.Writer) {
		return
	}
	h := c.Writer.Header()
	h.Set("Cache-Control", "no-store")
	if status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable {
		h.Set("Retry-After", "5")
	}
	switch {
	case isMachine(c.Request.URL.Path):
		writeProblem(c, status, err)
	case status == http.StatusUnauthorized:
		r.toLogin(c)
	default:
		r.errorPage(c, status, err)
	}
}

// isMachine reports whether programs, not people, read the answers of path.
func isMachine(path string) bool {
	switch path {
	case "/openapi.json", "/healthz", "/readyz", "/metrics", LivePath:
		return true
	}
	return strings.HasPrefix(path, "/api/") || strings.HasPrefix(path, "/hooks/")
}

func (r *Router) toLogin(c *Ctx) {
	target := LoginPath
	if c.Request.Method == http.MethodGet && !c.IsFragment() {
		target += "?next=" + url.QueryEscape(c.Request.URL.RequestURI())
	}
	if err := c.Redirect(target); err != nil {
		r.log.ErrorContext(c.Context(), "redirect to sign-in", "error", err)
	}
}

func (r *Router) errorPage(c *Ctx, status int, err error) {
	view := errorView{
		Status: status, Text: c.Printer.Fault(err), Fields: c.Printer.Fields(err),
		RequestID: RequestID(c.Context()), Home: "/",
	}
	if c.Layout == LayoutMember {
		view.Home = ""
	}
	if c.IsFragment() {
		if content, renderErr := c.HTML("web/notice", view); renderErr == nil {
			h := c.Writer.Header()
			h.Set("HX-Retarget", "#notice")
			h.Set("HX-Reswap", "innerHTML")
			_ = c.write(status, "text/html; charset=utf-8", []byte(content))
			return
		}
	}
	c.Title = view.Text
	if renderErr := c.RenderStatus(status, "web/error", view); renderErr != nil {
		r.log.ErrorContext(c.Context(), "render the error page", "error", renderErr)
		http.Error(c.Writer, view.Text, status)
	}
}

// problem is an RFC 9457 document; code is stable.
type problem struct {
	Type      string         `json:"type"`
	Title     string         `json:"title"`
	Status    int            `json:"status"`
	Code      fault.Code     `json:"code"`
	Errors    []problemField `json:"errors,omitempty"`
	RequestID string         `json:"request_id,omitempty"`
}

type problemField struct {
	Field   string `json:"field"`
	Message string `json:"message"`
}

func writeProblem(c *Ctx, status int, err error) {
	p := problem{
		Type: "about:blank", Title: c.Printer.Fault(err), Status: status,
		Code: fault.As(err).Code, RequestID: RequestID(c.Context()),
	}
	for _, f := range c.Printer.Fields(err) {
		p.Errors = append(p.Errors, problemField{f.Name, f.Text})
	}
	body, marshalErr := json.Marshal(p)
	if marshalErr != nil {
		http.Error(c.Writer, p.Title, status)
		return
	}
	_ = c.write(status, "application/problem+json", body)
}

// Fail answers err to a request of a plain handler (Handle) as Get and Post
// would: a problem document below /api/ and /hooks/, else an error page.
func (r *Router) Fail(w http.ResponseWriter, req *http.Request, err error) {
	r.fail(r.newCtx(w, req), err)
}
