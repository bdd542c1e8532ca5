package channels

import (
	"context"
	"errors"
	"time"

	"github.com/qunzhu/qunzhu/internal/audit"
	"github.com/qunzhu/qunzhu/internal/connector"
	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/fault"
	"github.com/qunzhu/qunzhu/internal/web"
	"github.com/qunzhu/qunzhu/internal/web/ui"
)

// checkTime bounds what an operator waits for a platform.
const checkTime = 20 * time.Second

// check is POST …/check: it tries the credentials at the platform and shows what
// came of it. A connection that waited for credentials goes on when they work.
func (p *pages) check(c *web.Ctx) error {
	x, err := p.deps.Store.Get(c.Context(), p.deps.DB, c.Path("id"))
	if err != nil {
		return err
	}
	checker, ok := p.deps.Hub.Connector(x.Kind).(connector.Checker)
	if !ok {
		return fault.New(fault.NotFound, "fault.connector_unknown", x.Kind)
	}
	ctx, cancel := context.WithTimeout(c.Context(), checkTime)
	failure := checker.Check(ctx, x)
	cancel()
	if failure == nil && x.State == connector.Reauthorize {
		x.State, x.Reason = connector.Active, ""
	}
	if err := p.noteCheck(c, x, failure); err != nil {
		return err
	}
	return p.show(c, x, shown{result: resultOf(c, failure)})
}

func (p *pages) noteCheck(c *web.Ctx, x connector.Connection, failure error) error {
	a, err := p.deps.Sessions.Actor(c.Context())
	if err != nil {
		return err
	}
	e := a.From(c.Address.String()).Audit("connection.checked", "connection", x.ID)
	e.After = map[string]bool{"works": failure == nil}
	return p.deps.DB.Write(c.Context(), func(tx *db.Tx) error {
		if failure == nil {
			if err := p.deps.Store.SetState(c.Context(), tx, x.ID, x.State, x.Reason); err != nil {
				return err
			}
		}
		return audit.Record(c.Context(), tx, e)
	})
}

// resultOf says what a check found. A connector's faults are translated; what
// the platform said itself is shown as it is, without secrets, which connectors
// keep out of their errors.
func resultOf(c *web.Ctx, failure error) *checkResult {
	var credentials connector.NeedsCredentials
	var temporary connector.Temporary
	var known *fault.Error
	switch {
	case failure == nil:
		return &checkResult{Status: ui.Pass, Text: c.T("channels.check.works")}
	case errors.As(failure, &known) && known.Code != fault.Internal:
		text := c.Printer.Fault(known)
		for _, f := range c.Printer.Fields(known) {
			text += " · " + f.Text
		}
		return &checkResult{Status: ui.Fail, Text: text, Detail: causeText(known)}
	case errors.As(failure, &credentials):
		return &checkResult{Status: ui.Fail, Text: c.T("channels.check.credentials"), Detail: failure.Error()}
	case errors.As(failure, &temporary), errors.Is(failure, context.DeadlineExceeded):
		return &checkResult{Status: ui.Warn, Text: c.T("channels.check.away"), Detail: failure.Error()}
	}
	return &checkResult{Status: ui.Fail, Text: c.T("channels.check.failed"), Detail: failure.Error()}
}

func causeText(f *fault.Error) string {
	if f.Cause == nil {
		return ""
	}
	return f.Cause.Error()
}
