package wecom

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync/atomic"
	"time"
)

// DefaultBaseURL is where the platform's server API lives.
const DefaultBaseURL = "https://qyapi.weixin.qq.com"

const (
	maxResponseBytes = 8 << 20
	maxErrorText     = 300
	callTimeout      = 20 * time.Second
	dialTimeout      = 5 * time.Second
)

// ClientOptions configures a Client. CorpID and Secret are required.
type ClientOptions struct {
	CorpID string
	Secret string
	// BaseURL is DefaultBaseURL when empty.
	BaseURL string
	// HTTPClient is one with time limits and without redirects when nil.
	HTTPClient *http.Client
	// Tokens is a store for this process alone when nil.
	Tokens TokenStore
	Limits Limits
	// Now is the real clock when nil. Tokens live in real time.
	Now func() time.Time
}

// Client calls the server API with one secret of one corp. It is safe for
// concurrent use.
type Client struct {
	base       string
	corpID     string
	secret     string
	http       *http.Client
	now        func() time.Time
	tokens     *tokenSource
	limiter    *limiter
	background bool
}

// NewClient checks opts and makes no call.
func NewClient(opts ClientOptions) (*Client, error) {
	if opts.CorpID == "" {
		return nil, errors.New("wecom: CorpID is empty; copy it from 我的企业 in the admin console")
	}
	if opts.Secret == "" {
		return nil, errors.New("wecom: Secret is empty; copy it from the app's page in the admin console")
	}
	base, err := checkBaseURL(opts.BaseURL, DefaultBaseURL)
	if err != nil {
		return nil, err
	}
	if opts.HTTPClient == nil {
		opts.HTTPClient = defaultHTTPClient()
	}
	if opts.Now == nil {
		opts.Now = time.Now
	}
	if opts.Tokens == nil {
		opts.Tokens = NewMemoryTokenStore()
	}
	c := &Client{
		base: base, corpID: opts.CorpID, secret: opts.Secret,
		http: opts.HTTPClient, now: opts.Now, limiter: newLimiter(opts.Limits, opts.Now),
	}
	c.tokens = newTokenSource(opts.Tokens, opts.CorpID, opts.Secret, opts.Now, c.fetchToken)
	return c, nil
}

// Background returns a client over the same tokens and budgets that takes at
// most Limits.BackgroundShare of each API's budget, for reconciliation beside
// live work.
func (c *Client) Background() *Client {
	b := *c
	b.background = true
	return &b
}

func checkBaseURL(raw, fallback string) (string, error) {
	if raw == "" {
		raw = fallback
	}
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return "", fmt.Errorf("wecom: base URL %q is not an http or https address", raw)
	}
	return strings.TrimSuffix(raw, "/"), nil
}

