package metric

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/qunzhu/qunzhu/internal/clock"
	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/fault"
)

// Registry knows every metric. It is filled at start and then only read.
type Registry struct {
	clock clock.Clock // domain time
	zone  *time.Location
	order []string
	byKey map[string]Definition
}

// NewRegistry returns an empty registry of a workspace in zone.
func NewRegistry(c clock.Clock, zone *time.Location) *Registry {
	return &Registry{clock: c, zone: zone, byKey: map[string]Definition{}}
}

// Register adds definitions; a key that is taken or a definition that says too
// little is refused.
func (r *Registry) Register(definitions ...Definition) error {
	for _, d := range definitions {
		if err := d.check(); err != nil {
			return err
		}
		if _, taken := r.byKey[d.Key]; taken {
			return fmt.Errorf("metric %s is defined twice", d.Key)
		}
		r.byKey[d.Key] = d
		r.order = append(r.order, d.Key)
	}
	return nil
}

// List returns all definitions in the order of their registration.
func (r *Registry) List() []Definition {
	out := make([]Definition, len(r.order))
	for i, k := range r.order {
		out[i] = r.byKey[k]
	}
	return out
}

// Get returns one definition.
func (r *Registry) Get(key string) (Definition, bool) {
	d, ok := r.byKey[key]
	return d, ok
}

// Window reads a window of this workspace; see ParseWindow.
func (r *Registry) Window(text string) (Window, error) {
	return ParseWindow(text, r.clock.Now(), r.zone)
}

// Zone is the workspace's, Now domain time.
func (r *Registry) Zone() *time.Location { return r.zone }

// Now is the domain time.
func (r *Registry) Now() time.Time { return r.clock.Now() }

// ComputeGroups computes metrics for every group of a community, by group id
// and in the order of keys; no keys are all that exist for groups. A metric that
// has nothing to say of a group is NoData there.
func (r *Registry) ComputeGroups(ctx context.Context, q db.Q, keys []string, community string, w Window) (map[string][]Value, error) {
	req := r.complete(Request{Community: community, Scope: Group}, []Window{w})
	definitions, err := r.choose(keys, req)
	if err != nil {
		return nil, err
	}
	out := map[string][]Value{}
	computed := make([]map[string]Value, len(definitions))
	for i, d := range definitions {
		if computed[i], err = d.Compute(ctx, q, req); err != nil {
			return nil, fmt.Errorf("compute %s: %w", d.Key, err)
		}
		for group := range computed[i] {
			out[group] = nil
		}
	}
	for group := range out {
		values := make([]Value, len(definitions))
		for i, d := range definitions {
			values[i] = d.finish(computed[i][group], req)
		}
		out[group] = values
	}
	return out, nil
}

// ComputeGroup computes metrics for one group.
func (r *Registry) ComputeGroup(ctx context.Context, q db.Q, keys []string, community, group string, w Window) ([]Value, error) {
	all, err := r.Series(ctx, q, keys, community, group, w)
	if err != nil {
		return nil, err
	}
	return all[0], nil
}

// ComputeCommunity computes metrics for a community as a whole.
func (r *Registry) ComputeCommunity(ctx context.Context, q db.Q, keys []string, community string, w Window) ([]Value, error) {
	all, err := r.Series(ctx, q, keys, community, "", w)
	if err != nil {
		return nil, err
	}
	return all[0], nil
}

// Series computes metrics for one group, or with group "" for the community, in
// several windows: a trend, or a period and the one before. The result is by
// window, and within it in the order of keys.
func (r *Registry) Series(ctx context.Context, q db.Q, keys []string, community, group string, windows ...Window) ([][]Value, error) {
	req := r.complete(Request{Community: community, Scope: Community, Group: group}, windows)
	if group != "" {
		req.Scope = Group
	}
	out := make([][]Value, len(windows))
	for i, w := range windows {
		req.Window = w
		definitions, err := r.choose(keys, req)
		if err != nil {
			return nil, err
		}
		out[i] = make([]Value, len(definitions))
		for j, d := range definitions {
			values, err := d.Compute(ctx, q, req)
			if err != nil {
				return nil, fmt.Errorf("compute %s: %w", d.Key, err)
			}
			out[i][j] = d.finish(values[group], req)
		}
	}
	return out, nil
}

// complete fills in what a computation of the windows has in common.
func (r *Registry) complete(req Request, windows []Window) Request {
	req.Zone, req.Now, req.shared = r.zone, r.clock.Now(), map[string]any{}
	for i, w := range windows {
		if i == 0 {
			req.Window, req.Span = w, w
		}
		req.Span.From, req.Span.To = min(req.Span.From, w.From), max(req.Span.To, w.To)
	}
	return req
}

// choose returns the definitions of keys, or without keys all that exist at the
// request's scope and window.
func (r *Registry) choose(keys []string, req Request) ([]Definition, error) {
	var out []Definition
	if len(keys) == 0 {
		keys = slices.DeleteFunc(slices.Clone(r.order), func(k string) bool {
			return !r.byKey[k].In(req.Scope) || !r.byKey[k].takes(req.Window)
		})
	}
	for _, k := range keys {
		d, ok := r.byKey[k]
		switch {
		case !ok || !d.In(req.Scope):
			return nil, fault.InvalidField("metric", "metric.unknown", k)
		case !d.takes(req.Window):
			return nil, fault.InvalidField("window", "metric.window_unfit", k, req.Window.Text)
		}
		out = append(out, d)
	}
	return out, nil
}
