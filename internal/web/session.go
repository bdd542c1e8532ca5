package web

import (
	"net/http"

	"github.com/qunzhu/qunzhu/internal/fault"
)

// Actor is the operator behind a request.
type Actor struct {
	ID    string
	Name  string
	Login string
	// Can reports whether the operator holds permission ("<slice>:<verb>") in
	// community; community "" asks for the whole workspace. Nil permits nothing.
	Can func(permission, community string) bool
	// Scope is where the operator holds permission; nil is nowhere.
	Scope func(permission string) Scope
}

// Sessions finds out who is signed in; auth implements it, app connects it.
type Sessions interface {
	// Actor returns the operator of r, or a fault.Unauthorized when nobody is
	// signed in. Any other error is a failure of ours.
	Actor(r *http.Request) (Actor, error)
}

// Where the pages live that the shell itself links to. The features that serve
// them register these very patterns.
const (
	LoginPath    = "/login"
	LogoutPath   = "/logout"           // POST
	SessionsPath = "/account/sessions" // the operator's own sessions
	SearchPath   = "/search"           // GET, parameter q
	LivePath     = "/live"
)

// admit finds the operator and lets them in with permission. Who holds it only
// in communities other than the chosen one is moved to the first of them.
func (r *Router) admit(c *Ctx, permission string) error {
	actor, err := r.sessions.Actor(c.Request)
	if err != nil {
		return err
	}
	c.Actor = actor
	noteActor(c.Context(), actor.ID)
	if !r.byActor.allow(actor.ID) {
		return fault.New(fault.TooMany, "fault.too_many")
	}
	c.chooseCommunity()
	if permission == "" || c.Can(permission) {
		c.rememberCommunity()
		return nil
	}
	for _, v := range c.visible() {
		if c.CanIn(permission, v.ID) {
			c.Community = v.ID
			return nil
		}
	}
	return fault.New(fault.Forbidden, "fault.forbidden")
}

// chooseCommunity takes the filter from ?community= or the cookie, if it names
// a community the operator may see; otherwise all.
func (c *Ctx) chooseCommunity() {
	q := c.Request.URL.Query()
	chosen := q.Get("community")
	if !q.Has("community") {
		if ck, err := c.Request.Cookie(communityCookie); err == nil {
			chosen = ck.Value
		}
	}
	if chosen == "" {
		return
	}
	for _, v := range c.visible() {
		if v.ID == chosen {
			c.Community = chosen
			return
		}
	}
}
