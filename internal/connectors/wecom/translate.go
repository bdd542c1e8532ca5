package wecom

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/qunzhu/qunzhu/internal/connector"
	"github.com/qunzhu/qunzhu/internal/event"
)

// Translate implements connector.Translator. All raw messages of one group share
// one look at the platform.
func (c *Connector) Translate(ctx context.Context, conn connector.Connection, raws []connector.Raw, k connector.Knowledge) []connector.Translation {
	out := make([]connector.Translation, len(raws))
	a, err := c.account(conn)
	var r *reading
	if err == nil {
		r, err = a.reading(ctx, a.app, k)
	}
	if err != nil {
		for i := range out {
			out[i].Err = err
		}
		return out
	}
	b := &batch{reading: r, out: out, chats: map[string]*chat{}, contacts: map[string]*contact{}}
	for i, raw := range raws {
		if err := b.read(ctx, i, raw); err != nil {
			out[i].Err = err
		}
	}
	b.translate(ctx)
	return out
}

// batch is a translation of raw messages in progress.
type batch struct {
	*reading
	out      []connector.Translation
	chats    map[string]*chat
	contacts map[string]*contact
	skipped  int // archived messages from outside of customer groups
}

// chat is what a batch says of one group.
type chat struct {
	first    int // index of the first raw message about it
	events   []told
	messages []said
}

type told struct {
	index int
	Callback
}

func (t told) dismisses() bool { return t.ChangeType == ChatDismissed }

type said struct {
	index int
	ArchiveMessage
}

func (b *batch) chat(id string, index int) *chat {
	c, ok := b.chats[id]
	if !ok {
		c = &chat{first: index}
		b.chats[id] = c
	}
	return c
}

// read sorts one raw message in. An error is one that repeating cannot cure,
// unless it says so.
func (b *batch) read(ctx context.Context, index int, raw connector.Raw) error {
	switch raw.Kind {
	case rawCallback:
		cb, err := ParseCallback(raw.Body)
		if err != nil {
			return err
		}
		if cb.CreateTime.IsZero() {
			cb.CreateTime = raw.At
		}
		return b.readCallback(ctx, index, cb)
	case rawSealed:
		plain, err := b.account.unseal(ctx, raw.Body)
		if err != nil {
			return err
		}
		return b.readMessage(index, plain)
	case rawArchive:
		return b.readMessage(index, raw.Body)
	}
	return errors.New("wecom: unknown kind of raw message: " + raw.Kind)
}

func (b *batch) readCallback(ctx context.Context, index int, cb Callback) error {
	switch cb.Event {
	case EventExternalChat:
		if cb.ChatID == "" {
			return errors.New("wecom: the callback names no group (ChatId)")
		}
		c := b.chat(cb.ChatID, index)
		c.events = append(c.events, told{index, cb})
	case EventExternalContact:
		return b.contactChanged(ctx, index, cb)
	case EventArchiveNotify:
		if b.account.archive != nil {
			b.out[index].Pulls = []string{pullArchive}
		}
	case EventContact:
		b.out[index].Pulls = []string{pullDirectory}
	}
	return nil
}

// translate looks at the groups and makes the drafts.
func (b *batch) translate(ctx context.Context) {
	rooms := map[string]*room{}
	var unseen []*room
	for _, id := range slices.Sorted(maps.Keys(b.chats)) {
		m, err := b.recall(ctx, id)
		if err != nil {
			b.chats[id].fail(b.out, connector.Temporary{Err: err})
			continue
		}
		rooms[id] = m
		if b.chats[id].wantsLook(m) {
			unseen = append(unseen, m)
		}
	}
	b.look(ctx, unseen)
	for _, id := range slices.Sorted(maps.Keys(rooms)) {
		b.chats[id].translate(b, rooms[id])
	}
	if b.skipped > 0 {
		b.account.log.DebugContext(ctx, "archived messages from outside of customer groups were left out", "messages", b.skipped)
	}
}

// wantsLook reports whether the group must be asked for: what is said in a known
// group, or that it was dismissed, needs no look.
func (c *chat) wantsLook(m *room) bool {
	if !m.adopted {
		return true
	}
	return slices.ContainsFunc(c.events, func(t told) bool { return !t.dismisses() })
}

// fail keeps all of a group's raw messages for the same reason.
func (c *chat) fail(out []connector.Translation, err error) {
	for _, t := range c.events {
		out[t.index].Err = err
	}
	for _, s := range c.messages {
		out[s.index].Err = err
	}
}

func (c *chat) translate(b *batch, m *room) {
	lost := m.err != nil && !m.gone()
	switch {
	case lost && m.foreign() && len(c.events) == 0:
		b.skipped += len(c.messages) // a group of others that our staff is in
		return
	case lost && m.adopted:
		// What is said in a known group needs no look.
		messages := c.messages
		c.messages = nil
		c.fail(b.out, m.failure())
		c.messages = messages
	case lost:
		c.fail(b.out, m.failure())
		return
	case m.gone() && !m.adopted:
		b.skipped += len(c.messages)
		return // came and went unseen
	default:
		if err := c.translateEvents(b, m); err != nil {
			c.fail(b.out, err)
			return
		}
	}
	c.translateMessages(b, m)
}

// translateEvents puts what the list shows before what the callbacks tell: an
// adoption must come first.
func (c *chat) translateEvents(b *batch, m *room) error {
	first := &b.out[c.first]
	switch {
	case m.snapshot != nil:
		drafts, err := b.drafts(m, c.announcement())
		if err != nil {
			return err
		}
		first.Drafts = append(first.Drafts, drafts...)
	case m.gone() && !slices.ContainsFunc(c.events, told.dismisses):
		first.Drafts = append(first.Drafts, dismissed(m.chat, b.now))
	}
	for _, t := range c.events {
		b.out[t.index].Drafts = append(b.out[t.index].Drafts, b.told(m, t.Callback)...)
	}
	return nil
}

// contact is a customer whose name changed, asked for once in a batch.
type contact struct {
	Contact
	err error
}

// contactChanged refreshes the name of a customer. Only those who are in a group
// are kept; the hub knows them.
func (b *batch) contactChanged(ctx context.Context, index int, cb Callback) error {
	if cb.ExternalUserID == "" {
		return errors.New("wecom: the callback names no customer (ExternalUserID)")
	}
	d := connector.Draft{Member: cb.ExternalUserID, At: cb.CreateTime, Key: cb.ChangeType}
	switch cb.ChangeType {
	case "msg_audit_approved":
		d.Kind, d.Body = event.ConsentChanged, event.Consent{Agreed: true}
	case "add_external_contact", "edit_external_contact":
		found := b.contact(ctx, cb.ExternalUserID)
		if class, refused := ClassOf(found.err); refused && class == ClassGone {
			return nil
		}
		if found.err != nil {
			return failure(found.err)
		}
		d.Kind, d.Name = event.MemberChanged, found.Name
		d.Body = event.Person{Kind: event.Member, UnionID: found.UnionID}
	default:
		return nil
	}
	b.out[index].Drafts = []connector.Draft{d}
	return nil
}

func (b *batch) contact(ctx context.Context, id string) *contact {
	if known, ok := b.contacts[id]; ok {
		return known
	}
	found := &contact{}
	found.Contact, _, found.err = b.client.Contact(ctx, id)
	b.contacts[id] = found
	return found
}
