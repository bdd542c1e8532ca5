package importing

import (
	"context"
	"database/sql"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/fault"
	"github.com/qunzhu/qunzhu/internal/id"
)

const (
	uploadsKept  = 7 * 24 * time.Hour
	rejectedKept = 90 * 24 * time.Hour
)

// Upload is a file that waits to be imported. It is of the workspace: which
// community it goes to is not known yet. Only who sent it can use it.
type Upload struct {
	ID      string
	By      string
	File    string
	SHA256  string
	Size    int64
	Created time.Time
	path    string
}

func (u Upload) file() file { return file{path: u.path, name: u.File, size: u.Size, sum: u.SHA256} }

// Upload keeps what r gives, at most MaxText bytes, for a week.
func (s *Service) Upload(ctx context.Context, r io.Reader, name string, by Actor) (Upload, error) {
	f, err := s.spool(r, name)
	if err != nil {
		return Upload{}, err
	}
	if f.size == 0 {
		f.remove()
		return Upload{}, fault.InvalidField("file", "chatimport.empty")
	}
	now := s.Clock.Now()
	u := Upload{ID: id.New(now), By: by.ID, File: f.name, SHA256: f.sum, Size: f.size, Created: now, path: f.path}
	_, err = s.DB.Exec(ctx, "INSERT INTO importing_uploads (id,by_id,file_name,sha256,size,path,created_at) VALUES ($1,$2,$3,$4,$5,$6,$7)",
		u.ID, u.By, u.File, u.SHA256, u.Size, u.path, db.Millis(now))
	if err != nil {
		f.remove()
	}
	return u, err
}

// Uploaded returns an upload of by, or a NotFound fault.
func (s *Service) Uploaded(ctx context.Context, uploadID string, by Actor) (Upload, error) {
	list, err := db.List(ctx, s.DB, scanUpload, uploadColumns+"WHERE id=$1 AND by_id=$2", uploadID, by.ID)
	if err != nil {
		return Upload{}, err
	}
	if len(list) == 0 {
		return Upload{}, fault.New(fault.NotFound, "importing.file_gone")
	}
	return list[0], nil
}

const uploadColumns = "SELECT id,by_id,file_name,sha256,size,path,created_at FROM importing_uploads "

func scanUpload(r *sql.Rows) (Upload, error) {
	var u Upload
	var created int64
	err := r.Scan(&u.ID, &u.By, &u.File, &u.SHA256, &u.Size, &u.path, &created)
	u.Created = time.UnixMilli(created).UTC()
	return u, err
}

// Discard forgets an upload of by and removes its file.
func (s *Service) Discard(ctx context.Context, uploadID string, by Actor) error {
	u, err := s.Uploaded(ctx, uploadID, by)
	if err != nil {
		return err
	}
	_ = os.Remove(u.path)
	return s.forget(ctx, s.DB, u)
}

func (s *Service) forget(ctx context.Context, q db.Q, u Upload) error {
	_, err := q.Exec(ctx, "DELETE FROM importing_uploads WHERE id=$1", u.ID)
	return err
}

// Sweep removes what is not needed any more: files that nobody imported, and
// the samples of rows that were not read.
func (s *Service) Sweep(ctx context.Context) error {
	now := s.Clock.Now()
	old, err := db.List(ctx, s.DB, scanUpload, uploadColumns+"WHERE created_at < $1", db.Millis(now.Add(-uploadsKept)))
	if err != nil {
		return err
	}
	for _, u := range old {
		_ = os.Remove(u.path)
		if err := s.forget(ctx, s.DB, u); err != nil {
			return err
		}
	}
	s.sweepFiles()
	_, err = s.DB.Exec(ctx, `DELETE FROM importing_errors WHERE EXISTS (SELECT 1 FROM importing_batches b
 WHERE b.community_id=importing_errors.community_id AND b.id=importing_errors.batch_id AND b.finished_at < $1)`, db.Millis(now.Add(-rejectedKept)))
	return err
}

// sweepFiles removes files that a crash has left behind. Their age is real time,
// as it is the machine that wrote it.
func (s *Service) sweepFiles() {
	names, err := filepath.Glob(filepath.Join(s.Dir, "chat-*"))
	if err != nil {
		return
	}
	for _, name := range names {
		if info, err := os.Stat(name); err == nil && time.Since(info.ModTime()) > uploadsKept {
			_ = os.Remove(name)
		}
	}
}
