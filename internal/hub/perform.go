package hub

import (
	"cmp"
	"context"
	"errors"
	"strings"
	"time"

	"github.com/qunzhu/qunzhu/internal/community"
	"github.com/qunzhu/qunzhu/internal/connector"
	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/effect"
	"github.com/qunzhu/qunzhu/internal/event"
	"github.com/qunzhu/qunzhu/internal/fault"
	"github.com/qunzhu/qunzhu/internal/id"
	"github.com/qunzhu/qunzhu/internal/task"
)

const (
	performBatch = 50
	// performLease is how long a performer may take before its effects count as
	// abandoned; every call it makes has a shorter timeout.
	performLease = time.Minute
	performTries = 12
	// taskGrace is the least time a person is given, however late the task comes.
	taskGrace = time.Minute
)

// Perform carries out due effects, or makes tasks of them. It returns how many
// it dealt with.
func (h *Hub) Perform(ctx context.Context) (int, error) {
	total, err := h.passDeadlines(ctx)
	if err != nil {
		return total, err
	}
	var lost, due []effect.Effect
	now := h.Clock.Now()
	err = h.DB.Write(ctx, func(tx *db.Tx) (err error) {
		if lost, err = effect.Expired(ctx, tx, now, performLease, performBatch); err != nil {
			return err
		}
		due, err = effect.Claim(ctx, tx, now, performLease, performBatch)
		return err
	})
	if err != nil {
		return total, err
	}
	for _, e := range lost {
		if err := h.recover(ctx, e); err != nil {
			return total, err
		}
		total++
	}
	for _, e := range due {
		if err := h.perform(ctx, e); err != nil {
			return total, err
		}
		total++
	}
	return total, nil
}

// passDeadlines records that a task's deadline passed: a passed deadline is an
// event like any other.
func (h *Hub) passDeadlines(ctx context.Context) (int, error) {
	now := h.Clock.Now()
	late, err := task.Due(ctx, h.DB, now, performBatch)
	if err != nil || len(late) == 0 {
		return 0, err
	}
	events := make([]event.Event, len(late))
	for i, t := range late {
		events[i] = event.Event{
			Community: t.Community, Group: t.Group, Member: t.Member, Kind: event.TaskOverdue, At: t.Deadline,
			ID: id.At(t.Deadline, t.ID, string(event.TaskOverdue)), Body: event.Encode(event.TaskEnd{Task: t.ID}),
		}
	}
	fresh, err := h.Record(ctx, events...)
	return len(fresh), err
}

// addressed is an effect with the group and connection it goes to.
type addressed struct {
	effect.Effect
	group      community.Group
	connection connector.Connection
	ability    connector.Ability
}

func (h *Hub) address(ctx context.Context, e effect.Effect) (addressed, error) {
	a := addressed{Effect: e}
	var err error
	if a.group, err = community.GetGroup(ctx, h.DB, community.Everywhere{}, e.Group); err != nil {
		return a, err
	}
	if a.connection, err = h.Store.Get(ctx, h.DB, a.group.Connection); err != nil {
		return a, err
	}
	c, ok := h.connectors[a.connection.Kind]
	if !ok {
		return a, fault.New(fault.NotFound, "fault.connector_unknown", a.connection.Kind)
	}
	a.ability = c.Declare(a.connection, KnownGroup(a.group)).For(e.Kind)
	return a, nil
}

// KnownGroup is a group as a connector's declaration sees it.
func KnownGroup(g community.Group) connector.Group {
	return connector.Group{ID: g.ID, Community: g.Community, External: g.External, Platform: g.Platform, Name: g.Name,
		Owner: g.Owner, Admins: g.Admins, Notice: g.Notice, Archived: g.Archived, Status: g.Status, Members: g.Members}
}

// perform deals with one claimed effect.
func (h *Hub) perform(ctx context.Context, e effect.Effect) error {
	a, err := h.address(ctx, e)
	if fault.Is(err, fault.NotFound) {
		return h.end(ctx, e, effect.Refused, event.EffectRefused, "no_channel", "")
	}
	if err != nil {
		return err
	}
	switch {
	case a.ability.Level == connector.Assisted:
		return h.assist(ctx, a, string(e.Kind))
	case a.ability.Level == connector.None:
		return h.end(ctx, e, effect.Refused, event.EffectRefused, cmp.Or(a.ability.Reason, "no_channel"), "")
	case a.connection.State == connector.Reauthorize:
		return effect.Retry(ctx, h.DB, e, h.Clock.Now().Add(time.Minute), "reauthorize")
	}
	performer, ok := h.connectors[a.connection.Kind].(connector.Performer)
	if !ok {
		return h.end(ctx, e, effect.Refused, event.EffectRefused, "no_channel", "")
	}
	order, err := h.order(ctx, a)
	if fault.Is(err, fault.NotFound) {
		return h.end(ctx, e, effect.Refused, event.EffectRefused, "no_recipient", "")
	}
	if err != nil {
		return err
	}
	return h.settle(ctx, a, performer.Perform(ctx, a.connection, order))
}

