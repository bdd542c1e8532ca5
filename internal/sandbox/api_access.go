package sandbox

import (
	"crypto/rand"
	"encoding/hex"
	"net/http"
	"strings"
	"sync"
	"time"
)

const (
	tokenLife  = 2 * time.Hour   // D:91039
	codeLife   = 5 * time.Minute // D:91023
	ticketLife = 2 * time.Hour   // D:90506
)

// tokenBook holds what the platform has given out to programs.
type tokenBook struct {
	mu      sync.Mutex
	byScope map[scope]*token
	byValue map[string]*token
	tickets map[string]*token
	codes   map[string]oauthCode
	hints   uint64
}

type token struct {
	value  string
	scope  scope
	issued time.Time
}

type oauthCode struct {
	user   string
	issued time.Time
}

func accessAPI() map[string]endpoint {
	return map[string]endpoint{
		"gettoken":          {http.MethodGet, open, getToken},
		"getcallbackip":     {http.MethodGet, anyScope, ownIPs},
		"get_api_domain_ip": {http.MethodGet, anyScope, ownIPs},
		"get_jsapi_ticket":  {http.MethodGet, appScope, getTicket},
		"ticket/get":        {http.MethodGet, appScope, getTicket},
		"auth/getuserinfo":  {http.MethodGet, appScope, getUserInfo},
	}
}

// getToken gives the same token within its validity (D:91039).
func getToken(c *call) (reply, error) {
	cfg := c.world.cfg
	corp, secret := c.query.Get("corpid"), c.query.Get("corpsecret")
	switch {
	case corp == "":
		return nil, refuse(41002, "corpid missing")
	case secret == "":
		return nil, refuse(41004, "corpsecret missing")
	case corp != cfg.CorpID:
		return nil, refuse(40013, "invalid corpid")
	}
	var kind scope
	switch secret {
	case cfg.AppSecret:
		kind = appScope
	case cfg.ArchiveSecret:
		kind = archiveScope
	default:
		return nil, refuse(40001, "invalid credential")
	}
	t := c.server.tokens.token(kind, c.server.opts.Wall.Now(), c.faults)
	return reply{"access_token": t.value, "expires_in": int(tokenLife.Seconds())}, nil
}

func (b *tokenBook) token(kind scope, now time.Time, f Faults) *token {
	b.mu.Lock()
	defer b.mu.Unlock()
	if t := b.byScope[kind]; t != nil && now.Sub(t.issued) < f.tokenLife() {
		return t
	}
	if b.byScope == nil {
		b.byScope, b.byValue = map[scope]*token{}, map[string]*token{}
	}
	for value, t := range b.byValue {
		if now.Sub(t.issued) > 12*tokenLife {
			delete(b.byValue, value)
		}
	}
	t := &token{value: randomHex(64), scope: kind, issued: now}
	b.byScope[kind], b.byValue[t.value] = t, t
	return t
}

func (f Faults) tokenLife() time.Duration {
	if f.TokenLifetimeSeconds > 0 {
		return min(tokenLife, time.Duration(f.TokenLifetimeSeconds)*time.Second)
	}
	return tokenLife
}

// ExpireTokens ends every access token at once: calls with them get 40014.
func (s *Server) ExpireTokens() {
	s.tokens.mu.Lock()
	defer s.tokens.mu.Unlock()
	s.tokens.byScope, s.tokens.byValue = nil, nil
}

func (s *Server) checkToken(c *call, want scope) error {
	if want == open {
		return nil
	}
	value := c.query.Get("access_token")
	if value == "" {
		return refuse(41001, "access_token missing")
	}
	s.tokens.mu.Lock()
	t := s.tokens.byValue[value]
	s.tokens.mu.Unlock()
	if t == nil {
		return refuse(40014, "invalid access_token")
	}
	age := s.opts.Wall.Now().Sub(t.issued)
	switch {
	case age >= tokenLife || (age >= c.faults.tokenLife() && c.faults.TokenError == 42001):
		return refuse(42001, "access_token expired")
	case age >= c.faults.tokenLife():
		return refuse(40014, "invalid access_token")
	case want != anyScope && t.scope != want:
		return refuse(48002, "api forbidden for this access_token")
	}
	return nil
}

func ownIPs(*call) (reply, error) {
	return reply{"ip_list": []string{"127.0.0.1", "::1"}}, nil
}

// getTicket serves the corp's and, with type=agent_config, the app's JS-SDK
// ticket (D:90506).
func getTicket(c *call) (reply, error) {
	kind := c.query.Get("type")
	if c.req.URL.Path == "/cgi-bin/ticket/get" && kind != "agent_config" {
		return nil, refuse(40058, "invalid Request Parameter: type should be agent_config")
	}
	b, now := &c.server.tokens, c.server.opts.Wall.Now()
	b.mu.Lock()
	defer b.mu.Unlock()
	t := b.tickets[kind]
	if t == nil || now.Sub(t.issued) >= ticketLife {
		if b.tickets == nil {
			b.tickets = map[string]*token{}
		}
		t = &token{value: randomHex(32), issued: now}
		b.tickets[kind] = t
	}
	return reply{"ticket": t.value, "expires_in": int(ticketLife.Seconds())}, nil
}

// OAuthCode is a person opening a member page in the client: it returns the
// code that the page's address carries, good once within five minutes.
func (s *Server) OAuthCode(id string) string {
	b := &s.tokens
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.codes == nil {
		b.codes = map[string]oauthCode{}
	}
	code := randomHex(16)
	b.codes[code] = oauthCode{user: id, issued: s.opts.Wall.Now()}
	return code
}

// getUserInfo tells who opened a page (D:91023).
func getUserInfo(c *call) (reply, error) {
	b := &c.server.tokens
	b.mu.Lock()
	code, ok := b.codes[c.query.Get("code")]
	delete(b.codes, c.query.Get("code"))
	b.mu.Unlock()
	if !ok || c.server.opts.Wall.Now().Sub(code.issued) > codeLife {
		return nil, refuse(40029, "invalid code")
	}
	c.world.mu.Lock()
	contact := c.world.contacts[code.user]
	c.world.mu.Unlock()
	if contact == nil {
		return reply{"userid": code.user, "user_ticket": randomHex(32)}, nil
	}
	return reply{"openid": openID(code.user), "external_userid": code.user}, nil
}

// openID is the contact's id in the corp's own name space, derived so that it
// stays the same.
func openID(external string) string { return "oS" + strings.TrimPrefix(external, "wm") }

func (b *tokenBook) hint() uint64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.hints++
	return b.hints
}

func randomHex(bytes int) string {
	buf := make([]byte, bytes)
	rand.Read(buf)
	return hex.EncodeToString(buf)
}
