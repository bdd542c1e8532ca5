package rest

import (
	"context"

	"github.com/qunzhu/qunzhu/internal/api"
	"github.com/qunzhu/qunzhu/internal/metric"
)

type metricsInput struct {
	ID     string `path:"id" maxLength:"64"`
	Window string `query:"window" default:"7d" maxLength:"20" doc:"rest.param.window"`
}

// groupMetrics is GET /groups/{id}/metrics.
func (r *resources) groupMetrics(ctx context.Context, in *metricsInput) (api.Page[metric.Value], error) {
	g, err := r.visible(ctx, in.ID)
	if err != nil {
		return api.Page[metric.Value]{}, err
	}
	w, err := r.deps.Metrics.Window(in.Window)
	if err != nil {
		return api.Page[metric.Value]{}, err
	}
	values, err := r.deps.Metrics.ComputeGroup(ctx, r.deps.DB, nil, g.Community, g.ID, w)
	return r.named(ctx, values), err
}

// communityMetrics is GET /communities/{id}/metrics.
func (r *resources) communityMetrics(ctx context.Context, in *metricsInput) (api.Page[metric.Value], error) {
	if _, err := r.narrow(ctx, in.ID, ""); err != nil {
		return api.Page[metric.Value]{}, err
	}
	w, err := r.deps.Metrics.Window(in.Window)
	if err != nil {
		return api.Page[metric.Value]{}, err
	}
	values, err := r.deps.Metrics.ComputeCommunity(ctx, r.deps.DB, nil, in.ID, w)
	return r.named(ctx, values), err
}

// named gives values their names in the language of the request.
func (r *resources) named(ctx context.Context, values []metric.Value) api.Page[metric.Value] {
	out := api.Page[metric.Value]{Items: make([]metric.Value, len(values))}
	for i, v := range values {
		if d, ok := r.deps.Metrics.Get(v.Key); ok {
			v.Name = api.PrinterFrom(ctx).T(d.NameKey)
		}
		out.Items[i] = v
	}
	return out
}
