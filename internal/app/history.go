package app

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"time"

	"github.com/qunzhu/qunzhu/internal/connector"
	"github.com/qunzhu/qunzhu/internal/event"
	"github.com/qunzhu/qunzhu/internal/hub"
	"github.com/qunzhu/qunzhu/internal/sandbox"
	"github.com/qunzhu/qunzhu/internal/sandbox/population"
)

// history connects the server to the platform as an operator would, and runs
// the past: the people act until the next moment at which the server ought to
// have its turn, the platform delivers, and the server works everything off
// before time goes on. So the response times of the past are true.
func (m *demo) history(ctx context.Context) error {
	if err := m.connect(ctx); err != nil {
		return err
	}
	end := time.Now()
	began := time.Now()
	shown := 0
	byHand := m.keepByHand()
	for steps := 0; m.now.Now().Before(end); steps++ {
		next := m.people.Boundary()
		if !next.After(m.now.Now()) || next.After(end) {
			next = end
		}
		m.people.RunUntil(next)
		m.now.Set(next)
		if err := m.step(ctx); err != nil {
			return err
		}
		if err := byHand.enter(ctx); err != nil {
			return err
		}
		if day := int(next.Sub(m.start).Hours() / 24); day > shown {
			shown = day
			_, _ = fmt.Fprintf(m.s.err, "\rhistory: day %d of %d, %d steps, %.0f s", day, m.Days, steps+1, time.Since(began).Seconds())
		}
	}
	_, _ = fmt.Fprintln(m.s.err)
	return nil
}

// step delivers what happened and lets the server finish with it.
func (m *demo) step(ctx context.Context) error {
	if err := m.platform.Flush(ctx); err != nil {
		return fmt.Errorf("deliver callbacks: %w", err)
	}
	if err := m.server.hub.Drain(ctx); err != nil {
		return err
	}
	if _, err := m.server.runner.RunDue(ctx); err != nil {
		return err
	}
	return m.server.hub.Drain(ctx)
}

// connect makes the three communities and the connection, with rules that put
// each group into its community by the prefix of its name.
func (m *demo) connect(ctx context.Context) error {
	var rules []connector.Rule
	var communities []event.Event
	for _, c := range population.Communities() {
		e := hub.NewCommunity(m.start, "demo:"+c.Key, event.Community{Name: c.Name, Type: c.Type})
		communities = append(communities, e)
		rules = append(rules, connector.Rule{Contains: c.Prefix, Community: e.Community})
	}
	if _, err := m.server.hub.Record(ctx, communities...); err != nil {
		return err
	}
	key, public, err := archiveKey()
	if err != nil {
		return err
	}
	if _, err := m.world.RegisterPublicKey(public); err != nil {
		return err
	}
	corp := m.world.Config()
	aes := encodingAESKey()
	c, err := newWecomConnection(wecomSettings{
		Name: "星禾企业微信", CorpID: corp.CorpID, AgentID: corp.AgentID, Secret: corp.AppSecret, Token: "demotoken", AESKey: aes,
		ArchiveSecret: corp.ArchiveSecret, ArchiveKeys: map[int]string{1: key}, APIBase: m.api, Callback: true,
	}, m.start)
	if err != nil {
		return err
	}
	c.Rules, c.Default = rules, communities[0].Community
	if err := m.server.ws.store.Put(ctx, m.server.ws.db, c); err != nil {
		return err
	}
	return m.platform.SetCallback(ctx, sandbox.Callback{URL: m.base + callbackPath(c), Token: "demotoken", AESKey: aes})
}

// archiveKey makes the RSA key pair of the message archive: the private half as
// PEM for us, the public half as PEM for the platform.
func archiveKey() (private string, public []byte, err error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return "", nil, err
	}
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		return "", nil, err
	}
	private = string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}))
	return private, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), nil
}

// encodingAESKey makes a callback key: 32 random bytes in base64 without the
// padding, 43 letters and digits (D:96238).
func encodingAESKey() string {
	for {
		var raw [32]byte
		_, _ = rand.Read(raw[:])
		s := base64.StdEncoding.EncodeToString(raw[:])[:43]
		if onlyLettersAndDigits(s) {
			return s
		}
	}
}

func onlyLettersAndDigits(s string) bool {
	for _, r := range s {
		if r < '0' || r > '9' && r < 'A' || r > 'Z' && r < 'a' || r > 'z' {
			return false
		}
	}
	return true
}
