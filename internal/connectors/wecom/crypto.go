package wecom

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha1"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// What can be wrong with an encrypted callback. None of them says more than its
// own text: the sender of a forged callback must not learn how far it came.
var (
	ErrSignature  = errors.New("wecom: the callback signature does not match the token")
	ErrCiphertext = errors.New("wecom: the callback ciphertext is malformed")
	ErrReceiveID  = errors.New("wecom: the callback is meant for another receiver")
	ErrStale      = errors.New("wecom: the callback timestamp is too far from now")
)

const (
	sealBlock     = 32 // the platform pads to 32 bytes, not to the AES block of 16
	randomPrefix  = 16
	lengthField   = 4
	aesKeyChars   = 43
	maxTokenChars = 32
)

// Codec opens and seals callback payloads: AES-256-CBC with the IV taken from
// the key, PKCS#7 to 32 bytes, SHA-1 signature over the sorted parts (D:90930).
// It is safe for concurrent use.
type Codec struct {
	token     string
	receiveID string
	block     cipher.Block
	iv        []byte
}

// NewCodec builds a Codec. token has 1 to 32 characters, encodingAESKey exactly
// 43 (D:96238); receiveID is the CorpID for a self-built app.
func NewCodec(token, encodingAESKey, receiveID string) (*Codec, error) {
	if token == "" || len(token) > maxTokenChars {
		return nil, fmt.Errorf("wecom: token has %d characters, expected 1 to %d; copy it from 接收消息 in the app's settings", len(token), maxTokenChars)
	}
	if len(encodingAESKey) != aesKeyChars {
		return nil, fmt.Errorf("wecom: EncodingAESKey has %d characters, expected %d; copy it from 接收消息 in the app's settings", len(encodingAESKey), aesKeyChars)
	}
	key, err := base64.StdEncoding.DecodeString(encodingAESKey + "=")
	if err != nil {
		return nil, errors.New("wecom: EncodingAESKey holds characters other than A-Z, a-z and 0-9")
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("wecom: EncodingAESKey: %w", err)
	}
	return &Codec{token: token, receiveID: receiveID, block: block, iv: key[:aes.BlockSize]}, nil
}

// VerifyURL answers the URL check: it returns the decrypted echostr, which must
// be sent back as it is within one second (D:96466).
func (c *Codec) VerifyURL(signature, timestamp, nonce, echostr string) ([]byte, error) {
	return c.Open(signature, timestamp, nonce, echostr)
}

// Open verifies the signature of encrypted (the Encrypt element) and decrypts
// it. The errors are ErrSignature, ErrCiphertext and ErrReceiveID.
func (c *Codec) Open(signature, timestamp, nonce, encrypted string) ([]byte, error) {
	// A '+' that was not URL-encoded arrives as a space; the signature was
	// computed over the '+'.
	encrypted = strings.ReplaceAll(strings.TrimSpace(encrypted), " ", "+")
	want := c.sign(timestamp, nonce, encrypted)
	if subtle.ConstantTimeCompare([]byte(want), []byte(strings.ToLower(signature))) != 1 {
		return nil, ErrSignature
	}
	sealed, err := base64.StdEncoding.DecodeString(encrypted)
	if err != nil {
		return nil, ErrCiphertext
	}
	return c.decrypt(sealed)
}

func (c *Codec) decrypt(sealed []byte) ([]byte, error) {
	if len(sealed) < sealBlock || len(sealed)%aes.BlockSize != 0 {
		return nil, ErrCiphertext
	}
	plain := make([]byte, len(sealed))
	cipher.NewCBCDecrypter(c.block, c.iv).CryptBlocks(plain, sealed)
	plain, ok := unpad(plain)
	if !ok || len(plain) < randomPrefix+lengthField {
		return nil, ErrCiphertext
	}
	size := binary.BigEndian.Uint32(plain[randomPrefix:])
	body := plain[randomPrefix+lengthField:]
	if uint64(size) > uint64(len(body)) {
		return nil, ErrCiphertext
	}
	if subtle.ConstantTimeCompare(body[size:], []byte(c.receiveID)) != 1 {
		return nil, ErrReceiveID
	}
	return body[:size:size], nil
}

// Sealed is an encrypted payload with what its receiver needs to check it.
type Sealed struct {
	Encrypt   string
	Signature string
	Timestamp string
	Nonce     string
}

// Seal encrypts msg, for a passive reply or for a test of the receiving side.
func (c *Codec) Seal(msg []byte, timestamp, nonce string) (Sealed, error) {
	var random [randomPrefix]byte
	if _, err := rand.Read(random[:]); err != nil {
		return Sealed{}, fmt.Errorf("wecom: random prefix: %w", err)
	}
	encrypted := c.encrypt(random, msg)
	return Sealed{Encrypt: encrypted, Signature: c.sign(timestamp, nonce, encrypted), Timestamp: timestamp, Nonce: nonce}, nil
}

func (c *Codec) encrypt(random [randomPrefix]byte, msg []byte) string {
	plain := make([]byte, 0, randomPrefix+lengthField+len(msg)+len(c.receiveID)+sealBlock)
	plain = append(plain, random[:]...)
	plain = binary.BigEndian.AppendUint32(plain, uint32(len(msg)))
	plain = append(plain, msg...)
	plain = append(plain, c.receiveID...)
	plain = pad(plain)
	cipher.NewCBCEncrypter(c.block, c.iv).CryptBlocks(plain, plain)
	return base64.StdEncoding.EncodeToString(plain)
}

func (c *Codec) sign(timestamp, nonce, encrypted string) string {
	parts := []string{c.token, timestamp, nonce, encrypted}
	slices.Sort(parts)
	sum := sha1.Sum([]byte(strings.Join(parts, "")))
	return hex.EncodeToString(sum[:])
}

// CheckFresh reports ErrStale when the signed timestamp (seconds) lies more than
// window before or after now, so that a recorded callback cannot be replayed
// for ever. The window must cover the platform's own retries.
func CheckFresh(timestamp string, now time.Time, window time.Duration) error {
	seconds, err := strconv.ParseInt(timestamp, 10, 64)
	if err != nil || time.Unix(seconds, 0).Sub(now).Abs() > window {
		return ErrStale
	}
	return nil
}

func pad(b []byte) []byte {
	n := sealBlock - len(b)%sealBlock
	for range n {
		b = append(b, byte(n))
	}
	return b
}

func unpad(b []byte) ([]byte, bool) {
	n := int(b[len(b)-1])
	if n < 1 || n > sealBlock || n > len(b) {
		return nil, false
	}
	for _, v := range b[len(b)-n:] {
		if int(v) != n {
			return nil, false
		}
	}
	return b[:len(b)-n], true
}
