package wecom

import (
	"errors"
	"net/http"

	"github.com/qunzhu/qunzhu/internal/connector"
	"github.com/qunzhu/qunzhu/internal/fault"
)

// Kinds of connector.Raw.
const (
	rawCallback = "callback" // the decrypted XML of a callback
	rawArchive  = "archive"  // the plaintext JSON of an archived message
	rawSealed   = "sealed"   // an archived message that could not be opened yet: SealedMessage as JSON
)

// Receive implements connector.Receiver: the URL verification (GET) and events
// (POST), both answered without calling the platform (D:90930).
func (c *Connector) Receive(conn connector.Connection, r *http.Request, body []byte) (connector.Reply, []connector.Raw, error) {
	a, err := c.account(conn)
	if err != nil {
		return connector.Reply{}, nil, fault.Wrap(err, fault.Unavailable, "wecom.fault.config", conn.Name)
	}
	if a.codec == nil {
		return connector.Reply{}, nil, fault.New(fault.NotFound, "wecom.fault.no_callback", conn.Name)
	}
	switch r.Method {
	case http.MethodGet:
		plain, err := c.unseal(a, r, r.URL.Query().Get("echostr"))
		return connector.Reply{ContentType: "text/plain; charset=utf-8", Body: plain}, nil, err
	case http.MethodPost:
		raw, err := c.event(a, r, body)
		if err != nil {
			return connector.Reply{}, nil, err
		}
		return connector.Reply{}, []connector.Raw{raw}, nil
	default:
		return connector.Reply{}, nil, fault.New(fault.Invalid, "wecom.fault.method", r.Method)
	}
}

func (c *Connector) event(a *account, r *http.Request, body []byte) (connector.Raw, error) {
	encrypted, err := ParseEnvelope(body)
	if err != nil {
		return connector.Raw{}, fault.Wrap(err, fault.Invalid, "wecom.fault.malformed")
	}
	plain, err := c.unseal(a, r, encrypted)
	if err != nil {
		return connector.Raw{}, err
	}
	cb, err := ParseCallback(plain)
	if err != nil {
		return connector.Raw{}, fault.Wrap(err, fault.Invalid, "wecom.fault.malformed")
	}
	if cb.ToUserName != a.cfg.CorpID {
		return connector.Raw{}, fault.Wrap(ErrReceiveID, fault.Unauthorized, "wecom.fault.receiver")
	}
	at := cb.CreateTime
	if at.IsZero() {
		at = c.opts.Now()
	}
	return connector.Raw{Key: cb.SourceKey, Kind: rawCallback, At: at, Body: plain}, nil
}

// unseal verifies and decrypts what a request carries. Its faults tell apart a
// sender who does not know the token from one who cannot write.
func (c *Connector) unseal(a *account, r *http.Request, encrypted string) ([]byte, error) {
	query := r.URL.Query()
	timestamp := query.Get("timestamp")
	plain, err := a.codec.Open(query.Get("msg_signature"), timestamp, query.Get("nonce"), encrypted)
	switch {
	case errors.Is(err, ErrCiphertext):
		return nil, fault.Wrap(err, fault.Invalid, "wecom.fault.malformed")
	case errors.Is(err, ErrReceiveID):
		return nil, fault.Wrap(err, fault.Unauthorized, "wecom.fault.receiver")
	case err != nil:
		return nil, fault.Wrap(err, fault.Unauthorized, "wecom.fault.signature")
	}
	if c.opts.Window > 0 {
		if err := CheckFresh(timestamp, c.opts.Now(), c.opts.Window); err != nil {
			return nil, fault.Wrap(err, fault.Unauthorized, "wecom.fault.stale")
		}
	}
	return plain, nil
}
