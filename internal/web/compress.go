package web

import (
	"compress/gzip"
	"net/http"
	"strings"
	"sync"
)

// minCompressed is the size below which compressing costs more than it saves.
const minCompressed = 1024

var gzipPool = sync.Pool{New: func() any {
	w, _ := gzip.NewWriterLevel(nil, gzip.BestSpeed) // the level is valid
	return w
}}

// compress packs text for clients that understand gzip. Streams pass through.
func compress(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Add("Vary", "Accept-Encoding")
		if !strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") || r.Method == http.MethodHead {
			next.ServeHTTP(w, r)
			return
		}
		z := &gzipWriter{ResponseWriter: w}
		next.ServeHTTP(z, r)
		z.close()
	})
}

// gzipWriter decides with the first piece of the body whether to compress.
type gzipWriter struct {
	http.ResponseWriter
	status  int
	decided bool
	packer  *gzip.Writer
}

func (z *gzipWriter) WriteHeader(status int) {
	if status < 200 {
		z.ResponseWriter.WriteHeader(status)
		return
	}
	if z.status == 0 {
		z.status = status
	}
}

func (z *gzipWriter) Write(b []byte) (int, error) {
	if !z.decided {
		z.decide(b)
	}
	if z.packer != nil {
		return z.packer.Write(b)
	}
	return z.ResponseWriter.Write(b)
}

func (z *gzipWriter) decide(first []byte) {
	z.decided = true
	if z.status == 0 {
		z.status = http.StatusOK
	}
	h := z.Header()
	if len(first) >= minCompressed && h.Get("Content-Encoding") == "" && isText(h.Get("Content-Type")) {
		h.Set("Content-Encoding", "gzip")
		h.Del("Content-Length")
		z.packer = gzipPool.Get().(*gzip.Writer)
		z.packer.Reset(z.ResponseWriter)
	}
	z.ResponseWriter.WriteHeader(z.status)
}

// FlushError sends what was written, for streams.
func (z *gzipWriter) FlushError() error {
	if !z.decided {
		z.decide(nil)
	}
	if z.packer != nil {
		if err := z.packer.Flush(); err != nil {
			return err
		}
	}
	return http.NewResponseController(z.ResponseWriter).Flush()
}

// Unwrap lets http.ResponseController reach the connection.
func (z *gzipWriter) Unwrap() http.ResponseWriter { return z.ResponseWriter }

func (z *gzipWriter) close() {
	if !z.decided && z.status != 0 {
		z.ResponseWriter.WriteHeader(z.status)
	}
	if z.packer != nil {
		_ = z.packer.Close() // fails only when the client is gone
		gzipPool.Put(z.packer)
	}
}

func isText(mediaType string) bool {
	kind, _, _ := strings.Cut(mediaType, ";")
	switch kind {
	case "application/json", "application/problem+json", "image/svg+xml":
		return true
	}
	return strings.HasPrefix(kind, "text/") && kind != "text/event-stream"
}
