package activity

import (
	"cmp"
	"context"
	"strings"
	"time"

	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/effect"
	"github.com/qunzhu/qunzhu/internal/event"
)

const (
	// repeatWithin is how soon the same words of the same member are a repetition.
	repeatWithin = 60 * time.Second
	// comparedFor is how long after its arrival a message is compared with others;
	// older prints may be swept away without changing any count.
	comparedFor = 24 * time.Hour
)

type dayKey struct{ group, day, source string }

type memberKey struct{ group, day, member, source string }

type counts struct{ messages, valid int }

// print is a text of a member at a moment.
type print struct {
	at       time.Time
	id       string
	recorded time.Time
	repeats  bool
	dirty    bool
}

// talk is the working state of one batch.
type talk struct {
	ctx     context.Context
	tx      *db.Tx
	b       effect.Batch
	days    map[dayKey]counts
	members map[memberKey]counts
	prints  map[int64][]*print
	repeats map[string]bool // by event: known to repeat; new ones are written
	removed map[string]bool
	recalls map[string]bool // waiting for their message
	fresh   struct{ repeats, removed, recalls []string }
	settled []string // recalls that found their message
}

func countTalk(ctx context.Context, tx *db.Tx, b effect.Batch, events []event.Event) error {
	if len(events) == 0 {
		return nil
	}
	t := &talk{
		ctx: ctx, tx: tx, b: b, days: map[dayKey]counts{}, members: map[memberKey]counts{},
		prints: map[int64][]*print{}, repeats: map[string]bool{}, removed: map[string]bool{}, recalls: map[string]bool{},
	}
	posts, retractions, err := t.load(events)
	if err != nil {
		return err
	}
	for _, e := range events {
		switch e.Kind {
		case event.MessagePosted:
			err = t.post(e, posts[e.ID])
		case event.MessageRecalled:
			err = t.recall(e)
		case event.MessageRetracted:
			err = t.retract(e, retractions)
		}
		if err != nil {
			return err
		}
	}
	return t.write()
}

func (t *talk) post(e event.Event, p event.Posted) error {
	repeats := false
	if comparable(p) {
		var err error
		if repeats, err = t.compare(e, p); err != nil {
			return err
		}
	}
	if key := recallKey(e.Group, p.Source, p.Ref); p.Ref != "" && t.recalls[key] {
		delete(t.recalls, key)
		t.settled = append(t.settled, key)
		t.markRemoved(e.ID)
		return nil
	}
	t.count(e, p, 1, !repeats)
	return nil
}

// compare decides whether e repeats an earlier text, and whether later ones,
// which arrived before it, now repeat e.
func (t *talk) compare(e event.Event, p event.Posted) (bool, error) {
	key := printKey(e, p)
	me := &print{at: e.At, id: e.ID, recorded: e.Recorded, dirty: true}
	for _, o := range t.prints[key] {
		if o.recorded.Sub(e.Recorded).Abs() > comparedFor {
			continue
		}
		switch gap := e.At.Sub(o.at); {
		case gap.Abs() > repeatWithin:
		case cmp.Or(o.at.Compare(e.At), strings.Compare(o.id, e.ID)) < 0:
			me.repeats = true
		case !o.repeats:
			if err := t.turnRepeat(e, p, o); err != nil {
				return false, err
			}
		}
	}
	t.prints[key] = append(t.prints[key], me)
	if me.repeats {
		t.markRepeat(e.ID)
	}
	return me.repeats, nil
}

// turnRepeat takes back the validity of a counted message that turns out to
// repeat an earlier one.
func (t *talk) turnRepeat(e event.Event, p event.Posted, o *print) error {
	o.repeats, o.dirty = true, true
	t.markRepeat(o.id)
	if !t.removed[o.id] {
		if err := t.loadFates([]string{o.id}); err != nil {
			return err
		}
	}
	if t.removed[o.id] {
		return nil
	}
	day := t.b.Day(o.at)
	t.add(dayKey{e.Group, day, p.Source}, memberKey{e.Group, day, e.Member, p.Source}, true, counts{valid: -1})
	return nil
}

func (t *talk) markRepeat(id string) {
	if !t.repeats[id] {
		t.repeats[id] = true
		t.fresh.repeats = append(t.fresh.repeats, id)
	}
}

func (t *talk) markRemoved(id string) {
	t.removed[id] = true
	t.fresh.removed = append(t.fresh.removed, id)
}

func (t *talk) recall(e event.Event) error {
	r, err := event.Decode[event.Recalled](e)
	if err != nil {
		return err
	}
	original, found, err := event.FindRef(t.ctx, t.tx, e.Community, e.Group, r.Ref, e.At, e.Seq)
	if err != nil {
		return err
	}
	if !found {
		t.recalls[recallKey(e.Group, r.Source, r.Ref)] = true
		t.fresh.recalls = append(t.fresh.recalls, recallKey(e.Group, r.Source, r.Ref))
		return nil
	}
	return t.remove(original)
}

func (t *talk) retract(e event.Event, targets map[string]event.Event) error {
	r, err := event.Decode[event.Retracted](e)
	if err != nil {
		return err
	}
	if original, ok := targets[r.Event]; ok {
		return t.remove(original)
	}
	return nil
}

func (t *talk) remove(original event.Event) error {
	if !t.removed[original.ID] {
		if err := t.loadFates([]string{original.ID}); err != nil {
			return err
		}
	}
	if t.removed[original.ID] {
		return nil
	}
	p, err := event.Decode[event.Posted](original)
	if err != nil {
		return err
	}
	t.markRemoved(original.ID)
	t.count(original, p, -1, !t.repeats[original.ID])
	return nil
}

// count adds a message, or takes it back; unrepeated is false for a repetition.
func (t *talk) count(e event.Event, p event.Posted, sign int, unrepeated bool) {
	day := t.b.Day(e.At)
	member := p.Kind == event.Member
	c := counts{messages: sign}
	if member && p.Valid && unrepeated {
		c.valid = sign
	}
	t.add(dayKey{e.Group, day, p.Source}, memberKey{e.Group, day, e.Member, p.Source}, member, c)
}

func (t *talk) add(d dayKey, m memberKey, member bool, c counts) {
	sum := t.days[d]
	t.days[d] = counts{sum.messages + c.messages, sum.valid + c.valid}
	if member {
		sum := t.members[m]
		t.members[m] = counts{sum.messages + c.messages, sum.valid + c.valid}
	}
}
