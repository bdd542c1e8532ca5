package desk

import (
	"context"
	"time"

	"github.com/qunzhu/qunzhu/internal/community"
	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/feature"
)

// Survey lets tests count the statements behind the lists of groups.
func Survey(ctx context.Context, deps *feature.Deps, q db.Q, s community.Scope, now time.Time) ([]Standing, error) {
	return (&pages{deps}).survey(ctx, q, s, now)
}
