package web

// Scope is where an operator holds a permission: what stores need to show
// nothing else.
type Scope interface {
	Allows(community string) bool
	// SQL is a condition on column with its arguments, numbered from first.
	SQL(column string, first int) (condition string, args []any)
}

// nowhere is the scope of whoever holds nothing.
type nowhere struct{}

func (nowhere) Allows(string) bool              { return false }
func (nowhere) SQL(string, int) (string, []any) { return "1=0", nil }

// Scope is where the operator holds permission.
func (c *Ctx) Scope(permission string) Scope {
	if c.Actor.Scope == nil {
		return nowhere{}
	}
	return c.Actor.Scope(permission)
}

// Everywhere is the scope of whoever holds a permission in the workspace, and
// of the program itself.
type Everywhere struct{}

// Allows implements Scope.
func (Everywhere) Allows(string) bool { return true }

// SQL implements Scope.
func (Everywhere) SQL(string, int) (string, []any) { return "1=1", nil }
