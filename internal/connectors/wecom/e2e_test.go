package wecom_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"hash/fnv"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/qunzhu/qunzhu/internal/clock"
	"github.com/qunzhu/qunzhu/internal/connector"
	"github.com/qunzhu/qunzhu/internal/connectors/wecom"
	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/db/dbtest"
	"github.com/qunzhu/qunzhu/internal/effect"
	"github.com/qunzhu/qunzhu/internal/hub"
	"github.com/qunzhu/qunzhu/internal/job"
	"github.com/qunzhu/qunzhu/internal/sandbox"
	"github.com/qunzhu/qunzhu/internal/seal"
)

const (
	hookToken  = "HookToken1"
	hookAESKey = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
)

var start = time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)

// rsaKeys are made once: generating them is slow.
var rsaKeys = sync.OnceValue(func() [3]*rsa.PrivateKey {
	var keys [3]*rsa.PrivateKey
	for i := range keys {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			panic(err)
		}
		keys[i] = key
	}
	return keys
})

func privatePEM(key *rsa.PrivateKey) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}))
}

func publicPEM(t *testing.T, key *rsa.PrivateKey) []byte {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
}

// corp is the simulated platform and the pump, connected over HTTP. Both stand
// at the same clock.
type corp struct {
	t        *testing.T
	db       *db.DB
	clock    *clock.Domain
	world    *sandbox.World
	platform *sandbox.Server
	api, app *httptest.Server
	hub      *hub.Hub
	store    *connector.Store
	wecom    *wecom.Connector
	extra    []effect.Reactor

	mu      sync.Mutex
	calls   map[string]int // API calls by path
	revoked bool           // the secret was reset in the admin console
	cut     string         // path whose answers get lost
}

func newCorp(t *testing.T, d *db.DB, extra ...effect.Reactor) *corp {
	t.Helper()
	c := &corp{t: t, db: d, extra: extra, clock: clock.NewDomain(start), calls: map[string]int{}}
	c.world = sandbox.NewWorld(sandbox.Config{Clock: c.clock})
	c.platform = sandbox.New(c.world, sandbox.Options{
		Wall: c.clock, RetryPause: time.Millisecond, CallbackTimeout: 5 * time.Second, VerifyTimeout: 5 * time.Second, Seed: 3,
	})
	c.api = httptest.NewServer(http.HandlerFunc(c.serveAPI))
	t.Cleanup(c.api.Close)
	c.wecom = wecom.New(wecom.Options{
		HTTPClient: c.api.Client(), Now: c.clock.Now,
		Limits: wecom.Limits{PerMinute: 1_000_000}, // the tests do an hour's work in a moment
	})
	t.Cleanup(func() { _ = c.wecom.Close() })
	key, err := seal.New(seal.NewKey())
	c.must(err)
	c.store = connector.NewStore(key)
	c.begin()
	t.Cleanup(func() { c.hub.Close() })
	mux := http.NewServeMux()
	mux.HandleFunc("/hooks/{connector}/{connection}", func(w http.ResponseWriter, r *http.Request) { c.hub.Receive(w, r) })
	c.app = httptest.NewServer(mux)
	t.Cleanup(c.app.Close)

	for id, name := range map[string]string{"lin": "林晓", "zhou": "周宁", "wong": "黄"} {
		c.world.AddStaff(sandbox.Staff{UserID: id, Name: name})
	}
	for i := range 30 {
		c.world.AddContact(sandbox.Contact{ExternalUserID: customer(i), Name: fmt.Sprintf("客户%d", i), UnionID: fmt.Sprintf("un%d", i)})
	}
	_, err = c.world.RegisterPublicKey(publicPEM(t, rsaKeys()[0]))
	c.must(err)
	return c
}

// begin makes the pump, as a process does when it starts.
func (c *corp) begin() {
	c.hub = hub.New(hub.Options{
		DB: c.db, Clock: c.clock, Zone: time.UTC, Store: c.store, Connectors: []connector.Connector{c.wecom},
		Reactors: append(hub.SpineReactors(), c.extra...), Leases: job.NewLeases(c.db, "test", clock.Real{}),
		Print:   func(s string) uint64 { h := fnv.New64a(); _, _ = h.Write([]byte(s)); return h.Sum64() },
		Present: func(k effect.Kind, args map[string]string) string { return "请处理 " + string(k) },
		Link:    func(_, task, staff string) string { return "https://qunzhu.example/t/" + task + "/" + staff },
	})
}

// restart replaces the pump, as when the process ended and another began.
func (c *corp) restart() {
	c.hub.Close()
	c.begin()
}

func customer(i int) string { return fmt.Sprintf("wmSANDBOX%04d", i) }

// serveAPI is the platform with what a test does to it.
func (c *corp) serveAPI(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	c.calls[r.URL.Path]++
	revoked, cut := c.revoked, c.cut == r.URL.Path
	c.mu.Unlock()
	switch {
	case revoked && r.URL.Path == "/cgi-bin/gettoken":
		_, _ = w.Write([]byte(`{"errcode":40001,"errmsg":"invalid credential"}`))
	case cut:
		c.platform.Handler().ServeHTTP(httptest.NewRecorder(), r)
		panic(http.ErrAbortHandler)
	default:
		c.platform.Handler().ServeHTTP(w, r)
	}
}

