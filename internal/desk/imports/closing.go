package imports

import (
	"context"
	"database/sql"
	"slices"
	"strings"
	"time"

	"github.com/qunzhu/qunzhu/internal/community"
	"github.com/qunzhu/qunzhu/internal/connectors/chatimport"
	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/desk/importing"
	"github.com/qunzhu/qunzhu/internal/event"
	"github.com/qunzhu/qunzhu/internal/fault"
	"github.com/qunzhu/qunzhu/internal/feature"
	"github.com/qunzhu/qunzhu/internal/id"
)

const (
	// lookBack is how many days before the asked one are looked at for days that
	// were never closed and for the last known numbers.
	lookBack    = 14
	openDays    = 7 // of these, how many are still asked for
	maxMessages = 1_000_000
	maxPaste    = 500_000 // characters
)

// keeper keeps groups by hand.
type keeper struct {
	deps  *feature.Deps
	files *importing.Service
}

// day is the local date of t.
func (k *keeper) day(t time.Time) string { return t.In(k.deps.Zone).Format(time.DateOnly) }

// dueDay is the day that a close at t is about: until noon that is yesterday.
func (k *keeper) dueDay(t time.Time) string {
	local := t.In(k.deps.Zone)
	if local.Hour() < 12 {
		local = local.AddDate(0, 0, -1)
	}
	return local.Format(time.DateOnly)
}

// before is the date n days before day.
func before(day string, n int) string {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return day
	}
	return t.AddDate(0, 0, -n).Format(time.DateOnly)
}

// sheet is one group's page of a day's close.
type sheet struct {
	Group community.Group
	Day   string
	Today event.Tally   // what was entered for the day
	Last  event.Tally   // the last known numbers before it
	Open  []string      // recent days that were not closed, oldest first
	Past  []event.Tally // recent days, latest first
}

// Closed reports whether the day is known.
func (s sheet) Closed() bool { return closed(s.Today) }

func closed(t event.Tally) bool { return t.Members != nil || t.Messages != nil }

// sheets are the closes of one day for all live groups in scope that are kept
// by hand, by name. It runs two statements, however many groups there are.
func (k *keeper) sheets(ctx context.Context, scope community.Scope, day string) ([]sheet, error) {
	groups, err := k.keptGroups(ctx, scope)
	if err != nil {
		return nil, err
	}
	tallies, err := k.tallies(ctx, scope, before(day, lookBack), day)
	if err != nil {
		return nil, err
	}
	out := make([]sheet, len(groups))
	for i, g := range groups {
		out[i] = k.sheet(g, day, tallies[g.ID])
	}
	return out, nil
}

func (k *keeper) sheet(g community.Group, day string, tallies []event.Tally) sheet {
	s := sheet{Group: g, Day: day, Past: tallies}
	known := map[string]bool{}
	for _, t := range tallies { // latest first
		known[t.Day] = closed(t)
		switch {
		case t.Day == day:
			s.Today = t
		default:
			if s.Last.Members == nil {
				s.Last.Members = t.Members
			}
			if s.Last.Messages == nil {
				s.Last.Messages = t.Messages
			}
		}
	}
	since := max(before(day, openDays), k.day(g.ObservedFrom))
	for d := since; d < day; d = before(d, -1) {
		if !known[d] {
			s.Open = append(s.Open, d)
		}
	}
	return s
}

func (k *keeper) keptGroups(ctx context.Context, scope community.Scope) ([]community.Group, error) {
	all, err := community.GroupsOf(ctx, k.deps.DB, importing.Manual)
	if err != nil {
		return nil, err
	}
	visible, err := community.Communities(ctx, k.deps.DB, scope)
	if err != nil {
		return nil, err
	}
	var out []community.Group
	for _, g := range all {
		mine := slices.ContainsFunc(visible, func(c community.Community) bool { return c.ID == g.Community })
		if mine && g.Status == community.Live {
			out = append(out, g)
		}
	}
	slices.SortFunc(out, func(a, b community.Group) int { return strings.Compare(a.Name+a.ID, b.Name+b.ID) })
	return out, nil
}

// tallies returns what was entered from one day to another, by group, latest
// first.
func (k *keeper) tallies(ctx context.Context, scope community.Scope, from, to string) (map[string][]event.Tally, error) {
	cond, args := scope.SQL("community_id", 3)
	rows, err := k.deps.DB.Query(ctx, "SELECT group_id,day,members,messages,joins,leaves FROM activity_tallies WHERE day BETWEEN $1 AND $2 AND "+
		cond+" ORDER BY day DESC", append([]any{from, to}, args...)...)
	if err != nil {
		return nil, err
	}
	out := map[string][]event.Tally{}
	return out, db.Each(rows, func(r *sql.Rows) error {
		var group string
		var t event.Tally
		err := r.Scan(&group, &t.Day, &t.Members, &t.Messages, &t.Joins, &t.Leaves)
		out[group] = append(out[group], t)
		return err
	})
}

