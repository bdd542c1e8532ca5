package wecom

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

const pingPath = "/cgi-bin/getcallbackip"

func pingOK() map[string]any {
	return map[string]any{pingPath: map[string]any{"errcode": 0, "errmsg": "ok", "ip_list": []string{"1.2.3.4"}}}
}

func ping(ctx context.Context, c *Client) error {
	return c.call(ctx, http.MethodGet, pingPath, nil, nil, nil)
}

// clock is a real-time clock that a test can move.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func newClock() *clock { return &clock{t: time.Unix(1_790_000_000, 0)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

func TestConcurrentCallsShareOneToken(t *testing.T) {
	p := newPlatform(t, pingOK())
	c := p.client(t)
	callAll := func() {
		var wg sync.WaitGroup
		for range 50 {
			wg.Go(func() {
				if err := ping(t.Context(), c); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
	}
	callAll()
	if n := p.count("/cgi-bin/gettoken"); n != 1 {
		t.Fatalf("%d tokens were fetched for the first calls, want 1", n)
	}
	p.expire()
	callAll()
	if n := p.count("/cgi-bin/gettoken"); n != 2 {
		t.Errorf("%d tokens were fetched after one early expiry, want 2", n)
	}
}

func TestTokenIsSharedThroughTheStore(t *testing.T) {
	p := newPlatform(t, pingOK())
	store := NewMemoryTokenStore()
	share := func(o *ClientOptions) { o.Tokens = store }
	first, second := p.client(t, share), p.client(t, share)
	for _, c := range []*Client{first, second} {
		if err := ping(t.Context(), c); err != nil {
			t.Fatal(err)
		}
	}
	if p.issued != 1 {
		t.Fatalf("two processes fetched %d tokens, want 1", p.issued)
	}
	p.expire()
	for _, c := range []*Client{first, second} {
		if err := ping(t.Context(), c); err != nil {
			t.Fatal(err)
		}
	}
	if p.issued != 2 {
		t.Errorf("after an early expiry the processes fetched %d tokens, want 2", p.issued)
	}
}

func TestRefusedTokenIsRenewed(t *testing.T) {
	for stale, want := range map[int]error{1: nil, 2: ErrReauthorize, 100: ErrReauthorize} {
		p := newPlatform(t, pingOK())
		p.staleFor = stale
		if err := ping(t.Context(), p.client(t)); !errors.Is(err, want) {
			t.Errorf("after %d refusals: %v, want %v", stale, err, want)
		}
		if n := p.count(pingPath); n > 3 {
			t.Errorf("after %d refusals the call was made %d times", stale, n)
		}
	}
}

func TestTokenIsRenewedBeforeItExpires(t *testing.T) {
	clk := newClock()
	p := newPlatform(t, pingOK())
	c := p.client(t, func(o *ClientOptions) { o.Now = clk.Now })
	for _, step := range []struct {
		advance time.Duration
		issued  int
	}{{0, 1}, {90 * time.Minute, 1}, {25 * time.Minute, 2}, {10 * time.Minute, 2}} {
		clk.Advance(step.advance)
		if err := ping(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		if p.issued != step.issued {
			t.Fatalf("after another %v: %d tokens, want %d", step.advance, p.issued, step.issued)
		}
	}
}

func TestOldTokenServesWhileRenewingFails(t *testing.T) {
	clk := newClock()
	broken := false
	p := newPlatform(t, pingOK())
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if broken && strings.HasSuffix(r.URL.Path, "gettoken") {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		p.serve(w, r)
	}))
	defer proxy.Close()
	c := p.client(t, func(o *ClientOptions) { o.Now, o.BaseURL = clk.Now, proxy.URL })
	if err := ping(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	broken = true
	clk.Advance(118 * time.Minute)
	if err := ping(t.Context(), c); err != nil {
		t.Errorf("two minutes before expiry: %v", err)
	}
	clk.Advance(3 * time.Minute)
	var lost *TransportError
	if err := ping(t.Context(), c); !errors.As(err, &lost) {
		t.Errorf("after expiry: %v, want a TransportError", err)
	}
}

func TestWrongCredentialsAskForReauthorisation(t *testing.T) {
	clk := newClock()
	p := newPlatform(t, pingOK())
	c := p.client(t, func(o *ClientOptions) { o.Now, o.Secret = clk.Now, "revoked" })
	for range 10 {
		if err := ping(t.Context(), c); !errors.Is(err, ErrReauthorize) {
			t.Fatalf("got %v, want ErrReauthorize", err)
		}
	}
	if n := p.count("/cgi-bin/gettoken"); n != 1 {
		t.Errorf("the platform was asked %d times with a revoked secret, want 1", n)
	}
	clk.Advance(pauseAfterRefusal + time.Second)
	_ = ping(t.Context(), c)
	if n := p.count("/cgi-bin/gettoken"); n != 2 {
		t.Errorf("after the pause the platform was asked %d times, want 2", n)
	}
}

func TestRefusalsHaveClasses(t *testing.T) {
	for code, want := range map[int]Class{
		-1: ClassThrottled, 45009: ClassThrottled, 45033: ClassThrottled,
		48002: ClassNotPermitted, 60011: ClassNotPermitted, 60020: ClassNotPermitted, 301052: ClassNotPermitted,
		49008: ClassGone, 60111: ClassGone, 84061: ClassGone, 90501: ClassGone,
		40058: ClassPermanent, 999999: ClassPermanent,
	} {
		p := newPlatform(t, map[string]any{pingPath: refuse(code)})
		err := ping(t.Context(), p.client(t))
		var api *APIError
		if !errors.As(err, &api) || api.Class() != want || api.Code != code || api.Path != pingPath {
			t.Errorf("code %d: %v, want class %v", code, err, want)
		}
		if got, ok := ClassOf(err); !ok || got != want {
			t.Errorf("code %d: ClassOf says %v, %v", code, got, ok)
		}
	}
	if _, ok := ClassOf(context.Canceled); ok {
		t.Error("a cancelled context has a class")
	}
}

func TestThrottledAPIRests(t *testing.T) {
	clk := newClock()
	p := newPlatform(t, map[string]any{pingPath: refuse(codeTooOften)})
	c := p.client(t, func(o *ClientOptions) { o.Now = clk.Now })
	for range 5 {
		var api *APIError
		if err := ping(t.Context(), c); !errors.As(err, &api) || api.RetryAfter <= 0 {
			t.Fatalf("got %v, want a throttled APIError with RetryAfter", err)
		}
	}
	if n := p.count(pingPath); n != 1 {
		t.Errorf("a blocked API was called %d times, want 1", n)
	}
	clk.Advance(blockAfterTooOften + time.Second)
	_ = ping(t.Context(), c)
	if n := p.count(pingPath); n != 2 {
		t.Errorf("after the block the API was called %d times, want 2", n)
	}
}

func TestBackgroundWorkLeavesBudgetForLiveWork(t *testing.T) {
	p := newPlatform(t, pingOK())
	c := p.client(t, func(o *ClientOptions) { o.Limits = Limits{PerPath: map[string]int{pingPath: 100}} })
	count := func(c *Client) (passed int) {
		for {
			ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
			err := ping(ctx, c)
			cancel()
			if err != nil {
				if class, _ := ClassOf(err); class != ClassThrottled {
					t.Fatalf("got %v, want a throttled APIError", err)
				}
				return passed
			}
			passed++
		}
	}
	background, live := count(c.Background()), count(c)
	// One more than the share may have become free while the test ran.
	if background < 3 || background > 4 {
		t.Errorf("background work made %d of a burst of 10 calls, want 3", background)
	}
	if live < 6 {
		t.Errorf("live work found %d calls left, want 7", live)
	}
}

func TestErrorsKeepSecrets(t *testing.T) {
	echo := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "gettoken") {
			_, _ = w.Write([]byte(`{"errcode":0,"access_token":"tok+en/1","expires_in":7200}`))
			return
		}
		_, _ = w.Write([]byte(`{"errcode":40058,"errmsg":"bad ` + r.URL.RawQuery + ` and ` + r.URL.Query().Get("access_token") + `"}`))
	}))
	defer echo.Close()
	gone := httptest.NewServer(nil)
	gone.Close()
	hang := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	defer hang.Close()

	for name, tt := range map[string]struct {
		base   string
		client *http.Client
	}{
		"refused":         {echo.URL, nil},
		"connection lost": {gone.URL, nil},
		"time out":        {hang.URL, &http.Client{Timeout: 30 * time.Millisecond}},
		"chatty transport": {echo.URL, &http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
			return nil, errors.New("cannot reach " + r.URL.String())
		})}},
	} {
		t.Run(name, func(t *testing.T) {
			c, err := NewClient(ClientOptions{CorpID: testCorp, Secret: testSecret, BaseURL: tt.base, HTTPClient: tt.client})
			if err != nil {
				t.Fatal(err)
			}
			err = ping(t.Context(), c)
			if err == nil {
				t.Fatal("no error")
			}
			for e := err; e != nil; e = errors.Unwrap(e) {
				for _, secret := range []string{testSecret, "s3cret", "tok+en/1", "tok%2Ben"} {
					if strings.Contains(e.Error(), secret) {
						t.Errorf("%q leaks %q", e, secret)
					}
				}
			}
		})
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestTransportErrorTellsWhetherTheRequestWasSent(t *testing.T) {
	p := newPlatform(t, pingOK())
	c := p.client(t)
	if err := ping(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	hang := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	defer hang.Close()
	for name, tt := range map[string]struct {
		base string
		sent bool
	}{"never sent": {"http://127.0.0.1:1", false}, "no answer": {hang.URL, true}} {
		c.base = tt.base
		ctx, cancel := context.WithTimeout(t.Context(), 400*time.Millisecond)
		err := ping(ctx, c)
		cancel()
		var lost *TransportError
		if !errors.As(err, &lost) || lost.Sent != tt.sent {
			t.Errorf("%s: %v, want a TransportError with Sent=%v", name, err, tt.sent)
		}
	}
	var opErr *net.OpError
	c.base = "http://127.0.0.1:1"
	if err := ping(t.Context(), c); !errors.As(err, &opErr) {
		t.Errorf("%v does not reveal the network error", err)
	}
}

func TestStrangeAnswersAreTransportErrors(t *testing.T) {
	for name, handler := range map[string]http.HandlerFunc{
		"not JSON":    func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<html>")) },
		"status 502":  func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) },
		"no token":    func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(`{"errcode":0}`)) },
		"redirect":    func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/elsewhere", http.StatusFound) },
		"wrong shape": func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(`{"errcode":0,"access_token":7}`)) },
		"too large": func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte(`{"errcode":0,"x":"` + strings.Repeat("x", maxResponseBytes) + `"}`))
		},
	} {
		server := httptest.NewServer(handler)
		c, err := NewClient(ClientOptions{CorpID: testCorp, Secret: testSecret, BaseURL: server.URL})
		if err != nil {
			t.Fatal(err)
		}
		var lost *TransportError
		if err := ping(t.Context(), c); !errors.As(err, &lost) {
			t.Errorf("%s: %v, want a TransportError", name, err)
		}
		server.Close()
	}
}

func TestNewClientNamesTheWrongField(t *testing.T) {
	for want, opts := range map[string]ClientOptions{
		"CorpID":   {Secret: "s"},
		"Secret":   {CorpID: "c"},
		"base URL": {CorpID: "c", Secret: "s", BaseURL: "qyapi.weixin.qq.com"},
	} {
		if _, err := NewClient(opts); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v does not name %s", err, want)
		}
	}
}
