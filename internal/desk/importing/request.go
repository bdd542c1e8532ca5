package importing

import (
	"io"
	"time"

	"github.com/qunzhu/qunzhu/internal/community"
	"github.com/qunzhu/qunzhu/internal/connectors/chatimport"
	"github.com/qunzhu/qunzhu/internal/fault"
)

// Request asks to import one file. Of Path and Reader one is given.
type Request struct {
	Path   string
	Reader io.Reader
	Name   string // file name; default the base of Path

	Community string // of a group that is made; default the only one
	Group     string // id or name; default what the file says

	Format                   chatimport.Format   // default detected
	Mapping                  *chatimport.Mapping // of a table; default guessed
	DeclaredFrom, DeclaredTo time.Time           // both inclusive; default what the file shows

	DryRun bool
	By     Actor
	Scope  community.Scope // what By may see; nil is everything
}

// readOptions is the part of a request that decides how the file is read. It is
// kept with the batch, so that a job can continue it.
type readOptions struct {
	Format       chatimport.Format   `json:"format,omitempty"`
	Mapping      *chatimport.Mapping `json:"mapping,omitempty"`
	DeclaredFrom time.Time           `json:"declared_from,omitzero"`
	DeclaredTo   time.Time           `json:"declared_to,omitzero"`
	// Pinned is true when the operator named the group: then every conversation
	// of the file goes there.
	Pinned bool `json:"pinned,omitempty"`
}

func (r Request) options() readOptions {
	return readOptions{r.Format, r.Mapping, r.DeclaredFrom, r.DeclaredTo, r.Group != ""}
}

func (r Request) check(now time.Time) error {
	switch {
	case (r.Path == "") == (r.Reader == nil):
		return fault.InvalidField("file", "importing.file_needed")
	case !r.DeclaredFrom.IsZero() && !r.DeclaredTo.IsZero() && r.DeclaredTo.Before(r.DeclaredFrom):
		return fault.InvalidField("declared_to", "chatimport.period_reversed")
	case r.DeclaredFrom.After(now):
		return fault.InvalidField("declared_from", "importing.period_future")
	}
	return nil
}

func (r Request) scope() community.Scope {
	if r.Scope == nil {
		return community.Everywhere{}
	}
	return r.Scope
}

// Result is what became of a file. Its JSON is the line that the command line
// prints (qunzhu help import chat).
type Result struct {
	File       string    `json:"file"`
	Format     string    `json:"format"`
	GroupID    string    `json:"group_id"` // "" when a dry run found that it would be made
	Messages   int       `json:"messages"` // added
	Members    int       `json:"members"`  // persons who speak or join in the file
	From       time.Time `json:"from,omitzero"`
	To         time.Time `json:"to,omitzero"`
	Duplicates int       `json:"duplicates"`
	Rejected   int       `json:"rejected"`

	Batch     string `json:"-"` // "" of a dry run
	Community string `json:"-"`
	Group     string `json:"-"` // name
	Encoding  string `json:"-"`
	Joins     int    `json:"-"` // added
	Matched   int    `json:"-"` // persons recognised as members by name
	Known     int    `json:"-"` // persons recognised as members by id
	Unsure    int    `json:"-"` // names that several members have
	Former    string `json:"-"` // an earlier batch of the same file into this group
}

// Progress of a run; Total is 0 when the size is not known.
type Progress struct {
	Done, Total int64 // bytes
	Messages    int   // read so far
	Duplicates  int
	Rejected    int
}
