package task

import (
	"embed"
	"time"

	"github.com/qunzhu/qunzhu/internal/db"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Migrations of the tasks.
func Migrations() db.Migrations { return db.Embedded("task", migrations) }

// The states of a task.
const (
	Open      = "open"
	Completed = "completed"
	Cancelled = "cancelled"
)

// The outcomes of a task that ended.
const (
	Observed   = "observed"   // the platform reported it
	Done       = "done"       // a person says so
	NotNeeded  = "not_needed" // a person decided against it
	Impossible = "impossible"
	Moot       = "moot" // the member left, so there is nothing to do
)

// The kinds of tasks that no effect asks for; all others are effect kinds.
const (
	// Check asks whether a send happened whose outcome is not known.
	Check = "check"
	// DailyClose asks for the day's numbers of the groups that are kept by hand.
	DailyClose = "group.close"
)

// Task is one piece of work.
type Task struct {
	Community string
	ID        string
	Kind      string
	Group     string
	Member    string
	Subject   string // what it serves, e.g. a moderation case
	Effect    string
	Assignee  string // member id of the staff, "" nobody in particular
	Deputies  []string
	Args      map[string]string
	Text      string // ready to copy
	Opened    time.Time
	Deadline  time.Time
	Overdue   time.Time // when the deadline passed
	State     string
	Outcome   string
	Ended     time.Time
	EndedBy   string
	Evidence  string // id of the event that closed it
	Note      string
}
