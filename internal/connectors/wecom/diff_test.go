package wecom

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var snapshotTime = time.Unix(1_790_000_000, 0).UTC()

func ago(d time.Duration) time.Time { return snapshotTime.Add(-d) }

func present(id string, since time.Duration) KnownMember {
	return KnownMember{GroupMember: GroupMember{UserID: id, Type: MemberExternal, JoinedAt: ago(since)}, Since: ago(since)}
}

func listed(id string, joined time.Duration) GroupMember {
	return GroupMember{UserID: id, Type: MemberExternal, JoinedAt: ago(joined)}
}

func TestDiffGroup(t *testing.T) {
	owner, ownerListed := present("zhang", 1000*time.Hour), listed("zhang", 1000*time.Hour)
	known := func(left []KnownLeaver, members ...KnownMember) KnownGroup {
		return KnownGroup{ChatID: "wr1", Name: "n", Owner: "zhang", Admins: []string{"li"}, Notice: "x",
			Present: append([]KnownMember{owner}, members...), Left: left}
	}
	snapshot := func(members ...GroupMember) Group {
		return Group{ChatID: "wr1", Name: "n", Owner: "zhang", Admins: []string{"li"}, Notice: "x",
			Members: append([]GroupMember{ownerListed}, members...)}
	}
	changed := snapshot()
	changed.Name, changed.Owner, changed.Notice, changed.Admins = "新名", "li", "", []string{"wang", "chen"}
	pending := GroupMember{UserID: "wm1", Type: MemberExternal}
	detailed := listed("wm1", time.Hour)
	detailed.Name, detailed.State, detailed.JoinScene = "林", "poster", JoinedByScan
	nameless := KnownMember{GroupMember: GroupMember{UserID: "wm1", Type: MemberExternal, Name: "林", Inviter: "zhang"}, Since: ago(time.Hour)}
	filled := nameless.GroupMember
	filled.JoinedAt = ago(time.Hour)

	tests := map[string]struct {
		known    KnownGroup
		snapshot Group
		want     []Change
	}{
		"nothing new": {known(nil), snapshot(), nil},
		"group facts": {known(nil), changed, []Change{
			{Kind: GroupRenamed, At: snapshotTime, From: "n", To: "新名", Reconciled: true},
			{Kind: OwnerChanged, At: snapshotTime, From: "zhang", To: "li", Reconciled: true},
			{Kind: NoticeChanged, At: snapshotTime, From: "x", To: "", Reconciled: true},
			{Kind: AdminsChanged, At: snapshotTime, Added: []string{"chen", "wang"}, Removed: []string{"li"}, Reconciled: true},
		}},
		"joined, in the order of time": {known(nil), snapshot(listed("wm2", time.Hour), listed("wm1", 2*time.Hour)), []Change{
			{Kind: MemberJoined, At: ago(2 * time.Hour), Member: listed("wm1", 2*time.Hour), Reconciled: true},
			{Kind: MemberJoined, At: ago(time.Hour), Member: listed("wm2", time.Hour), Reconciled: true},
		}},
		"joined, time not filled in": {known(nil), snapshot(pending), []Change{
			{Kind: MemberJoined, At: snapshotTime, Member: pending, Reconciled: true}}},
		"joined, listed twice": {known(nil), snapshot(listed("wm1", time.Hour), listed("wm1", time.Hour)), []Change{
			{Kind: MemberJoined, At: ago(time.Hour), Member: listed("wm1", time.Hour), Reconciled: true}}},
		"left": {known(nil, present("wm1", time.Hour)), snapshot(), []Change{
			{Kind: MemberLeft, At: snapshotTime, Member: listed("wm1", time.Hour), Reconciled: true}}},
		"absent, but joined just now":              {known(nil, present("wm1", 30*time.Minute)), snapshot(), nil},
		"still listed after a callback's leave":    {known([]KnownLeaver{{"wm1", ago(time.Minute)}}), snapshot(listed("wm1", time.Hour)), nil},
		"still listed, time not filled in":         {known([]KnownLeaver{{"wm1", ago(time.Minute)}}), snapshot(pending), nil},
		"callback and snapshot a few seconds off":  {known(nil, present("wm1", time.Hour)), snapshot(listed("wm1", time.Hour-9*time.Second)), nil},
		"snapshot lists the stay before the known": {known(nil, present("wm1", time.Hour)), snapshot(listed("wm1", 48*time.Hour)), nil},
		"came back after a known leave": {known([]KnownLeaver{{"wm1", ago(2 * time.Hour)}}), snapshot(listed("wm1", time.Hour)), []Change{
			{Kind: MemberJoined, At: ago(time.Hour), Member: listed("wm1", time.Hour), Reconciled: true}}},
		"left and came back unseen": {known(nil, present("wm1", 48*time.Hour)), snapshot(listed("wm1", time.Hour)), []Change{
			{Kind: MemberLeft, At: ago(time.Hour).Add(-time.Second), Member: listed("wm1", 48*time.Hour), Reconciled: true},
			{Kind: MemberJoined, At: ago(time.Hour), Member: listed("wm1", time.Hour), Reconciled: true},
		}},
		"detail filled in": {known(nil, present("wm1", time.Hour)), snapshot(detailed), []Change{
			{Kind: MemberDetailed, At: snapshotTime, Member: detailed}}},
		"detail not erased": {known(nil, nameless), snapshot(listed("wm1", time.Hour)), []Change{
			{Kind: MemberDetailed, At: snapshotTime, Member: filled}}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := DiffGroup(tt.known, tt.snapshot, snapshotTime)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, tt.want) {
				t.Errorf("\n got %+v\nwant %+v", got, tt.want)
			}
		})
	}
}

