package rest

import (
	"context"
	"time"

	"github.com/qunzhu/qunzhu/internal/api"
	"github.com/qunzhu/qunzhu/internal/community"
)

// Group is a group chat. Owner and admins are the platform's ids of persons.
type Group struct {
	ID           string     `json:"id"`
	Name         string     `json:"name"`
	CommunityID  string     `json:"community_id"`
	ConnectionID string     `json:"connection_id"`
	Platform     string     `json:"platform" example:"wecom"`
	ExternalID   string     `json:"external_id" doc:"rest.group.external_id"`
	Owner        string     `json:"owner" doc:"rest.group.owner"`
	Admins       []string   `json:"admins" nullable:"false" doc:"rest.group.admins"`
	Members      int        `json:"members" doc:"rest.group.members"`
	Status       string     `json:"status" enum:"active,dismissed"`
	Stage        *string    `json:"stage" doc:"rest.group.stage"`
	Capacity     *int       `json:"capacity" doc:"rest.group.capacity"`
	Archived     bool       `json:"archived" doc:"rest.group.archived"`
	LaunchedAt   *time.Time `json:"launched_at"`
	ObservedFrom time.Time  `json:"observed_from" doc:"rest.group.observed_from"`
	EndedAt      *time.Time `json:"ended_at"`
}

type groupsInput struct {
	api.Paging
	Community string `query:"community" maxLength:"64" doc:"rest.param.community"`
}

// groups is GET /groups.
func (r *resources) groups(ctx context.Context, in *groupsInput) (api.Page[Group], error) {
	const list = "groups"
	after, err := in.After(list, 1)
	if err != nil {
		return api.Page[Group]{}, err
	}
	scope, err := r.narrow(ctx, in.Community, "")
	if err != nil {
		return api.Page[Group]{}, err
	}
	rows, err := community.Groups(ctx, r.deps.DB, scope, in.Community, after[0], in.Limit+1)
	if err != nil {
		return api.Page[Group]{}, err
	}
	people, err := r.leaders(ctx, rows)
	return api.NewPage(in.Paging, list, rows,
		func(g community.Group) Group { return r.groupOf(g, people) },
		func(g community.Group) []string { return []string{g.ID} }), err
}

// group is GET /groups/{id}.
func (r *resources) group(ctx context.Context, in *thing) (Group, error) {
	g, err := r.visible(ctx, in.ID)
	if err != nil {
		return Group{}, err
	}
	people, err := r.leaders(ctx, []community.Group{g})
	return r.groupOf(g, people), err
}

// leaders are the owners and admins of groups, by id.
func (r *resources) leaders(ctx context.Context, groups []community.Group) (map[string]community.Member, error) {
	wanted := map[string][]string{}
	for _, g := range groups {
		wanted[g.Community] = append(append(wanted[g.Community], g.Owner), g.Admins...)
	}
	return r.people(ctx, wanted)
}

// people loads members, by id; wanted is their ids by community.
func (r *resources) people(ctx context.Context, wanted map[string][]string) (map[string]community.Member, error) {
	out := map[string]community.Member{}
	for home, ids := range wanted {
		found, err := community.Members(ctx, r.deps.DB, home, ids...)
		if err != nil {
			return nil, err
		}
		for id, m := range found {
			out[id] = m
		}
	}
	return out, nil
}

func (r *resources) groupOf(g community.Group, people map[string]community.Member) Group {
	out := Group{
		ID: g.ID, Name: g.Name, CommunityID: g.Community, ConnectionID: g.Connection, Platform: g.Platform, ExternalID: g.External,
		Owner: people[g.Owner].External, Admins: make([]string, len(g.Admins)), Members: g.Members, Status: g.Status,
		Archived: g.Archived, LaunchedAt: r.at(g.Launched), ObservedFrom: g.ObservedFrom.In(r.deps.Zone), EndedAt: r.at(g.Ended),
		Stage: orNull(g.Stage(r.deps.Clock.Now())),
	}
	for i, a := range g.Admins {
		out.Admins[i] = people[a].External
	}
	if g.Capacity != 0 {
		out.Capacity = &g.Capacity
	}
	return out
}
