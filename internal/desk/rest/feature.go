package rest

import (
	"context"
	"embed"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/qunzhu/qunzhu/internal/api"
	"github.com/qunzhu/qunzhu/internal/auth"
	"github.com/qunzhu/qunzhu/internal/community"
	"github.com/qunzhu/qunzhu/internal/fault"
	"github.com/qunzhu/qunzhu/internal/feature"
)

// The permissions, declared by the pages that show the same.
const (
	View         = "desk:view"
	ReadMessages = "desk:read_messages"
	Work         = "desk:tasks" // complete tasks
)

//go:embed locale
var locale embed.FS

// resources serve the requests.
type resources struct {
	deps *feature.Deps
}

// New hands over the resources of the spine.
func New(deps *feature.Deps) feature.Feature {
	r := &resources{deps}
	return feature.Feature{Name: "rest", API: r.register, Locale: locale}
}

func (r *resources) register(a huma.API) {
	api.Get(a, "/communities", api.Op{ID: "communities.list", Tag: "communities"}, r.communities)
	api.Get(a, "/communities/{id}/metrics", api.Op{ID: "communities.metrics", Tag: "communities"}, r.communityMetrics)
	api.Get(a, "/groups", api.Op{ID: "groups.list", Tag: "groups"}, r.groups)
	api.Get(a, "/groups/{id}", api.Op{ID: "groups.get", Tag: "groups"}, r.group)
	api.Get(a, "/groups/{id}/members", api.Op{ID: "groups.members", Tag: "groups"}, r.members)
	api.Get(a, "/groups/{id}/spells", api.Op{ID: "groups.spells", Tag: "groups"}, r.spells)
	api.Get(a, "/groups/{id}/activity", api.Op{ID: "groups.activity", Tag: "groups"}, r.activity)
	api.Get(a, "/groups/{id}/metrics", api.Op{ID: "groups.metrics", Tag: "groups"}, r.groupMetrics)
	api.Get(a, "/events", api.Op{ID: "events.list", Tag: "events"}, r.events)
	api.Get(a, "/tasks", api.Op{ID: "tasks.list", Tag: "tasks"}, r.tasks)
	api.Post(a, "/tasks/{id}/complete", api.Op{ID: "tasks.complete", Tag: "tasks"}, r.completeTask)
	api.Get(a, "/imports", api.Op{ID: "imports.list", Tag: "imports"}, r.imports)
	api.Get(a, "/connections", api.Op{ID: "connections.list", Tag: "connections"}, r.connections)
}

// thing is the input of a resource with an id.
type thing struct {
	ID string `path:"id" maxLength:"64" doc:"rest.param.id"`
}

// at is a time in the workspace's zone; an unknown one is null.
func (r *resources) at(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	local := t.In(r.deps.Zone)
	return &local
}

// orNull is null where there is nothing to say.
func orNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// visible loads a group that the actor may see.
func (r *resources) visible(ctx context.Context, groupID string) (community.Group, error) {
	scope, err := api.Scope(ctx, View)
	if err != nil {
		return community.Group{}, err
	}
	g, err := community.GetGroup(ctx, r.deps.DB, scope, groupID)
	return g, unknown(err)
}

// narrow is where the actor may see something, narrowed by the filters of a
// list; a community or group that is not the actor's is a NotFound fault.
func (r *resources) narrow(ctx context.Context, communityID, groupID string) (auth.Scope, error) {
	scope, err := api.Scope(ctx, View)
	if err != nil {
		return scope, err
	}
	if groupID != "" {
		g, err := community.GetGroup(ctx, r.deps.DB, scope.Within(communityID), groupID)
		return scope.Within(g.Community), unknown(err)
	}
	if communityID == "" {
		return scope, nil
	}
	found, err := community.Communities(ctx, r.deps.DB, scope.Within(communityID))
	if err == nil && len(found) == 0 {
		err = fault.New(fault.NotFound, "fault.not_found")
	}
	return scope.Within(communityID), err
}

// unknown says what the page says of anything that is not found.
func unknown(err error) error {
	if fault.Is(err, fault.NotFound) {
		return fault.New(fault.NotFound, "fault.not_found")
	}
	return err
}