func TestDiffGroupRefuses(t *testing.T) {
	full := Group{ChatID: "wr1", Members: []GroupMember{listed("zhang", time.Hour)}}
	for name, tt := range map[string]struct {
		known    KnownGroup
		snapshot Group
		at       time.Time
		want     error
	}{
		"another group": {KnownGroup{ChatID: "wr2"}, full, snapshotTime, ErrOtherGroup},
		"no members":    {KnownGroup{ChatID: "wr1"}, Group{ChatID: "wr1"}, snapshotTime, ErrEmptySnapshot},
		"no time":       {KnownGroup{ChatID: "wr1"}, full, time.Time{}, errNoSnapshotTime},
	} {
		if got, err := DiffGroup(tt.known, tt.snapshot, tt.at); !errors.Is(err, tt.want) || got != nil {
			t.Errorf("%s: %v, %v; want %v", name, got, err, tt.want)
		}
	}
}

// fold applies changes the way a projection would.
func fold(k KnownGroup, changes []Change) KnownGroup {
	k.Present, k.Left = slices.Clone(k.Present), slices.Clone(k.Left)
	without := func(id string) {
		k.Present = slices.DeleteFunc(k.Present, func(m KnownMember) bool { return m.UserID == id })
		k.Left = slices.DeleteFunc(k.Left, func(l KnownLeaver) bool { return l.UserID == id })
	}
	for _, c := range changes {
		id := c.Member.UserID
		switch c.Kind {
		case GroupRenamed:
			k.Name = c.To
		case OwnerChanged:
			k.Owner = c.To
		case NoticeChanged:
			k.Notice = c.To
		case AdminsChanged:
			k.Admins = append(missingFrom(c.Removed, k.Admins), c.Added...)
		case MemberJoined:
			without(id)
			k.Present = append(k.Present, KnownMember{GroupMember: c.Member, Since: c.At})
		case MemberLeft:
			without(id)
			k.Left = append(k.Left, KnownLeaver{id, c.At})
		case MemberDetailed:
			for i := range k.Present {
				if k.Present[i].UserID == id {
					k.Present[i].GroupMember = c.Member
				}
			}
		}
	}
	return k
}

// Once its changes are folded in, a snapshot has nothing more to tell, and what
// is known agrees with it on everybody who is neither too new nor a leaver whom
// it lists late.
func TestDiffGroupConverges(t *testing.T) {
	ids := rapid.SampledFrom([]string{"a", "b", "c", "d", "e", "f"})
	age := rapid.Custom(func(t *rapid.T) time.Duration {
		return time.Duration(rapid.IntRange(0, 300).Draw(t, "minutes")) * time.Minute
	})
	maybe := rapid.SampledFrom([]string{"", "x", "y"})
	member := rapid.Custom(func(t *rapid.T) GroupMember {
		m := listed(ids.Draw(t, "id"), age.Draw(t, "age"))
		m.Name, m.State = maybe.Draw(t, "name"), maybe.Draw(t, "state")
		if rapid.Bool().Draw(t, "pending") {
			m.JoinedAt = time.Time{}
		}
		return m
	})
	rapid.Check(t, func(t *rapid.T) {
		snapshot := Group{ChatID: "wr1", Name: maybe.Draw(t, "group"), Owner: maybe.Draw(t, "owner"),
			Admins: rapid.SliceOfDistinct(ids, rapid.ID).Draw(t, "admins"), Members: rapid.SliceOfN(member, 1, 6).Draw(t, "listed")}
		known := KnownGroup{ChatID: "wr1", Admins: rapid.SliceOfDistinct(ids, rapid.ID).Draw(t, "known admins")}
		for i, m := range rapid.SliceOfNDistinct(member, 0, 6, func(m GroupMember) string { return m.UserID }).Draw(t, "known") {
			if rapid.Bool().Draw(t, fmt.Sprint("left", i)) {
				known.Left = append(known.Left, KnownLeaver{m.UserID, ago(age.Draw(t, "left at"))})
			} else {
				known.Present = append(known.Present, KnownMember{GroupMember: m, Since: ago(age.Draw(t, "since"))})
			}
		}
		changes, err := DiffGroup(known, snapshot, snapshotTime)
		if err != nil {
			t.Fatal(err)
		}
		after := fold(known, changes)
		if again, err := DiffGroup(after, snapshot, snapshotTime); err != nil || len(again) != 0 {
			t.Fatalf("the same snapshot again yields %+v, %v", again, err)
		}
		inSnapshot := map[string]bool{}
		for _, m := range snapshot.Members {
			inSnapshot[m.UserID] = true
		}
		for _, m := range after.Present {
			if !inSnapshot[m.UserID] && m.Since.Before(ago(settleTime)) {
				t.Fatalf("%s is known present for long and not listed", m.UserID)
			}
			delete(inSnapshot, m.UserID)
		}
		for id := range inSnapshot {
			if !slices.ContainsFunc(after.Left, func(l KnownLeaver) bool { return l.UserID == id }) {
				t.Fatalf("%s is listed and unknown", id)
			}
		}
	})
}
