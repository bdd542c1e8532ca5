package wecom

import (
	"cmp"
	"errors"
	"slices"
	"time"
)

// The platform fills in members some time after the event that announced them
// (D:92122): the absence of somebody whom no list has named yet means something
// only when they are known longer than this.
const settleTime = 30 * time.Minute

// A join time later than the known one by more than this is another stay; less
// is the second of the callback against the second of the snapshot.
const sameStay = 10 * time.Minute

// KnownGroup is what is known of a group before a snapshot is compared with it:
// the fold of callbacks and earlier snapshots. A group never seen has only
// ChatID.
type KnownGroup struct {
	ChatID  string
	Name    string
	Owner   string
	Notice  string
	Admins  []string
	Present []KnownMember
	// Left are those known to have left. Callbacks count even where a later
	// snapshot, which lags, still lists the leaver.
	Left []KnownLeaver
}

// KnownMember is a member known to be present.
type KnownMember struct {
	GroupMember
	// Since is the earliest moment at which they are known to be present in this
	// stay: the join, or the first snapshot that listed them.
	Since time.Time
	// Listed reports that a snapshot has listed them in this stay.
	Listed bool
}

// KnownLeaver is somebody who left, with the time of their last leave.
type KnownLeaver struct {
	UserID string
	At     time.Time
}

// ChangeKind says what a Change is about.
type ChangeKind string

// Kinds of Change.
const (
	GroupRenamed   ChangeKind = "group renamed"   // From, To
	OwnerChanged   ChangeKind = "owner changed"   // From, To
	NoticeChanged  ChangeKind = "notice changed"  // From, To
	AdminsChanged  ChangeKind = "admins changed"  // Added, Removed
	MemberLeft     ChangeKind = "member left"     // Member as last known
	MemberJoined   ChangeKind = "member joined"   // Member
	MemberDetailed ChangeKind = "member detailed" // Member: a present one, now with more or newer detail
)

// Change is one difference between a group as it was known and a snapshot.
type Change struct {
	Kind ChangeKind
	// At is the join time of a join if the platform told it, else the time of the
	// snapshot: the change happened at some moment before.
	At      time.Time
	Member  GroupMember
	From    string
	To      string
	Added   []string
	Removed []string
	// Reconciled reports that the snapshot alone tells of the change. Whoever took
	// the snapshot because a callback announced the change clears it.
	Reconciled bool
}

// What DiffGroup refuses to compare.
var (
	ErrOtherGroup     = errors.New("wecom: the snapshot is of another group")
	ErrEmptySnapshot  = errors.New("wecom: the snapshot lists no members, not even the owner; it is incomplete")
	errNoSnapshotTime = errors.New("wecom: the snapshot has no time")
)

// DiffGroup compares a snapshot taken at takenAt with what is known and returns
// the changes that lead from one to the other: those of the group, then those of
// members in the order of their times. It reports no change twice: once the
// changes are folded into known, the same snapshot yields none.
func DiffGroup(known KnownGroup, snapshot Group, takenAt time.Time) ([]Change, error) {
	switch {
	case known.ChatID != snapshot.ChatID:
		return nil, ErrOtherGroup
	case len(snapshot.Members) == 0:
		return nil, ErrEmptySnapshot
	case takenAt.IsZero():
		return nil, errNoSnapshotTime
	}
	changes := groupChanges(known, snapshot, takenAt)
	members := memberChanges(known, snapshot, takenAt)
	slices.SortStableFunc(members, func(a, b Change) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Member.UserID, b.Member.UserID))
	})
	return append(changes, members...), nil
}

func groupChanges(known KnownGroup, snapshot Group, at time.Time) []Change {
	var changes []Change
	for _, c := range []Change{
		{Kind: GroupRenamed, From: known.Name, To: snapshot.Name},
		{Kind: OwnerChanged, From: known.Owner, To: snapshot.Owner},
		{Kind: NoticeChanged, From: known.Notice, To: snapshot.Notice},
	} {
		if c.From != c.To {
			c.At, c.Reconciled = at, true
			changes = append(changes, c)
		}
	}
	added, removed := missingFrom(known.Admins, snapshot.Admins), missingFrom(snapshot.Admins, known.Admins)
	if len(added)+len(removed) > 0 {
		changes = append(changes, Change{Kind: AdminsChanged, At: at, Added: added, Removed: removed, Reconciled: true})
	}
	return changes
}

