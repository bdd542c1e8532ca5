package rest

import (
	"context"
	"database/sql"
	"maps"
	"slices"
	"time"

	"github.com/qunzhu/qunzhu/internal/api"
	"github.com/qunzhu/qunzhu/internal/auth"
	"github.com/qunzhu/qunzhu/internal/connector"
	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/desk/importing"
	"github.com/qunzhu/qunzhu/internal/hub"
)

// Import is a chat export that was brought into a group.
type Import struct {
	ID          string     `json:"id"`
	CommunityID string     `json:"community_id"`
	GroupID     string     `json:"group_id"`
	File        string     `json:"file"`
	SHA256      string     `json:"sha256"`
	Format      string     `json:"format"`
	State       string     `json:"state" enum:"running,failed,done,undoing,undone"`
	Messages    int        `json:"messages" doc:"rest.import.messages"`
	Duplicates  int        `json:"duplicates"`
	Rejected    int        `json:"rejected" doc:"rest.import.rejected"`
	Members     int        `json:"members"`
	From        *time.Time `json:"from" doc:"rest.import.from"`
	To          *time.Time `json:"to"`
	CreatedAt   time.Time  `json:"created_at"`
	FinishedAt  *time.Time `json:"finished_at"`
}

type importsInput struct {
	api.Paging
	Community string `query:"community" maxLength:"64" doc:"rest.param.community"`
}

// imports is GET /imports, latest first.
func (r *resources) imports(ctx context.Context, in *importsInput) (api.Page[Import], error) {
	const list = "imports"
	after, err := in.After(list, 1)
	if err != nil {
		return api.Page[Import]{}, err
	}
	scope, err := r.narrow(ctx, in.Community, "")
	if err != nil {
		return api.Page[Import]{}, err
	}
	service := importing.New(importing.Options{DB: r.deps.DB})
	rows, err := service.List(ctx, scope, in.Community, after[0], in.Limit)
	if err == nil && len(rows) == in.Limit {
		// List gives at most as many as a page has, so whether there are more is asked apart.
		var more []importing.Batch
		more, err = service.List(ctx, scope, in.Community, rows[len(rows)-1].ID, 1)
		rows = append(rows, more...)
	}
	return api.NewPage(in.Paging, list, rows, r.importOf, func(b importing.Batch) []string { return []string{b.ID} }), err
}

func (r *resources) importOf(b importing.Batch) Import {
	return Import{
		ID: b.ID, CommunityID: b.Community, GroupID: b.Group, File: b.File, SHA256: b.SHA256, Format: b.Format, State: string(b.State),
		Messages: b.Messages, Duplicates: b.Duplicates, Rejected: b.Rejected, Members: b.Members, From: r.at(b.From), To: r.at(b.To),
		CreatedAt: b.Created.In(r.deps.Zone), FinishedAt: r.at(b.Finished),
	}
}

// Connection is an account at a platform, without its secrets.
type Connection struct {
	ID             string     `json:"id"`
	Kind           string     `json:"kind" example:"wecom"`
	Name           string     `json:"name"`
	State          string     `json:"state" enum:"active,reauthorize,disabled" doc:"rest.connection.state"`
	Reason         *string    `json:"reason" doc:"rest.connection.reason"`
	LastReceivedAt *time.Time `json:"last_received_at" doc:"rest.connection.last_received_at"`
	Pulls          []Pull     `json:"pulls" nullable:"false" doc:"rest.connection.pulls"`
	CreatedAt      time.Time  `json:"created_at"`
}

// Pull is one thing that is read from the platform again and again.
type Pull struct {
	Name     string     `json:"name"`
	RanAt    *time.Time `json:"ran_at" doc:"rest.pull.ran_at"`
	DueAt    *time.Time `json:"due_at"`
	Failures int        `json:"failures" doc:"rest.pull.failures"`
}

// connections is GET /connections. A token of one community sees those through
// which its groups are connected.
func (r *resources) connections(ctx context.Context, in *api.Paging) (api.Page[Connection], error) {
	const list = "connections"
	after, err := in.After(list, 1)
	if err != nil {
		return api.Page[Connection]{}, err
	}
	scope, err := api.Scope(ctx, View)
	if err != nil {
		return api.Page[Connection]{}, err
	}
	rows, err := r.connected(ctx, scope)
	if err != nil {
		return api.Page[Connection]{}, err
	}
	key := func(c connector.Connection) []string { return []string{c.ID} }
	rows = following(rows, key, after)
	seen := map[string]Connection{}
	for _, c := range rows[:min(len(rows), in.Limit)] {
		if seen[c.ID], err = r.connectionOf(ctx, c); err != nil {
			return api.Page[Connection]{}, err
		}
	}
	return api.NewPage(*in, list, rows, func(c connector.Connection) Connection { return seen[c.ID] }, key), nil
}

// connected lists the connections in scope.
func (r *resources) connected(ctx context.Context, scope auth.Scope) ([]connector.Connection, error) {
	all, err := r.deps.Store.List(ctx, r.deps.DB)
	if err != nil || scope.All {
		return all, err
	}
	cond, args := scope.SQL("community_id", 1)
	used, err := db.List(ctx, r.deps.DB, func(r *sql.Rows) (id string, err error) { return id, r.Scan(&id) },
		"SELECT DISTINCT connection_id FROM community_groups WHERE "+cond, args...)
	return slices.DeleteFunc(all, func(c connector.Connection) bool { return !slices.Contains(used, c.ID) }), err
}

func (r *resources) connectionOf(ctx context.Context, c connector.Connection) (Connection, error) {
	out := Connection{ID: c.ID, Kind: c.Kind, Name: c.Name, State: string(c.State), CreatedAt: c.Created.In(r.deps.Zone), Pulls: []Pull{}}
	if c.Reason != "" {
		reason := c.Reason
		if r.deps.Catalog.Has(reason) {
			reason = api.PrinterFrom(ctx).T(reason)
		}
		out.Reason = &reason
	}
	last, err := hub.LastReceived(ctx, r.deps.DB, c.ID)
	if err != nil {
		return out, err
	}
	out.LastReceivedAt = r.at(last)
	cursors, err := r.deps.Store.Cursors(ctx, r.deps.DB, c.ID)
	for _, name := range slices.Sorted(maps.Keys(cursors)) {
		p := cursors[name]
		out.Pulls = append(out.Pulls, Pull{Name: name, RanAt: r.at(p.RanAt), DueAt: r.at(p.DueAt), Failures: p.Failures})
	}
	return out, err
}
