package moderation

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/qunzhu/qunzhu/internal/auth"
	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/govern/moderation/lexicon"
	"github.com/qunzhu/qunzhu/internal/govern/moderation/match"
)

// refreshEvery is how old the knowledge of published lists may be: another node
// may have published.
const refreshEvery = time.Second

// Engines judges with the shipped list and each community's own lists. It is
// safe for concurrent use; a check under way finishes with the lists it began
// with.
type Engines struct {
	db      *db.DB
	log     *slog.Logger
	shipped *match.Engine

	loaded  atomic.Pointer[map[string]compiled]
	mu      sync.Mutex // held by the one who looks for publications
	checked atomic.Int64
}

// compiled is the engine of a community with lists of its own. Revision counts
// the publications.
type compiled struct {
	revision int
	engine   *match.Engine
}

// NewEngines compiles the shipped list. The communities' lists are loaded at the
// first use.
func NewEngines(d *db.DB, log *slog.Logger) (*Engines, error) {
	shipped, err := match.NewEngine(lexicon.Shipped())
	if err != nil {
		return nil, err
	}
	e := &Engines{db: d, log: log, shipped: shipped}
	e.loaded.Store(&map[string]compiled{})
	return e, nil
}

// Judge implements Judge. About once a second one caller looks for publications
// first; when that fails, the lists known so far stay in use.
func (e *Engines) Judge(community, text string) (match.Verdict, string) {
	if time.Since(time.UnixMilli(e.checked.Load())) > refreshEvery && e.mu.TryLock() {
		if err := e.refresh(context.Background()); err != nil {
			e.log.Error("published keyword lists could not be read; the known ones stay in use", "error", err)
		}
		e.mu.Unlock()
	}
	c, own := (*e.loaded.Load())[community]
	if !own {
		return e.shipped.Check(text), lexicon.ShippedVersion
	}
	return c.engine.Check(text), fmt.Sprintf("%s+%d", lexicon.ShippedVersion, c.revision)
}

// Refresh takes in what was published until now.
func (e *Engines) Refresh(ctx context.Context) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.refresh(ctx)
}

func (e *Engines) refresh(ctx context.Context) error {
	e.checked.Store(time.Now().UnixMilli())
	lists, err := Lists(ctx, e.db, auth.Everywhere(), "")
	if err != nil {
		return err
	}
	byCommunity := map[string][]List{}
	for _, l := range lists {
		byCommunity[l.Community] = append(byCommunity[l.Community], l)
	}
	known := *e.loaded.Load()
	var next map[string]compiled
	for community, own := range byCommunity {
		revision := revisionOf(own)
		if known[community].revision == revision {
			continue
		}
		engine, err := e.compile(ctx, own, nil)
		if err != nil {
			return fmt.Errorf("keyword lists of %s: %w", community, err)
		}
		if next == nil {
			next = maps.Clone(known)
		}
		next[community] = compiled{revision, engine}
	}
	if next != nil {
		e.loaded.Store(&next)
	}
	return nil
}

func revisionOf(lists []List) int {
	n := 0
	for _, l := range lists {
		n += l.Version
	}
	return n
}

// compile makes an engine of the shipped list and own ones, with the words of
// one of them replaced when instead is given.
func (e *Engines) compile(ctx context.Context, own []List, instead *lexicon.List) (*match.Engine, error) {
	all := []lexicon.List{lexicon.Shipped()}
	for _, l := range own {
		if instead != nil && l.Name == instead.Name {
			continue
		}
		words, err := WordsOf(ctx, e.db, l)
		if err != nil {
			return nil, err
		}
		all = append(all, lexicon.List{Name: l.Name, Words: words})
	}
	if instead != nil {
		all = append(all, *instead)
	}
	return match.NewEngine(slices.Clip(all)...)
}

// Try judges a text as if the change were published.
func (e *Engines) Try(ctx context.Context, q db.Q, c Change, text string) (match.Verdict, error) {
	engine, _, err := e.changed(ctx, q, c)
	if err != nil {
		return match.Verdict{}, err
	}
	return engine.Check(text), nil
}

// changed is the engine that a change would give, with the change's outcome.
func (e *Engines) changed(ctx context.Context, q db.Q, c Change) (*match.Engine, Outcome, error) {
	o, err := Apply(ctx, q, c)
	if err != nil {
		return nil, o, err
	}
	own, err := Lists(ctx, q, auth.Everywhere(), c.Community)
	if err != nil {
		return nil, o, err
	}
	engine, err := e.compile(ctx, own, &lexicon.List{Name: o.List.Name, Words: o.Words})
	return engine, o, err
}
