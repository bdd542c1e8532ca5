package wecom

import (
	"context"
	"embed"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/qunzhu/qunzhu/internal/connector"
)

// Kind names the connector.
const Kind = "wecom"

// Locale holds the words of faults and abilities, as locale/<language>.json.
//
//go:embed locale
var Locale embed.FS

// Options are what a Connector is made of. All may be left out.
type Options struct {
	// HTTPClient is one with time limits and without redirects when nil.
	HTTPClient *http.Client
	// Tokens is a store for this process alone when nil.
	Tokens TokenStore
	Limits Limits
	// Now is the real clock when nil. Tokens, limits and the freshness of
	// callbacks live in real time; when things happened is domain time, which
	// connector.Knowledge tells.
	Now func() time.Time
	// Window is how far the signed time of a callback may lie from Now; 0 is 15
	// minutes, below 0 it is not looked at.
	Window time.Duration
	// Archive makes the way to the message archive; nil is the one that
	// ArchiveConfig.Mode names.
	Archive func(cfg Config, secret string) (ArchiveSource, error)
	// Zone is that of times written on cards; nil is China's.
	Zone *time.Location
	// PerPerson bounds the app messages to one person in a minute; 0 is the
	// platform's 30 where the platform is the real one and no bound elsewhere,
	// below 0 there is none. Beyond it the platform drops messages without
	// telling (D:90454).
	PerPerson int
	Log       *slog.Logger
}

const (
	defaultWindow    = 15 * time.Minute
	defaultPerPerson = 30
)

// Connector is the connection to WeCom customer groups. It may be used by many
// goroutines.
type Connector struct {
	opts Options

	mu       sync.Mutex
	accounts map[string]*account // by connection id
}

var (
	_ connector.Connector  = (*Connector)(nil)
	_ connector.Receiver   = (*Connector)(nil)
	_ connector.Translator = (*Connector)(nil)
	_ connector.Puller     = (*Connector)(nil)
	_ connector.Performer  = (*Connector)(nil)
	_ connector.Checker    = (*Connector)(nil)
)

// New makes a connector. It calls nobody.
func New(o Options) *Connector {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Window == 0 {
		o.Window = defaultWindow
	}
	if o.Tokens == nil {
		o.Tokens = NewMemoryTokenStore()
	}
	if o.HTTPClient == nil {
		o.HTTPClient = defaultHTTPClient()
	}
	if o.Zone == nil {
		o.Zone = shanghai
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	return &Connector{opts: o, accounts: map[string]*account{}}
}

// Kind implements connector.Connector.
func (*Connector) Kind() string { return Kind }

// Close ends the programs that were started for message archives.
func (c *Connector) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	for id, a := range c.accounts {
		a.close()
		delete(c.accounts, id)
	}
	return nil
}

// account is a connection put to work: its clients, keys and limits.
type account struct {
	mark    string
	id      string
	cfg     Config
	app     *Client
	audit   *Client       // with the archive's secret; nil without an archive
	archive ArchiveSource // nil without an archive
	keys    *KeyRing
	codec   *Codec // nil without a callback
	log     *slog.Logger

	perPerson int
	mu        sync.Mutex
	people    map[string]*rate.Limiter
	permitted permitted
}

// permitted are the staff whose messages are archived, as last read.
type permitted struct {
	users map[string]bool
	until time.Time // real time
}

// account returns the account of a connection and makes it anew after its
// configuration changed. A configuration that is wrong needs a person as much as
// a wrong secret does.
func (c *Connector) account(conn connector.Connection) (*account, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	mark := fingerprint(conn)
	old, ok := c.accounts[conn.ID]
	if ok && old.mark == mark {
		return old, nil
	}
	a, err := c.open(conn)
	if err != nil {
		return nil, connector.NeedsCredentials{Err: err}
	}
	a.mark = mark
	if ok {
		go old.close() // it may be in the middle of a call
	}
	c.accounts[conn.ID] = a
	return a, nil
}

func (c *Connector) open(conn connector.Connection) (*account, error) {
	cfg, err := ParseConfig(conn)
	if err != nil {
		return nil, err
	}
	a := &account{
		id: conn.ID, cfg: cfg, log: c.opts.Log.With("connection", conn.ID), perPerson: c.opts.PerPerson,
		people: map[string]*rate.Limiter{},
	}
	if a.perPerson == 0 && cfg.onPlatform() {
		a.perPerson = defaultPerPerson
	}
	if a.app, err = c.client(cfg, conn.Secrets[SecretApp]); err != nil {
		return nil, err
	}
	if cfg.Callback {
		if a.codec, err = NewCodec(conn.Secrets[SecretToken], conn.Secrets[SecretAESKey], cfg.CorpID); err != nil {
			return nil, err
		}
	}
	if cfg.Archive == nil {
		return a, nil
	}
	return a, c.openArchive(a, conn.Secrets)
}

func (c *Connector) openArchive(a *account, secrets map[string]string) error {
	var err error
	if a.audit, err = c.client(a.cfg, secrets[SecretArchive]); err != nil {
		return err
	}
	pems, err := decodeArchiveKeys(secrets[SecretArchiveKeys])
	if err != nil {
		return err
	}
	if a.keys, err = NewKeyRing(pems); err != nil {
		return err
	}
	source := c.opts.Archive
	if source == nil {
		source = c.source
	}
	a.archive, err = source(a.cfg, secrets[SecretArchive])
	return err
}

func (c *Connector) client(cfg Config, secret string) (*Client, error) {
	return NewClient(ClientOptions{
		CorpID: cfg.CorpID, Secret: secret, BaseURL: cfg.APIBase,
		HTTPClient: c.opts.HTTPClient, Tokens: c.opts.Tokens, Limits: c.opts.Limits, Now: c.opts.Now,
	})
}

func (c *Connector) source(cfg Config, secret string) (ArchiveSource, error) {
	if cfg.Archive.Mode == ArchiveSandbox {
		base := cfg.Archive.URL
		if base == "" {
			base = cfg.APIBase
		}
		return NewSandboxArchive(base, secret, c.opts.HTTPClient)
	}
	return NewPuller(PullerConfig{
		Program: cfg.Archive.Puller, Library: cfg.Archive.Library, CorpID: cfg.CorpID, Secret: secret, Log: c.opts.Log,
	})
}

func (a *account) close() {
	if closer, ok := a.archive.(interface{ Close() error }); ok {
		if err := closer.Close(); err != nil {
			a.log.Warn("the archive puller did not end", "error", err)
		}
	}
}

// permitTTL is how long the list of archived staff is believed.
const permitTTL = 10 * time.Minute

// permittedStaff returns the staff whose messages are archived (D:91614), false
// when that cannot be told now.
func (a *account) permittedStaff(ctx context.Context) (map[string]bool, bool) {
	if a.audit == nil {
		return nil, true
	}
	a.mu.Lock()
	known := a.permitted
	a.mu.Unlock()
	if a.audit.now().Before(known.until) {
		return known.users, true
	}
	ids, err := a.audit.ArchiveUsers(ctx, EditionAny)
	if err != nil {
		a.log.WarnContext(ctx, "the list of archived staff was not read", "error", err)
		return nil, false
	}
	users := make(map[string]bool, len(ids))
	for _, id := range ids {
		users[id] = true
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.permitted = permitted{users, a.audit.now().Add(permitTTL)}
	return users, true
}
