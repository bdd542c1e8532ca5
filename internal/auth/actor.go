package auth

import (
	"slices"

	"github.com/qunzhu/qunzhu/internal/audit"
)

// Kind is what an actor is.
type Kind string

// The kinds.
const (
	OperatorKind Kind = "operator"
	TokenKind    Kind = "token"
	SystemKind   Kind = "system"
)

// Grant is a role held in a community, or in the workspace with community "".
type Grant struct {
	Role        Role
	CommunityID string
}

// Actor is who does something. The zero Actor may do nothing.
type Actor struct {
	Kind    Kind
	ID      string
	Login   string // of an operator
	Name    string
	Grants  []Grant
	Address string // where the request came from, for the audit
	// MustChange: show him nothing but the form for a password of his own.
	MustChange bool

	policy   *Policy
	readOnly bool
}

// System is the program itself (command line, jobs); it may do everything.
func System(name string) Actor { return Actor{Kind: SystemKind, ID: name, Name: name} }

// Can reports whether the actor has the permission in a community, or in the
// workspace with community "". An undeclared permission is nobody's.
func (a Actor) Can(permission, community string) bool { return a.Scope(permission).Allows(community) }

// Scope is where the actor has the permission.
func (a Actor) Scope(permission string) Scope {
	if a.Kind == SystemKind {
		return Everywhere()
	}
	if a.policy == nil || a.Kind == TokenKind && a.policy.byName[permission].PersonOnly {
		return Scope{}
	}
	var s Scope
	for _, g := range a.Grants {
		if !a.policy.allows(g.Role, permission) {
			continue
		}
		if g.CommunityID == "" {
			return Everywhere()
		}
		s.IDs = append(s.IDs, g.CommunityID)
	}
	slices.Sort(s.IDs)
	s.IDs = slices.Compact(s.IDs)
	return s
}

// ReadOnly reports whether every request that changes something is to be
// refused, whatever its permission: the actor is a token of scope read.
func (a Actor) ReadOnly() bool { return a.readOnly }

// From returns the actor with the address of the request.
func (a Actor) From(address string) Actor {
	a.Address = address
	return a
}

// Audit starts an audit entry about what the actor did.
func (a Actor) Audit(action, objectKind, objectID string) audit.Entry {
	return audit.Entry{ActorKind: string(a.Kind), ActorID: a.ID, ActorName: a.Name, Address: a.Address,
		Action: action, ObjectKind: objectKind, ObjectID: objectID}
}
