package wecom

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/qunzhu/qunzhu/internal/connector"
	"github.com/qunzhu/qunzhu/internal/event"
)

// leaverMemory is how long somebody who left is remembered against member lists
// that lag behind.
const leaverMemory = 24 * time.Hour

// reading is one look at the platform: a batch of raw messages or a page of a
// pull. A group is asked for once in it.
type reading struct {
	account *account
	client  *Client // in whose budget groups are read
	known   connector.Knowledge
	now     time.Time
	staff   map[string]connector.Staff
}

func (a *account) reading(ctx context.Context, client *Client, k connector.Knowledge) (*reading, error) {
	staff, err := k.Staff(ctx)
	return &reading{account: a, client: client, known: k, now: k.Now(), staff: staff}, err
}

// room is a customer group as it was known, and as the platform shows it.
type room struct {
	chat    string
	adopted bool
	known   connector.Group
	roster  map[string]connector.Presence
	leavers map[string]time.Time

	snapshot *Group
	seated   *bool // somebody with an archive seat is in it; nil when that cannot be told
	consents []PairConsent
	err      error // why there is no snapshot
}

// recall looks up what is known of a group.
func (r *reading) recall(ctx context.Context, chat string) (*room, error) {
	m := &room{chat: chat}
	var err error
	if m.known, m.adopted, err = r.known.Group(ctx, chat); err != nil || !m.adopted {
		return m, err
	}
	if m.roster, err = r.known.Roster(ctx, chat); err != nil {
		return m, err
	}
	m.leavers, err = r.known.Leavers(ctx, chat, r.now.Add(-leaverMemory))
	return m, err
}

// parallelReads is how many groups are asked for at a time.
const parallelReads = 4

// look reads the groups from the platform. What goes wrong with one of them is
// in its err.
func (r *reading) look(ctx context.Context, rooms []*room) {
	slots := make(chan struct{}, parallelReads)
	var wg sync.WaitGroup
	for _, m := range rooms {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			r.lookAt(ctx, m)
		})
	}
	wg.Wait()
}

func (r *reading) lookAt(ctx context.Context, m *room) {
	group, err := r.client.Group(ctx, m.chat)
	if err != nil {
		m.err = err
		return
	}
	m.snapshot = &group
	permitted, ok := r.account.permittedStaff(ctx)
	if !ok {
		return
	}
	seated := false
	for _, member := range group.Members {
		seated = seated || permitted[member.UserID]
	}
	m.seated = &seated
	if seated && !m.adopted {
		// A group that was adopted before is asked about by the pull of consents.
		m.consents = r.consentsOf(ctx, m.chat)
	}
}

func (r *reading) consentsOf(ctx context.Context, chat string) []PairConsent {
	found, err := r.account.audit.RoomConsents(ctx, chat)
	if err != nil {
		r.account.log.WarnContext(ctx, "the consents of a new group are read later", "group", chat, "error", err)
		return nil
	}
	return found
}

// gone reports that the platform no longer has the group.
func (m *room) gone() bool { return refusedWith(m.err, goneChatCodes) }

// foreign reports that the group is not one of the app's.
func (m *room) foreign() bool { return refusedWith(m.err, foreignChatCodes) }

// failure is err with what a person can do about it.
func (m *room) failure() error {
	if m.foreign() {
		return fmt.Errorf("the app may not see group %s: add its owner to the app's visible range, or hand the group to somebody who is in it: %w", m.chat, m.err)
	}
	return failure(m.err)
}

// kindOf tells staff from customers: by the member lists, by the directory, and
// at last by the form of the id: customers are wm… and wo…, robots wb…
// (D:91774).
func (r *reading) kindOf(m *room, id string) string {
	if m.snapshot != nil {
		for _, member := range m.snapshot.Members {
			if member.UserID == id {
				return memberKind(member)
			}
		}
	}
	if p, ok := m.roster[id]; ok && p.Kind != "" {
		return p.Kind
	}
	if _, ok := r.staff[id]; ok {
		return event.Staff
	}
	return kindByForm(id)
}

// shortestExternal keeps staff called wong or womack apart from customers,
// whose real ids have 32 characters.
const shortestExternal = 12

func kindByForm(id string) string {
	switch {
	case len(id) < shortestExternal:
		return event.Staff
	case strings.HasPrefix(id, "wb"):
		return event.Bot
	case strings.HasPrefix(id, "wm"), strings.HasPrefix(id, "wo"):
		return event.Member
	}
	return event.Staff
}

func memberKind(m GroupMember) string {
	switch m.Type {
	case MemberStaff:
		return event.Staff
	case MemberExternal:
		if strings.HasPrefix(m.UserID, "wb") {
			return event.Bot
		}
		return event.Member
	}
	return kindByForm(m.UserID)
}
