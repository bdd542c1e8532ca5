package rest

import (
	"context"
	"slices"
	"time"

	"github.com/qunzhu/qunzhu/internal/api"
	"github.com/qunzhu/qunzhu/internal/community"
)

// Community is a 社群.
type Community struct {
	ID        string    `json:"id"`
	Name      string    `json:"name"`
	Type      string    `json:"type" enum:"service,interest,conversion" doc:"rest.community.type"`
	CreatedAt time.Time `json:"created_at"`
}

// communities is GET /communities, by name.
func (r *resources) communities(ctx context.Context, in *api.Paging) (api.Page[Community], error) {
	const list = "communities"
	after, err := in.After(list, 2)
	if err != nil {
		return api.Page[Community]{}, err
	}
	scope, err := api.Scope(ctx, View)
	if err != nil {
		return api.Page[Community]{}, err
	}
	all, err := community.Communities(ctx, r.deps.DB, scope)
	key := func(c community.Community) []string { return []string{c.Name, c.ID} }
	return api.NewPage(*in, list, following(all, key, after), r.communityOf, key), err
}

func (r *resources) communityOf(c community.Community) Community {
	return Community{ID: c.ID, Name: c.Name, Type: c.Type, CreatedAt: c.Created.In(r.deps.Zone)}
}

// following sorts a short list by its keys and leaves out what comes up to the
// key after.
func following[R any](rows []R, key func(R) []string, after []string) []R {
	slices.SortFunc(rows, func(a, b R) int { return slices.Compare(key(a), key(b)) })
	return slices.DeleteFunc(rows, func(row R) bool { return slices.Compare(key(row), after) <= 0 })
}
