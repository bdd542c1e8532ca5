package rest

import (
	"context"
	"time"

	"github.com/qunzhu/qunzhu/internal/api"
	"github.com/qunzhu/qunzhu/internal/metric"
)

// Metric is a value of a metric in a window, with what lets anybody check it.
type Metric struct {
	Key               string    `json:"key"`
	Name              string    `json:"name"`
	Value             *float64  `json:"value" doc:"rest.metric.value"`
	Numerator         *float64  `json:"numerator"`
	Denominator       *float64  `json:"denominator"`
	Comparator        *string   `json:"comparator" doc:"rest.metric.comparator"`
	Threshold         *float64  `json:"threshold"`
	Status            *string   `json:"status" doc:"rest.metric.status"`
	Reason            *string   `json:"reason" doc:"rest.metric.reason"`
	WindowStart       time.Time `json:"window_start"`
	WindowEnd         time.Time `json:"window_end" doc:"rest.metric.window_end"`
	Coverage          float64   `json:"coverage" doc:"rest.metric.coverage"`
	Sources           []string  `json:"sources" nullable:"false" doc:"rest.metric.sources"`
	DefinitionVersion int       `json:"definition_version"`
	ComputedAt        time.Time `json:"computed_at"`
}

type metricsInput struct {
	ID     string `path:"id" maxLength:"64" doc:"rest.param.id"`
	Window string `query:"window" default:"7d" maxLength:"20" doc:"rest.param.window"`
}

// groupMetrics is GET /groups/{id}/metrics.
func (r *resources) groupMetrics(ctx context.Context, in *metricsInput) (api.Page[Metric], error) {
	g, err := r.visible(ctx, in.ID)
	if err != nil {
		return api.Page[Metric]{}, err
	}
	w, err := r.deps.Metrics.Window(in.Window)
	if err != nil {
		return api.Page[Metric]{}, err
	}
	values, err := r.deps.Metrics.ComputeGroup(ctx, r.deps.DB, nil, g.Community, g.ID, w)
	return r.named(ctx, values), err
}

// communityMetrics is GET /communities/{id}/metrics.
func (r *resources) communityMetrics(ctx context.Context, in *metricsInput) (api.Page[Metric], error) {
	if _, err := r.narrow(ctx, in.ID, ""); err != nil {
		return api.Page[Metric]{}, err
	}
	w, err := r.deps.Metrics.Window(in.Window)
	if err != nil {
		return api.Page[Metric]{}, err
	}
	values, err := r.deps.Metrics.ComputeCommunity(ctx, r.deps.DB, nil, in.ID, w)
	return r.named(ctx, values), err
}

// named gives values their names in the language of the request.
func (r *resources) named(ctx context.Context, values []metric.Value) api.Page[Metric] {
	out := api.Page[Metric]{Items: make([]Metric, len(values))}
	for i, v := range values {
		if d, ok := r.deps.Metrics.Get(v.Key); ok {
			v.Name = api.PrinterFrom(ctx).T(d.NameKey)
		}
		out.Items[i] = metricOf(v)
	}
	return out
}

func metricOf(v metric.Value) Metric {
	return Metric{
		Key: v.Key, Name: v.Name, Value: v.Value, Numerator: v.Numerator, Denominator: v.Denominator,
		Comparator: orNull(string(v.Comparator)), Threshold: v.Threshold, Status: orNull(string(v.Status)), Reason: orNull(string(v.Reason)),
		WindowStart: v.WindowStart, WindowEnd: v.WindowEnd, Coverage: v.Coverage, Sources: append([]string{}, v.Sources...),
		DefinitionVersion: v.DefinitionVersion, ComputedAt: v.ComputedAt,
	}
}
