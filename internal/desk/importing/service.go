package importing

import (
	"context"
	"embed"
	"log/slog"
	"time"

	"github.com/qunzhu/qunzhu/internal/clock"
	"github.com/qunzhu/qunzhu/internal/community"
	"github.com/qunzhu/qunzhu/internal/connector"
	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/hub"
	"github.com/qunzhu/qunzhu/internal/job"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Migrations of batches and what is kept with them.
func Migrations() db.Migrations { return db.Embedded("importing", migrations) }

// MaxText is the size of the largest file of text, in bytes; a workbook may
// have 64 MiB (chatimport.Limits).
const MaxText = 1 << 30

// Options are what a Service is made of.
type Options struct {
	DB    *db.DB
	Clock clock.Clock // domain time
	Zone  *time.Location
	Store *connector.Store
	Hub   func() *hub.Hub // known only after all features are
	Queue *job.Queue
	Dir   string // for uploaded files; made when needed
	Log   *slog.Logger
}

// Service imports files. It is safe for concurrent use.
type Service struct{ Options }

// New returns a service.
func New(o Options) *Service {
	if o.Log == nil {
		o.Log = slog.Default()
	}
	return &Service{o}
}

// Actor is who imports, for the audit.
type Actor struct {
	Kind    string // operator, token, system
	ID      string
	Name    string
	Address string
}

// dispatch works off what was appended, so that the log does not run away from
// the projections; where another process does so, this finds the lease taken.
func (s *Service) dispatch(ctx context.Context) error {
	_, err := s.Hub().Dispatch(ctx)
	return err
}

// groupOf loads a group and its connection through a scope.
func (s *Service) groupOf(ctx context.Context, scope community.Scope, id string) (community.Group, connector.Connection, error) {
	g, err := community.GetGroup(ctx, s.DB, scope, id)
	if err != nil {
		return g, connector.Connection{}, err
	}
	c, err := s.Store.Get(ctx, s.DB, g.Connection)
	return g, c, err
}
