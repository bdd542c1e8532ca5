package auth

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/qunzhu/qunzhu/internal/db"
)

// Role is what an operator is in the workspace or in a community.
type Role string

// The roles. A manager has every permission within his grant.
const (
	Manager   Role = "manager"   // 管理员
	Editor    Role = "editor"    // 运营: content, campaigns
	Moderator Role = "moderator" // 版主: cases, members
	Analyst   Role = "analyst"   // 分析: looks, changes nothing
)

// Roles are all roles, as forms list them.
func Roles() []Role { return []Role{Manager, Editor, Moderator, Analyst} }

// Permission is the right to do one thing, declared by the slice it belongs to.
type Permission struct {
	Name  string // "<slice>:<verb>", e.g. "moderation:decide"
	Roles []Role // who has it besides managers
	// PersonOnly permissions are never a token's: operators, tokens, keys.
	PersonOnly bool
}

// Policy is the collection of all permissions.
type Policy struct{ byName map[string]Permission }

var permissionName = regexp.MustCompile(`^[a-z][a-z0-9_]*:[a-z][a-z0-9_]*$`)

// NewPolicy collects permissions, this package's own included. It refuses a
// name that is used twice or malformed and a role that does not exist.
func NewPolicy(permissions ...Permission) (*Policy, error) {
	p := &Policy{byName: make(map[string]Permission, len(permissions))}
	for _, perm := range append(Permissions(), permissions...) {
		if !permissionName.MatchString(perm.Name) {
			return nil, fmt.Errorf("permission %q: a name looks like slice:verb", perm.Name)
		}
		if _, dup := p.byName[perm.Name]; dup {
			return nil, fmt.Errorf("permission %q is declared twice", perm.Name)
		}
		for _, r := range perm.Roles {
			if !slices.Contains(Roles(), r) {
				return nil, fmt.Errorf("permission %q: there is no role %q", perm.Name, r)
			}
		}
		p.byName[perm.Name] = perm
	}
	return p, nil
}

// Manage is the permission to change operators and tokens; it is the workspace's.
const Manage = "auth:manage"

// Permissions are those of this package.
func Permissions() []Permission { return []Permission{{Name: Manage, PersonOnly: true}} }

// Has reports whether the permission was declared, so that a start can refuse a
// page that asks for one that nobody could ever have.
func (p *Policy) Has(permission string) bool {
	_, ok := p.byName[permission]
	return ok
}

func (p *Policy) allows(r Role, permission string) bool {
	perm, ok := p.byName[permission]
	return ok && (r == Manager || slices.Contains(perm.Roles, r))
}

// Scope is where an actor has a permission: everywhere, or in the communities
// IDs. Stores take it for their conditions, so that what is not allowed is not
// found.
type Scope struct {
	All bool
	IDs []string // sorted
}

// Everywhere is the scope of the program itself.
func Everywhere() Scope { return Scope{All: true} }

// Empty reports whether nothing is allowed.
func (s Scope) Empty() bool { return !s.All && len(s.IDs) == 0 }

// Allows reports whether community, or with "" the workspace, is in the scope.
func (s Scope) Allows(community string) bool {
	return s.All || community != "" && slices.Contains(s.IDs, community)
}

// Within narrows the scope to one community; "" leaves it as it is.
func (s Scope) Within(community string) Scope {
	switch {
	case community == "":
		return s
	case s.Allows(community):
		return Scope{IDs: []string{community}}
	}
	return Scope{}
}

// SQL returns a condition on column with its arguments, whose placeholders start
// at firstParam.
func (s Scope) SQL(column string, firstParam int) (cond string, args []any) {
	switch {
	case s.All:
		return "1 = 1", nil
	case len(s.IDs) == 0:
		return "1 = 0", nil
	}
	return column + " IN (" + db.Marks(len(s.IDs), firstParam) + ")", db.Args(nil, s.IDs...)
}

// String is for logs.
func (s Scope) String() string {
	if s.All {
		return "all"
	}
	return strings.Join(s.IDs, ",")
}
