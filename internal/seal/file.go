package seal

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// NewKey returns a random master key in base64.
func NewKey() string {
	var key [KeySize]byte
	_, _ = rand.Read(key[:])
	return base64.StdEncoding.EncodeToString(key[:])
}

// LoadOrCreate reads the key file at path, one key a line and the newest first.
// A missing file is made with one new key; when two processes do so at once,
// both end with the same key.
func LoadOrCreate(path string) (*Sealer, error) {
	s, err := load(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return s, err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("make the folder of the master key: %w", err)
	}
	tmp, err := writeTemp(path, NewKey()+"\n")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.Remove(tmp) }()
	// A link, unlike a rename, fails when another process was first.
	if err := os.Link(tmp, path); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("create the master key file: %w", err)
	}
	return load(path)
}

// Rotate puts a new key before those in the file at path: from then on it seals,
// and the old ones still open. Running processes see it when they start again.
func Rotate(path string) (*Sealer, error) {
	if _, err := load(path); err != nil {
		return nil, err
	}
	old, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	tmp, err := writeTemp(path, NewKey()+"\n"+string(old))
	if err != nil {
		return nil, err
	}
	if err := os.Rename(tmp, path); err != nil {
		return nil, errors.Join(fmt.Errorf("replace the master key file: %w", err), os.Remove(tmp))
	}
	return load(path)
}

func load(path string) (*Sealer, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("%s can be read by others (mode %04o): run chmod 600 on it", path, info.Mode().Perm())
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	s, err := New(string(text))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return s, nil
}

// writeTemp writes text durably to a file of mode 0600 beside path.
func writeTemp(path, text string) (name string, err error) {
	f, err := os.CreateTemp(filepath.Dir(path), ".key-*") // CreateTemp uses mode 0600
	if err != nil {
		return "", fmt.Errorf("write the master key: %w", err)
	}
	_, err = f.WriteString(text)
	err = errors.Join(err, f.Sync(), f.Close())
	if err != nil {
		return "", errors.Join(fmt.Errorf("write the master key: %w", err), os.Remove(f.Name()))
	}
	return f.Name(), nil
}
