package sandbox

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// Callback is where the app receives events, as set in the admin console.
type Callback struct {
	URL    string `json:"url"`
	Token  string `json:"token"`   // up to 32 letters and digits (D:96238)
	AESKey string `json:"aes_key"` // EncodingAESKey, 43 letters and digits
}

func (c Callback) validate() error {
	u, err := url.Parse(c.URL)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		return fmt.Errorf("url %q must be an absolute http or https address", c.URL)
	}
	if c.Token == "" || len(c.Token) > 32 || strings.Trim(c.Token, alphanumeric) != "" {
		return errors.New("token must be 1 to 32 letters and digits")
	}
	_, err = decodeAESKey(c.AESKey)
	return err
}

const alphanumeric = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

// decodeAESKey turns the 43 characters of the console into the 32-byte key.
func decodeAESKey(s string) ([]byte, error) {
	if len(s) != 43 {
		return nil, fmt.Errorf("aes_key has %d characters, expected 43", len(s))
	}
	key, err := base64.StdEncoding.DecodeString(s + "=")
	if err != nil {
		return nil, errors.New("aes_key must consist of letters and digits")
	}
	return key, nil
}

// target is a verified callback address.
type target struct {
	Callback
	codec *codec
}

// SetCallback sets where events go, after the app has proved to hold the token
// and the key: it must answer a GET with the decrypted echostr (D:90930). Only
// what happens from then on is called back. An empty URL ends the callbacks.
func (s *Server) SetCallback(ctx context.Context, cb Callback) error {
	if cb.URL == "" {
		s.setTarget(nil)
		return nil
	}
	if err := cb.validate(); err != nil {
		return fmt.Errorf("callback: %w", err)
	}
	codec, err := newCodec(cb.Token, cb.AESKey, s.world.cfg.CorpID)
	if err != nil {
		return fmt.Errorf("callback: %w", err)
	}
	t := &target{Callback: cb, codec: codec}
	if err := s.verifyURL(ctx, t); err != nil {
		return fmt.Errorf("callback: verification of %s: %w", cb.URL, err)
	}
	s.setTarget(t)
	return nil
}

func (s *Server) setTarget(t *target) {
	s.delivery.mu.Lock()
	s.delivery.target = t
	s.delivery.mu.Unlock()
	q := &s.world.events
	q.mu.Lock()
	q.open = t != nil
	if t == nil {
		q.events = nil
	}
	q.mu.Unlock()
}

func (s *Server) verifyURL(ctx context.Context, t *target) error {
	ctx, cancel := context.WithTimeout(ctx, s.opts.VerifyTimeout)
	defer cancel()
	echo := strconv.FormatUint(rand.Uint64(), 10)
	encrypted := t.codec.seal([]byte(echo))
	query := s.signature(t, encrypted)
	query.Set("echostr", encrypted)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, t.address(query), nil)
	if err != nil {
		return err
	}
	res, err := s.opts.Client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, 1024))
	switch {
	case err != nil:
		return err
	case res.StatusCode != http.StatusOK:
		return fmt.Errorf("answered with status %d, expected 200", res.StatusCode)
	case string(body) != echo:
		return errors.New("the answer is not the decrypted echostr alone")
	}
	return nil
}

// signature returns the query of a signed request. Its timestamp guards against
// replays on the wire, so it is the wall clock's; what happened when in the
// world is CreateTime.
func (s *Server) signature(t *target, encrypted string) url.Values {
	timestamp := strconv.FormatInt(s.opts.Wall.Now().Unix(), 10)
	nonce := strconv.FormatUint(uint64(rand.Uint32()), 10)
	return url.Values{
		"msg_signature": {t.codec.sign(timestamp, nonce, encrypted)},
		"timestamp":     {timestamp}, "nonce": {nonce},
	}
}

// address adds a query to the callback URL, which may have one already.
func (t *target) address(query url.Values) string {
	u, err := url.Parse(t.URL)
	if err != nil {
		return t.URL // validate has parsed it before
	}
	all := u.Query()
	for name, values := range query {
		all[name] = values
	}
	u.RawQuery = all.Encode()
	return u.String()
}

// envelope is the outer XML of a callback (D:90930).
type envelope struct {
	XMLName    xml.Name `xml:"xml"`
	ToUserName cdata    `xml:"ToUserName"`
	AgentID    cdata    `xml:"AgentID"`
	Encrypt    cdata    `xml:"Encrypt"`
}

type cdata struct {
	Text string `xml:",cdata"`
}

func (s *Server) post(ctx context.Context, t *target, message string) error {
	ctx, cancel := context.WithTimeout(ctx, s.opts.CallbackTimeout)
	defer cancel()
	encrypted := t.codec.seal([]byte(message))
	body, err := xml.Marshal(envelope{
		ToUserName: cdata{s.world.cfg.CorpID},
		AgentID:    cdata{strconv.Itoa(s.world.cfg.AgentID)},
		Encrypt:    cdata{encrypted},
	})
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, t.address(s.signature(t, encrypted)), bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "text/xml")
	res, err := s.opts.Client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if _, err := io.Copy(io.Discard, io.LimitReader(res.Body, maxBody)); err != nil {
		return err
	}
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("the app answered with status %d", res.StatusCode)
	}
	return nil
}
