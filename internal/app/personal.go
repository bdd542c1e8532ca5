package app

import (
	"context"
	"fmt"
	"time"

	"github.com/qunzhu/qunzhu/internal/community"
	"github.com/qunzhu/qunzhu/internal/desk/importing"
	"github.com/qunzhu/qunzhu/internal/desk/imports"
	"github.com/qunzhu/qunzhu/internal/event"
	"github.com/qunzhu/qunzhu/internal/hub"
	"github.com/qunzhu/qunzhu/internal/sandbox/population"
)

// diligentFor is how many of the last days the demo's operator closes: before
// that nobody kept the personal group, so there is nothing to know of it.
const diligentFor = 30

// keepByHand enters what an operator reads off the screen of a personal WeChat
// group, which no API reaches: the day's numbers, and the messages selected and
// forwarded together. Every sixth day is forgotten, as days are.
type keepByHand struct {
	m       *demo
	files   *importing.Service
	entered int
	group   map[string]community.Group // by name
}

func (m *demo) keepByHand() *keepByHand {
	return &keepByHand{m: m, files: imports.NewService(m.server.deps), group: map[string]community.Group{}}
}

var demoOperator = importing.Actor{Kind: "operator", ID: "demo", Name: "demo"}

// enter enters the days that have ended since the last call.
func (k *keepByHand) enter(ctx context.Context) error {
	days := k.m.people.PersonalGroups()
	for ; k.entered < len(days); k.entered++ {
		d := days[k.entered]
		left := time.Since(d.To)
		if left > diligentFor*24*time.Hour || d.To.Day()%6 == 0 {
			continue
		}
		if err := k.day(ctx, d); err != nil {
			return fmt.Errorf("close %s of %s: %w", d.Day, d.Group, err)
		}
	}
	return nil
}

func (k *keepByHand) day(ctx context.Context, d population.PersonalDay) error {
	group, err := k.adopted(ctx, d.Group)
	if err != nil {
		return err
	}
	return imports.CloseDay(ctx, k.m.server.deps, group, imports.Day{
		Tally: event.Tally{Day: d.Day, Members: &d.Members, Messages: &d.Messages}, Paste: d.Paste, From: d.From, To: d.To,
	}, demoOperator)
}

func (k *keepByHand) adopted(ctx context.Context, name string) (community.Group, error) {
	if g, ok := k.group[name]; ok {
		return g, nil
	}
	g, err := k.files.Adopt(ctx, k.community(), name, demoOperator)
	if err == nil {
		k.group[name] = g
	}
	return g, err
}

// community is the first of the story's three, whose operator also keeps a
// personal group.
func (k *keepByHand) community() string {
	return hub.NewCommunity(k.m.start, "demo:"+population.Communities()[0].Key, event.Community{}).Community
}
