package desk

import (
	"github.com/qunzhu/qunzhu/internal/audit"
	"github.com/qunzhu/qunzhu/internal/auth"
	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/web"
)

// entry says what was done to an object of a community.
func entry(action, kind, object, communityID string, before, after any) audit.Entry {
	return audit.Entry{Action: action, ObjectKind: kind, ObjectID: object, Community: communityID, Before: before, After: after}
}

// audit records that the operator of the request did it.
func (p *pages) audit(c *web.Ctx, e audit.Entry) error {
	e.ActorKind, e.ActorID, e.ActorName, e.Address = string(auth.OperatorKind), c.Actor.ID, c.Actor.Name, c.Address.String()
	return p.deps.DB.Write(c.Context(), func(tx *db.Tx) error { return audit.Record(c.Context(), tx, e) })
}
