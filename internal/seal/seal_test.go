package seal_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"github.com/qunzhu/qunzhu/internal/seal"
)

func sealer(t testing.TB, keys ...string) *seal.Sealer {
	t.Helper()
	s, err := seal.New(strings.Join(keys, ","))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestWhatIsSealedOpensOnlyForItsRow(t *testing.T) {
	s := sealer(t, seal.NewKey())
	rapid.Check(t, func(t *rapid.T) {
		plain := rapid.SliceOf(rapid.Byte()).Draw(t, "plain")
		row, other := rapid.String().Draw(t, "row"), rapid.String().Draw(t, "other")
		box, err := s.Seal(row, plain)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := s.Open(row, box); err != nil || !bytes.Equal(got, plain) {
			t.Fatalf("opened %q, %v", got, err)
		}
		if _, err := s.Open(other, box); (err == nil) != (row == other) {
			t.Fatalf("row %q opened what belongs to %q: %v", other, row, err)
		}
		i := rapid.IntRange(9, len(box)-2).Draw(t, "changed byte")
		changed := []byte(box)
		changed[i] = 'A' + (changed[i]-'A'+1)%26
		if _, err := s.Open(row, string(changed)); !errors.Is(err, seal.ErrTampered) && string(changed) != box {
			t.Fatalf("a changed byte at %d gave %v", i, err)
		}
	})
}

func TestRotationOpensOldValuesAndKeepsFingerprints(t *testing.T) {
	path := filepath.Join(t.TempDir(), "data", "master.key")
	before, err := seal.LoadOrCreate(path)
	if err != nil {
		t.Fatal(err)
	}
	box, _ := before.Seal("r", []byte("secret"))
	after, err := seal.Rotate(path)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := after.Open("r", box); err != nil || string(got) != "secret" {
		t.Fatalf("old value: %q, %v", got, err)
	}
	if after.Current(box) || !before.Current(box) {
		t.Fatal("a value of the old key counts as current")
	}
	if before.Keyed("body").Sum64("你好") != after.Keyed("body").Sum64("你好") {
		t.Fatal("rotation changed the fingerprints")
	}
	fresh, _ := after.Seal("r", []byte("secret"))
	if _, err := before.Open("r", fresh); !errors.Is(err, seal.ErrUnknownKey) {
		t.Fatalf("the old sealer got %v", err)
	}
	if len(after.Secrets("links")) != 2 || !bytes.Equal(after.Secrets("links")[1], before.Secrets("links")[0]) {
		t.Fatal("the old signing key is not accepted any more")
	}
}

func TestKeyFileIsMadeOnceAndKeptPrivate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "master.key")
	var wg sync.WaitGroup
	prints := make([]uint64, 16)
	for i := range prints {
		wg.Go(func() {
			s, err := seal.LoadOrCreate(path)
			if err != nil {
				t.Error(err)
				return
			}
			prints[i] = s.Keyed("x").Sum64("x")
		})
	}
	wg.Wait()
	for _, p := range prints {
		if p != prints[0] {
			t.Fatal("two processes ended with different keys")
		}
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), ".key-*")); len(left) != 0 {
		t.Fatalf("left behind: %v", left)
	}
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := seal.LoadOrCreate(path); err == nil || !strings.Contains(err.Error(), "chmod 600") {
		t.Fatalf("a key that others can read gave %v", err)
	}
}

func TestBadKeysAreRefusedWithTheRemedy(t *testing.T) {
	for name, keys := range map[string]string{
		"none": " \n", "not base64": "!!!", "short": "AAAA", "second bad": seal.NewKey() + ",AAAA",
	} {
		if _, err := seal.New(keys); err == nil || !strings.Contains(err.Error(), "openssl rand") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestKeyedHashSeparatesPartsAndPurposes(t *testing.T) {
	s := sealer(t, seal.NewKey())
	body, name := s.Keyed("body"), s.Keyed("name")
	if body.Sum64("ab", "c") == body.Sum64("a", "bc") || body.Sum64("a") == name.Sum64("a") {
		t.Fatal("different things have one hash")
	}
	first := body.Hex("a")
	if again := s.Keyed("body").Hex("a"); first != again || len(first) != 16 {
		t.Fatalf("hex %q, then %q", first, again)
	}
	// The race detector makes the pool forget at random; without a pool it would be more.
	if n := testing.AllocsPerRun(100, func() { body.Sum64("今天的群公告") }); n > 4 {
		t.Errorf("%v allocations a message", n)
	}
}

func FuzzOpen(f *testing.F) {
	s := sealer(f, seal.NewKey())
	good, _ := s.Seal("row", []byte("x"))
	f.Add(good)
	f.Add("")
	f.Add("00000000.AAAA")
	f.Fuzz(func(t *testing.T, sealed string) {
		if _, err := s.Open("row", sealed); err == nil && sealed != good {
			t.Fatalf("opened a forgery %q", sealed)
		}
	})
}

func BenchmarkFingerprint(b *testing.B) {
	h := sealer(b, seal.NewKey()).Keyed("body")
	for b.Loop() {
		h.Sum64("g1", "大家早上好，今天的早报来了，欢迎讨论")
	}
}
