package importing

import (
	"context"
	"database/sql"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"

	"github.com/qunzhu/qunzhu/internal/connectors/chatimport"
	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/i18n"
	"github.com/qunzhu/qunzhu/internal/web"
)

// maxRejected is how many row errors of a batch are kept; all are counted.
const maxRejected = 10_000

// otherGroup is the one problem that a row has only in an import: it belongs to
// another conversation than the one the file begins with.
const otherGroup chatimport.Problem = "other_group"

// Rejected is one row that was not imported.
type Rejected struct {
	N      int
	Line   int64
	Field  string
	Key    string // translation key of what is wrong
	Args   []any
	Sample string
}

// ProblemKey is the translation key of what is wrong with a row.
func ProblemKey(p chatimport.Problem) string {
	if p == otherGroup {
		return "importing.row.other_group"
	}
	return p.Key()
}

// reject stores row errors numbered from n+1. Running a batch again finds the
// same ones.
func reject(ctx context.Context, q db.Q, b Batch, n int, list []chatimport.RowError) error {
	rows := db.NewRows(8)
	for i, e := range list {
		if n+i >= maxRejected {
			break
		}
		args := make([]string, len(e.Args))
		for j, a := range e.Args {
			args[j] = fmt.Sprint(a)
		}
		text, err := json.Marshal(args)
		if err != nil {
			return err
		}
		rows.Add(b.Community, b.ID, n+i+1, e.Line, e.Field, ProblemKey(e.Problem), string(text), e.Sample)
	}
	_, err := rows.Exec(ctx, q, "INSERT INTO importing_errors (community_id,batch_id,n,line,field,problem,args,sample)",
		"ON CONFLICT (community_id,batch_id,n) DO NOTHING")
	return err
}

// Rejected returns up to limit row errors of a batch after number n.
func (s *Service) Rejected(ctx context.Context, b Batch, n, limit int) ([]Rejected, error) {
	return db.List(ctx, s.DB, func(r *sql.Rows) (Rejected, error) {
		var e Rejected
		var args string
		if err := r.Scan(&e.N, &e.Line, &e.Field, &e.Key, &args, &e.Sample); err != nil {
			return e, err
		}
		return e, json.Unmarshal([]byte(args), &e.Args)
	}, "SELECT n,line,field,problem,args,sample FROM importing_errors WHERE community_id=$1 AND batch_id=$2 AND n>$3 ORDER BY n LIMIT $4",
		b.Community, b.ID, n, limit)
}

// WriteRejected writes the row errors of a batch as CSV with a byte order mark,
// which spreadsheets need to read Chinese.
func (s *Service) WriteRejected(ctx context.Context, w io.Writer, p *i18n.Printer, b Batch) error {
	if _, err := io.WriteString(w, "\uFEFF"); err != nil {
		return err
	}
	out := csv.NewWriter(w)
	if err := out.Write([]string{p.T("importing.csv.line"), p.T("importing.csv.field"), p.T("importing.csv.problem"), p.T("importing.csv.sample")}); err != nil {
		return err
	}
	const page = 1000
	for n := 0; ; n += page {
		list, err := s.Rejected(ctx, b, n, page)
		if err != nil {
			return err
		}
		for _, e := range list {
			if err := out.Write([]string{fmt.Sprint(e.Line), web.InertCell(e.Field), web.InertCell(p.T(e.Key, e.Args...)), web.InertCell(e.Sample)}); err != nil {
				return err
			}
		}
		if len(list) < page {
			out.Flush()
			return out.Error()
		}
	}
}
