package wecom

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
)

const (
	testCorp   = "ww0test"
	testSecret = "s3cret/with+signs"
)

// platform speaks the documented protocol over HTTP: tokens, the errcode
// envelope, and one handler for each path a test needs.
type platform struct {
	*httptest.Server

	mu       sync.Mutex
	issued   int            // tokens handed out
	valid    string         // the token that is accepted
	staleFor int            // refuse this many calls with code 42001 although the token is right
	answers  map[string]any // by path: a value, or func(body) any
	calls    []apiCall
}

type apiCall struct {
	Path  string
	Query map[string][]string
	Body  map[string]any
}

func newPlatform(t *testing.T, answers map[string]any) *platform {
	t.Helper()
	p := &platform{answers: answers}
	p.Server = httptest.NewServer(http.HandlerFunc(p.serve))
	t.Cleanup(p.Close)
	return p
}

func (p *platform) client(t *testing.T, change ...func(*ClientOptions)) *Client {
	t.Helper()
	opts := ClientOptions{CorpID: testCorp, Secret: testSecret, BaseURL: p.URL, HTTPClient: p.Client()}
	for _, f := range change {
		f(&opts)
	}
	c, err := NewClient(opts)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (p *platform) serve(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	call := apiCall{Path: r.URL.Path, Query: r.URL.Query()}
	body, _ := io.ReadAll(r.Body)
	_ = json.Unmarshal(body, &call.Body)
	p.calls = append(p.calls, call)
	_ = json.NewEncoder(w).Encode(p.answer(call))
}

func (p *platform) answer(call apiCall) any {
	if call.Path == "/cgi-bin/gettoken" {
		return p.gettoken(call)
	}
	token := call.Query["access_token"]
	if len(token) != 1 || token[0] != p.valid {
		return refuse(codeBadToken)
	}
	if p.staleFor > 0 {
		p.staleFor--
		return refuse(codeTokenExpired)
	}
	switch a := p.answers[call.Path].(type) {
	case nil:
		return refuse(40058)
	case func(apiCall) any:
		return a(call)
	default:
		return a
	}
}

func (p *platform) gettoken(call apiCall) any {
	if call.Query["corpid"][0] != testCorp {
		return refuse(codeBadCorpID)
	}
	if call.Query["corpsecret"][0] != testSecret {
		return refuse(codeBadSecret)
	}
	p.issued++
	p.valid = fmt.Sprintf("token-%d", p.issued)
	return map[string]any{"errcode": 0, "errmsg": "ok", "access_token": p.valid, "expires_in": 7200}
}

func refuse(code int) map[string]any {
	return map[string]any{"errcode": code, "errmsg": fmt.Sprintf("no, hint: [1], from ip: 1.2.3.4, more info at https://open.work.weixin.qq.com/devtool/query?e=%d", code)}
}

// expire makes the platform forget the current token before its time.
func (p *platform) expire() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.valid = "none"
}

// count returns how often path was called.
func (p *platform) count(path string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := 0
	for _, c := range p.calls {
		if c.Path == path {
			n++
		}
	}
	return n
}

// last returns the latest call of path.
func (p *platform) last(t *testing.T, path string) apiCall {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := len(p.calls) - 1; i >= 0; i-- {
		if p.calls[i].Path == path {
			return p.calls[i]
		}
	}
	t.Fatalf("%s was not called", path)
	return apiCall{}
}
