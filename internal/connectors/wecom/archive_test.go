package wecom

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
)

func TestKeyRingReadsBothForms(t *testing.T) {
	ring, err := NewKeyRing(map[int][]byte{1: pkcs1PEM(archiveKey()), 2: pkcs8PEM(t, archiveKey())})
	if err != nil {
		t.Fatal(err)
	}
	for version := 1; version <= 2; version++ {
		got, err := ring.RandomKey(SealedMessage{PublicKeyVer: version, EncryptRandomKey: sealKey(t, "random")})
		if err != nil || got != "random" {
			t.Errorf("version %d: %q, %v", version, got, err)
		}
	}
	var unknown *UnknownKeyError
	if _, err := ring.RandomKey(SealedMessage{PublicKeyVer: 9}); !errors.As(err, &unknown) || unknown.Version != 9 || !strings.Contains(err.Error(), "9") {
		t.Errorf("unknown version: %v", err)
	}
	for name, sealed := range map[string]string{
		"not base64": "!", "not sealed": base64.StdEncoding.EncodeToString(make([]byte, 256)), "empty": "",
	} {
		if _, err := ring.RandomKey(SealedMessage{PublicKeyVer: 1, EncryptRandomKey: sealed}); !errors.Is(err, ErrSealedKey) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestNewKeyRingSaysWhatIsWrong(t *testing.T) {
	elliptical, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	block := func(kind string, headers map[string]string) []byte {
		return pem.EncodeToMemory(&pem.Block{Type: kind, Headers: headers, Bytes: []byte("x")})
	}
	for name, tt := range map[string]struct {
		pem  []byte
		want string
	}{
		"no PEM":            {[]byte("hello"), "-----BEGIN"},
		"public half":       {block("PUBLIC KEY", nil), "public"},
		"certificate":       {block("CERTIFICATE", nil), "CERTIFICATE"},
		"password, PKCS #1": {block("RSA PRIVATE KEY", map[string]string{"DEK-Info": "AES"}), "password"},
		"password, PKCS #8": {block("ENCRYPTED PRIVATE KEY", nil), "password"},
		"damaged":           {block("PRIVATE KEY", nil), "version 4"},
		"elliptic curve":    {pkcs8PEM(t, elliptical), "RSA"},
	} {
		_, err := NewKeyRing(map[int][]byte{4: tt.pem})
		if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), "version 4") {
			t.Errorf("%s: %v, want it to name version 4 and %q", name, err, tt.want)
		}
	}
	if _, err := NewKeyRing(nil); err == nil {
		t.Error("a ring without keys was made")
	}
}

// gcmSeal seals as the simulator documents it.
func gcmSeal(t *testing.T, plain, random string) string {
	t.Helper()
	sum := sha256.Sum256([]byte(random))
	block, err := aes.NewCipher(sum[:])
	if err != nil {
		t.Fatal(err)
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		t.Fatal(err)
	}
	nonce := make([]byte, gcm.NonceSize())
	_, _ = rand.Read(nonce)
	return base64.StdEncoding.EncodeToString(gcm.Seal(nonce, nonce, []byte(plain), nil))
}

// archiveServer offers the simulator's archive protocol over messages and one
// file in slices of 4 bytes.
func archiveServer(t *testing.T, messages []SealedMessage, file string) *httptest.Server {
	t.Helper()
	answer := func(w http.ResponseWriter, r *http.Request) any {
		q := r.URL.Query()
		if q.Get("secret") != "archive-secret" {
			return map[string]any{"errcode": codeArchiveBadParam, "errmsg": "bad secret"}
		}
		switch r.URL.Path {
		case "/sandbox/archive/chatdata":
			seq, _ := strconv.ParseUint(q.Get("seq"), 10, 64)
			limit, _ := strconv.Atoi(q.Get("limit"))
			var out []SealedMessage
			for _, m := range messages {
				if m.Seq > seq && len(out) < limit {
					out = append(out, m)
				}
			}
			return map[string]any{"errcode": 0, "errmsg": "ok", "chatdata": out}
		case "/sandbox/archive/media":
			from, _ := strconv.Atoi(q.Get("index"))
			end := min(from+4, len(file))
			finish := 0
			if end == len(file) {
				finish = 1
			}
			return map[string]any{"errcode": 0, "data": []byte(file[from:end]), "outindexbuf": strconv.Itoa(end), "is_finish": finish}
		}
		w.WriteHeader(http.StatusNotFound)
		return nil
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = json.NewEncoder(w).Encode(answer(w, r))
	}))
	t.Cleanup(server.Close)
	return server
}