// entry is what a person enters for one group and day.
type entry struct {
	Tally    event.Tally
	Same     bool // the members are as many as last time
	Paste    string
	From, To time.Time // what the paste covers
}

// check refuses days that are over for too long or have not begun.
func (k *keeper) check(day string) error {
	now := k.deps.Clock.Now()
	if _, err := time.Parse(time.DateOnly, day); err != nil {
		return fault.InvalidField("day", "form.date")
	}
	if day > k.day(now) {
		return fault.InvalidField("day", "imports.close.future")
	}
	if day < before(k.day(now), lookBack) {
		return fault.InvalidField("day", "imports.close.past", lookBack)
	}
	return nil
}

// close records an entry. What it leaves blank stays as it was entered before.
// The result is that of the paste, nil without one.
func (k *keeper) close(ctx context.Context, s sheet, e entry, by importing.Actor) (*importing.Result, error) {
	if err := k.check(s.Day); err != nil {
		return nil, err
	}
	t := merge(s.Today, e.Tally)
	t.Day = s.Day
	if e.Same {
		if s.Last.Members == nil && t.Members == nil {
			return nil, fault.InvalidField("members", "imports.close.no_last")
		}
		zero := 0
		t = merge(t, event.Tally{Members: firstOf(t.Members, s.Last.Members), Joins: &zero, Leaves: &zero})
	}
	paste := strings.TrimSpace(e.Paste)
	if !closed(t) && paste == "" {
		return nil, fault.InvalidField("members", "imports.close.nothing")
	}
	var res *importing.Result
	if paste != "" {
		got, err := k.paste(ctx, s, e, by)
		if err != nil {
			return nil, err
		}
		res = &got
	}
	if !closed(t) {
		return res, nil
	}
	if err := k.record(ctx, s.Group, t); err != nil {
		return res, err
	}
	return res, k.finishReminder(ctx, s.Group.Community, s.Day)
}

func firstOf(a, b *int) *int {
	if a != nil {
		return a
	}
	return b
}

// merge lays what is new over what is known.
func merge(known, fresh event.Tally) event.Tally {
	return event.Tally{Day: known.Day, Members: firstOf(fresh.Members, known.Members), Messages: firstOf(fresh.Messages, known.Messages),
		Joins: firstOf(fresh.Joins, known.Joins), Leaves: firstOf(fresh.Leaves, known.Leaves)}
}

func (k *keeper) record(ctx context.Context, g community.Group, t event.Tally) error {
	now := k.deps.Clock.Now()
	body := event.Encode(t)
	_, err := k.deps.Hub.Record(ctx, event.Event{Community: g.Community, Group: g.ID, Kind: event.TallyRecorded, At: now,
		ID: id.At(now, string(event.TallyRecorded), g.ID, string(body)), Body: body})
	return err
}

// paste imports pasted text for the declared stretch of time.
func (k *keeper) paste(ctx context.Context, s sheet, e entry, by importing.Actor) (importing.Result, error) {
	if e.From.IsZero() || e.To.IsZero() {
		return importing.Result{}, fault.InvalidField("from", "imports.close.period_needed")
	}
	if e.To.After(k.deps.Clock.Now()) {
		e.To = k.deps.Clock.Now()
	}
	res, err := k.files.ImportFile(ctx, importing.Request{
		Reader: strings.NewReader(e.Paste), Name: s.Group.Name + " " + s.Day, Group: s.Group.ID, Format: chatimport.MultiSelect,
		DeclaredFrom: e.From, DeclaredTo: e.To, By: by, Scope: community.Only(s.Group.Community),
	}, nil)
	if err == nil && res.Messages+res.Duplicates == 0 {
		err = fault.InvalidField("paste", "imports.close.unread", res.Rejected)
	}
	return res, err
}

// one is the sheet of one group.
func (k *keeper) one(ctx context.Context, g community.Group, day string) (sheet, error) {
	if err := k.check(day); err != nil {
		return sheet{}, err
	}
	tallies, err := k.tallies(ctx, community.Only(g.Community), before(day, lookBack), day)
	if err != nil {
		return sheet{}, err
	}
	return k.sheet(g, day, tallies[g.ID]), nil
}

// recent are the days before today and today, latest first; days that nobody
// closed have no numbers.
func (k *keeper) recent(s sheet) []event.Tally {
	entered := map[string]event.Tally{}
	for _, t := range s.Past {
		entered[t.Day] = t
	}
	var out []event.Tally
	since := max(before(s.Day, openDays), k.day(s.Group.ObservedFrom))
	for d := s.Day; d >= since; d = before(d, 1) {
		t := entered[d]
		t.Day = d
		out = append(out, t)
	}
	return out
}
