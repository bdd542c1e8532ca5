package wecom

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"sync"
)

// KeyRing holds the private keys of the archive by the version that the
// platform gave to their public halves. Every upload makes a new version, and
// messages sealed for an old one keep coming for days, so old keys stay. A
// KeyRing does not change after it was made.
type KeyRing struct {
	keys map[int]*rsa.PrivateKey

	mu     sync.Mutex // guards what follows
	last   sealedKey
	random string // that last opened to
}

// UnknownKeyError reports a message sealed for a key that the ring lacks.
type UnknownKeyError struct {
	Version int
}

// Error implements error.
func (e *UnknownKeyError) Error() string {
	return fmt.Sprintf("wecom: no archive private key of version %d; add the key whose public half was uploaded as that version", e.Version)
}

// ErrSealedKey reports a random key that the private key of its version does
// not open.
var ErrSealedKey = errors.New("wecom: the message's random key cannot be decrypted; the private key does not belong to its version")

// NewKeyRing reads RSA private keys by version from PEM, PKCS #1 or PKCS #8.
func NewKeyRing(pems map[int][]byte) (*KeyRing, error) {
	if len(pems) == 0 {
		return nil, errors.New("wecom: the archive needs at least one private key")
	}
	ring := &KeyRing{keys: map[int]*rsa.PrivateKey{}}
	for version, data := range pems {
		key, err := parsePrivateKey(data)
		if err != nil {
			return nil, fmt.Errorf("wecom: archive private key of version %d: %w", version, err)
		}
		ring.keys[version] = key
	}
	return ring, nil
}

func parsePrivateKey(data []byte) (*rsa.PrivateKey, error) {
	block, _ := pem.Decode(data)
	if block == nil {
		return nil, errors.New("not PEM; expected a file that begins with -----BEGIN")
	}
	switch block.Type {
	case "RSA PRIVATE KEY":
		if block.Headers["DEK-Info"] != "" {
			return nil, errors.New("the key is protected by a password; remove it with: openssl rsa -in FILE")
		}
		return x509.ParsePKCS1PrivateKey(block.Bytes)
	case "PRIVATE KEY":
		key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
		if err != nil {
			return nil, err
		}
		rsaKey, ok := key.(*rsa.PrivateKey)
		if !ok {
			return nil, fmt.Errorf("a %T; expected an RSA key", key)
		}
		return rsaKey, nil
	case "ENCRYPTED PRIVATE KEY":
		return nil, errors.New("the key is protected by a password; remove it with: openssl pkcs8 -in FILE")
	case "PUBLIC KEY", "RSA PUBLIC KEY":
		return nil, errors.New("this is the public half; expected the private key")
	default:
		return nil, fmt.Errorf("PEM block %q; expected an RSA private key", block.Type)
	}
}

// RandomKey unwraps the key that opens msg. The errors are *UnknownKeyError and
// ErrSealedKey.
func (r *KeyRing) RandomKey(msg SealedMessage) (string, error) {
	key, ok := r.keys[msg.PublicKeyVer]
	if !ok {
		return "", &UnknownKeyError{Version: msg.PublicKeyVer}
	}
	if random, ok := r.remembered(msg); ok {
		return random, nil
	}
	sealed, err := base64.StdEncoding.DecodeString(msg.EncryptRandomKey)
	if err != nil {
		return "", ErrSealedKey
	}
	//lint:ignore SA1019 the platform prescribes PKCS #1 v1.5 (D:91774)
	random, err := rsa.DecryptPKCS1v15(nil, key, sealed)
	if err != nil {
		return "", ErrSealedKey
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.last, r.random = sealedKey{msg.PublicKeyVer, msg.EncryptRandomKey}, string(random)
	return r.random, nil
}

// remembered saves the millisecond of an RSA decryption where neighbouring
// messages share a random key.
func (r *KeyRing) remembered(msg SealedMessage) (string, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.random, r.random != "" && r.last == sealedKey{msg.PublicKeyVer, msg.EncryptRandomKey}
}

type sealedKey struct {
	version int
	text    string
}
