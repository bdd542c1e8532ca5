package sandbox

import (
	"fmt"
	"slices"
	"time"
)

// saidMessage is what a recall must know of a message.
type saidMessage struct {
	id       string
	from     string
	at       time.Time
	archived bool
}

// keepSaid bounds how long ago a message may have been sent to be recalled.
const keepSaid = 24 * time.Hour

// consent is a contact's answer to the archive's question.
type consent struct {
	agree bool
	at    time.Time
}

// Say sends a message to the group and returns its id. It enters the archive
// when the group is covered and the sender has not disagreed. For a type other
// than text, m.Raw is the archive's body object; without it a plausible one is
// made up.
func (w *World) Say(chatID, from string, m Message) (string, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.say(chatID, from, m)
}

func (w *World) say(chatID, from string, m Message) (string, error) {
	g, err := w.group(chatID)
	if err != nil {
		return "", err
	}
	if g.byID[from] == nil {
		return "", fmt.Errorf("%w: %q", ErrNotMember, from)
	}
	if m.Type == "" {
		m.Type = "text"
	}
	now := w.clock.Now()
	msgID := w.newMessageID(now)
	archived := w.isArchived(g, from)
	if archived {
		w.record(record{
			msgID: msgID, action: "send", from: from, to: w.receivers(g), room: g.id,
			at: now, kind: m.Type, body: w.body(m),
		})
	}
	g.said = slices.DeleteFunc(g.said, func(s saidMessage) bool { return now.Sub(s.at) > keepSaid })
	g.said = append(g.said, saidMessage{id: msgID, from: from, at: now, archived: archived})
	day := g.day(now)
	day.messages++
	day.speakers[from] = true
	return msgID, nil
}

// Recall takes back a message: the sender's own, or for the owner and the
// deputies anybody's. The archive tells it as a message of its own.
func (w *World) Recall(chatID, from, msgID string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	g, err := w.group(chatID)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(g.said, func(s saidMessage) bool { return s.id == msgID })
	if i < 0 {
		return fmt.Errorf("%w: %q", ErrNoMessage, msgID)
	}
	if g.said[i].from != from && from != g.owner && !slices.Contains(g.admins, from) {
		return fmt.Errorf("%w: %s did not send the message", ErrNotAllowed, from)
	}
	now := w.clock.Now()
	if g.said[i].archived {
		w.record(record{
			msgID: w.newMessageID(now), action: "recall", from: from, to: w.receivers(g), room: g.id,
			at: now, kind: "revoke", body: map[string]any{"revoke": map[string]any{"pre_msgid": msgID}},
		})
	}
	g.said = slices.Delete(g.said, i, i+1)
	return nil
}

// Consent records whether a contact agrees to the archive in a group. The
// messages of a contact who disagrees do not enter it; who was never asked
// counts as agreeing (Default_Agree).
func (w *World) Consent(chatID, external string, agree bool) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	g, err := w.group(chatID)
	if err != nil {
		return err
	}
	if g.byID[external] == nil || !w.isContact(external) {
		return fmt.Errorf("%w: contact %q", ErrNotMember, external)
	}
	now := w.clock.Now()
	g.consents[external] = consent{agree: agree, at: now}
	w.consents[external] = consent{agree: agree, at: now}
	if g.archived {
		w.recordConsent(g, external, agree, now)
	}
	if agree && w.followOf(g.owner, external) != nil {
		w.raiseContact("msg_audit_approved", contactChange{
			userID: g.owner, external: external, welcomeCode: w.newWelcomeCode(g.owner, external),
		})
	}
	return nil
}

func (w *World) recordConsent(g *group, external string, agree bool, now time.Time) {
	kind, at := "disagree", "disagree_time"
	if agree {
		kind, at = "agree", "agree_time"
	}
	w.record(record{
		msgID: w.newMessageID(now), action: "send", from: external, to: w.receivers(g), room: g.id, at: now,
		kind: kind, body: map[string]any{kind: map[string]any{"userid": external, at: now.UnixMilli()}},
	})
}

// SwitchCorp is a staff member switching their client to another corp, which
// the archive records beside the messages.
func (w *World) SwitchCorp(userID string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.activeStaff(userID) == nil {
		return fmt.Errorf("%w: staff %q", ErrNoPerson, userID)
	}
	now := w.clock.Now()
	w.record(record{msgID: w.newMessageID(now), action: "switch", from: userID, at: now})
	return nil
}

func (w *World) isArchived(g *group, from string) bool {
	if !g.archived {
		return false
	}
	c, asked := g.consents[from]
	return !asked || c.agree
}

// receivers is the tolist of a group message.
func (w *World) receivers(g *group) []string {
	ids := g.ids()
	if limit := w.cfg.ArchiveToList; limit > 0 && len(ids) > limit {
		return ids[:limit:limit]
	}
	return ids
}

// newMessageID has the suffix that the platform gives messages with people
// outside the corp.
func (w *World) newMessageID(now time.Time) string {
	w.serial++
	return fmt.Sprintf("%d_%d_external", 10_000_000_000_000_000+int64(w.serial), now.Unix())
}
