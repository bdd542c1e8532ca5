package sandbox

import (
	"encoding/json"
	"time"
)

// welcomeTemplate is one material for welcoming newcomers to groups (D:92366).
// The owner must still select it in the client.
type welcomeTemplate struct {
	id     string
	fields map[string]json.RawMessage // as given: text, one attachment, agentid
}

// maxWelcomeTemplates of a corp (D:92366).
const maxWelcomeTemplates = 100

// welcomeCode lets the app greet a new customer once, within 20 s (D:92137).
type welcomeCode struct {
	userID, external string
	at               time.Time
}

const welcomeCodeLife = 20 * time.Second

func (w *World) newWelcomeCode(userID, external string) string {
	now := w.clock.Now()
	for code, c := range w.welcomeCode {
		if now.Sub(c.at) > welcomeCodeLife {
			delete(w.welcomeCode, code)
		}
	}
	code := w.newID("", 32)
	w.welcomeCode[code] = welcomeCode{userID: userID, external: external, at: now}
	return code
}
