// Package seal keeps secrets unreadable at rest and makes the keyed hashes that
// stand for words nobody should read. Everything derives from the master keys:
// 32 random bytes each, base64 in QUNZHU_MASTER_KEY or in a file of mode 0600.
package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// KeySize is the length of a master key in bytes.
const KeySize = 32

// encoding is strict, so that a sealed value has one spelling only.
var encoding = base64.RawURLEncoding.Strict()

// maxPlain bounds a secret: passwords, tokens and private keys are far smaller.
const maxPlain = 64 << 10

var (
	// ErrUnknownKey means that the value was sealed with a key this program was not given.
	ErrUnknownKey = errors.New("sealed with a master key that is not configured: add the old key after the current one in QUNZHU_MASTER_KEY or the key file")
	// ErrTampered means that the value was changed, cut, or moved from another row.
	ErrTampered = errors.New("the sealed value was changed or belongs to another row")
)

// Sealer seals with the newest master key and opens with any of them.
// It is safe for concurrent use.
type Sealer struct {
	masters [][]byte // newest first
	ids     []string // of each master
	aeads   map[string]cipher.AEAD
}

// New makes a Sealer of base64 master keys separated by commas or white space:
// the first seals, all of them open.
func New(keys string) (*Sealer, error) {
	words := strings.FieldsFunc(keys, func(r rune) bool { return r == ',' || r == ' ' || r == '\n' || r == '\r' || r == '\t' })
	if len(words) == 0 {
		return nil, errors.New("no master key: set QUNZHU_MASTER_KEY to 32 random bytes in base64 (openssl rand -base64 32)")
	}
	s := &Sealer{aeads: make(map[string]cipher.AEAD, len(words))}
	for i, w := range words {
		master, err := base64.StdEncoding.DecodeString(w)
		if err != nil || len(master) != KeySize {
			return nil, fmt.Errorf("master key %d is not 32 bytes in base64 (make one with: openssl rand -base64 32)", i+1)
		}
		if err := s.add(master); err != nil {
			return nil, err
		}
	}
	return s, nil
}

func (s *Sealer) add(master []byte) error {
	block, err := aes.NewCipher(derive(master, "seal"))
	if err != nil {
		return err
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return err
	}
	kid := hex.EncodeToString(derive(master, "key id")[:4])
	s.masters = append(s.masters, master)
	s.ids = append(s.ids, kid)
	s.aeads[kid] = aead
	return nil
}

// derive gives every use its own key, so that no two uses can be played
// against each other.
func derive(master []byte, purpose string) []byte {
	key, err := hkdf.Key(sha256.New, master, nil, "qunzhu "+purpose, KeySize)
	if err != nil {
		panic("seal: HKDF refused a constant length: " + err.Error())
	}
	return key
}

// Seal encrypts plain for the row that it is stored in ("connections/01H…/secret").
// The result is "<key id>.<base64url>" and opens for no other row.
func (s *Sealer) Seal(row string, plain []byte) (string, error) {
	if len(plain) > maxPlain {
		return "", fmt.Errorf("a secret of %d bytes is over the limit of %d", len(plain), maxPlain)
	}
	aead := s.aeads[s.ids[0]]
	nonce := make([]byte, aead.NonceSize(), aead.NonceSize()+len(plain)+aead.Overhead())
	_, _ = rand.Read(nonce)
	box := aead.Seal(nonce, nonce, plain, []byte(row))
	return s.ids[0] + "." + encoding.EncodeToString(box), nil
}

// Open decrypts what Seal made for the same row. Errors are ErrUnknownKey and
// ErrTampered.
func (s *Sealer) Open(row, sealed string) ([]byte, error) {
	kid, text, _ := strings.Cut(sealed, ".")
	aead, ok := s.aeads[kid]
	if !ok {
		return nil, ErrUnknownKey
	}
	box, err := encoding.DecodeString(text)
	if err != nil || len(box) < aead.NonceSize() {
		return nil, ErrTampered
	}
	plain, err := aead.Open(nil, box[:aead.NonceSize()], box[aead.NonceSize():], []byte(row))
	if err != nil {
		return nil, ErrTampered
	}
	return plain, nil
}

// Current reports whether sealed was made with the newest key; after a rotation
// what is not current is opened and sealed again.
func (s *Sealer) Current(sealed string) bool {
	return strings.HasPrefix(sealed, s.ids[0]+".")
}

// Secrets returns a 32-byte key of its own for purpose from each master key,
// newest first: sign with the first, accept any.
func (s *Sealer) Secrets(purpose string) [][]byte {
	out := make([][]byte, len(s.masters))
	for i, m := range s.masters {
		out[i] = derive(m, "secret "+purpose)
	}
	return out
}
