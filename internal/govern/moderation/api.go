package moderation

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"github.com/qunzhu/qunzhu/internal/api"
)

// api registers what programs may read: GET /cases.
func (p *pages) api(a huma.API) {
	api.Get(a, "/cases", api.Op{ID: "cases.list", Tag: "cases"}, p.listCases)
}

type listCasesInput struct {
	api.Paging
	Community string `query:"community" maxLength:"60" doc:"api.case.community"`
	Group     string `query:"group" maxLength:"60" doc:"api.case.group"`
	State     string `query:"state" enum:"open,handled,dismissed" doc:"api.case.state"`
}

// listCases gives cases the latest first.
func (p *pages) listCases(ctx context.Context, in *listCasesInput) (api.Page[CaseResource], error) {
	after, err := in.After("cases", 1)
	if err != nil {
		return api.Page[CaseResource]{}, err
	}
	scope, err := api.Scope(ctx, View)
	if err != nil {
		return api.Page[CaseResource]{}, err
	}
	cases, err := Cases(ctx, p.deps.DB, scope, Filter{
		Community: in.Community, Group: in.Group, State: in.State, Before: after[0], Limit: in.Limit + 1,
	})
	if err != nil {
		return api.Page[CaseResource]{}, err
	}
	known, err := p.factsOf(ctx, cases)
	if err != nil {
		return api.Page[CaseResource]{}, err
	}
	rulings, err := rulingsOf(ctx, p.deps.DB, cases)
	if err != nil {
		return api.Page[CaseResource]{}, err
	}
	return api.NewPage(in.Paging, "cases", cases,
		func(c Case) CaseResource { return resourceOf(c, known.text(c.Message), rulings[c.ID], p.deps.Zone) },
		func(c Case) []string { return []string{c.ID} }), nil
}
