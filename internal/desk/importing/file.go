package importing

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/qunzhu/qunzhu/internal/connectors/chatimport"
	"github.com/qunzhu/qunzhu/internal/fault"
)

// file is what is to be read: something on disk, with the hash of its bytes.
type file struct {
	path string
	name string
	size int64
	sum  string
	ours bool // to be removed when it is not needed any more
}

const maxFileName = 120

// fileName is a file's name fit to be kept: the last part of a path, of bounded
// length, in valid UTF-8.
func fileName(name string) string {
	name = filepath.Base(strings.ReplaceAll(strings.ToValidUTF8(name, ""), "\\", "/"))
	name = strings.Map(func(r rune) rune {
		if r < ' ' {
			return -1
		}
		return r
	}, name)
	if runes := []rune(name); len(runes) > maxFileName {
		name = string(runes[len(runes)-maxFileName:])
	}
	return name
}

// take makes a file of a request. What comes as a stream is written down first,
// because it is read more than once.
func (s *Service) take(r Request) (file, error) {
	if r.Reader != nil {
		return s.spool(r.Reader, r.Name)
	}
	f := file{path: r.Path, name: r.Name}
	if f.name == "" {
		f.name = r.Path
	}
	f.name = fileName(f.name)
	in, err := os.Open(r.Path)
	if err != nil {
		return f, fault.Wrap(err, fault.Invalid, "importing.file_unreadable", f.name)
	}
	defer func() { _ = in.Close() }()
	f.size, f.sum, err = copyAndHash(io.Discard, in)
	return f, unreadable(err, f.name)
}

func unreadable(err error, name string) error {
	var f *fault.Error
	if err == nil || errors.As(err, &f) {
		return err
	}
	return fault.Wrap(err, fault.Invalid, "importing.file_unreadable", name)
}

// spool writes a stream into the service's folder, readable by nobody else.
func (s *Service) spool(r io.Reader, name string) (file, error) {
	f := file{name: fileName(name), ours: true}
	if err := os.MkdirAll(s.Dir, 0o700); err != nil {
		return f, err
	}
	out, err := os.CreateTemp(s.Dir, "chat-*")
	if err != nil {
		return f, err
	}
	f.path = out.Name()
	f.size, f.sum, err = copyAndHash(out, r)
	if err = errors.Join(err, out.Close()); err != nil {
		f.remove()
	}
	return f, err
}

// copyAndHash refuses what is larger than any file that is read.
func copyAndHash(w io.Writer, r io.Reader) (int64, string, error) {
	h := sha256.New()
	n, err := io.Copy(io.MultiWriter(w, h), io.LimitReader(r, MaxText+1))
	if err == nil && n > MaxText {
		err = fault.InvalidField("file", "importing.file_large", MaxText>>30)
	}
	return n, hex.EncodeToString(h.Sum(nil)), err
}

func (f file) remove() {
	if f.ours && f.path != "" {
		_ = os.Remove(f.path)
	}
}

// reader is an open file.
type reader struct {
	*chatimport.Reader
	in    *os.File
	count *counter
	name  string
}

// counter tells how far a file has been read.
type counter struct {
	r io.Reader
	n int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

func (s *Service) open(f file, o readOptions) (*reader, error) {
	in, err := os.Open(f.path)
	if err != nil {
		return nil, fault.Wrap(err, fault.Invalid, "importing.file_unreadable", f.name)
	}
	count := &counter{r: in}
	rd, err := chatimport.Open(count, f.size, s.readAs(f.name, o))
	if err != nil {
		return nil, errors.Join(err, in.Close())
	}
	return &reader{rd, in, count, f.name}, nil
}

func (s *Service) readAs(name string, o readOptions) chatimport.Options {
	return chatimport.Options{Name: name, Format: o.Format, Zone: s.Zone, Now: s.Clock.Now(), Mapping: o.Mapping,
		DeclaredFrom: o.DeclaredFrom, DeclaredTo: o.DeclaredTo}
}

// Close releases the file and what the parser keeps.
func (r *reader) Close() error { return errors.Join(r.Reader.Close(), r.in.Close()) }

// each calls f with every record and row error in order, until the end or the
// first error. A file that breaks off gives its fault after everything before.
func (r *reader) each(ctx context.Context, f func(chatimport.Record, *chatimport.RowError) error) error {
	for ctx.Err() == nil {
		rec, rowErr, err := r.Next()
		switch {
		case err == io.EOF:
			return nil
		case err != nil:
			return unreadable(err, r.name)
		}
		if err := f(rec, rowErr); err != nil {
			return err
		}
	}
	return ctx.Err()
}
