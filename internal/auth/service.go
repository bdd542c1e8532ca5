package auth

import (
	"embed"

	"github.com/qunzhu/qunzhu/internal/clock"
	"github.com/qunzhu/qunzhu/internal/db"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Migrations are the tables of operators, sessions and tokens.
func Migrations() db.Migrations { return db.Embedded("auth", migrations) }

// Service keeps operators, their sessions and the API tokens. It is safe for
// concurrent use, also by several processes on one database.
type Service struct {
	db        *db.DB
	policy    *Policy
	clock     clock.Clock
	passwords *passwords
}

// Option changes a Service.
type Option func(*Service)

// WithClock sets real time, for tests.
func WithClock(c clock.Clock) Option { return func(s *Service) { s.clock = c } }

// WithHashCost sets the cost of new password hashes: tests lower it.
func WithHashCost(c HashCost) Option { return func(s *Service) { s.passwords = newPasswords(c) } }

// New returns the service on d with the permissions of policy.
func New(d *db.DB, policy *Policy, opts ...Option) *Service {
	s := &Service{db: d, policy: policy, clock: clock.Real{}, passwords: newPasswords(defaultCost)}
	for _, o := range opts {
		o(s)
	}
	return s
}
