package sandbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"time"
)

// Options of a server; the zero value of each field takes the default named
// beside it.
type Options struct {
	// Wall is the clock of what concerns the wire and not the world: tokens,
	// rate limits, OAuth codes and the signed timestamp of callbacks. The
	// system's clock.
	Wall Clock
	// Client delivers callbacks. One with keep-alive and without proxy.
	Client *http.Client
	// CallbackTimeout is how long the app may take to answer an event: 5 s
	// (D:90930). VerifyTimeout likewise for the URL verification: 1 s.
	CallbackTimeout, VerifyTimeout time.Duration
	// RetryPause is the pause before an event is delivered again: 200 ms.
	RetryPause time.Duration
	// Concurrency is how many events are delivered at a time: 8. Events of one
	// group follow each other.
	Concurrency int
	// Seed of what the faults do by chance.
	Seed uint64
}

func (o Options) withDefaults() Options {
	if o.Wall == nil {
		o.Wall = wallClock{}
	}
	if o.Client == nil {
		// Callbacks go to the app beside us: a proxy from the environment would
		// only get in the way.
		o.Client = &http.Client{
			Transport: &http.Transport{MaxIdleConnsPerHost: 16, IdleConnTimeout: time.Minute},
			// The platform follows no redirect: anything but 200 is a failure.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		}
	}
	setDefault(&o.CallbackTimeout, 5*time.Second)
	setDefault(&o.VerifyTimeout, time.Second)
	setDefault(&o.RetryPause, 200*time.Millisecond)
	setDefault(&o.Concurrency, 8)
	return o
}

// Server is what the corp's programs see of the world. Its methods may be
// called concurrently.
type Server struct {
	world     *World
	opts      Options
	endpoints map[string]endpoint
	faults    atomic.Pointer[Faults]
	tokens    tokenBook
	limits    rateBook
	delivery  delivery
}

// New returns a server for world.
func New(world *World, opts Options) *Server {
	opts = opts.withDefaults()
	s := &Server{world: world, opts: opts, endpoints: endpoints()}
	s.faults.Store(&Faults{})
	s.delivery.chance = rand.New(rand.NewPCG(opts.Seed, 1))
	world.events.mu.Lock()
	world.events.wake = make(chan struct{}, 1)
	world.events.mu.Unlock()
	return s
}

// Faults returns the switches in force.
func (s *Server) Faults() Faults { return *s.faults.Load() }

// SetFaults puts other switches in force, or none when one is out of bounds.
func (s *Server) SetFaults(f Faults) error {
	if err := f.validate(); err != nil {
		return fmt.Errorf("faults: %w", err)
	}
	s.faults.Store(&f)
	return nil
}

// Handler serves the platform's API, the archive and the control API.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/cgi-bin/", s.serveAPI)
	s.routeArchive(mux)
	s.routeControl(mux)
	return mux
}

// scope is which access token an API takes.
type scope int

const (
	open         scope = iota // none
	appScope                  // of the app's secret
	archiveScope              // of the archive's secret
	anyScope                  // either
)

// endpoint is one documented API.
type endpoint struct {
	method string
	scope  scope
	handle func(*call) (reply, error)
}

// reply is the JSON object of an answer; errcode and errmsg are added.
type reply map[string]any

// call is one request to an API.
type call struct {
	server *Server
	world  *World
	faults Faults
	req    *http.Request
	query  url.Values
	body   []byte
	ip     string
}

// maxBody bounds the body of an API call.
const maxBody = 1 << 20

// endpoints lists the simulated part of the server API by path below /cgi-bin/.
func endpoints() map[string]endpoint {
	all := map[string]endpoint{}
	for _, part := range []map[string]endpoint{
		accessAPI(), directoryAPI(), contactAPI(), groupAPI(), joinWayAPI(), statisticsAPI(),
		welcomeAPI(), massAPI(), messageAPI(), archiveAPI(), transferAPI(),
	} {
		for path, e := range part {
			all[path] = e
		}
	}
	return all
}

