package desk

import (
	"context"

	"github.com/qunzhu/qunzhu/internal/community"
	"github.com/qunzhu/qunzhu/internal/feature"
	"github.com/qunzhu/qunzhu/internal/web"
)

// Communities lists what the console's picker offers an operator.
func Communities(deps *feature.Deps) func(context.Context, web.Actor) ([]web.Community, error) {
	return func(ctx context.Context, a web.Actor) ([]web.Community, error) {
		if a.Scope == nil {
			return nil, nil
		}
		list, err := community.Communities(ctx, deps.DB, a.Scope(View))
		out := make([]web.Community, len(list))
		for i, c := range list {
			out[i] = web.Community{ID: c.ID, Name: c.Name}
		}
		return out, err
	}
}
