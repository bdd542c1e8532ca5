package importing

import (
	"context"
	"database/sql"
	"encoding/json"
	"time"

	"github.com/qunzhu/qunzhu/internal/community"
	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/fault"
)

// State of a batch.
type State string

// The states. Running and Failed batches can be continued; Running, Failed and
// Done ones can be undone.
const (
	Running State = "running"
	Failed  State = "failed"
	Done    State = "done"
	Undoing State = "undoing"
	Undone  State = "undone"
)

// Batch is one file brought into one group.
type Batch struct {
	Community string
	ID        string
	Group     string
	File      string
	SHA256    string
	Size      int64
	Format    string
	Encoding  string
	State     State
	Error     string // of the last attempt, for the operator's log
	By        Actor  // Kind and Address are in the audit only
	Job       string
	Created   time.Time
	Finished  time.Time
	From, To  time.Time

	Messages, Duplicates, Rejected, Joins int
	Members, Matched, Unsure              int

	path    string // "" when the file was given by the command line
	options readOptions
	undoAt  time.Time
	covered []interval // nil until decided
}

const batchColumns = `SELECT community_id,id,group_id,file_name,sha256,size,path,options,format,encoding,state,error,by_id,by_name,job_id,
 created_at,finished_at,undo_at,from_at,to_at,messages,duplicates,rejected,joins,members,matched,unsure,covered FROM importing_batches `

func scanBatch(r *sql.Rows) (Batch, error) {
	var b Batch
	var options, covered string
	var created int64
	var finished, undo, from, to sql.NullInt64
	err := r.Scan(&b.Community, &b.ID, &b.Group, &b.File, &b.SHA256, &b.Size, &b.path, &options, &b.Format, &b.Encoding, &b.State, &b.Error,
		&b.By.ID, &b.By.Name, &b.Job, &created, &finished, &undo, &from, &to,
		&b.Messages, &b.Duplicates, &b.Rejected, &b.Joins, &b.Members, &b.Matched, &b.Unsure, &covered)
	if err != nil {
		return b, err
	}
	b.Created, b.Finished, b.undoAt = time.UnixMilli(created).UTC(), db.Time(finished), db.Time(undo)
	b.From, b.To = db.Time(from), db.Time(to)
	if err := json.Unmarshal([]byte(options), &b.options); err != nil {
		return b, err
	}
	return b, json.Unmarshal([]byte(covered), &b.covered)
}

// List returns batches in scope, latest first, from before the id that a former
// page ended with. A community narrows it when not "".
func (s *Service) List(ctx context.Context, scope community.Scope, communityID, before string, limit int) ([]Batch, error) {
	cond, args := scope.SQL("community_id", 4)
	if before == "" {
		before = "ZZZZZZZZZZZZZZZZZZZZZZZZZZZ"
	}
	return db.List(ctx, s.DB, scanBatch, batchColumns+"WHERE ($1='' OR community_id=$1) AND id < $2 AND "+cond+" ORDER BY id DESC LIMIT $3",
		append([]any{communityID, before, min(max(limit, 1), 200)}, args...)...)
}

// Get returns a batch in scope, or a NotFound fault.
func (s *Service) Get(ctx context.Context, scope community.Scope, id string) (Batch, error) {
	cond, args := scope.SQL("community_id", 2)
	list, err := db.List(ctx, s.DB, scanBatch, batchColumns+"WHERE id=$1 AND "+cond, append([]any{id}, args...)...)
	if err != nil {
		return Batch{}, err
	}
	if len(list) == 0 {
		return Batch{}, fault.New(fault.NotFound, "importing.batch_unknown")
	}
	return list[0], nil
}

// former returns the batches of the same file into the same group, latest first.
func (s *Service) former(ctx context.Context, communityID, group, sum string) ([]Batch, error) {
	return db.List(ctx, s.DB, scanBatch, batchColumns+"WHERE community_id=$1 AND sha256=$2 AND group_id=$3 AND state<>'undone' ORDER BY id DESC",
		communityID, sum, group)
}

// Former returns the latest batch in scope of a file with this content that was
// not undone; ok is false when there is none.
func (s *Service) Former(ctx context.Context, scope community.Scope, sum string) (b Batch, ok bool, err error) {
	cond, args := scope.SQL("community_id", 2)
	list, err := db.List(ctx, s.DB, scanBatch, batchColumns+"WHERE sha256=$1 AND state<>'undone' AND "+cond+" ORDER BY id DESC LIMIT 1",
		append([]any{sum}, args...)...)
	if err != nil || len(list) == 0 {
		return Batch{}, false, err
	}
	return list[0], true, nil
}

// put stores a batch as it stands.
func put(ctx context.Context, q db.Q, b Batch) error {
	options, err := json.Marshal(b.options)
	if err != nil {
		return err
	}
	covered, err := json.Marshal(b.covered)
	if err != nil {
		return err
	}
	_, err = q.Exec(ctx, `INSERT INTO importing_batches (community_id,id,group_id,file_name,sha256,size,path,options,format,encoding,state,error,by_id,by_name,
 job_id,created_at,finished_at,undo_at,from_at,to_at,messages,duplicates,rejected,joins,members,matched,unsure,covered)
 VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17,$18,$19,$20,$21,$22,$23,$24,$25,$26,$27,$28)
 ON CONFLICT (community_id,id) DO UPDATE SET path=excluded.path, options=excluded.options, format=excluded.format, encoding=excluded.encoding,
 state=excluded.state, error=excluded.error, job_id=excluded.job_id, finished_at=excluded.finished_at, undo_at=excluded.undo_at,
 from_at=excluded.from_at, to_at=excluded.to_at, messages=excluded.messages, duplicates=excluded.duplicates, rejected=excluded.rejected,
 joins=excluded.joins, members=excluded.members, matched=excluded.matched, unsure=excluded.unsure, covered=excluded.covered`,
		b.Community, b.ID, b.Group, b.File, b.SHA256, b.Size, b.path, string(options), b.Format, b.Encoding, string(b.State), b.Error,
		b.By.ID, b.By.Name, b.Job, db.Millis(b.Created), db.NullMillis(b.Finished), db.NullMillis(b.undoAt), db.NullMillis(b.From), db.NullMillis(b.To),
		b.Messages, b.Duplicates, b.Rejected, b.Joins, b.Members, b.Matched, b.Unsure, string(covered))
	return err
}
