package wecom

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/qunzhu/qunzhu/internal/connector"
	"github.com/qunzhu/qunzhu/internal/event"
)

// customerRoom reports that a message was said in a group with people outside
// the corp. One-to-one chats and internal groups are none of this product's
// business and are not even stored.
func customerRoom(m ArchiveMessage) bool {
	return m.Action != ActionSwitch && m.RoomID != "" && m.External
}

func (b *batch) readMessage(index int, plain []byte) error {
	m, err := ParseArchiveMessage(plain)
	if err != nil {
		return err
	}
	if !customerRoom(m) {
		b.skipped++
		return nil
	}
	c := b.chat(m.RoomID, index)
	c.messages = append(c.messages, said{index, m})
	return nil
}

// unseal opens an archived message that could not be opened when it was pulled.
// A missing key may be added within the time for which it is tried again.
func (a *account) unseal(ctx context.Context, body []byte) ([]byte, error) {
	var sealed SealedMessage
	if err := json.Unmarshal(body, &sealed); err != nil {
		return nil, fmt.Errorf("wecom: a sealed message is no JSON: %w", err)
	}
	if a.archive == nil {
		return nil, errors.New("wecom: the connection no longer has a message archive")
	}
	plain, err := a.openMessage(ctx, sealed)
	var unknown *UnknownKeyError
	if errors.As(err, &unknown) {
		return nil, connector.Temporary{Err: err}
	}
	return plain, failure(err)
}

func (a *account) openMessage(ctx context.Context, sealed SealedMessage) ([]byte, error) {
	key, err := a.keys.RandomKey(sealed)
	if err != nil {
		return nil, err
	}
	return a.archive.Open(ctx, sealed, key)
}

func (c *chat) translateMessages(b *batch, m *room) {
	for n, s := range c.messages {
		out := &b.out[s.index]
		if n == 0 && !m.known.Archived {
			out.Drafts = append(out.Drafts, m.archivedChanged(s.At, true))
		}
		out.Drafts = append(out.Drafts, b.message(m, s.ArchiveMessage)...)
	}
}

// message is an archived message in the spine's words (D:91774).
func (b *batch) message(m *room, a ArchiveMessage) []connector.Draft {
	d := connector.Draft{Group: m.chat, Member: a.From, At: a.At, Key: a.ID}
	switch body := a.Body.(type) {
	case *ArchivedRevoke:
		d.Kind, d.Body = event.MessageRecalled, event.Recalled{Source: event.FromArchive, Ref: body.PreMsgID}
		return []connector.Draft{d}
	case *ArchivedConsent:
		return []connector.Draft{consent(d, a.Type, *body)}
	}
	if a.Action == ActionRecall {
		return nil // a recall that does not say of what
	}
	d.Kind, d.Text, d.MemberKind = event.MessagePosted, a.Text, b.kindOf(m, a.From)
	d.Body = event.Posted{Source: event.FromArchive, Type: a.Type, Ref: a.ID, Kind: d.MemberKind, Truncated: a.Truncated}
	return []connector.Draft{d}
}

func consent(d connector.Draft, msgType string, c ArchivedConsent) connector.Draft {
	agreed := msgType == "agree"
	at := c.DeclinedAt
	if agreed {
		at = c.AgreedAt
	}
	if !at.IsZero() {
		d.At = at.Time
	}
	if c.UserID != "" {
		d.Member = c.UserID
	}
	d.Kind, d.Body = event.ConsentChanged, event.Consent{Agreed: agreed}
	return d
}
