package moderation

import (
	"context"
	"time"

	"github.com/qunzhu/qunzhu/internal/community"
	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/govern/moderation/match"
)

// Resource is a case as the API gives it. Times are in the workspace's zone.
type Resource struct {
	ID             string           `json:"id"`
	CommunityID    string           `json:"community_id"`
	GroupID        string           `json:"group_id"`
	MemberID       string           `json:"member_id"`
	Message        ResourceMessage  `json:"message" doc:"the first message of the incident"`
	Messages       int              `json:"messages" doc:"violations merged into the case"`
	Level          int              `json:"level" minimum:"1" maximum:"4"`
	Categories     []string         `json:"categories"`
	Reasons        []match.Reason   `json:"reasons" doc:"byte offsets into the text of the first message"`
	ListVersion    string           `json:"list_version"`
	Realtime       bool             `json:"realtime" doc:"false: the message came with an import and is not timed"`
	State          string           `json:"state" enum:"open,handled,dismissed"`
	SuggestedGrade int              `json:"suggested_grade" minimum:"1" maximum:"4" doc:"1 remind, 2 warn, 3 mute, 4 remove"`
	OpenedAt       time.Time        `json:"opened_at" doc:"time of the message"`
	DetectedAt     time.Time        `json:"detected_at"`
	Deadline       time.Time        `json:"deadline"`
	FirstActionAt  *time.Time       `json:"first_action_at"`
	FirstAction    *string          `json:"first_action"`
	ResponseMS     *int64           `json:"response_ms"`
	Decisions      []ResourceRuling `json:"decisions"`
}

// ResourceMessage is what was written; Text is null once it was erased.
type ResourceMessage struct {
	ID   string    `json:"id"`
	At   time.Time `json:"at"`
	Text *string   `json:"text"`
}

// ResourceRuling is a decision of an operator.
type ResourceRuling struct {
	Decision string    `json:"decision"`
	By       string    `json:"by"`
	At       time.Time `json:"at"`
	Note     string    `json:"note"`
	Undone   bool      `json:"undone"`
}

// resources returns cases in scope with their messages and decisions, latest
// first, and the id to go on before, "" at the end.
func (p *pages) resources(ctx context.Context, q db.Q, s community.Scope, f Filter, zone *time.Location) (list []Resource, next string, err error) {
	limit := f.Limit
	f.Limit++
	cases, err := Cases(ctx, q, s, f)
	if err != nil {
		return nil, "", err
	}
	if len(cases) > limit {
		cases = cases[:limit]
		next = cases[limit-1].ID
	}
	known, err := p.factsOf(ctx, cases)
	if err != nil {
		return nil, "", err
	}
	byCommunity := map[string][]string{}
	for _, c := range cases {
		byCommunity[c.Community] = append(byCommunity[c.Community], c.ID)
	}
	rulings := map[string][]Ruling{}
	for communityID, ids := range byCommunity {
		some, err := Rulings(ctx, q, communityID, ids...)
		if err != nil {
			return nil, "", err
		}
		for id, r := range some {
			rulings[id] = r
		}
	}
	list = make([]Resource, len(cases))
	for i, c := range cases {
		list[i] = resourceOf(c, known.text(c.Message), rulings[c.ID], zone)
	}
	return list, next, nil
}

func resourceOf(c Case, text string, rulings []Ruling, zone *time.Location) Resource {
	r := Resource{
		ID: c.ID, CommunityID: c.Community, GroupID: c.Group, MemberID: c.Member, Messages: c.Messages, Level: c.Level,
		Message:    ResourceMessage{ID: c.Message, At: c.Opened.In(zone)},
		Categories: c.Categories, Reasons: append([]match.Reason{}, c.Reasons...), ListVersion: c.ListVersion, Realtime: c.Realtime,
		State: c.State, SuggestedGrade: int(c.Suggested), OpenedAt: c.Opened.In(zone), DetectedAt: c.Detected.In(zone),
		Deadline: c.Deadline.In(zone), Decisions: []ResourceRuling{},
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
		r.Decisions = append(r.Decisions, ResourceRuling{string(d.Decision), d.By, d.At.In(zone), d.Note, d.Undone})
	}
	return r
}