func (s *Server) serveAPI(w http.ResponseWriter, r *http.Request) {
	path := strings.TrimPrefix(r.URL.Path, "/cgi-bin/")
	f := s.Faults()
	if !s.passFaults(w, r, path, f) {
		return
	}
	e, ok := s.endpoints[path]
	if !ok {
		http.NotFound(w, r)
		return
	}
	c := &call{server: s, world: s.world, faults: f, req: r, query: r.URL.Query(), ip: remoteIP(r)}
	out, err := s.answer(c, path, e)
	s.write(w, c.ip, out, err)
}

// passFaults plays the faults of the connection; false when nothing is left to
// answer.
func (s *Server) passFaults(w http.ResponseWriter, r *http.Request, path string, f Faults) bool {
	if ms, ok := byPath(f.DelayMS, path); ok && !sleep(r.Context(), time.Duration(ms)*time.Millisecond) {
		return false
	}
	switch f.Down {
	case "refuse":
		panic(http.ErrAbortHandler) // cuts the connection without an answer
	case "error":
		http.Error(w, "sandbox: switched to down", http.StatusInternalServerError)
		return false
	}
	return true
}

// answer makes the platform's checks in its order and handles the call.
func (s *Server) answer(c *call, path string, e endpoint) (reply, error) {
	if len(c.faults.TrustedIPs) > 0 && !slices.Contains(c.faults.TrustedIPs, c.ip) {
		return nil, refuse(60020, "not allow to access from your ip")
	}
	if c.req.Method != e.method {
		if e.method == http.MethodGet {
			return nil, refuse(43001, "require GET method")
		}
		return nil, refuse(43002, "require POST method")
	}
	if err := s.checkToken(c, e.scope); err != nil {
		return nil, err
	}
	if limit, ok := byPath(c.faults.RateLimits, path); ok && !s.limits.allow(path, limit, s.opts.Wall.Now()) {
		return nil, refuse(45009, "api freq out of limit")
	}
	if !strings.HasPrefix(c.req.Header.Get("Content-Type"), "multipart/") {
		body, err := io.ReadAll(io.LimitReader(c.req.Body, maxBody+1))
		if err != nil || len(body) > maxBody {
			return nil, refuse(45002, "content size out of limit")
		}
		c.body = body
	}
	return e.handle(c)
}

// decode reads the JSON body into v.
func (c *call) decode(v any) error {
	if len(c.body) == 0 {
		return refuse(44002, "empty post data")
	}
	if err := json.Unmarshal(c.body, v); err != nil {
		return refuse(47001, "data format error")
	}
	return nil
}

// visible reports whether a staff is in the app's visible range.
func (c *call) visible(userID string) bool {
	return len(c.faults.VisibleUsers) == 0 || slices.Contains(c.faults.VisibleUsers, userID)
}

// refusal is an errcode other than 0 (D:90313).
type refusal struct {
	code int
	text string
}

func (r *refusal) Error() string { return fmt.Sprintf("errcode %d: %s", r.code, r.text) }

func refuse(code int, format string, args ...any) error {
	return &refusal{code: code, text: fmt.Sprintf(format, args...)}
}

// asRefusal makes an unexpected error the platform's "system busy".
func asRefusal(err error) *refusal {
	var r *refusal
	if errors.As(err, &r) {
		return r
	}
	return &refusal{code: -1, text: "system busy: " + err.Error()}
}

// write answers with HTTP 200 whatever happened; the errcode tells.
func (s *Server) write(w http.ResponseWriter, ip string, out reply, err error) {
	if err != nil {
		r := asRefusal(err)
		hint := fmt.Sprintf("%d%012d", s.opts.Wall.Now().Unix(), s.tokens.hint())
		out = reply{"errcode": r.code, "errmsg": fmt.Sprintf(
			"%s, hint: [%s], from ip: %s, more info at https://open.work.weixin.qq.com/devtool/query?e=%d",
			r.text, hint, ip, r.code)}
	} else {
		if out == nil {
			out = reply{}
		}
		out["errcode"], out["errmsg"] = 0, "ok"
	}
	writeJSON(w, http.StatusOK, out)
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	w.WriteHeader(status)
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(v) // the caller is gone when this fails
}

func remoteIP(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// sleep waits for d; false when ctx ended first.
func sleep(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return true
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
