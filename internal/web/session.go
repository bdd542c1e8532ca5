package web

import "net/http"

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