func (c *corp) set(change func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	change()
}

func (c *corp) called(path string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.calls[path]
}

// connection is as an operator would set it up; keys are the archive keys by
// version.
func (c *corp) connection(keys ...int) connector.Connection {
	cfg := wecom.Config{CorpID: "ww0sandbox", AgentID: 1000002, APIBase: c.api.URL, Callback: true}
	secrets := map[string]string{wecom.SecretApp: "sandbox-app-secret", wecom.SecretToken: hookToken, wecom.SecretAESKey: hookAESKey}
	if len(keys) > 0 {
		pems := map[int]string{}
		for _, version := range keys {
			pems[version] = privatePEM(rsaKeys()[version-1])
		}
		cfg.Archive = &wecom.ArchiveConfig{Mode: wecom.ArchiveSandbox}
		secrets[wecom.SecretArchive] = "sandbox-archive-secret"
		secrets[wecom.SecretArchiveKeys] = wecom.EncodeArchiveKeys(pems)
	}
	config, err := json.Marshal(cfg)
	c.must(err)
	return connector.Connection{
		ID: "w1", Kind: wecom.Kind, Name: "星禾", Config: config, Secrets: secrets, State: connector.Active, Created: start,
	}
}

func (c *corp) put(conn connector.Connection) {
	c.t.Helper()
	c.must(c.store.Put(context.Background(), c.db, conn))
}

// connect sets the connection up, callbacks included, and reads what there is.
func (c *corp) connect(keys ...int) {
	c.t.Helper()
	c.put(c.connection(keys...))
	c.must(c.platform.SetCallback(context.Background(), sandbox.Callback{URL: c.app.URL + "/hooks/wecom/w1", Token: hookToken, AESKey: hookAESKey}))
	c.drain()
}

func (c *corp) must(err error) {
	c.t.Helper()
	if err != nil {
		c.t.Fatal(err)
	}
}

func (c *corp) drain() {
	c.t.Helper()
	c.must(c.hub.Drain(context.Background()))
}

// step delivers what happened and works it off.
func (c *corp) step(d time.Duration) {
	c.t.Helper()
	c.clock.Set(c.clock.Now().Add(d))
	c.must(c.platform.Flush(context.Background()))
	c.drain()
}

// due makes pulls run at the next step.
func (c *corp) due(pulls ...string) {
	c.t.Helper()
	c.must(c.store.MakeDue(context.Background(), c.db, "w1", c.clock.Now(), pulls...))
}

func (c *corp) dump(query string) string { return strings.Join(dbtest.Dump(c.t, c.db, query), " ") }

func (c *corp) want(query, want string) {
	c.t.Helper()
	if got := c.dump(query); got != want {
		c.t.Errorf("%s\n gave %s\n want %s", query, got, want)
	}
}

// stays are all stays in words: who, how many seconds after the start they came
// and left, and how.
const stays = `SELECT m.name, s.joined_at/1000-1793610000, s.scene, s.state, COALESCE(s.left_at/1000-1793610000,-1), s.left_how, s.quit_scene
 FROM community_spells s JOIN community_members m ON m.community_id=s.community_id AND m.id=s.member_id WHERE m.kind='member' ORDER BY m.name, s.n`

func (c *corp) verify(extra ...effect.Reactor) {
	c.t.Helper()
	v := hub.Verifier{Migrations: hub.SpineMigrations(), Reactors: append(hub.SpineReactors(), extra...), Projections: hub.SpineProjections(), Batch: 7}
	_, err := v.Verify(context.Background(), c.hub, "", func(d hub.Difference) { c.t.Errorf("difference %+v", d) })
	c.must(err)
}

// same checks that what we know of a group is what the platform shows.
func (c *corp) same(chat string) {
	c.t.Helper()
	g, ok := c.world.Group(chat)
	if !ok {
		c.t.Fatalf("no group %s", chat)
	}
	roster, err := c.hub.Knowledge(c.connection()).Roster(context.Background(), chat)
	c.must(err)
	present := map[string]bool{}
	for id, p := range roster {
		present[id] = p.GoneAt.IsZero()
	}
	for _, m := range g.Members {
		if !present[m.ID] {
			c.t.Errorf("%s is in the group and not known", m.ID)
		}
		if at := roster[m.ID].JoinedAt; !at.Equal(m.JoinTime) {
			c.t.Errorf("%s joined %s, known is %s", m.ID, m.JoinTime.UTC(), at)
		}
		delete(present, m.ID)
	}
	for id, in := range present {
		if in {
			c.t.Errorf("%s is not in the group any more", id)
		}
	}
}

func each(t *testing.T, f func(t *testing.T, d *db.DB)) { dbtest.Each(t, hub.SpineMigrations(), f) }

func newLite(t *testing.T, extra ...effect.Reactor) *corp {
	t.Helper()
	return newCorp(t, dbtest.SQLite(t, hub.SpineMigrations()), extra...)
}