// settle records what became of an order.
func (h *Hub) settle(ctx context.Context, a addressed, o connector.Outcome) error {
	reason := o.Code
	if o.Err != nil {
		reason = strings.TrimSpace(o.Code + " " + o.Err.Error())
	}
	var credentials connector.NeedsCredentials
	if errors.As(o.Err, &credentials) {
		if err := h.Store.SetState(ctx, h.DB, a.connection.ID, connector.Reauthorize, "connection.reauthorize"); err != nil {
			return err
		}
		return effect.Retry(ctx, h.DB, a.Effect, h.Clock.Now().Add(time.Minute), reason)
	}
	switch o.State {
	case effect.Done:
		return h.end(ctx, a.Effect, effect.Done, event.EffectDone, o.Code, o.Ref)
	case effect.Ready:
		if a.Attempts < performTries {
			return effect.Retry(ctx, h.DB, a.Effect, h.Clock.Now().Add(max(o.After, backoff(a.Attempts))), reason)
		}
	case effect.Unknown:
		return h.doubt(ctx, a)
	}
	h.Log.WarnContext(ctx, "an effect failed for good", "effect", a.ID, "kind", a.Kind, "reason", reason)
	return h.end(ctx, a.Effect, effect.Failed, event.EffectFailed, o.Code, o.Ref)
}

// recover decides about an effect whose performer vanished. It is repeated only
// where the platform promises that this does no harm.
func (h *Hub) recover(ctx context.Context, e effect.Effect) error {
	a, err := h.address(ctx, e)
	if fault.Is(err, fault.NotFound) {
		return h.end(ctx, e, effect.Refused, event.EffectRefused, "no_channel", "")
	}
	if err != nil {
		return err
	}
	if a.ability.Idempotent || a.ability.Level != connector.Automatic {
		return effect.Retry(ctx, h.DB, e, h.Clock.Now(), "the performer vanished")
	}
	return h.doubt(ctx, a)
}

// doubt asks a person to look whether something was sent.
func (h *Hub) doubt(ctx context.Context, a addressed) error { return h.assist(ctx, a, task.Check) }

// assist makes a task of an effect: only a person can do it, or can see whether
// it was done.
func (h *Hub) assist(ctx context.Context, a addressed, kind string) error {
	now := h.Clock.Now()
	body := event.Task{Task: a.ID, Kind: kind, Effect: a.ID, Assignee: a.group.Owner, Deputies: a.group.Admins}
	if kind == task.Check {
		body.Task = id.At(now, a.ID, kind)
		body.Args = map[string]string{"kind": string(a.Kind)}
	} else if m, err := effect.Decode[effect.Measure](a.Effect); err == nil {
		body.Subject, body.Args = m.Subject, m.Args
		if m.Within > 0 {
			body.Deadline = latest(a.At.Add(time.Duration(m.Within)*time.Millisecond), now.Add(taskGrace))
		}
	}
	if folded := Fingerprint(a.Text); folded != "" && h.Print != nil {
		body.Print = h.Print(folded)
	}
	state := effect.Assisted
	if kind == task.Check {
		state = effect.Unknown
	}
	return h.finish(ctx, a.Effect, state, "", event.Event{
		Community: a.Community, Group: a.Group, Member: a.Member, Kind: event.TaskOpened, At: now, Recorded: now, Depth: a.Depth + 1,
		ID: id.At(now, a.ID, string(event.TaskOpened), kind), Body: event.Encode(body), Words: event.Words{Text: a.Text},
	})
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func (h *Hub) end(ctx context.Context, e effect.Effect, state effect.State, kind event.Kind, code, ref string) error {
	now := h.Clock.Now()
	return h.finish(ctx, e, state, code, event.Event{
		Community: e.Community, Group: e.Group, Member: e.Member, Kind: kind, At: now, Recorded: now, Depth: e.Depth + 1,
		ID:   id.At(now, e.ID, string(kind)),
		Body: event.Encode(event.Performed{Effect: e.ID, Kind: string(e.Kind), Code: code, Ref: ref}),
	})
}

// finish ends an effect and appends what became of it, together.
func (h *Hub) finish(ctx context.Context, e effect.Effect, state effect.State, reason string, outcome event.Event) error {
	err := h.DB.Write(ctx, func(tx *db.Tx) error {
		mine, err := effect.End(ctx, tx, e, state, h.Clock.Now(), reason)
		if err != nil || !mine {
			return err
		}
		_, err = event.Append(ctx, tx, []event.Event{outcome})
		return err
	})
	h.nudge(loopDispatch)
	return err
}

// order resolves an effect into what a platform needs.
func (h *Hub) order(ctx context.Context, a addressed) (connector.Order, error) {
	o := connector.Order{ID: a.ID, Kind: a.Kind, Group: a.group.External, GroupName: a.group.Name, Text: a.Text}
	people := []string{a.Member}
	var t task.Task
	if a.Kind == effect.StaffNotify {
		n, err := effect.Decode[effect.Notice](a.Effect)
		if err != nil {
			return o, err
		}
		if t, err = task.Get(ctx, h.DB, community.Everywhere{}, n.Task); err != nil {
			return o, err
		}
		people = append(people, n.To)
	}
	known, err := community.Members(ctx, h.DB, a.Community, people...)
	if err != nil {
		return o, err
	}
	o.Member, o.MemberName = known[a.Member].External, known[a.Member].Name
	if a.Kind != effect.StaffNotify {
		return o, nil
	}
	to := known[people[1]]
	if to.External == "" {
		return o, fault.New(fault.NotFound, "fault.member_unknown")
	}
	o.To, o.Text, o.Verb, o.Deadline = to.External, t.Text, t.Kind, t.Deadline
	args := map[string]string{"group": o.GroupName, "member": o.MemberName}
	for k, v := range t.Args {
		args[k] = v
	}
	if h.Present != nil {
		o.Title = h.Present(effect.Kind(t.Kind), args)
	}
	if h.Link != nil {
		o.URL = h.Link(a.Community, t.ID, to.ID)
	}
	return o, nil
}
