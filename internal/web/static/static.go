// Package static embeds what browsers load beside the pages. Every file has an
// address with a hash of its content, so that it can be cached for ever and a
// new release is seen at once.
package static

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"
)

//go:embed app.js console.css icon.svg member.css tokens.css vendor
var files embed.FS

// Prefix is where Handler is to be mounted.
const Prefix = "/static/"

// Assets knows the addresses and the content of the embedded files.
type Assets struct {
	urls  map[string]string // name → address
	files map[string]asset  // address → file
}

type asset struct {
	mediaType   string
	plain, gzip []byte
}

// Load reads and compresses the embedded files.
func Load() (*Assets, error) {
	a := &Assets{urls: map[string]string{}, files: map[string]asset{}}
	err := fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		return a.add(name)
	})
	if err != nil {
		return nil, fmt.Errorf("load static files: %w", err)
	}
	return a, nil
}

func (a *Assets) add(name string) error {
	content, err := files.ReadFile(name)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(content)
	ext := path.Ext(name)
	url := Prefix + strings.TrimSuffix(name, ext) + "." + hex.EncodeToString(sum[:6]) + ext
	var packed bytes.Buffer
	w, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		return err
	}
	if _, err := w.Write(content); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	mediaType := mime.TypeByExtension(ext)
	if mediaType == "" {
		mediaType = "text/plain; charset=utf-8" // licences have no extension
	}
	a.urls[name] = url
	a.files[url] = asset{mediaType, content, packed.Bytes()}
	return nil
}

// URL returns the address of the embedded file name, e.g. "console.css".
func (a *Assets) URL(name string) (string, error) {
	url, ok := a.urls[name]
	if !ok {
		return "", fmt.Errorf("there is no static file %q", name)
	}
	return url, nil
}

// ServeHTTP serves the hashed addresses; everything else is not found.
func (a *Assets) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f, ok := a.files[r.URL.Path]
	if !ok {
		http.Error(w, "not found", http.StatusNotFound)
		return
	}
	h := w.Header()
	h.Set("Content-Type", f.mediaType)
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("Vary", "Accept-Encoding")
	body := f.plain
	if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		h.Set("Content-Encoding", "gzip")
		body = f.gzip
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	if r.Method != http.MethodHead {
		_, _ = w.Write(body)
	}
}
