package activity

import (
	"context"
	"time"

	"github.com/qunzhu/qunzhu/internal/db"
)

// Sweep deletes the prints that no message will be compared with any more,
// those that arrived two days before now.
func Sweep(ctx context.Context, q db.Q, now time.Time) error {
	_, err := q.Exec(ctx, "DELETE FROM activity_prints WHERE recorded_at < $1", db.Millis(now.Add(-2*comparedFor)))
	return err
}
