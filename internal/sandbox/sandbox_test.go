package sandbox

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"
)

// testClock is a clock that the test moves.
type testClock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *testClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *testClock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// house is a small corp behind a real HTTP server.
type house struct {
	*testing.T
	clock  *testClock // of the world
	wall   *testClock // of the wire
	world  *World
	server *Server
	http   *httptest.Server
	app    *receiver
	token  string
	chat   string // the group 星禾妈妈1群: owner lin, deputy zhou, customers 1 to 3
}

const (
	testToken  = "SandboxToken1"
	testAESKey = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
)

func newHouse(t *testing.T) *house {
	t.Helper()
	clock := &testClock{now: time.Date(2026, 3, 10, 12, 0, 0, 0, platformZone)}
	h := &house{T: t, clock: clock, wall: &testClock{now: clock.now}}
	h.world = NewWorld(Config{Clock: clock, GroupLimit: 8})
	h.server = New(h.world, Options{
		Wall: h.wall, CallbackTimeout: 200 * time.Millisecond, VerifyTimeout: 5 * time.Second, RetryPause: time.Millisecond,
	})
	h.http = httptest.NewServer(h.server.Handler())
	t.Cleanup(h.http.Close)
	h.app = newReceiver(t, h.world.Config().CorpID)

	h.world.AddStaff(Staff{UserID: "lin", Name: "林晓", Department: "运营部"})
	h.world.AddStaff(Staff{UserID: "zhou", Name: "周宁", Department: "运营部"})
	h.world.AddStaff(Staff{UserID: "he", Name: "何平", Department: "客服部"})
	for i := range 9 {
		h.world.AddContact(Contact{ExternalUserID: contactID(i), Name: fmt.Sprintf("客户%d", i), UnionID: fmt.Sprintf("un%d", i)})
	}
	h.chat = h.world.CreateGroup(Group{Name: "星禾妈妈1群", Owner: "lin", Admins: []string{"zhou"}, Archived: true})
	for i := 1; i <= 3; i++ {
		h.must(h.world.Join(h.chat, contactID(i), Join{Scene: 1, Inviter: "lin"}))
	}
	h.token = h.login(h.world.Config().AppSecret)
	return h
}

func contactID(i int) string { return fmt.Sprintf("wmSANDBOX%04d", i) }

func (h *house) must(err error) {
	h.Helper()
	if err != nil {
		h.Fatal(err)
	}
}

func (h *house) login(secret string) string {
	h.Helper()
	out := h.send(http.MethodGet, "/cgi-bin/gettoken?corpid=ww0sandbox&corpsecret="+secret, nil)
	token, _ := out["access_token"].(string)
	if token == "" {
		h.Fatalf("no token: %v", out)
	}
	return token
}

// get and post call an API with the app's token.
func (h *house) get(path, query string) map[string]any {
	h.Helper()
	return h.send(http.MethodGet, "/cgi-bin/"+path+"?access_token="+h.token+"&"+query, nil)
}

func (h *house) post(path string, body any) map[string]any {
	h.Helper()
	return h.send(http.MethodPost, "/cgi-bin/"+path+"?access_token="+h.token, body)
}

func (h *house) send(method, address string, body any) map[string]any {
	h.Helper()
	var payload io.Reader
	if raw, ok := body.([]byte); ok {
		payload = bytes.NewReader(raw)
	} else if body != nil {
		encoded, err := json.Marshal(body)
		h.must(err)
		payload = bytes.NewReader(encoded)
	}
	req, err := http.NewRequest(method, h.http.URL+address, payload)
	h.must(err)
	res, err := h.http.Client().Do(req)
	h.must(err)
	defer res.Body.Close()
	var out map[string]any
	if err := json.NewDecoder(res.Body).Decode(&out); err != nil {
		h.Fatalf("%s %s: status %d: %v", method, address, res.StatusCode, err)
	}
	return out
}

// want checks the errcode of an answer.
func (h *house) want(code int, out map[string]any) map[string]any {
	h.Helper()
	if got := out["errcode"]; got != float64(code) {
		h.Fatalf("errcode %v (%v), want %d", got, out["errmsg"], code)
	}
	return out
}

// archived counts the records that entered the archive.
func (h *house) archived() int { return int(h.server.State().Archive.LastSeq) }

// want0 checks that the control API did what it was told.
func (h *house) want0(out map[string]any) {
	h.Helper()
	if out["error"] != nil {
		h.Fatal(out["error"])
	}
}

// record runs a request that the test built by hand.
func (h *house) record(req *http.Request) map[string]any {
	h.Helper()
	res := httptest.NewRecorder()
	h.server.Handler().ServeHTTP(res, req)
	var out map[string]any
	h.must(json.Unmarshal(res.Body.Bytes(), &out))
	return out
}

func (h *house) connect() {
	h.Helper()
	h.must(h.server.SetCallback(h.Context(), Callback{URL: h.app.URL + "/hooks/wecom/1?x=1", Token: testToken, AESKey: testAESKey}))
}

func (h *house) flush() []callback {
	h.Helper()
	h.must(h.server.Flush(h.Context()))
	return h.app.take()
}

// callback is an event as the app reads it.
type callback struct {
	XML          string
	Event        string
	ChatId       string
	ChangeType   string
	UpdateDetail string
	JoinScene    int
	QuitScene    int
	MemChangeCnt int
	Members      []string `xml:"MemChangeList>Item"`
	LastMemVer   string
	CurMemVer    string
	CreateTime   int64
	UserID       string
	ExternalUser string `xml:"ExternalUserID"`
	WelcomeCode  string
	AgentID      int
}

// receiver is an app that verifies, decrypts and records its callbacks.
type receiver struct {
	*httptest.Server
	codec *codec

	mu       sync.Mutex
	got      []callback
	attempts int
	answer   func(attempt int) int // status; nil is 200
}

func newReceiver(t *testing.T, corp string) *receiver {
	codec, err := newCodec(testToken, testAESKey, corp)
	if err != nil {
		t.Fatal(err)
	}
	r := &receiver{codec: codec}
	r.Server = httptest.NewServer(http.HandlerFunc(r.serve))
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) serve(w http.ResponseWriter, req *http.Request) {
	q := req.URL.Query()
	encrypted := q.Get("echostr")
	if req.Method == http.MethodPost {
		var outer struct{ Encrypt string }
		if err := xml.NewDecoder(req.Body).Decode(&outer); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		encrypted = outer.Encrypt
	}
	msg, err := r.codec.open(q.Get("msg_signature"), q.Get("timestamp"), q.Get("nonce"), encrypted)
	if err != nil || q.Get("x") != "1" {
		http.Error(w, "refused", http.StatusUnauthorized)
		return
	}
	if req.Method == http.MethodGet {
		w.Write(msg)
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.attempts++
	if r.answer != nil {
		if status := r.answer(r.attempts); status != http.StatusOK {
			w.WriteHeader(status)
			return
		}
	}
	cb := callback{}
	if err := xml.Unmarshal(msg, &cb); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	cb.XML = string(msg)
	r.got = append(r.got, cb)
}

func (r *receiver) take() []callback {
	r.mu.Lock()
	defer r.mu.Unlock()
	got := r.got
	r.got = nil
	return got
}