func TestSandboxArchive(t *testing.T) {
	messages := []SealedMessage{
		{Seq: 1, MsgID: "m1", PublicKeyVer: 1, EncryptRandomKey: sealKey(t, "k1"), EncryptChatMsg: gcmSeal(t, `{"a":1}`, "k1")},
		{Seq: 5, MsgID: "m2", PublicKeyVer: 1, EncryptRandomKey: sealKey(t, "k2"), EncryptChatMsg: gcmSeal(t, `{"a":2}`, "k2")},
	}
	server := archiveServer(t, messages, "abcdefghij")
	source, err := NewSandboxArchive(server.URL, "archive-secret", server.Client())
	if err != nil {
		t.Fatal(err)
	}
	ring, err := NewKeyRing(map[int][]byte{1: pkcs1PEM(archiveKey())})
	if err != nil {
		t.Fatal(err)
	}
	got, err := source.Pull(t.Context(), 1, 10)
	if err != nil || len(got) != 1 || got[0].MsgID != "m2" {
		t.Fatalf("pulled %+v, %v", got, err)
	}
	key, err := ring.RandomKey(got[0])
	if err != nil {
		t.Fatal(err)
	}
	if plain, err := source.Open(t.Context(), got[0], key); err != nil || string(plain) != `{"a":2}` {
		t.Errorf("opened %s, %v", plain, err)
	}
	var refused *ArchiveError
	for name, sealed := range map[string]string{"not base64": "!", "too short": "AAAA", "another key": messages[0].EncryptChatMsg} {
		if _, err := source.Open(t.Context(), SealedMessage{EncryptChatMsg: sealed}, key); !errors.As(err, &refused) || refused.Code != codeArchiveMessage {
			t.Errorf("%s: %v", name, err)
		}
	}
	var file bytes.Buffer
	if n, err := CopyMedia(t.Context(), source, "f", &file, 10); err != nil || n != 10 || file.String() != "abcdefghij" {
		t.Errorf("media %q, %v", file.String(), err)
	}
	if _, err := CopyMedia(t.Context(), source, "f", &file, 9); !errors.Is(err, ErrMediaTooLarge) {
		t.Errorf("media beyond the limit: %v", err)
	}
}

func TestSandboxArchiveRefusals(t *testing.T) {
	server := archiveServer(t, nil, "")
	source, err := NewSandboxArchive(server.URL, "wrong&secret", server.Client())
	if err != nil {
		t.Fatal(err)
	}
	var refused *ArchiveError
	if _, err := source.Pull(t.Context(), 0, 10); !errors.As(err, &refused) || refused.Class() != ClassNotPermitted {
		t.Errorf("wrong secret: %v", err)
	}
	var input *InputError
	for _, limit := range []int{0, MaxArchiveLimit + 1} {
		if _, err := source.Pull(t.Context(), 0, limit); !errors.As(err, &input) || input.Field != "limit" {
			t.Errorf("limit %d: %v", limit, err)
		}
	}
	server.Close()
	_, err = source.Pull(t.Context(), 0, 10)
	for e := err; e != nil; e = errors.Unwrap(e) {
		if strings.Contains(e.Error(), "wrong") {
			t.Errorf("%q leaks the secret", e)
		}
	}
	var lost *TransportError
	if !errors.As(err, &lost) {
		t.Errorf("connection lost: %v, want a TransportError", err)
	}
	if _, err := NewSandboxArchive(server.URL, "", nil); err == nil {
		t.Error("a source without a secret was made")
	}
}

// stuckMedia is a source whose file never advances.
type stuckMedia struct{ ArchiveSource }

func (stuckMedia) Media(context.Context, string, string) (MediaChunk, error) {
	return MediaChunk{Data: []byte("x"), Next: "same"}, nil
}

func TestCopyMediaEndsOnAStuckFile(t *testing.T) {
	var file bytes.Buffer
	if _, err := CopyMedia(t.Context(), stuckMedia{}, "f", &file, 1<<20); err == nil || file.Len() > 8 {
		t.Errorf("copied %d bytes, %v", file.Len(), err)
	}
}

func TestArchiveErrorsHaveClasses(t *testing.T) {
	for code, want := range map[int]Class{
		10001: ClassThrottled, 10002: ClassThrottled, 10003: ClassThrottled,
		10000: ClassNotPermitted, 10009: ClassNotPermitted, 301052: ClassNotPermitted,
		10005: ClassGone, 10010: ClassGone, 10006: ClassPermanent, 10008: ClassPermanent, 301058: ClassPermanent,
	} {
		if got := (&ArchiveError{Op: "pull", Code: code}).Class(); got != want {
			t.Errorf("code %d is %v, want %v", code, got, want)
		}
	}
}
