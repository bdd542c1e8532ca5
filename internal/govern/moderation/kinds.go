package moderation

import "github.com/qunzhu/qunzhu/internal/event"

// The kinds of event that are this slice's own.
const (
	CaseDecided   event.Kind = "case.decided"
	ListPublished event.Kind = "keyword.list_published"
)

// Decision is what an operator decides about a case: the name of a grade, or
// one of the others.
type Decision string

// The decisions.
const (
	DecideRecall  Decision = "recall"
	DecideRemind  Decision = "remind"
	DecideWarn    Decision = "warn"
	DecideMute    Decision = "mute"
	DecideRemove  Decision = "remove"
	FalsePositive Decision = "false_positive" // 误报: it was no violation
	Dismiss       Decision = "dismiss"        // a violation that needs no answer
	Undo          Decision = "undo"           // reverses the last decision that stands
)

var gradeDecisions = [...]Decision{DecideRecall, DecideRemind, DecideWarn, DecideMute, DecideRemove}

// Decision is the decision for the grade.
func (g Grade) Decision() Decision { return gradeDecisions[g] }

// Grade is the grade that d decides on, false when d is another decision.
func (d Decision) Grade() (Grade, bool) {
	for g, name := range gradeDecisions {
		if name == d {
			return Grade(g), true
		}
	}
	return 0, false
}

// Valid reports whether d is a decision.
func (d Decision) Valid() bool {
	_, graded := d.Grade()
	return graded || d == FalsePositive || d == Dismiss || d == Undo
}

// Decided is the body of case.decided.
type Decided struct {
	Case     string   `json:"case"`
	Decision Decision `json:"decision"`
	By       string   `json:"by"` // operator id
	Note     string   `json:"note,omitempty"`
}

// Published is the body of keyword.list_published, one part of a publication.
// All parts are appended together. It counts only when the list still has the
// version Base, so that of two people who publish at once one is told.
type Published struct {
	Name        string `json:"name"`
	Publication string `json:"publication"`
	Base        int    `json:"base"`
	Part        int    `json:"part"`  // from 0
	Parts       int    `json:"parts"` // at least 1
	Words       []Word `json:"words"`
	By          string `json:"by"`
}

// Word is a keyword in a publication.
type Word struct {
	Text     string `json:"text"`
	Category string `json:"category"`
	Level    int    `json:"level"`
	Exact    bool   `json:"exact,omitempty"`
	Allow    bool   `json:"allow,omitempty"`
}
