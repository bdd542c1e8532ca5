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
	return r.groups(ctx, q, keys, Request{Community: community, Scope: Group, Window: w})
}

// ComputeGroup computes metrics for one group.
func (r *Registry) ComputeGroup(ctx context.Context, q db.Q, keys []string, community, group string, w Window) ([]Value, error) {
	all, err := r.groups(ctx, q, keys, Request{Community: community, Scope: Group, Group: group, Window: w})
	return all[group], err
}

// ComputeCommunity computes metrics for a community as a whole.
func (r *Registry) ComputeCommunity(ctx context.Context, q db.Q, keys []string, community string, w Window) ([]Value, error) {
	req := r.complete(Request{Community: community, Scope: Community, Window: w})
	definitions, err := r.choose(keys, req)
	if err != nil {
		return nil, err
	}
	out := make([]Value, 0, len(definitions))
	for _, d := range definitions {
		values, err := d.Compute(ctx, q, req)
		if err != nil {
			return nil, fmt.Errorf("compute %s: %w", d.Key, err)
		}
		out = append(out, d.finish(values[""], req))
	}
	return out, nil
}

func (r *Registry) complete(q Request) Request {
	q.Zone, q.Now, q.shared = r.zone, r.clock.Now(), map[string]any{}
	return q
}

func (r *Registry) groups(ctx context.Context, q db.Q, keys []string, req Request) (map[string][]Value, error) {
	req = r.complete(req)
	definitions, err := r.choose(keys, req)
	if err != nil {
		return nil, err
	}
	out := map[string][]Value{}
	if req.Group != "" {
		out[req.Group] = nil
	}
	computed := make([]map[string]Value, len(definitions))
	for i, d := range definitions {
		if computed[i], err = d.Compute(ctx, q, req); err != nil {
			return nil, fmt.Errorf("compute %s: %w", d.Key, err)
		}
		for group := range computed[i] {
			if req.Group == "" || group == req.Group {
				out[group] = nil
			}
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
