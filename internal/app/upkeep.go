package app

import (
	"context"
	"errors"
	"time"

	"github.com/qunzhu/qunzhu/internal/activity"
	"github.com/qunzhu/qunzhu/internal/feature"
	"github.com/qunzhu/qunzhu/internal/hub"
	"github.com/qunzhu/qunzhu/internal/job"
)

// redelivery is how long a platform might still repeat a callback; the
// longest ladder documented is a day.
const redelivery = 7 * 24 * time.Hour

// upkeep sweeps the working memory of the spine every night.
func upkeep(deps *feature.Deps) feature.Feature {
	return feature.Feature{
		Name: "upkeep",
		Jobs: []job.Handler{{Kind: "upkeep.sweep", Run: func(ctx context.Context, _ job.Job) error {
			now := deps.Clock.Now()
			_, err := hub.SweepInbox(ctx, deps.DB, now.Add(-redelivery))
			return errors.Join(err, activity.Sweep(ctx, deps.DB, now))
		}}},
		Schedules: []job.Schedule{{Name: "upkeep.sweep", Spec: "17 4 * * *", Kind: "upkeep.sweep"}},
	}
}
