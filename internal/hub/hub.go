package hub

import (
	"context"
	"embed"
	"encoding/json"
	"log/slog"
	"sync"
	"time"

	"github.com/qunzhu/qunzhu/internal/clock"
	"github.com/qunzhu/qunzhu/internal/connector"
	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/effect"
	"github.com/qunzhu/qunzhu/internal/job"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Migrations of the pump's own tables.
func Migrations() db.Migrations { return db.Embedded("hub", migrations) }

// Message is what an Annotator sees of a message before it is appended.
type Message struct {
	Community     string
	CommunityType string
	Group         string
	Member        string
	Kind          string // staff, member, bot
	Type          string // text, image, …
	Text          string
	At            time.Time
}

// Options are what a Hub is made of.
type Options struct {
	DB         *db.DB
	Clock      clock.Clock // domain time
	Zone       *time.Location
	Store      *connector.Store
	Connectors []connector.Connector
	Reactors   []effect.Reactor // in the order in which they see a batch
	Leases     *job.Leases
	// Print is the keyed fingerprint of a text (see Fingerprint).
	Print func(text string) uint64
	// Annotate judges a message at intake; its answer is kept in the event, so
	// that a replay needs neither the words nor the lists of that day.
	Annotate func(Message) json.RawMessage
	// Link makes the address of a task's phone page for one member of staff.
	Link func(community, task, staff string) string
	// Present says a task in the assignee's language.
	Present func(effect.Kind, map[string]string) (title string)
	// Live tells open pages that a topic changed.
	Live func(topics ...string)
	Log  *slog.Logger
	// Batch is the number of events a transaction; 0 is the default.
	Batch int
	// Patience is how long Record waits for the dispatch; 10 s by default.
	Patience time.Duration
}

// Hub is the pump. Its methods may be called from many goroutines.
type Hub struct {
	Options
	connectors map[string]connector.Connector
	commit     *db.Commit
	wake       map[string]chan struct{}

	mu       sync.Mutex
	leases   map[string]job.Lease
	slots    []sync.Mutex // one dispatcher a slot in this process
	bindings map[string]map[string]connector.Binding
	types    map[string]string // community type by id
	up       map[string]time.Time
	begun    map[string]bool // pulls that ran in this process, of those that run on start
}

const defaultBatch = 500

// dispatchers is the number of slots that the shards are spread over. SQLite
// has one writer; it must be the same on every node of one database.
func dispatchers(e db.Engine) int {
	if e == db.Postgres {
		return 4
	}
	return 1
}

// New makes a hub; it does nothing until Run or Drain.
func New(o Options) *Hub {
	if o.Batch == 0 {
		o.Batch = defaultBatch
	}
	if o.Patience == 0 {
		o.Patience = 10 * time.Second
	}
	if o.Live == nil {
		o.Live = func(...string) {}
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	h := &Hub{
		Options: o, connectors: map[string]connector.Connector{}, commit: db.NewCommit(o.DB, 64),
		wake: map[string]chan struct{}{}, leases: map[string]job.Lease{}, slots: make([]sync.Mutex, dispatchers(o.DB.Engine())),
		bindings: map[string]map[string]connector.Binding{}, types: map[string]string{}, up: map[string]time.Time{}, begun: map[string]bool{},
	}
	for _, c := range o.Connectors {
		h.connectors[c.Kind()] = c
	}
	for _, loop := range []string{loopTranslate, loopDispatch, loopPerform, loopPull} {
		h.wake[loop] = make(chan struct{}, 1)
	}
	return h
}

// Connector returns the connector of a kind, nil when there is none.
func (h *Hub) Connector(kind string) connector.Connector { return h.connectors[kind] }

const (
	loopTranslate = "translate"
	loopDispatch  = "dispatch"
	loopPerform   = "perform"
	loopPull      = "pull"
)

// Run pumps until ctx ends. Each stage is woken by the one before it and looks
// by itself every poll, for what other nodes have left.
func (h *Hub) Run(ctx context.Context) error {
	const poll = 500 * time.Millisecond
	stages := map[string]func(context.Context) (int, error){
		loopTranslate: h.Translate, loopDispatch: h.Dispatch, loopPerform: h.Perform, loopPull: h.Pull,
	}
	var wg sync.WaitGroup
	for name, stage := range stages {
		wg.Go(func() { h.loop(ctx, name, poll, stage) })
	}
	wg.Go(func() { h.forgetful(ctx) })
	wg.Wait()
	h.releaseAll()
	return ctx.Err()
}

// forgetful drops what is remembered every second, so that what another process
// has changed is seen.
func (h *Hub) forgetful(ctx context.Context) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			h.Forget()
		}
	}
}

func (h *Hub) loop(ctx context.Context, name string, poll time.Duration, stage func(context.Context) (int, error)) {
	for ctx.Err() == nil {
		n, err := stage(ctx)
		if err != nil && ctx.Err() == nil {
			h.Log.ErrorContext(ctx, "a stage of the pump failed and is tried again", "stage", name, "error", err)
		}
		if n > 0 && err == nil {
			continue
		}
		select {
		case <-ctx.Done():
		case <-h.wake[name]:
		case <-time.After(poll):
		}
	}
}

func (h *Hub) nudge(loops ...string) {
	for _, l := range loops {
		select {
		case h.wake[l] <- struct{}{}:
		default:
		}
	}
}

// Drain runs every stage until nothing is left to do now. Stepped history calls
// it between steps, tests call it instead of waiting.
func (h *Hub) Drain(ctx context.Context) error {
	for {
		total := 0
		for _, stage := range []func(context.Context) (int, error){h.Translate, h.Pull, h.Translate, h.Dispatch, h.Perform} {
			n, err := stage(ctx)
			if err != nil {
				return err
			}
			total += n
		}
		if total == 0 {
			return nil
		}
	}
}

// Close releases what Drain holds.
func (h *Hub) Close() { h.releaseAll() }
