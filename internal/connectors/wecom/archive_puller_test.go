package wecom

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/qunzhu/qunzhu/internal/connectors/wecom/pullwire"
)

// Sequence numbers on which the stub library misbehaves.
const (
	stubCrash    = 900_000_000
	stubHang     = stubCrash + 1
	stubTooLarge = stubCrash + 2
)

// stubPuller builds the program and a library of the documented interface, and
// returns a Puller over both together with the folder the library reads from.
func stubPuller(t *testing.T, change ...func(*PullerConfig)) (*Puller, string) {
	t.Helper()
	if _, err := exec.LookPath("gcc"); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("gcc is needed to build the stand-in for the archive library")
		}
		t.Skip("no gcc: the stand-in for the archive library cannot be built")
	}
	dir := t.TempDir()
	library := filepath.Join(dir, "libstub.so")
	gcc := exec.Command("gcc", "-shared", "-fPIC", "-O1", "-DFIXTURE_DIR=\""+dir+"\"", "-o", library, "testdata/stub_sdk.c")
	if out, err := gcc.CombinedOutput(); err != nil {
		t.Fatalf("gcc: %v: %s", err, out)
	}
	program, err := buildPuller()
	if err != nil {
		t.Fatal(err)
	}
	cfg := PullerConfig{
		Program: program, Library: library, CorpID: testCorp, Secret: "archive-secret",
		Proxy: "socks5://127.0.0.1:1080", ProxyPassword: "user:word",
		Backoff: 10 * time.Millisecond, Log: slog.New(slog.DiscardHandler),
	}
	for _, f := range change {
		f(&cfg)
	}
	p, err := NewPuller(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close() })
	return p, dir
}

// buildPuller builds archive-puller once for all tests, without cgo as it is
// meant to be built, into the folder that TestMain made.
var buildPuller = sync.OnceValues(func() (string, error) {
	path := filepath.Join(programDir, "archive-puller")
	cmd := exec.Command("go", "build", "-o", path, "github.com/qunzhu/qunzhu/cmd/archive-puller")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	out, err := cmd.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return path, nil
})

var programDir string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "archive-puller")
	if err != nil {
		panic(err)
	}
	programDir = dir
	code := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

func stubSeal(plain, key string) string {
	sealed := []byte(plain)
	for i := range sealed {
		sealed[i] ^= key[i%len(key)]
	}
	return hex.EncodeToString(sealed)
}

func writeChatData(t *testing.T, dir string, messages []SealedMessage) {
	t.Helper()
	data, err := json.Marshal(map[string]any{"errcode": 0, "errmsg": "ok", "chatdata": messages})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "chatdata.json"), data, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestPullerReadsTheArchive(t *testing.T) {
	p, dir := stubPuller(t)
	sealed := []SealedMessage{{Seq: 7, MsgID: "m1_external", PublicKeyVer: 3, EncryptRandomKey: sealKey(t, "random key"),
		EncryptChatMsg: stubSeal(plainMessage("text", `"text":{"content":"你好"}`), "random key")}}
	writeChatData(t, dir, sealed)
	ring, err := NewKeyRing(map[int][]byte{3: pkcs1PEM(archiveKey())})
	if err != nil {
		t.Fatal(err)
	}
	for range 3 { // more than once: the library notices a slice that was not freed
		got, err := p.Pull(t.Context(), 6, 1000)
		if err != nil || !reflect.DeepEqual(got, sealed) {
			t.Fatalf("pulled %+v, %v", got, err)
		}
		key, err := ring.RandomKey(got[0])
		if err != nil {
			t.Fatal(err)
		}
		plain, err := p.Open(t.Context(), got[0], key)
		if err != nil {
			t.Fatal(err)
		}
		if m, err := ParseArchiveMessage(plain); err != nil || m.Text != "你好" {
			t.Fatalf("message %+v, %v", m, err)
		}
	}
	var refused *ArchiveError
	if _, err := p.Open(t.Context(), SealedMessage{EncryptChatMsg: "zz"}, "k"); !errors.As(err, &refused) || refused.Code != codeArchiveMessage {
		t.Errorf("a message of nonsense: %v", err)
	}
}

