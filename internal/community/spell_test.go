package community

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/qunzhu/qunzhu/internal/event"
)

var t0 = time.Date(2026, 11, 1, 10, 0, 0, 0, time.UTC)

func at(min int) time.Time { return t0.Add(time.Duration(min) * time.Minute) }

func join(min int, how string) Sighting {
	return Sighting{At: at(min), ID: fmt.Sprint("j", how, min), Joined: true, How: how}
}

func leave(min int, how, scene string) Sighting {
	return Sighting{At: at(min), ID: fmt.Sprint("l", how, min), How: how, Scene: scene}
}

func TestFold(t *testing.T) {
	snapshot := func(min, seen int, scene, state string) Sighting {
		return Sighting{At: at(min), ID: fmt.Sprint("s", min, seen), Joined: true, How: event.BySnapshot, Scene: scene, State: state, Seen: at(seen)}
	}
	for _, c := range []struct {
		name string
		in   []Sighting
		want []Spell
	}{
		{"leave delivered before its join",
			[]Sighting{leave(50, event.ByCallback, "self"), join(10, event.ByCallback)},
			[]Spell{{Joined: at(10), How: event.ByCallback, Left: at(50), LeftHow: event.ByCallback, Quit: "self"}}},
		{"callback and member list are one stay",
			[]Sighting{join(10, event.ByCallback), snapshot(10, 12, "qr", "ch_store")},
			[]Spell{{Joined: at(10), How: event.ByCallback, Scene: "qr", State: "ch_store"}}},
		{"never seen joining",
			[]Sighting{leave(50, event.ByCallback, "removed")},
			[]Spell{{Left: at(50), LeftHow: event.ByCallback, Quit: "removed"}}},
		{"a missed leave between two joins",
			[]Sighting{join(10, event.ByCallback), join(600, event.ByCallback)},
			[]Spell{{Joined: at(10), How: event.ByCallback, Left: at(600), LeftHow: event.ByReconcile}, {Joined: at(600), How: event.ByCallback}}},
		{"a reconciled leave yields to the later callback",
			[]Sighting{join(10, event.ByCallback), leave(100, event.ByReconcile, ""), leave(130, event.ByCallback, "self")},
			[]Spell{{Joined: at(10), How: event.ByCallback, Left: at(130), LeftHow: event.ByCallback, Quit: "self"}}},
		{"a reconciled leave after the callback adds nothing",
			[]Sighting{join(10, event.ByCallback), leave(90, event.ByCallback, "removed"), leave(100, event.ByReconcile, "")},
			[]Spell{{Joined: at(10), How: event.ByCallback, Left: at(90), LeftHow: event.ByCallback, Quit: "removed"}}},
		{"a later list refutes a reconciled leave",
			[]Sighting{snapshot(10, 12, "qr", ""), leave(100, event.ByReconcile, ""), snapshot(10, 200, "qr", "")},
			[]Spell{{Joined: at(10), How: event.BySnapshot, Scene: "qr"}}},
		{"leaves and comes back",
			[]Sighting{join(10, event.ByCallback), leave(50, event.ByCallback, "self"), join(90, event.ByCallback)},
			[]Spell{{Joined: at(10), How: event.ByCallback, Left: at(50), LeftHow: event.ByCallback, Quit: "self"}, {Joined: at(90), How: event.ByCallback}}},
		{"an absence of somebody never seen is nothing", []Sighting{leave(50, event.ByReconcile, "")}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := Fold(c.in)
			for i := range got {
				got[i].Seen = time.Time{}
			}
			if !reflect.DeepEqual(got, c.want) {
				t.Errorf("got  %+v\nwant %+v", got, c.want)
			}
		})
	}
}

func TestFoldKnowsWhenSomebodyWasLastSeen(t *testing.T) {
	list := Sighting{At: at(10), ID: "s", Joined: true, How: event.BySnapshot, Seen: at(90)}
	got := Fold([]Sighting{join(10, event.ByCallback), list, leave(200, event.ByCallback, "self")})
	if len(got) != 1 || !got[0].Seen.Equal(at(90)) {
		t.Fatalf("last seen in %+v, want %v", got, at(90))
	}
}

func TestFoldDoesNotDependOnOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		hows := []string{event.ByCallback, event.BySnapshot, event.ByReconcile, event.ByImport}
		var in []Sighting
		for i := range rapid.IntRange(0, 12).Draw(t, "n") {
			m := rapid.IntRange(0, 300).Draw(t, "minute")
			x := Sighting{At: at(m), ID: fmt.Sprint(i), Joined: rapid.Bool().Draw(t, "joined"), How: rapid.SampledFrom(hows).Draw(t, "how")}
			if x.Joined && x.How == event.BySnapshot {
				x.Seen = at(m + rapid.IntRange(0, 100).Draw(t, "seen"))
			}
			in = append(in, x)
		}
		want := Fold(in)
		shuffled := append([]Sighting(nil), in...)
		rand.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		if got := Fold(shuffled); !reflect.DeepEqual(got, want) {
			t.Fatalf("shuffled %+v\nin order %+v", got, want)
		}
		for i, s := range want {
			if !s.Left.IsZero() && !s.Joined.IsZero() && s.Left.Before(s.Joined) {
				t.Fatalf("spell %d ends before it starts: %+v", i, s)
			}
			if i < len(want)-1 && s.Left.IsZero() {
				t.Fatalf("spell %d is open and not the last", i)
			}
		}
	})
}
