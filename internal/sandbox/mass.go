package sandbox

import (
	"fmt"
	"slices"
	"time"
)

// massTask is one mass send (群发) that waits for its senders to confirm it in
// their clients: the platform sends nothing by itself (D:92135).
type massTask struct {
	id        string
	chatType  string // "single" or "group"
	created   time.Time
	text      string
	links     []map[string]any    // link messages that follow the text
	targets   map[string][]string // sender → chat ids or external user ids
	senders   []string
	sent      map[string][]massSent // sender → results; nil while unconfirmed
	sentAt    map[string]time.Time
	cancelled bool
	reminded  []time.Time
}

type massSent struct {
	target string
	status int // 1 sent, 2 no longer a friend, 3 quota used up by other mass sends
	at     time.Time
}

// MassTask is a mass send as its sender sees it on the phone.
type MassTask struct {
	MsgID     string
	Created   time.Time
	Text      string
	Targets   []string
	Confirmed bool
}

// MassTasks lists the mass sends of a staff that were not cancelled.
func (w *World) MassTasks(userID string) []MassTask {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []MassTask
	for _, id := range w.massOrder {
		t := w.massTasks[id]
		if t.cancelled || !slices.Contains(t.senders, userID) {
			continue
		}
		_, confirmed := t.sentAt[userID]
		out = append(out, MassTask{
			MsgID: t.id, Created: t.created, Text: t.text,
			Targets: slices.Clone(t.targets[userID]), Confirmed: confirmed,
		})
	}
	return out
}

// ConfirmMass is the sender tapping "send" in the client: each target gets the
// text unless its monthly quota, one a day of the month, is used up.
func (w *World) ConfirmMass(msgID, userID string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	t := w.massTasks[msgID]
	if t == nil || !slices.Contains(t.senders, userID) {
		return fmt.Errorf("%w: %q for %q", ErrNoTask, msgID, userID)
	}
	if t.cancelled {
		return fmt.Errorf("%w: %s was cancelled", ErrNotAllowed, msgID)
	}
	if _, done := t.sentAt[userID]; done {
		return fmt.Errorf("%w: %s is already sent", ErrNotAllowed, msgID)
	}
	now := w.clock.Now()
	t.sentAt[userID] = now
	for _, target := range t.targets[userID] {
		t.sent[userID] = append(t.sent[userID], massSent{target: target, status: w.massSend(t, userID, target, now), at: now})
	}
	return nil
}

func (w *World) massSend(t *massTask, userID, target string, now time.Time) int {
	if w.massReceived(target, now) >= daysInMonth(now) {
		return 3
	}
	if t.chatType == "single" {
		if w.followOf(userID, target) == nil {
			return 2
		}
		return 1
	}
	for _, m := range t.messages() {
		if _, err := w.say(target, userID, m); err != nil {
			return 2
		}
	}
	return 1
}

// messages are what a group receives.
func (t *massTask) messages() []Message {
	var out []Message
	if t.text != "" {
		out = append(out, Message{Type: "text", Text: t.text})
	}
	for _, link := range t.links {
		out = append(out, Message{Type: "link", Raw: link})
	}
	return out
}

// massReceived counts the mass sends that reached target in now's month.
func (w *World) massReceived(target string, now time.Time) int {
	month := now.In(platformZone).Format("2006-01")
	count := 0
	for _, t := range w.massTasks {
		for _, results := range t.sent {
			for _, s := range results {
				if s.target == target && s.status == 1 && s.at.In(platformZone).Format("2006-01") == month {
					count++
				}
			}
		}
	}
	return count
}

func daysInMonth(t time.Time) int {
	t = t.In(platformZone)
	return time.Date(t.Year(), t.Month()+1, 0, 0, 0, 0, 0, platformZone).Day()
}