func TestPullerHalvesWhatIsTooLarge(t *testing.T) {
	p, dir := stubPuller(t)
	writeChatData(t, dir, []SealedMessage{{Seq: 8}})
	var refused *ArchiveError
	if _, err := p.Pull(t.Context(), stubTooLarge, 1000); !errors.As(err, &refused) || refused.Code != codeReplyTooLarge {
		t.Fatalf("got %v, want code %d", err, codeReplyTooLarge)
	}
	if got, err := PullBatch(t.Context(), p, stubTooLarge, 1000); err != nil || len(got) != 1 {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestPullerCopiesMedia(t *testing.T) {
	p, dir := stubPuller(t)
	want := bytes.Repeat([]byte("0123456789abcdef"), 70_000) // a little more than two slices
	if err := os.WriteFile(filepath.Join(dir, "media.bin"), want, 0o600); err != nil {
		t.Fatal(err)
	}
	var got bytes.Buffer
	if n, err := CopyMedia(t.Context(), p, "media.bin", &got, 1<<21); err != nil || n != int64(len(want)) || !bytes.Equal(got.Bytes(), want) {
		t.Errorf("copied %d of %d bytes, %v", n, len(want), err)
	}
	if _, err := CopyMedia(t.Context(), p, "media.bin", &got, 1<<20); !errors.Is(err, ErrMediaTooLarge) {
		t.Errorf("beyond the limit: %v", err)
	}
	var refused *ArchiveError
	if _, err := CopyMedia(t.Context(), p, "other", &got, 1<<20); !errors.As(err, &refused) || refused.Class() != ClassGone {
		t.Errorf("unknown file: %v", err)
	}
}

func TestPullerSurvivesCrashAndHang(t *testing.T) {
	var log bytes.Buffer
	p, dir := stubPuller(t, func(c *PullerConfig) {
		c.CallTimeout = 2 * time.Second
		c.Log = slog.New(slog.NewTextHandler(&log, nil))
	})
	writeChatData(t, dir, []SealedMessage{{Seq: 8}})
	for name, seq := range map[string]uint64{"crash": stubCrash, "hang": stubHang} {
		var lost *TransportError
		if _, err := p.Pull(t.Context(), seq, 10); !errors.As(err, &lost) {
			t.Errorf("%s: %v, want a TransportError", name, err)
		}
		if got, err := p.Pull(t.Context(), 7, 10); err != nil || len(got) != 1 {
			t.Errorf("after a %s: %v, %v", name, got, err)
		}
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	if text := log.String(); !strings.Contains(text, "aborting") || strings.Contains(text, "archive-secret") {
		t.Errorf("the log should hold the library's last words without the secret: %s", text)
	}
	if _, err := p.Pull(t.Context(), 7, 10); !errors.Is(err, ErrPullerClosed) {
		t.Errorf("after Close: %v", err)
	}
}

func TestPullerGivesUpWithItsContext(t *testing.T) {
	p, dir := stubPuller(t)
	writeChatData(t, dir, []SealedMessage{{Seq: 8}})
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if _, err := p.Pull(ctx, stubHang, 10); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want the context's error", err)
	}
	if got, err := p.Pull(t.Context(), 7, 10); err != nil || len(got) != 1 {
		t.Errorf("the next call: %v, %v", got, err)
	}
}

func TestPullerReportsWrongSetup(t *testing.T) {
	_, dir := stubPuller(t)
	for name, tt := range map[string]struct {
		change func(*PullerConfig)
		code   int
	}{
		"wrong secret":       {func(c *PullerConfig) { c.Secret = "wrong" }, codeArchiveBadParam},
		"no library":         {func(c *PullerConfig) { c.Library = filepath.Join(dir, "none.so") }, pullwire.CodeLibrary},
		"library of another": {func(c *PullerConfig) { c.Library = libc(t) }, pullwire.CodeLibrary},
	} {
		p, _ := stubPuller(t, tt.change)
		var refused *ArchiveError
		if _, err := p.Pull(t.Context(), 0, 10); !errors.As(err, &refused) || refused.Code != tt.code || refused.Op != pullwire.OpInit {
			t.Errorf("%s: %v, want code %d from init", name, err, tt.code)
		}
	}
	p, _ := stubPuller(t, func(c *PullerConfig) { c.Program = filepath.Join(dir, "none") })
	if _, err := p.Pull(t.Context(), 0, 10); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no program: %v", err)
	}
	if _, err := NewPuller(PullerConfig{Program: "p", Library: "l", CorpID: "c"}); err == nil || !strings.Contains(err.Error(), "secret") {
		t.Errorf("no secret: %v", err)
	}
}

// libc returns a shared library that is not the archive's.
func libc(t *testing.T) string {
	t.Helper()
	out, err := exec.Command("gcc", "-print-file-name=libm.so.6").Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}
