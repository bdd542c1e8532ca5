package imports

import (
	"context"
	"time"

	"github.com/qunzhu/qunzhu/internal/community"
	"github.com/qunzhu/qunzhu/internal/desk/importing"
	"github.com/qunzhu/qunzhu/internal/event"
	"github.com/qunzhu/qunzhu/internal/feature"
)

// Day is what somebody enters about a group that is kept by hand: the numbers
// of a day, and a paste with the stretch of time that it covers.
type Day struct {
	event.Tally
	Paste    string
	From, To time.Time
}

// CloseDay closes a day as the page does. The errors are those of its form.
func CloseDay(ctx context.Context, deps *feature.Deps, group community.Group, d Day, by importing.Actor) error {
	k := &keeper{deps, NewService(deps)}
	s, err := k.one(ctx, group, d.Day)
	if err != nil {
		return err
	}
	_, err = k.close(ctx, s, entry{Tally: d.Tally, Paste: d.Paste, From: d.From, To: d.To}, by)
	return err
}