// missingFrom returns the ids of list that base lacks, sorted.
func missingFrom(base, list []string) []string {
	var missing []string
	for _, id := range list {
		if !slices.Contains(base, id) {
			missing = append(missing, id)
		}
	}
	slices.Sort(missing)
	return slices.Compact(missing)
}

func memberChanges(known KnownGroup, snapshot Group, takenAt time.Time) []Change {
	present := make(map[string]KnownMember, len(known.Present))
	for _, m := range known.Present {
		present[m.UserID] = m
	}
	leftAt := make(map[string]time.Time, len(known.Left))
	for _, l := range known.Left {
		leftAt[l.UserID] = l.At
	}
	var changes []Change
	listed := make(map[string]bool, len(snapshot.Members))
	for _, m := range snapshot.Members {
		if listed[m.UserID] {
			continue
		}
		listed[m.UserID] = true
		if before, ok := present[m.UserID]; ok {
			changes = append(changes, stayChanges(before, m, takenAt)...)
		} else if !lagging(m, leftAt[m.UserID], takenAt) {
			changes = append(changes, joined(m, takenAt))
		}
	}
	for _, m := range known.Present {
		if !listed[m.UserID] && (m.Listed || m.Since.Before(takenAt.Add(-settleTime))) {
			changes = append(changes, left(m, takenAt))
		}
	}
	return changes
}

// lagging reports that the snapshot still lists the stay that ended at leftAt.
func lagging(m GroupMember, leftAt, takenAt time.Time) bool {
	if leftAt.IsZero() {
		return false
	}
	if m.JoinedAt.IsZero() {
		return leftAt.After(takenAt.Add(-settleTime))
	}
	return !m.JoinedAt.After(leftAt)
}

// stayChanges compares a member known to be present with the same one listed.
func stayChanges(before KnownMember, now GroupMember, takenAt time.Time) []Change {
	if !before.JoinedAt.IsZero() && now.JoinedAt.After(before.JoinedAt.Add(sameStay)) {
		// Left and came back while nobody told us.
		gone := left(before, now.JoinedAt.Add(-time.Second))
		return []Change{gone, joined(now, takenAt)}
	}
	merged := merge(before.GroupMember, now)
	if merged == before.GroupMember {
		return nil
	}
	return []Change{{Kind: MemberDetailed, At: takenAt, Member: merged}}
}

// merge adds what the snapshot tells to what is known. What the snapshot leaves
// empty stays: it may not have been filled in yet. The first known join time
// stays as well, so that callback and snapshot do not take turns.
func merge(known, listed GroupMember) GroupMember {
	if known.JoinedAt.IsZero() {
		known.JoinedAt = listed.JoinedAt
	}
	known.Type = cmp.Or(listed.Type, known.Type)
	known.UnionID = cmp.Or(listed.UnionID, known.UnionID)
	known.JoinScene = cmp.Or(listed.JoinScene, known.JoinScene)
	known.Inviter = cmp.Or(listed.Inviter, known.Inviter)
	known.Nickname = cmp.Or(listed.Nickname, known.Nickname)
	known.Name = cmp.Or(listed.Name, known.Name)
	known.State = cmp.Or(listed.State, known.State)
	return known
}

func joined(m GroupMember, takenAt time.Time) Change {
	at := m.JoinedAt
	if at.IsZero() || at.After(takenAt) {
		at = takenAt
	}
	return Change{Kind: MemberJoined, At: at, Member: m, Reconciled: true}
}

func left(m KnownMember, at time.Time) Change {
	return Change{Kind: MemberLeft, At: at, Member: m.GroupMember, Reconciled: true}
}
