package auth

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"time"

	"github.com/qunzhu/qunzhu/internal/clock"
	"github.com/qunzhu/qunzhu/internal/fault"
)

const (
	maxLink = 1024 // characters
	macSize = 16   // 128 bits of HMAC-SHA256
)

// Signer makes links for phone pages: each opens one object for one subject,
// for one purpose, until it expires. It keeps nothing, so it can't be revoked
// before that; keep lives short.
type Signer struct {
	keys  [][]byte
	clock clock.Clock
}

// NewSigner signs with the first key and accepts all of them.
func NewSigner(keys [][]byte, c clock.Clock) *Signer { return &Signer{keys, c} }

var linkEncoding = base64.RawURLEncoding.Strict()

// Sign returns a token for purpose ("leadpack"), to the second of exp.
func (s *Signer) Sign(purpose, object, subject string, exp time.Time) string {
	b := binary.BigEndian.AppendUint64(nil, uint64(exp.Unix()))
	b = binary.AppendUvarint(b, uint64(len(object)))
	b = append(append(b, object...), subject...)
	return linkEncoding.EncodeToString(append(b, mac(s.keys[0], purpose, b)...))
}

// Verify returns what Sign was given for the same purpose. A token that was
// changed or is another purpose's gives a NotFound fault, so that guessing shows
// nothing; one that expired an Unauthorized fault that the page explains.
func (s *Signer) Verify(purpose, token string) (object, subject string, err error) {
	unknown := fault.New(fault.NotFound, "fault.link_unknown")
	if len(token) > maxLink {
		return "", "", unknown
	}
	b, err := linkEncoding.DecodeString(token)
	if err != nil || len(b) < macSize+9 {
		return "", "", unknown
	}
	signed, sum := b[:len(b)-macSize], b[len(b)-macSize:]
	if !s.signedBy(purpose, signed, sum) {
		return "", "", unknown
	}
	exp := time.Unix(int64(binary.BigEndian.Uint64(signed)), 0)
	n, used := binary.Uvarint(signed[8:])
	rest := signed[8+max(used, 0):]
	if used <= 0 || n > uint64(len(rest)) {
		return "", "", unknown
	}
	if !s.clock.Now().Before(exp) {
		return "", "", fault.New(fault.Unauthorized, "fault.link_expired")
	}
	return string(rest[:n]), string(rest[n:]), nil
}

func (s *Signer) signedBy(purpose string, signed, sum []byte) bool {
	for _, k := range s.keys {
		if hmac.Equal(mac(k, purpose, signed), sum) {
			return true
		}
	}
	return false
}

func mac(key []byte, purpose string, data []byte) []byte {
	h := hmac.New(sha256.New, key)
	h.Write(binary.AppendUvarint(nil, uint64(len(purpose))))
	h.Write([]byte(purpose))
	h.Write(data)
	return h.Sum(nil)[:macSize]
}
