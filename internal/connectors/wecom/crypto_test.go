package wecom

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

const (
	vectorToken   = "QDG6eK"
	vectorKey     = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
	vectorReceive = "wx5823bf96d3bd56c7"
)

func vectorCodec(t testing.TB) *Codec {
	t.Helper()
	c, err := NewCodec(vectorToken, vectorKey, vectorReceive)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// The vectors were computed with two independent implementations of the
// platform's scheme.
func TestOpenKnownAnswers(t *testing.T) {
	tests := map[string]struct{ signature, timestamp, nonce, encrypted, want string }{
		"url check": {
			"5c45ff5e21c57e6ad56bac8758b79b1d9ac89fd3", "1409659589", "263014780",
			"P9nAzCzyDtyTWESHep1vC5X9xho/qYX3Zpb4yKa9SKld1DsH3Iyt3tP3zNdtp+4RPcs8TgAE7OaBO+FZXvnaqQ==",
			"1616140317555161061",
		},
		"url check with spaces for plus": {
			"5c45ff5e21c57e6ad56bac8758b79b1d9ac89fd3", "1409659589", "263014780",
			"P9nAzCzyDtyTWESHep1vC5X9xho/qYX3Zpb4yKa9SKld1DsH3Iyt3tP3zNdtp 4RPcs8TgAE7OaBO FZXvnaqQ==",
			"1616140317555161061",
		},
		"message": {
			"477715d11cdb4164915debcba66cb864d751f3e6", "1409659813", "1372623149",
			"RypEvHKD8QQKFhvQ6QleEB4J58tiPdvo+rtK1I9qca6aM/wvqnLSV5zEPeusUiX5L5X/0lWfrf0QADHHhGd3QczcdCUpj911L3vg3W/sYYvuJTs3TUUkSUXxaccAS0qhxchrRYt66wiSpGLYL42aM6A8dTT+6k4aSknmPj48kzJs8qLjvd4Xgpue06DOdnLxAUHzM6+kDZ+HMZfJYuR+LtwGc2hgf5gsijff0ekUNXZiqATP7PF5mZxZ3Izoun1s4zG4LUMnvw2r+KqCKIw+3IQH03v+BCA9nMELNqbSf6tiWSrXJB3LAVGUcallcrw8V2t9EL4EhzJWrQUax5wLVMNS0+rUPA3k22Ncx4XXZS9o0MBH27Bo6BpNelZpS+/uh9KsNlY6bHCmJU9p8g7m3fVKn28H3KDYA5Pl/T8Z1ptDAVe0lXdQ2YoyyH2uyPIGHBZZIs2pDBS8R07+qN+E7Q==",
			"<xml><ToUserName><![CDATA[wx5823bf96d3bd56c7]]></ToUserName>\n<FromUserName><![CDATA[mycreate]]></FromUserName>\n<CreateTime>1409659813</CreateTime>\n<MsgType><![CDATA[text]]></MsgType>\n<Content><![CDATA[hello]]></Content>\n<MsgId>4561255354251345929</MsgId>\n<AgentID>218</AgentID>\n</xml>",
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := vectorCodec(t).VerifyURL(tt.signature, tt.timestamp, tt.nonce, tt.encrypted)
			if err != nil {
				t.Fatal(err)
			}
			if string(got) != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestSealKnownAnswer(t *testing.T) {
	const msg = "<xml><ToUserName><![CDATA[mycreate]]></ToUserName><FromUserName><![CDATA[wx5823bf96d3bd56c7]]></FromUserName><CreateTime>1348831860</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[this is a test]]></Content><MsgId>1234567890123456</MsgId><AgentID>128</AgentID></xml>"
	const want = "sKqRbbiSUnDhFHOvPjtUMdc23JsNXVqHAPPZdO0pIWIMYDThPIeGEfKX2v40MaN9wqY6jfiEfXjU91lWT29R5DJekiGh+kvvWbgJb/xv+e4E7ohGxVjHMNbvtW/W79/IDuKgVJBfBuHgGc9otUO0w1l7Hsae/Ln6/jSCx2GMGlPTrk/Pd9Du8oTb3PrIs9a90wxwbaI9txmYwPqRSx+UWHWpEqcaMDQrfWyNOrIC1LMxfJN98WVM1lo7rHKcEzvuCkg0KtnJTML2WgkG7/evV+9gUXmIvHuAUwYvYhHEQjwQc8mFWnT1QCHyMMAaTYTs9YkB/njRL+wc5wMGWfU13eiwnl5qqIiQ7mvzi8TevQtz+Svc7SLFfrDfOWKuQmQOeAl9qFb+6QvXPBwEA1jAHo2cjnyeAPiQSi0YuLrvv4GqcDtRnbUKYlOP6sETKok0mOls1Z87pkjkonVbXJWABw=="
	c := vectorCodec(t)
	got := c.encrypt([randomPrefix]byte([]byte("0123456789abcdef")), []byte(msg))
	if got != want {
		t.Errorf("ciphertext differs:\n got %s\nwant %s", got, want)
	}
	if sig := c.sign("1409659813", "1372623149", got); sig != "d9cdf134dbf5386e31896eb2a79c68dbe53e8cc2" {
		t.Errorf("signature %s", sig)
	}
}

func TestSealOpenRoundTrip(t *testing.T) {
	c := vectorCodec(t)
	rapid.Check(t, func(t *rapid.T) {
		msg := rapid.SliceOfN(rapid.Byte(), 0, 200).Draw(t, "msg")
		sealed, err := c.Seal(msg, "1790000000", "n")
		if err != nil {
			t.Fatal(err)
		}
		got, err := c.Open(sealed.Signature, sealed.Timestamp, sealed.Nonce, sealed.Encrypt)
		if err != nil || !bytes.Equal(got, msg) {
			t.Fatalf("got %q, %v; want %q", got, err, msg)
		}
	})
}

// sealRaw encrypts plain as it stands, so that tests can choose the padding and
// the length field.
func sealRaw(c *Codec, plain []byte) string {
	out := make([]byte, len(plain))
	cipher.NewCBCEncrypter(c.block, c.iv).CryptBlocks(out, plain)
	return base64.StdEncoding.EncodeToString(out)
}

func rawPlain(size uint32, tail string, padding []byte) []byte {
	plain := append([]byte("0123456789abcdef"), 0, 0, 0, 0)
	binary.BigEndian.PutUint32(plain[randomPrefix:], size)
	return append(append(plain, tail...), padding...)
}

func TestOpenRefusesHostilePayloads(t *testing.T) {
	c := vectorCodec(t)
	tests := map[string]struct {
		encrypted string
		want      error
	}{
		"not base64":            {"!!!!", ErrCiphertext},
		"empty":                 {"", ErrCiphertext},
		"not whole blocks":      {base64.StdEncoding.EncodeToString(make([]byte, 33)), ErrCiphertext},
		"one AES block":         {base64.StdEncoding.EncodeToString(make([]byte, aes.BlockSize)), ErrCiphertext},
		"padding 0":             {sealRaw(c, rawPlain(0, "", make([]byte, 12))), ErrCiphertext},
		"padding 33":            {sealRaw(c, append(make([]byte, 31), bytes.Repeat([]byte{33}, 33)...)), ErrCiphertext},
		"padding uneven":        {sealRaw(c, rawPlain(0, "", []byte{1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 12})), ErrCiphertext},
		"padding eats all":      {sealRaw(c, bytes.Repeat([]byte{32}, 32)), ErrCiphertext},
		"length over the end":   {sealRaw(c, rawPlain(9, "abcd", bytes.Repeat([]byte{8}, 8))), ErrCiphertext},
		"length of 4 GiB":       {sealRaw(c, rawPlain(0xffffffff, "abcd", bytes.Repeat([]byte{8}, 8))), ErrCiphertext},
		"another receiver":      {sealRaw(c, rawPlain(0, "wx00", bytes.Repeat([]byte{8}, 8))), ErrReceiveID},
		"receiver is a prefix":  {sealRaw(c, rawPlain(0, vectorReceive[:8], bytes.Repeat([]byte{4}, 4))), ErrReceiveID},
		"receiver left out":     {sealRaw(c, rawPlain(4, "abcd", bytes.Repeat([]byte{8}, 8))), ErrReceiveID},
		"truncated base64 text": {"AAAA" + strings.Repeat("A", 41), ErrCiphertext},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := c.Open(c.sign("1", "2", tt.encrypted), "1", "2", tt.encrypted)
			if !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
		})
	}
}

func TestOpenRefusesForgedSignature(t *testing.T) {
	c := vectorCodec(t)
	sealed, err := c.Seal([]byte("hello"), "1", "2")
	if err != nil {
		t.Fatal(err)
	}
	for name, args := range map[string][3]string{
		"empty signature":   {"", "1", "2"},
		"another timestamp": {sealed.Signature, "3", "2"},
		"another nonce":     {sealed.Signature, "1", "3"},
	} {
		if _, err := c.Open(args[0], args[1], args[2], sealed.Encrypt); !errors.Is(err, ErrSignature) {
			t.Errorf("%s: got %v, want ErrSignature", name, err)
		}
	}
}

func TestNewCodecNamesTheWrongField(t *testing.T) {
	for name, tt := range map[string]struct{ token, key, want string }{
		"no token":   {"", vectorKey, "token"},
		"long token": {strings.Repeat("a", 33), vectorKey, "token"},
		"short key":  {"abc", "short", "EncodingAESKey"},
		"strange":    {"abc", strings.Repeat("!", 43), "EncodingAESKey"},
	} {
		if _, err := NewCodec(tt.token, tt.key, ""); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: error %v does not name %s", name, err, tt.want)
		}
	}
}

func TestCheckFresh(t *testing.T) {
	now := time.Unix(1_790_000_000, 0)
	for timestamp, fresh := range map[string]bool{
		"1790000000": true, "1789999700": true, "1790000300": true,
		"1789999699": false, "1790000301": false, "": false, "soon": false, "99999999999999999999": false,
	} {
		if err := CheckFresh(timestamp, now, 5*time.Minute); (err == nil) != fresh {
			t.Errorf("timestamp %q: %v, want fresh=%v", timestamp, err, fresh)
		}
	}
}

func FuzzOpen(f *testing.F) {
	c := vectorCodec(f)
	f.Add(bytes.Repeat([]byte{32}, 32))
	f.Add(rawPlain(4, "abcd"+vectorReceive, []byte{6, 6, 6, 6, 6, 6}))
	f.Add(rawPlain(0xffffffff, "", bytes.Repeat([]byte{12}, 12)))
	f.Fuzz(func(t *testing.T, plain []byte) {
		plain = append(plain, make([]byte, (aes.BlockSize-len(plain)%aes.BlockSize)%aes.BlockSize)...)
		encrypted := sealRaw(c, plain)
		msg, err := c.Open(c.sign("1", "2", encrypted), "1", "2", encrypted)
		if err == nil && len(msg)+randomPrefix+lengthField+len(vectorReceive) > len(plain) {
			t.Fatalf("%d bytes of message out of %d bytes of plaintext", len(msg), len(plain))
		}
	})
}