func defaultHTTPClient() *http.Client {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.DialContext = (&net.Dialer{Timeout: dialTimeout}).DialContext
	transport.MaxIdleConnsPerHost = 16
	return &http.Client{
		Timeout:   callTimeout,
		Transport: transport,
		// The API never redirects; following one would carry the token elsewhere.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// call performs one API call: it waits for the API's budget, adds the access
// token to query, sends in as JSON (nil for none) and decodes the answer into
// out (nil to ignore it). A refused token is renewed and the call repeated; two
// repetitions are the most, for a token of the shared store can be old as well.
//
// The errors are *APIError, *TransportError, ErrReauthorize and those of ctx.
func (c *Client) call(ctx context.Context, method, path string, query url.Values, in, out any) error {
	refused := ""
	for attempt := 0; ; attempt++ {
		token, fresh, err := c.tokens.get(ctx, refused)
		if err != nil {
			return err
		}
		err = c.send(ctx, request{method: method, path: path, query: query, token: token, body: in}, out)
		if class, ok := ClassOf(err); !ok || class != ClassToken {
			return err
		}
		if attempt == 2 || (attempt > 0 && fresh) {
			return fmt.Errorf("%w: %w", ErrReauthorize, err)
		}
		refused = token
	}
}

func (c *Client) fetchToken(ctx context.Context) (Token, error) {
	const path = "/cgi-bin/gettoken"
	var out struct {
		AccessToken string `json:"access_token"`
		ExpiresIn   int64  `json:"expires_in"`
	}
	asked := c.now()
	query := url.Values{"corpid": {c.corpID}, "corpsecret": {c.secret}}
	err := c.send(ctx, request{method: http.MethodGet, path: path, query: query}, &out)
	var api *APIError
	if errors.As(err, &api) && isCredentialCode(api.Code) {
		return Token{}, fmt.Errorf("%w: %w", ErrReauthorize, err)
	}
	if err != nil {
		return Token{}, err
	}
	if out.AccessToken == "" || out.ExpiresIn <= 0 {
		return Token{}, &TransportError{Path: path, Sent: true, text: "the answer holds no token"}
	}
	return Token{Value: out.AccessToken, IssuedAt: asked, ExpiresAt: asked.Add(time.Duration(out.ExpiresIn) * time.Second)}, nil
}

type request struct {
	method string
	path   string
	query  url.Values
	token  string
	body   any
}

// send performs one HTTP exchange and classifies its outcome.
func (c *Client) send(ctx context.Context, r request, out any) error {
	if err := c.limiter.wait(ctx, r.path, c.background); err != nil {
		return err
	}
	answer, err := c.exchange(ctx, r)
	if err != nil {
		return err
	}
	var status struct {
		ErrCode int    `json:"errcode"`
		ErrMsg  string `json:"errmsg"`
	}
	if err := json.Unmarshal(answer, &status); err != nil {
		return c.transportError(r, true, fmt.Errorf("the answer is not JSON: %w", err))
	}
	if status.ErrCode != 0 {
		return c.refusal(r, status.ErrCode, status.ErrMsg)
	}
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(answer, out); err != nil {
		return c.transportError(r, true, fmt.Errorf("the answer has an unexpected shape: %w", err))
	}
	return nil
}

func (c *Client) exchange(ctx context.Context, r request) ([]byte, error) {
	var body io.Reader
	if r.body != nil {
		encoded, err := encodeJSON(r.body)
		if err != nil {
			return nil, fmt.Errorf("wecom: %s: encoding the request: %w", r.path, err)
		}
		body = bytes.NewReader(encoded)
	}
	var sent atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{WroteHeaders: func() { sent.Store(true) }})
	req, err := http.NewRequestWithContext(ctx, r.method, c.address(r), body)
	if err != nil {
		return nil, c.transportError(r, false, err)
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, c.transportError(r, sent.Load(), err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxResponseBytes+1))
	switch {
	case err != nil:
		return nil, c.transportError(r, true, err)
	case len(answer) > maxResponseBytes:
		return nil, c.transportError(r, true, fmt.Errorf("the answer exceeds %d bytes", maxResponseBytes))
	case resp.StatusCode != http.StatusOK:
		return nil, c.transportError(r, true, fmt.Errorf("HTTP status %d", resp.StatusCode))
	}
	return answer, nil
}

// encodeJSON leaves '<', '>' and '&' as they are: the platform counts bytes
// and text cards carry markup.
func encodeJSON(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(v)
	return b.Bytes(), err
}

func (c *Client) address(r request) string {
	query := url.Values{}
	for k, v := range r.query {
		query[k] = v
	}
	if r.token != "" {
		query.Set("access_token", r.token)
	}
	if len(query) == 0 {
		return c.base + r.path
	}
	return c.base + r.path + "?" + query.Encode()
}

func (c *Client) refusal(r request, code int, msg string) error {
	e := &APIError{Code: code, Msg: clip(redact(msg, c.secret, r.token), maxErrorText), Path: r.path}
	switch code {
	case codeTooOften:
		e.RetryAfter = blockAfterTooOften
		c.limiter.block(r.path, blockAfterTooOften)
	case codeBusy, codeTooMany:
		e.RetryAfter = pauseWhenBusy
	}
	return e
}

func (c *Client) transportError(r request, sent bool, err error) error {
	return redactedError(r.path, sent, err, c.secret, r.token)
}
