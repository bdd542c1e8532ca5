package moderation

import (
	"encoding/json"

	"github.com/qunzhu/qunzhu/internal/event"
	"github.com/qunzhu/qunzhu/internal/govern/moderation/match"
	"github.com/qunzhu/qunzhu/internal/hub"
)

// Verdict is what a message keeps about itself in event.Posted.Verdict.
type Verdict struct {
	ListVersion string         `json:"list_version"`
	Level       int            `json:"level"` // 1–4
	Score       float64        `json:"score"`
	Reasons     []match.Reason `json:"reasons"`
	// Auto is the highest grade that was answered without being asked when the
	// message came; the reactor takes it from here, because settings change.
	Auto int `json:"auto"`
}

// Judge gives the verdict on a text of a community and the version of the lists
// that gave it. It must not block: messages wait for it.
type Judge interface {
	Judge(community, text string) (match.Verdict, string)
}

// Annotate returns the function that judges messages at intake. Only what
// members write is judged; a clean message gets nil. auto is the community's
// setting.
func Annotate(j Judge, auto func(community string) int) func(hub.Message) json.RawMessage {
	return func(m hub.Message) json.RawMessage {
		if m.Kind != event.Member {
			return nil
		}
		found, version := j.Judge(m.Community, m.Text)
		if !found.Flagged {
			return nil
		}
		return event.Encode(Verdict{
			ListVersion: version, Level: found.Level, Score: found.Score,
			Reasons: withoutPersons(found.Reasons), Auto: auto(m.Community),
		})
	}
}

// withoutPersons blanks what a member wrote as a contact: the account belongs to
// a person and must go when the words go. Start and End find it while they last.
func withoutPersons(reasons []match.Reason) []match.Reason {
	for i := range reasons {
		if reasons[i].Check == match.CheckContact {
			reasons[i].Word = ""
		}
	}
	return reasons
}

// rule names a reason for counting: the word, or the kind of contact.
func rule(r match.Reason) string {
	if r.Check == match.CheckContact {
		return r.Layer
	}
	return r.Word
}
