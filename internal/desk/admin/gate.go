package admin

import (
	"net/http"

	"github.com/qunzhu/qunzhu/internal/auth"
	"github.com/qunzhu/qunzhu/internal/fault"
	"github.com/qunzhu/qunzhu/internal/web"
)

const passwordPath = "/account/password"

// Gate tells web who is signed in. An operator with a one-time password gets no
// further than the form for a password of his own: for everything else he
// counts as signed out, and the sign-in page leads him there.
type Gate struct{ Sessions *auth.Sessions }

// Actor implements web.Sessions.
func (g Gate) Actor(r *http.Request) (web.Actor, error) {
	a, err := g.Sessions.Actor(r.Context())
	if err != nil {
		return web.Actor{}, err
	}
	rights := a
	if a.MustChange {
		if r.URL.Path != passwordPath {
			return web.Actor{}, fault.New(fault.Unauthorized, "fault.password_change_first")
		}
		rights = auth.Actor{}
	}
	return web.Actor{ID: a.ID, Name: a.Name, Login: a.Login, Can: rights.Can,
		Scope: func(permission string) web.Scope { return rights.Scope(permission) }}, nil
}

// me is the operator of the request as the owners of records know him.
func (p *pages) me(c *web.Ctx) (auth.Actor, error) {
	a, err := p.deps.Sessions.Actor(c.Context())
	return a.From(c.Address.String()), err
}

// inWorkspace admits to what belongs to no community: the route's permission
// must be held in the workspace, not only in some community.
func inWorkspace(permission string, h web.Handler) web.Handler {
	return func(c *web.Ctx) error {
		if !c.CanIn(permission, "") {
			return fault.New(fault.Forbidden, "fault.forbidden")
		}
		return h(c)
	}
}
