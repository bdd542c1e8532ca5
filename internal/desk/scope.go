package desk

import (
	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/web"
)

// chosen is what the operator may see, narrowed to the community of the picker.
type chosen struct {
	web.Scope
	community string // "" is all
}

// SQL implements community.Scope.
func (s chosen) SQL(column string, first int) (string, []any) {
	cond, args := s.Scope.SQL(column, first)
	if s.community == "" {
		return cond, args
	}
	return "(" + cond + ") AND " + column + "=" + db.Marks(1, first+len(args)), append(args, s.community)
}

// inView is the scope of a page that follows the community picker.
func inView(c *web.Ctx) chosen { return chosen{c.Scope(View), c.Community} }
