package sandbox

import (
	"bytes"
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
	"strings"
)

// Why an encrypted callback body can't be opened.
var (
	ErrSignature  = errors.New("sandbox: msg_signature does not match")
	ErrCiphertext = errors.New("sandbox: malformed ciphertext")
	ErrReceiver   = errors.New("sandbox: ciphertext is meant for another receiver")
)

const (
	// PKCS#7 pads to 32 bytes here, not to the AES block (D:90968).
	padBlock    = 32
	randomBytes = 16
	lengthBytes = 4
)

// codec encrypts and signs callback bodies the way the platform does (D:90968).
type codec struct {
	token    string
	key      []byte // 32 bytes
	receiver string // corp id
}

func newCodec(token, aesKey, receiver string) (*codec, error) {
	key, err := decodeAESKey(aesKey)
	if err != nil {
		return nil, err
	}
	return &codec{token: token, key: key, receiver: receiver}, nil
}

// sign returns the msg_signature of an encrypted body.
func (c *codec) sign(timestamp, nonce, encrypted string) string {
	parts := []string{c.token, timestamp, nonce, encrypted}
	slices.Sort(parts)
	sum := sha1.Sum([]byte(strings.Join(parts, "")))
	return hex.EncodeToString(sum[:])
}

// seal encrypts msg behind fresh random bytes.
func (c *codec) seal(msg []byte) string {
	prefix := make([]byte, randomBytes)
	rand.Read(prefix)
	return c.sealWith(prefix, msg)
}

func (c *codec) sealWith(prefix, msg []byte) string {
	plain := bytes.Clone(prefix)
	plain = binary.BigEndian.AppendUint32(plain, uint32(len(msg)))
	plain = append(plain, msg...)
	plain = append(plain, c.receiver...)
	pad := padBlock - len(plain)%padBlock
	plain = append(plain, bytes.Repeat([]byte{byte(pad)}, pad)...)

	block, err := aes.NewCipher(c.key)
	if err != nil {
		panic(err) // newCodec made the key 32 bytes long
	}
	cipher.NewCBCEncrypter(block, c.key[:aes.BlockSize]).CryptBlocks(plain, plain)
	return base64.StdEncoding.EncodeToString(plain)
}

// open checks the signature and returns the message.
func (c *codec) open(signature, timestamp, nonce, encrypted string) ([]byte, error) {
	want := c.sign(timestamp, nonce, encrypted)
	if subtle.ConstantTimeCompare([]byte(want), []byte(signature)) != 1 {
		return nil, ErrSignature
	}
	data, err := base64.StdEncoding.DecodeString(encrypted)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCiphertext, err)
	}
	if len(data) == 0 || len(data)%aes.BlockSize != 0 {
		return nil, fmt.Errorf("%w: %d bytes", ErrCiphertext, len(data))
	}
	block, err := aes.NewCipher(c.key)
	if err != nil {
		return nil, err
	}
	cipher.NewCBCDecrypter(block, c.key[:aes.BlockSize]).CryptBlocks(data, data)
	return c.unpack(data)
}

// unpack takes the message out of random ‖ length ‖ message ‖ receiver ‖ padding.
func (c *codec) unpack(data []byte) ([]byte, error) {
	pad := int(data[len(data)-1])
	if pad < 1 || pad > padBlock || pad > len(data) {
		return nil, fmt.Errorf("%w: padding of %d", ErrCiphertext, pad)
	}
	data = data[:len(data)-pad]
	if len(data) < randomBytes+lengthBytes {
		return nil, fmt.Errorf("%w: too short", ErrCiphertext)
	}
	data = data[randomBytes:]
	size := binary.BigEndian.Uint32(data)
	data = data[lengthBytes:]
	if uint64(size) > uint64(len(data)) {
		return nil, fmt.Errorf("%w: announces %d bytes, has %d", ErrCiphertext, size, len(data))
	}
	if subtle.ConstantTimeCompare(data[size:], []byte(c.receiver)) != 1 {
		return nil, ErrReceiver
	}
	return data[:size], nil
}
