package sandbox

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"time"
)

// appLog is what the app has sent to staff phones.
type appLog struct {
	recent map[string]time.Time // (user, content) → last delivery, for the duplicate check
}

type inboxItem struct {
	AppMessage
	msgID string
}

// AppMessages lists what arrived on the staff's phone with Seq > after, in
// ascending order; recalled messages are gone.
func (w *World) AppMessages(userID string, after int) []AppMessage {
	w.mu.Lock()
	defer w.mu.Unlock()
	e := w.staff[userID]
	if e == nil {
		return nil
	}
	var out []AppMessage
	for _, item := range e.inbox {
		if item.Seq > after {
			out = append(out, item.AppMessage)
		}
	}
	return out
}

// HasStaff reports whether the corp employs userID.
func (w *World) HasStaff(userID string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.activeStaff(userID) != nil
}

// deliverApp puts m on the phones of users. A window above zero drops what was
// delivered to the same user with the same content within it.
func (w *World) deliverApp(msgID string, users []string, m AppMessage, window time.Duration) {
	now := w.clock.Now()
	m.Time = now
	content := strings.Join([]string{m.MsgType, m.Title, m.Description, m.URL, m.Text}, "\x00")
	digest := sha256.Sum256([]byte(content))
	if w.app.recent == nil {
		w.app.recent = map[string]time.Time{}
	}
	for _, id := range users {
		key := fmt.Sprintf("%s/%x", id, digest[:8])
		last, seen := w.app.recent[key]
		if window > 0 && seen && now.Sub(last) < window {
			continue
		}
		w.app.recent[key] = now
		e := w.staff[id]
		m.Seq = e.nextSeq()
		e.inbox = append(e.inbox, inboxItem{AppMessage: m, msgID: msgID})
	}
	if len(w.app.recent) > 10_000 {
		w.app.recent = map[string]time.Time{} // only a repeated message would notice
	}
}

// nextSeq counts from 1 and never gives a recalled message's number again.
func (e *employee) nextSeq() int {
	e.delivered++
	return e.delivered
}

// recallApp takes an app message off all phones; false when no phone has it.
func (w *World) recallApp(msgID string) bool {
	found := false
	for _, e := range w.staff {
		before := len(e.inbox)
		e.inbox = slices.DeleteFunc(e.inbox, func(i inboxItem) bool { return i.msgID == msgID })
		found = found || len(e.inbox) < before
	}
	return found
}
