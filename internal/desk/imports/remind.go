package imports

import (
	"context"
	"strconv"
	"time"

	"github.com/qunzhu/qunzhu/internal/community"
	"github.com/qunzhu/qunzhu/internal/event"
	"github.com/qunzhu/qunzhu/internal/fault"
	"github.com/qunzhu/qunzhu/internal/id"
	"github.com/qunzhu/qunzhu/internal/job"
	"github.com/qunzhu/qunzhu/internal/settings"
	"github.com/qunzhu/qunzhu/internal/task"
)

const (
	jobRemind = "imports.remind"
	// staleLimit bounds how many open tasks are looked through for old reminders.
	staleLimit = 200
	remindKey  = "imports.remind"
	hourKey    = "imports.remind_hour"
)

// form is the setting of the evening reminder.
func form() settings.Form {
	return settings.Form{Name: "imports", Fields: []settings.Field{
		{Key: remindKey, Kind: settings.Bool, Default: "true", LabelKey: "imports.setting.remind", HelpKey: "imports.setting.remind.help"},
		{Key: hourKey, Kind: settings.Number, Default: "21", Min: 12, Max: 23, LabelKey: "imports.setting.hour", HelpKey: "imports.setting.hour.help"},
	}}
}

// remind opens, in every community whose hour it is, one task for the groups
// whose day is not closed yet.
func (k *keeper) remind(ctx context.Context, _ job.Job, slot job.Slot) error {
	day := k.day(slot.At)
	all, err := k.sheets(ctx, community.Everywhere{}, day)
	if err != nil {
		return err
	}
	open := map[string]int{}
	for _, s := range all {
		if !s.Closed() {
			open[s.Group.Community]++
		}
	}
	var events []event.Event
	for communityID, n := range open {
		wanted, err := k.wanted(ctx, communityID, slot.At.In(k.deps.Zone).Hour())
		if err != nil {
			return err
		}
		if !wanted {
			continue
		}
		stale, err := k.stale(ctx, communityID, day, slot.At)
		if err != nil {
			return err
		}
		events = append(append(events, stale...), k.reminder(communityID, day, n, slot.At))
	}
	_, err = k.deps.Hub.Record(ctx, events...)
	return err
}

// stale ends the reminders of earlier days: nobody reads the numbers of a past
// day off a screen, and one reminder is enough.
func (k *keeper) stale(ctx context.Context, communityID, day string, now time.Time) ([]event.Event, error) {
	open, err := task.List(ctx, k.deps.DB, community.Only(communityID), task.Filter{Community: communityID, State: task.Open, Limit: staleLimit})
	if err != nil {
		return nil, err
	}
	var events []event.Event
	for _, t := range open {
		if t.Kind == task.DailyClose && t.Subject != day {
			events = append(events, event.Event{Community: communityID, Kind: event.TaskCancelled, At: now,
				ID: id.At(now, string(event.TaskCancelled), t.ID), Body: event.Encode(event.TaskEnd{Task: t.ID, Outcome: task.Moot})})
		}
	}
	return events, nil
}

func (k *keeper) wanted(ctx context.Context, communityID string, hour int) (bool, error) {
	on, err := k.deps.Settings.Bool(ctx, k.deps.DB, communityID, remindKey)
	if err != nil || !on {
		return false, err
	}
	at, err := k.deps.Settings.Int(ctx, k.deps.DB, communityID, hourKey)
	return err == nil && int(at) == hour, err
}

// reminderID is the task of one community and day.
func reminderID(communityID, day string) string { return id.Of(task.DailyClose, communityID, day) }

// reminder asks until noon of the next day: until then the day is what a close
// is about.
func (k *keeper) reminder(communityID, day string, groups int, at time.Time) event.Event {
	y, m, d := at.In(k.deps.Zone).Date()
	return event.Event{Community: communityID, Kind: event.TaskOpened, At: at, ID: id.At(at, task.DailyClose, communityID, day),
		Body: event.Encode(event.Task{Task: reminderID(communityID, day), Kind: task.DailyClose, Subject: day,
			Args:     map[string]string{"day": day, "groups": strconv.Itoa(groups), "path": closePath + "?day=" + day},
			Deadline: time.Date(y, m, d+1, 12, 0, 0, 0, k.deps.Zone).UTC()})}
}

// finishReminder completes the day's task once no group is open any more.
func (k *keeper) finishReminder(ctx context.Context, communityID, day string) error {
	t, err := task.Get(ctx, k.deps.DB, community.Only(communityID), reminderID(communityID, day))
	if fault.Is(err, fault.NotFound) || err == nil && t.State != task.Open {
		return nil
	}
	if err != nil {
		return err
	}
	all, err := k.sheets(ctx, community.Only(communityID), day)
	if err != nil {
		return err
	}
	for _, s := range all {
		if !s.Closed() {
			return nil
		}
	}
	now := k.deps.Clock.Now()
	_, err = k.deps.Hub.Record(ctx, event.Event{Community: communityID, Kind: event.TaskCompleted, At: now,
		ID: id.At(now, string(event.TaskCompleted), t.ID), Body: event.Encode(event.TaskEnd{Task: t.ID, Outcome: task.Observed})})
	return err
}
