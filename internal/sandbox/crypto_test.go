package sandbox

import (
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// Vectors computed with two independent public implementations of the
// platform's callback encryption.
const (
	vectorToken    = "QDG6eK"
	vectorKey      = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
	vectorReceiver = "wx5823bf96d3bd56c7"

	sealedText = "sKqRbbiSUnDhFHOvPjtUMdc23JsNXVqHAPPZdO0pIWIMYDThPIeGEfKX2v40MaN9wqY6jfiEfXjU91lWT29R5DJekiGh+kvvWbgJb/xv+e4E7ohGxVjHMNbvtW/W79/IDuKgVJBfBuHgGc9otUO0w1l7Hsae/Ln6/jSCx2GMGlPTrk/Pd9Du8oTb3PrIs9a90wxwbaI9txmYwPqRSx+UWHWpEqcaMDQrfWyNOrIC1LMxfJN98WVM1lo7rHKcEzvuCkg0KtnJTML2WgkG7/evV+9gUXmIvHuAUwYvYhHEQjwQc8mFWnT1QCHyMMAaTYTs9YkB/njRL+wc5wMGWfU13eiwnl5qqIiQ7mvzi8TevQtz+Svc7SLFfrDfOWKuQmQOeAl9qFb+6QvXPBwEA1jAHo2cjnyeAPiQSi0YuLrvv4GqcDtRnbUKYlOP6sETKok0mOls1Z87pkjkonVbXJWABw=="
	plainText  = "<xml><ToUserName><![CDATA[mycreate]]></ToUserName><FromUserName><![CDATA[wx5823bf96d3bd56c7]]></FromUserName><CreateTime>1348831860</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[this is a test]]></Content><MsgId>1234567890123456</MsgId><AgentID>128</AgentID></xml>"
)

func vectorCodec(t testing.TB) *codec {
	t.Helper()
	c, err := newCodec(vectorToken, vectorKey, vectorReceiver)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestCodecOpensKnownAnswers(t *testing.T) {
	posted := "<xml><ToUserName><![CDATA[wx5823bf96d3bd56c7]]></ToUserName>\n<FromUserName><![CDATA[mycreate]]></FromUserName>\n<CreateTime>1409659813</CreateTime>\n<MsgType><![CDATA[text]]></MsgType>\n<Content><![CDATA[hello]]></Content>\n<MsgId>4561255354251345929</MsgId>\n<AgentID>218</AgentID>\n</xml>"
	cases := []struct{ name, signature, timestamp, nonce, encrypted, want string }{
		{
			"URL verification", "5c45ff5e21c57e6ad56bac8758b79b1d9ac89fd3", "1409659589", "263014780",
			"P9nAzCzyDtyTWESHep1vC5X9xho/qYX3Zpb4yKa9SKld1DsH3Iyt3tP3zNdtp+4RPcs8TgAE7OaBO+FZXvnaqQ==",
			"1616140317555161061",
		},
		{
			"posted event", "477715d11cdb4164915debcba66cb864d751f3e6", "1409659813", "1372623149",
			"RypEvHKD8QQKFhvQ6QleEB4J58tiPdvo+rtK1I9qca6aM/wvqnLSV5zEPeusUiX5L5X/0lWfrf0QADHHhGd3QczcdCUpj911L3vg3W/sYYvuJTs3TUUkSUXxaccAS0qhxchrRYt66wiSpGLYL42aM6A8dTT+6k4aSknmPj48kzJs8qLjvd4Xgpue06DOdnLxAUHzM6+kDZ+HMZfJYuR+LtwGc2hgf5gsijff0ekUNXZiqATP7PF5mZxZ3Izoun1s4zG4LUMnvw2r+KqCKIw+3IQH03v+BCA9nMELNqbSf6tiWSrXJB3LAVGUcallcrw8V2t9EL4EhzJWrQUax5wLVMNS0+rUPA3k22Ncx4XXZS9o0MBH27Bo6BpNelZpS+/uh9KsNlY6bHCmJU9p8g7m3fVKn28H3KDYA5Pl/T8Z1ptDAVe0lXdQ2YoyyH2uyPIGHBZZIs2pDBS8R07+qN+E7Q==",
			posted,
		},
		{"sealed text", "d9cdf134dbf5386e31896eb2a79c68dbe53e8cc2", "1409659813", "1372623149", sealedText, plainText},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			got, err := vectorCodec(t).open(tc.signature, tc.timestamp, tc.nonce, tc.encrypted)
			if err != nil {
				t.Fatal(err)
			}
			if string(got) != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

func TestCodecSealsKnownAnswer(t *testing.T) {
	c := vectorCodec(t)
	got := c.sealWith([]byte("0123456789abcdef"), []byte(plainText))
	if got != sealedText {
		t.Errorf("ciphertext differs: %s", got)
	}
	if sig := c.sign("1409659813", "1372623149", got); sig != "d9cdf134dbf5386e31896eb2a79c68dbe53e8cc2" {
		t.Errorf("signature %s", sig)
	}
}

func TestCodecRefuses(t *testing.T) {
	c := vectorCodec(t)
	other, err := newCodec(vectorToken, vectorKey, "ww_other")
	if err != nil {
		t.Fatal(err)
	}
	foreign := other.seal([]byte("x"))
	cases := []struct {
		name, signature, encrypted string
		want                       error
	}{
		{"wrong signature", strings.Repeat("0", 40), sealedText, ErrSignature},
		{"no base64", c.sign("1", "2", "%%%"), "%%%", ErrCiphertext},
		{"empty", c.sign("1", "2", ""), "", ErrCiphertext},
		{"half a block", c.sign("1", "2", "AAAAAAAAAAA="), "AAAAAAAAAAA=", ErrCiphertext},
		{"another receiver", c.sign("1", "2", foreign), foreign, ErrReceiver},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			if _, err := c.open(tc.signature, "1", "2", tc.encrypted); !errors.Is(err, tc.want) {
				t.Errorf("got %v, want %v", err, tc.want)
			}
		})
	}
}

func TestCodecRoundTrip(t *testing.T) {
	c := vectorCodec(t)
	rapid.Check(t, func(t *rapid.T) {
		msg := rapid.SliceOfN(rapid.Byte(), 0, 200).Draw(t, "message")
		encrypted := c.seal(msg)
		got, err := c.open(c.sign("1", "2", encrypted), "1", "2", encrypted)
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != string(msg) {
			t.Fatalf("got %x, want %x", got, msg)
		}
	})
}

// The padding is checked behind the signature; hostile plaintexts are tried
// directly so that the fuzzer reaches the length arithmetic.
func FuzzCodecUnpack(f *testing.F) {
	c := vectorCodec(f)
	f.Add([]byte{1})
	f.Add([]byte(strings.Repeat("\x20", 32)))
	f.Add(append([]byte(strings.Repeat("r", 16)), 0xff, 0xff, 0xff, 0xff, 1))
	f.Fuzz(func(t *testing.T, plain []byte) {
		if len(plain) == 0 {
			return
		}
		msg, err := c.unpack(plain)
		if err == nil && len(msg)+len(c.receiver)+randomBytes+lengthBytes >= len(plain) {
			t.Errorf("message of %d bytes out of %d", len(msg), len(plain))
		}
	})
}

func FuzzCodecOpen(f *testing.F) {
	c := vectorCodec(f)
	f.Add(sealedText)
	f.Add("AAAA")
	f.Fuzz(func(t *testing.T, encrypted string) {
		msg, err := c.open(c.sign("1", "2", encrypted), "1", "2", encrypted)
		if raw, derr := base64.StdEncoding.DecodeString(encrypted); err == nil && (derr != nil || len(msg) > len(raw)) {
			t.Errorf("opened %q", encrypted)
		}
	})
}
