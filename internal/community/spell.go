package community

import (
	"cmp"
	"slices"
	"time"

	"github.com/qunzhu/qunzhu/internal/event"
)

// Sighting is one observation of one member in one group.
type Sighting struct {
	At      time.Time
	ID      string // of the event
	Joined  bool   // joined or present; else left or absent
	How     string // event.ByCallback, …
	Scene   string
	State   string
	Inviter string
	Seen    time.Time // for a snapshot: when the list was read
}

// Spell is one stay of a member in a group. Joined is zero for someone who was
// only ever seen leaving; Left is zero while the stay lasts.
type Spell struct {
	Joined  time.Time
	How     string
	Scene   string
	State   string
	Inviter string
	Left    time.Time
	LeftHow string
	Quit    string    // self, removed, or "" when only the absence is known
	Seen    time.Time // when a member list last named the member, zero for never
}

// sameStay is how far apart a callback's and a member list's word of one join
// may lie.
const sameStay = 10 * time.Minute

// Fold turns all sightings of one member in one group into spells. Its result
// does not depend on the order of its argument. The rules, with what they guard
// against:
//
//   - Sightings count by the time at which they happened. A leave that is
//     delivered before its join still ends it.
//   - A callback and a member list that speak of one join are one stay; the
//     list's time and its finer scene, state and inviter are kept, and that the
//     platform announced it.
//   - A second join without a leave between means that the leave was missed: the
//     first stay ends there, reconciled.
//   - Someone who leaves without ever having been seen joining has a spell
//     without a start.
//   - A reconciled leave is only an inference: it yields to a callback that tells
//     of a later leave, and to a later list that shows the stay unbroken.
func Fold(sightings []Sighting) []Spell {
	s := slices.Clone(sightings)
	slices.SortFunc(s, func(a, b Sighting) int {
		return cmp.Or(a.At.Compare(b.At), compareBool(b.Joined, a.Joined), cmp.Compare(a.ID, b.ID))
	})
	var f folding
	for _, x := range s {
		switch {
		case x.Joined:
			f.join(x)
		case x.How == event.ByReconcile && refuted(x, s):
		default:
			f.leave(x)
		}
	}
	return f.spells
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

// refuted reports whether a later member list shows that the member never left:
// it names a join before the supposed leave.
func refuted(leave Sighting, all []Sighting) bool {
	for _, x := range all {
		if x.Joined && x.How == event.BySnapshot && !x.At.After(leave.At) && x.Seen.After(leave.At) {
			return true
		}
	}
	return false
}

type folding struct {
	spells []Spell
}

func (f *folding) last() *Spell {
	if len(f.spells) == 0 {
		return nil
	}
	return &f.spells[len(f.spells)-1]
}

func (f *folding) join(x Sighting) {
	cur := f.last()
	switch {
	case cur == nil || !cur.Left.IsZero():
		f.open(x)
	case x.At.Sub(cur.Joined) <= sameStay:
		merge(cur, x)
	case x.How == event.ByCallback || x.How == event.BySnapshot:
		cur.Left, cur.LeftHow = x.At, event.ByReconcile
		f.open(x)
	default:
		// An imported line or a person's entry says less than an open stay.
	}
}

func (f *folding) open(x Sighting) {
	f.spells = append(f.spells, Spell{Joined: x.At, How: x.How, Scene: x.Scene, State: x.State, Inviter: x.Inviter, Seen: x.Seen})
}

func merge(cur *Spell, x Sighting) {
	if x.Seen.After(cur.Seen) {
		cur.Seen = x.Seen
	}
	if x.How == event.ByCallback || x.How == event.BySnapshot && cur.How != event.ByCallback {
		cur.How = x.How
	}
	if x.How == event.BySnapshot {
		cur.Joined = x.At
		cur.Scene = cmp.Or(x.Scene, cur.Scene)
		cur.State, cur.Inviter = cmp.Or(x.State, cur.State), cmp.Or(x.Inviter, cur.Inviter)
		return
	}
	cur.Scene, cur.State, cur.Inviter = cmp.Or(cur.Scene, x.Scene), cmp.Or(cur.State, x.State), cmp.Or(cur.Inviter, x.Inviter)
}

func (f *folding) leave(x Sighting) {
	cur := f.last()
	switch {
	case cur != nil && cur.Left.IsZero():
		cur.Left, cur.LeftHow, cur.Quit = x.At, x.How, x.Scene
	case x.How == event.ByReconcile:
		// Absent, and known to be: nothing new.
	case cur != nil && cur.LeftHow == event.ByReconcile:
		cur.Left, cur.LeftHow, cur.Quit = x.At, x.How, x.Scene
	case cur != nil && x.At.Sub(cur.Left) <= sameStay:
		cur.Quit = cmp.Or(cur.Quit, x.Scene)
	default:
		f.spells = append(f.spells, Spell{Left: x.At, LeftHow: x.How, Quit: x.Scene})
	}
}
