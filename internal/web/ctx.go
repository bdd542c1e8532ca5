package web

import (
	"context"
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/qunzhu/qunzhu/internal/fault"
	"github.com/qunzhu/qunzhu/internal/i18n"
	"github.com/qunzhu/qunzhu/internal/web/ui"
)

// Layout is the frame around a page.
type Layout string

// The frames: the console with its menu, a single card (sign-in, set-up), and
// the phone pages of members in the WeUI manner.
const (
	LayoutConsole Layout = "console"
	LayoutPlain   Layout = "plain"
	LayoutMember  Layout = "member"
)

// Ctx is one request of a person. It lives as long as its handler.
type Ctx struct {
	Request *http.Request
	Writer  http.ResponseWriter
	Actor   Actor // zero on public pages
	Printer *i18n.Printer
	Now     time.Time // domain time
	Address netip.Addr
	// Community is the chosen community, "" for all that the operator may see.
	// The operator holds the route's permission in it; a page about one thing
	// checks the thing's own community with Require.
	Community string
	Title     string // plain text; empty means the title of the template
	Layout    Layout

	router      *Router
	communities []Community // filled once, by visible
	loaded      bool
	topics      []string
}

// Context is the request's context.
func (c *Ctx) Context() context.Context { return c.Request.Context() }

// Zone is the workspace's time zone.
func (c *Ctx) Zone() *time.Location { return c.Printer.Zone }

// T translates key.
func (c *Ctx) T(key string, args ...any) string { return c.Printer.T(key, args...) }

// Path is the value of a wildcard in the route's pattern.
func (c *Ctx) Path(name string) string { return c.Request.PathValue(name) }

// Query is the first value of a query parameter, "" without one.
func (c *Ctx) Query(name string) string { return c.Request.URL.Query().Get(name) }

// IsFragment reports whether htmx asks, and only for a part of a page.
func (c *Ctx) IsFragment() bool {
	h := c.Request.Header
	return h.Get("HX-Request") == "true" && h.Get("HX-Boosted") != "true" &&
		h.Get("HX-History-Restore-Request") != "true"
}

// Can reports whether the operator holds permission in the chosen community.
func (c *Ctx) Can(permission string) bool { return c.CanIn(permission, c.Community) }

// CanIn reports whether the operator holds permission in community.
func (c *Ctx) CanIn(permission, community string) bool {
	return c.Actor.Can != nil && c.Actor.Can(permission, community)
}

// Require is a NotFound fault unless the operator holds permission in
// community: whoever may not see a thing does not learn that it exists.
func (c *Ctx) Require(permission, community string) error {
	if c.CanIn(permission, community) {
		return nil
	}
	return fault.New(fault.NotFound, "fault.not_found")
}

func (c *Ctx) canAnywhere(permission string) bool {
	if c.Can(permission) || c.CanIn(permission, "") {
		return true
	}
	for _, v := range c.visible() {
		if c.CanIn(permission, v.ID) {
			return true
		}
	}
	return false
}

// visible lists the communities of the picker. A failure is logged and gives
// none: the page itself may still be shown.
func (c *Ctx) visible() []Community {
	if c.loaded || c.router.shell.Communities == nil {
		return c.communities
	}
	c.loaded = true
	list, err := c.router.shell.Communities(c.Context(), c.Actor)
	if err != nil {
		c.router.log.ErrorContext(c.Context(), "list communities", "error", err)
	}
	c.communities = list
	return list
}

// Listen makes the page follow topics of Live: its parts with
// hx-trigger="sse:<topic>" are fetched again when the topic is published.
func (c *Ctx) Listen(topics ...string) { c.topics = append(c.topics, topics...) }

// Clock is a countdown to deadline in domain time.
func (c *Ctx) Clock(deadline time.Time) ui.Clock {
	return ui.Clock{Deadline: deadline, Now: c.Now, Speed: c.router.speed()}
}

// Render writes the page name in the frame of c.Layout.
func (c *Ctx) Render(name string, data any) error { return c.RenderStatus(http.StatusOK, name, data) }

// RenderStatus is Render with another status, such as 422 for a form that is
// shown again with its errors.
func (c *Ctx) RenderStatus(status int, name string, data any) error {
	content, err := c.HTML(name, data)
	if err != nil {
		return err
	}
	if c.Title == "" {
		c.Title = c.T(strings.ReplaceAll(name, "/", ".") + ".title")
	}
	page, err := c.router.frame(c, content)
	if err != nil {
		return err
	}
	return c.write(status, "text/html; charset=utf-8", page)
}

// Fragment writes the template name without a frame.
func (c *Ctx) Fragment(name string, data any) error {
	content, err := c.HTML(name, data)
	if err != nil {
		return err
	}
	return c.write(http.StatusOK, "text/html; charset=utf-8", []byte(content))
}

// HTML renders the template name for use inside another one.
func (c *Ctx) HTML(name string, data any) (template.HTML, error) {
	b, err := c.router.renderer.execute(c.Printer.Lang, name, data)
	return template.HTML(b), err
}

// JSON writes v.
func (c *Ctx) JSON(status int, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encode the answer: %w", err)
	}
	return c.write(status, "application/json", b)
}

// Bytes writes a body that is not a page, such as an image or a file.
func (c *Ctx) Bytes(mediaType string, body []byte) error {
	return c.write(http.StatusOK, mediaType, body)
}

// Attachment names the file under which the answer is saved; call it before
// the body is written.
func (c *Ctx) Attachment(filename string) {
	c.Writer.Header().Set("Content-Disposition", attachment(filename))
}

func (c *Ctx) write(status int, mediaType string, body []byte) error {
	c.Writer.Header().Set("Content-Type", mediaType)
	c.Writer.WriteHeader(status)
	_, err := c.Writer.Write(body)
	if err != nil {
		c.router.log.DebugContext(c.Context(), "the client went away", "error", err)
	}
	return nil
}

// Redirect sends the browser to a path of this site with GET. Anything else
// than a local path is refused, because such targets often come from a request.
func (c *Ctx) Redirect(path string) error {
	if !LocalPath(path) {
		return fmt.Errorf("redirect to %q: not a path of this site", path)
	}
	if c.IsFragment() {
		c.Writer.Header().Set("HX-Redirect", path)
		c.Writer.WriteHeader(http.StatusNoContent)
		return nil
	}
	c.Writer.Header().Set("Location", path)
	c.Writer.WriteHeader(http.StatusSeeOther)
	return nil
}

// RedirectAway sends the browser to another site: tracked links and platforms'
// sign-in. The caller vouches for the address.
func (c *Ctx) RedirectAway(url string) error {
	if !strings.HasPrefix(url, "https://") && !strings.HasPrefix(url, "http://") {
		return fmt.Errorf("redirect to %q: not a web address", url)
	}
	http.Redirect(c.Writer, c.Request, url, http.StatusFound)
	return nil
}

// LocalPath reports whether path stays on this site: "//host" and "/\host" lead
// browsers elsewhere.
func LocalPath(path string) bool {
	return strings.HasPrefix(path, "/") && !strings.HasPrefix(path, "//") &&
		!strings.ContainsAny(path, "\\\r\n\t\x00")
}
