package desk

import (
	"context"
	"time"

	"github.com/qunzhu/qunzhu/internal/connector"
	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/hub"
	"github.com/qunzhu/qunzhu/internal/web"
	"github.com/qunzhu/qunzhu/internal/web/ui"
)

const (
	// archivePull is the name under which connectors read the message archive.
	archivePull = "archive"
	// staleArchive is how old the archive may be before messages are missed by the
	// five minutes in which a violation is to be answered.
	staleArchive = 10 * time.Minute
	// failing is how often in a row a pull may fail before somebody should look.
	failing = 3
)

// feed is how fresh the data of one connection is.
type feed struct {
	connector.Connection
	hub.InboxState
	Archive time.Time // last time the archive was read; zero without one
	Pulled  time.Time // last time anything was read
	Failing string    // error of a pull that fails again and again
}

// Stale reports whether something is later than it should be.
func (f feed) Stale(now time.Time) bool {
	return f.State == connector.Reauthorize || f.Failing != "" || f.Kept > 0 || !f.Archive.IsZero() && now.Sub(f.Archive) > staleArchive
}

// feeds reads the freshness of every connection that is in use.
func feeds(ctx context.Context, q db.Q, store *connector.Store) ([]feed, error) {
	list, err := store.List(ctx, q)
	if err != nil {
		return nil, err
	}
	inbox, err := hub.InboxStates(ctx, q)
	if err != nil {
		return nil, err
	}
	var out []feed
	for _, c := range list {
		if c.State == connector.Disabled {
			continue
		}
		cursors, err := store.Cursors(ctx, q, c.ID)
		if err != nil {
			return nil, err
		}
		f := feed{Connection: c, InboxState: inbox[c.ID], Archive: cursors[archivePull].RanAt}
		for _, cur := range cursors {
			f.Pulled = latest(f.Pulled, cur.RanAt)
			if cur.Failures >= failing {
				f.Failing = cur.Error
			}
		}
		out = append(out, f)
	}
	return out, nil
}

// feedTable shows what each connection has told last, and what it could not.
func feedTable(c *web.Ctx, list []feed, parked int) ui.Table {
	t := ui.Table{Dense: true, Columns: heads(c, "connection", "state", "callback", "pulled", "archive", "waiting", "kept", "repeats")}
	for i := range t.Columns {
		t.Columns[i].Numeric = i >= 5
	}
	for _, f := range list {
		state := ui.Chip{Status: ui.Pass, Text: c.T("desk.connection." + string(connector.Active))}
		switch {
		case f.State == connector.Reauthorize:
			state = ui.Chip{Status: ui.Fail, Text: c.T("desk.connection." + string(connector.Reauthorize))}
		case f.Stale(c.Now):
			state = ui.Chip{Status: ui.Warn, Text: c.T("desk.connection.late")}
		}
		kept := ui.Text(number(f.Kept))
		if f.Kept > 0 {
			kept = ui.Cell{Text: number(f.Kept), Href: sourcesPath, Status: ui.Warn}
		}
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{
			ui.Link(ui.Name(f.Name), sourcesPath), {Chips: []ui.Chip{state}}, ui.Text(since(c, f.Received)), ui.Text(since(c, f.Pulled)),
			ui.Text(since(c, f.Archive)), ui.Text(number(f.Waiting)), kept, ui.Text(number(f.Repeats)),
		}})
	}
	if len(list) > 0 {
		t.Count = c.T("desk.fresh.parked", parked)
	}
	t.Empty = ui.Empty{What: c.T("desk.fresh.none"), Why: c.T("desk.fresh.none.why"),
		Action: &ui.Button{Label: c.T("desk.connect"), Href: connectPath, Primary: true}}
	return t
}
