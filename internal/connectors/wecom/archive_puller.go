package wecom

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/qunzhu/qunzhu/internal/connectors/wecom/pullwire"
)

// PullerConfig says how to reach the real archive through the program
// archive-puller, which alone loads the platform's native library: a crash
// inside that library ends the child and not the server.
type PullerConfig struct {
	Program string // path of the archive-puller binary
	Library string // path of libWeWorkFinanceSdk_C.so, which the operator downloads (D:91774)
	CorpID  string
	Secret  string // the archive secret, not that of an app
	// Proxy is socks5://host:port or http://host:port, ProxyPassword user:password.
	Proxy         string
	ProxyPassword string

	CallTimeout time.Duration // for one call, 45 s when zero
	Backoff     time.Duration // before the first restart, doubled up to a minute; 1 s when zero
	Log         *slog.Logger  // slog.Default when nil
}

const (
	defaultPullerTimeout = 45 * time.Second
	defaultPullerBackoff = time.Second
	maxPullerBackoff     = time.Minute
	// The library gives up this much earlier than the caller, so that a slow
	// network costs a call and not the process.
	libraryMargin = 5 * time.Second
	// A program that is told to end gets this long.
	pullerGrace = 2 * time.Second
)

// Puller is the ArchiveSource over the program archive-puller. It starts the
// program on the first call, restarts it when it died or hung, and runs one call
// at a time.
type Puller struct {
	cfg  PullerConfig
	busy chan struct{} // guards everything below; a context can give up waiting

	child    *pullerChild
	lastID   uint64
	failures int
	retryAt  time.Time
	closed   bool
}

// ErrPullerClosed reports a call after Close.
var ErrPullerClosed = errors.New("wecom: the archive puller was closed")

// NewPuller checks cfg and starts nothing.
func NewPuller(cfg PullerConfig) (*Puller, error) {
	for field, value := range map[string]string{
		"program": cfg.Program, "library": cfg.Library, "CorpID": cfg.CorpID, "archive secret": cfg.Secret,
	} {
		if value == "" {
			return nil, fmt.Errorf("wecom: archive puller: %s is empty", field)
		}
	}
	if cfg.CallTimeout <= 0 {
		cfg.CallTimeout = defaultPullerTimeout
	}
	if cfg.Backoff <= 0 {
		cfg.Backoff = defaultPullerBackoff
	}
	if cfg.Log == nil {
		cfg.Log = slog.Default()
	}
	return &Puller{cfg: cfg, busy: make(chan struct{}, 1)}, nil
}

// Pull implements ArchiveSource.
func (p *Puller) Pull(ctx context.Context, seq uint64, limit int) ([]SealedMessage, error) {
	if err := checkPull(limit); err != nil {
		return nil, err
	}
	resp, err := p.call(ctx, pullwire.Request{Op: pullwire.OpPull, Seq: seq, Limit: limit})
	if err != nil {
		return nil, err
	}
	return parseChatData(resp.Data)
}

// Open implements ArchiveSource.
func (p *Puller) Open(ctx context.Context, msg SealedMessage, key string) ([]byte, error) {
	resp, err := p.call(ctx, pullwire.Request{Op: pullwire.OpOpen, Key: key, Message: msg.EncryptChatMsg})
	return resp.Data, err
}

// Media implements ArchiveSource.
func (p *Puller) Media(ctx context.Context, fileID, index string) (MediaChunk, error) {
	resp, err := p.call(ctx, pullwire.Request{Op: pullwire.OpMedia, FileID: fileID, Index: index})
	return MediaChunk{Data: resp.Data, Next: resp.Next, Last: resp.Last}, err
}

// Close ends the program. Calls after Close fail with ErrPullerClosed.
func (p *Puller) Close() error {
	p.busy <- struct{}{}
	defer func() { <-p.busy }()
	p.closed = true
	p.drop(pullerGrace)
	return nil
}

func (p *Puller) call(ctx context.Context, req pullwire.Request) (pullwire.Response, error) {
	select {
	case p.busy <- struct{}{}:
		defer func() { <-p.busy }()
	case <-ctx.Done():
		return pullwire.Response{}, ctx.Err()
	}
	if err := p.ensureChild(ctx); err != nil {
		return pullwire.Response{}, err
	}
	resp, err := p.exchange(ctx, req)
	if err == nil {
		p.failures = 0
	}
	return resp, err
}

// ensureChild starts and initialises the program unless it runs, after the pause
// that earlier failures imposed.
func (p *Puller) ensureChild(ctx context.Context) error {
	if p.closed {
		return ErrPullerClosed
	}
	if p.child != nil {
		return nil
	}
	pause := time.NewTimer(time.Until(p.retryAt))
	defer pause.Stop()
	select {
	case <-pause.C:
	case <-ctx.Done():
		return ctx.Err()
	}
	child, err := startPuller(p.cfg)
	if err != nil {
		p.noteFailure()
		return &TransportError{Path: "archive-puller", text: err.Error(), cause: err}
	}
	p.child = child
	_, err = p.exchange(ctx, pullwire.Request{
		Op: pullwire.OpInit, Library: p.cfg.Library, CorpID: p.cfg.CorpID, Secret: p.cfg.Secret,
		Proxy: p.cfg.Proxy, ProxyPassword: p.cfg.ProxyPassword,
		Timeout: int(max(p.cfg.CallTimeout-libraryMargin, time.Second) / time.Second),
	})
	if err != nil && p.child != nil {
		p.drop(0)
		p.noteFailure()
	}
	return err
}

// exchange sends one request to the running program. A program that dies, hangs
// or answers nonsense is dropped; the next call starts another.
func (p *Puller) exchange(ctx context.Context, req pullwire.Request) (pullwire.Response, error) {
	p.lastID++
	req.ID = p.lastID
	type outcome struct {
		resp pullwire.Response
		err  error
	}
	done := make(chan outcome, 1)
	child := p.child
	go func() {
		resp, err := child.roundTrip(req)
		done <- outcome{resp, err}
	}()
	timeout := time.NewTimer(p.cfg.CallTimeout)
	defer timeout.Stop()
	select {
	case o := <-done:
		if o.err != nil {
			return p.lost(req.Op, o.err)
		}
		if o.resp.Code != pullwire.CodeOK {
			return o.resp, &ArchiveError{Op: req.Op, Code: o.resp.Code, Msg: redact(clip(o.resp.Error, maxErrorText), p.cfg.Secret)}
		}
		return o.resp, nil
	case <-timeout.C:
		return p.lost(req.Op, context.DeadlineExceeded)
	case <-ctx.Done():
		p.drop(0) // its answer would be taken for the next call's
		return pullwire.Response{}, ctx.Err()
	}
}

func (p *Puller) lost(op string, err error) (pullwire.Response, error) {
	p.drop(0)
	p.noteFailure()
	return pullwire.Response{}, &TransportError{Path: "archive-puller " + op, Sent: true, text: err.Error(), cause: err}
}

func (p *Puller) drop(grace time.Duration) {
	if p.child != nil {
		p.child.stop(grace)
		p.child = nil
	}
}

func (p *Puller) noteFailure() {
	pause := maxPullerBackoff
	if p.failures < 6 {
		pause = min(p.cfg.Backoff<<p.failures, maxPullerBackoff)
	}
	p.failures++
	p.retryAt = time.Now().Add(pause)
}
