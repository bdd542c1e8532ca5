package wecom

import (
	"context"
	"errors"

	"github.com/qunzhu/qunzhu/internal/connector"
	"github.com/qunzhu/qunzhu/internal/fault"
)

// Check implements connector.Checker: it tries the credentials in the order in
// which an operator sets them up, and says what to do about the first that does
// not work.
func (c *Connector) Check(ctx context.Context, conn connector.Connection) error {
	if _, err := ParseConfig(conn); err != nil {
		return err
	}
	a, err := c.account(conn)
	if err != nil {
		return err
	}
	if _, _, err := a.app.GroupsPage(ctx, GroupNormal, "", 1); err != nil && !refusedWith(err, []int{codeTooManyOwners}) {
		return checkFault(err, SecretApp)
	}
	if _, err := a.app.Departments(ctx); err != nil {
		return checkFault(err, SecretApp)
	}
	if a.archive == nil {
		return nil
	}
	if _, err := a.audit.ArchiveUsers(ctx, EditionAny); err != nil {
		return checkFault(err, SecretArchive)
	}
	return a.checkArchive(ctx)
}

// checkArchive pulls one message, to see that the server's address is trusted,
// and opens it, to see that the key is there.
func (a *account) checkArchive(ctx context.Context) error {
	sealed, err := a.archive.Pull(ctx, 0, 1)
	if err != nil {
		return fault.Wrap(err, fault.Unavailable, "wecom.check.archive", err.Error())
	}
	for _, s := range sealed {
		if _, err := a.openMessage(ctx, s); err != nil {
			return fault.Wrap(err, fault.Invalid, "wecom.check.archive_key", s.PublicKeyVer)
		}
	}
	return nil
}

// checkFault says what a refusal means for whoever set up the connection.
func checkFault(err error, secret string) error {
	var refusal *APIError
	class, refused := ClassOf(err)
	switch {
	case refusedWith(err, []int{60020}):
		return fault.Wrap(err, fault.Forbidden, "wecom.check.ip")
	case errors.Is(err, ErrReauthorize) || class == ClassToken:
		return fault.Wrap(err, fault.Unauthorized, "wecom.check."+secret)
	case !refused:
		return fault.Wrap(err, fault.Unavailable, "wecom.check.unreachable")
	case class == ClassThrottled:
		return fault.Wrap(err, fault.TooMany, "wecom.check.throttled")
	case errors.As(err, &refusal):
		return fault.Wrap(err, fault.Forbidden, "wecom.check.permission", refusal.Code)
	}
	return err
}
