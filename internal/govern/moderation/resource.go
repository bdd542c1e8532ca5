package moderation

import (
	"context"
	"maps"
	"time"

	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/govern/moderation/match"
)

// CaseResource is a case as the API gives it. Times are in the workspace's zone.
type CaseResource struct {
	ID             string         `json:"id"`
	CommunityID    string         `json:"community_id"`
	GroupID        string         `json:"group_id"`
	MemberID       string         `json:"member_id"`
	Message        CaseMessage    `json:"message" doc:"api.case.message"`
	Messages       int            `json:"messages" doc:"api.case.messages"`
	Level          int            `json:"level" minimum:"1" maximum:"4"`
	Categories     []string       `json:"categories"`
	Reasons        []match.Reason `json:"reasons" doc:"api.case.reasons"`
	ListVersion    string         `json:"list_version"`
	Realtime       bool           `json:"realtime" doc:"api.case.realtime"`
	State          string         `json:"state" enum:"open,handled,dismissed"`
	SuggestedGrade int            `json:"suggested_grade" minimum:"1" maximum:"4" doc:"api.case.suggested_grade"`
	OpenedAt       time.Time      `json:"opened_at" doc:"api.case.opened_at"`
	DetectedAt     time.Time      `json:"detected_at"`
	Deadline       time.Time      `json:"deadline"`
	FirstActionAt  *time.Time     `json:"first_action_at" doc:"api.case.first_action_at"`
	FirstAction    *string        `json:"first_action"`
	ResponseMS     *int64         `json:"response_ms" doc:"api.case.response_ms"`
	Decisions      []CaseDecision `json:"decisions"`
}

// CaseMessage is what was written; Text is null once it was erased.
type CaseMessage struct {
	ID   string    `json:"id"`
	At   time.Time `json:"at"`
	Text *string   `json:"text"`
}

// CaseDecision is a decision of an operator.
type CaseDecision struct {
	Decision string    `json:"decision"`
	By       string    `json:"by"`
	At       time.Time `json:"at"`
	Note     string    `json:"note"`
	Undone   bool      `json:"undone"`
}

// rulingsOf returns the decisions of cases by case.
func rulingsOf(ctx context.Context, q db.Q, cases []Case) (map[string][]Ruling, error) {
	byCommunity := map[string][]string{}
	for _, c := range cases {
		byCommunity[c.Community] = append(byCommunity[c.Community], c.ID)
	}
	out := map[string][]Ruling{}
	for communityID, ids := range byCommunity {
		some, err := Rulings(ctx, q, communityID, ids...)
		if err != nil {
			return nil, err
		}
		maps.Copy(out, some)
	}
	return out, nil
}

func resourceOf(c Case, text string, rulings []Ruling, zone *time.Location) CaseResource {
	r := CaseResource{
		ID: c.ID, CommunityID: c.Community, GroupID: c.Group, MemberID: c.Member, Messages: c.Messages, Level: c.Level,
		Message:    CaseMessage{ID: c.Message, At: c.Opened.In(zone)},
		Categories: c.Categories, Reasons: append([]match.Reason{}, c.Reasons...), ListVersion: c.ListVersion, Realtime: c.Realtime,
		State: c.State, SuggestedGrade: int(c.Suggested), OpenedAt: c.Opened.In(zone), DetectedAt: c.Detected.In(zone),
		Deadline: c.Deadline.In(zone), Decisions: []CaseDecision{},
	}
	if text != "" {
		r.Message.Text = &text
	}
	for i := range r.Reasons {
		r.Reasons[i].Word = reasonWord(r.Reasons[i], text)
	}
	if !c.FirstAction.IsZero() {
		at, kind, ms := c.FirstAction.In(zone), string(c.FirstKind), c.Response.Milliseconds()
		r.FirstActionAt, r.FirstAction, r.ResponseMS = &at, &kind, &ms
	}
	for _, d := range rulings {
		r.Decisions = append(r.Decisions, CaseDecision{string(d.Decision), d.By, d.At.In(zone), d.Note, d.Undone})
	}
	return r
}
