package rest

import (
	"context"
	"encoding/json"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/qunzhu/qunzhu/internal/api"
	"github.com/qunzhu/qunzhu/internal/auth"
	"github.com/qunzhu/qunzhu/internal/community"
	"github.com/qunzhu/qunzhu/internal/event"
	"github.com/qunzhu/qunzhu/internal/fault"
)

// Event is one entry of the log. Seq counts within a community.
type Event struct {
	ID          string          `json:"id"`
	Seq         int64           `json:"seq" doc:"rest.event.seq"`
	CommunityID string          `json:"community_id"`
	GroupID     string          `json:"group_id" doc:"rest.event.group_id"`
	MemberID    string          `json:"member_id" doc:"rest.event.member_id"`
	Kind        string          `json:"kind" example:"member.joined"`
	At          time.Time       `json:"at" doc:"rest.event.at"`
	RecordedAt  time.Time       `json:"recorded_at" doc:"rest.event.recorded_at"`
	Body        json.RawMessage `json:"body" doc:"rest.event.body"`
	Words       *Words          `json:"words" doc:"rest.event.words"`
}

// Words are what can be erased.
type Words struct {
	Text       string `json:"text"`
	Name       string `json:"name"`
	ExternalID string `json:"external_id"`
}

// Schema implements huma.SchemaProvider: by itself huma would not say that words
// may be null.
func (Words) Schema(huma.Registry) *huma.Schema {
	text := &huma.Schema{Type: huma.TypeString}
	return &huma.Schema{Type: huma.TypeObject, Nullable: true, Required: []string{"text", "name", "external_id"},
		Properties: map[string]*huma.Schema{"text": text, "name": text, "external_id": text}}
}

type eventsInput struct {
	api.Paging
	Community string `query:"community" maxLength:"64" doc:"rest.param.community"`
	Group     string `query:"group" maxLength:"64" doc:"rest.param.group"`
	After     int64  `query:"after" minimum:"0" doc:"rest.param.after"`
}

// place is a position in the log of all communities, by community and seq.
type place struct {
	community string
	seq       int64
}

// events is GET /events, in the order of the log: community after community.
func (r *resources) events(ctx context.Context, in *eventsInput) (api.Page[Event], error) {
	var page api.Page[Event]
	from, err := in.place()
	if err != nil {
		return page, err
	}
	scope, err := r.narrow(ctx, in.Community, in.Group)
	if err != nil {
		return page, err
	}
	homes, err := community.Communities(ctx, r.deps.DB, scope)
	if err != nil {
		return page, err
	}
	byID := func(c community.Community) []string { return []string{c.ID} }
	homes = following(homes, byID, []string{""})
	readers := api.ActorFrom(ctx).Scope(ReadMessages)
	page.Items = []Event{}
	for _, home := range homes {
		if home.ID < from.community {
			continue
		}
		part := stretch{community: home.ID, group: in.Group, after: in.After}
		if home.ID == from.community {
			part.after = from.seq
		}
		read, err := part.read(ctx, r.deps.DB, in.Limit-len(page.Items))
		if err != nil {
			return page, err
		}
		for _, e := range read.events {
			page.Items = append(page.Items, r.eventOf(e, readers))
		}
		if read.more {
			page.Next = api.Cursor("events", home.ID, strconv.FormatInt(read.upTo, 10))
			return page, nil
		}
	}
	return page, nil
}

// place is where to read on. Numbers count within a community, so a bare one
// needs to be told which.
func (in *eventsInput) place() (place, error) {
	if in.After != 0 && in.Cursor != "" {
		return place{}, fault.InvalidField("after", "rest.after_or_cursor")
	}
	if in.After != 0 && in.Group == "" && in.Community == "" {
		return place{}, fault.InvalidField("after", "rest.after_of_what")
	}
	key, err := in.Paging.After("events", 2)
	if err != nil || key[0] == "" {
		return place{}, err
	}
	seq, err := strconv.ParseInt(key[1], 10, 64)
	if err != nil {
		return place{}, fault.InvalidField("cursor", "api.cursor")
	}
	return place{key[0], seq}, nil
}

func (r *resources) eventOf(e event.Event, readers auth.Scope) Event {
	out := Event{
		ID: e.ID, Seq: e.Seq, CommunityID: e.Community, GroupID: e.Group, MemberID: e.Member, Kind: string(e.Kind),
		At: e.At.In(r.deps.Zone), RecordedAt: e.Recorded.In(r.deps.Zone), Body: e.Body,
	}
	if readers.Allows(e.Community) {
		out.Words = &Words{Text: e.Words.Text, Name: e.Words.Name, ExternalID: e.Words.External}
	} else {
		out.Body = withoutQuotes(e)
	}
	return out
}

// withoutQuotes drops what a message's facts tell of its words: the verdict names
// the ones that were found.
func withoutQuotes(e event.Event) json.RawMessage {
	if e.Kind != event.MessagePosted {
		return e.Body
	}
	var facts map[string]json.RawMessage
	if err := json.Unmarshal(e.Body, &facts); err != nil {
		return json.RawMessage("{}")
	}
	delete(facts, "verdict")
	return event.Encode(facts)
}
