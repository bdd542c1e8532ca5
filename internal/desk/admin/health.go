package admin

import (
	"github.com/qunzhu/qunzhu/internal/audit"
	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/effect"
	"github.com/qunzhu/qunzhu/internal/hub"
	"github.com/qunzhu/qunzhu/internal/web"
	"github.com/qunzhu/qunzhu/internal/web/ui"
)

// shown bounds the lists of the page.
const shown = 200

type healthView struct {
	Head   ui.Head
	Tiles  []ui.Tile
	Parked ui.Table
	Kept   ui.Table
}

// health is GET /settings/health: what waits, and what was put aside and why.
func (p *pages) health(c *web.Ctx) error {
	ctx := c.Context()
	parked, err := hub.ListParked(ctx, p.deps.DB, "", 5*shown)
	if err != nil {
		return err
	}
	kept, err := hub.KeptRaws(ctx, p.deps.DB, shown)
	if err != nil {
		return err
	}
	inboxes, err := hub.InboxStates(ctx, p.deps.DB)
	if err != nil {
		return err
	}
	outbox, err := effect.Counts(ctx, p.deps.DB)
	if err != nil {
		return err
	}
	v := healthView{Head: ui.Head{Title: c.T("admin.health.title"), Sub: c.T("admin.health.sub")},
		Tiles: healthTiles(c, parked, inboxes, outbox)}
	if v.Parked, err = p.parkedTable(c, parked); err != nil {
		return err
	}
	v.Kept, err = p.keptTable(c, kept)
	if err != nil {
		return err
	}
	return c.Render("admin/health", v)
}

func healthTiles(c *web.Ctx, parked []hub.Parked, inboxes map[string]hub.InboxState, outbox map[effect.State]int) []ui.Tile {
	waiting, kept, repeats := 0, 0, 0
	for _, s := range inboxes {
		waiting, kept, repeats = waiting+s.Waiting, kept+s.Kept, repeats+s.Repeats
	}
	tile := func(key string, n int, bad ui.Status) ui.Tile {
		t := ui.Tile{Label: c.T("admin.health." + key), Value: c.Printer.Number(int64(n)), Definition: c.T("admin.health." + key + "_def")}
		if n > 0 {
			t.Status = bad
		}
		return t
	}
	return []ui.Tile{
		tile("parked", len(parked), ui.Fail), tile("kept", kept, ui.Warn), tile("waiting", waiting, ""), tile("repeats", repeats, ""),
		tile("ready", outbox[effect.Ready]+outbox[effect.Running], ""), tile("failed", outbox[effect.Failed], ui.Fail),
		tile("unknown", outbox[effect.Unknown], ui.Warn), tile("done", outbox[effect.Done]+outbox[effect.Assisted], ""),
	}
}

// shelf are the parked events of one slice in one community; the first is the
// one that the others wait behind.
type shelf struct {
	first hub.Parked
	count int
}

func shelves(parked []hub.Parked) []shelf {
	var out []shelf
	for _, x := range parked {
		if n := len(out); n > 0 && out[n-1].first.Community == x.Community && out[n-1].first.Slice == x.Slice {
			out[n-1].count++
			continue
		}
		out = append(out, shelf{x, 1})
	}
	return out
}

func (p *pages) parkedTable(c *web.Ctx, parked []hub.Parked) (ui.Table, error) {
	places, err := p.places(c)
	t := ui.Table{Columns: []ui.Column{{Label: c.T("admin.health.slice")}, {Label: c.T("admin.token.community")},
		{Label: c.T("admin.health.count"), Numeric: true}, {Label: c.T("admin.health.reason")}, {Label: c.T("admin.health.since")}, {}},
		Empty: ui.Empty{What: c.T("admin.health.parked_none"), Why: c.T("admin.health.parked_why")}}
	for _, s := range shelves(parked) {
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{
			{Text: s.first.Slice, Sub: s.first.Event}, ui.Text(placeName(places, s.first.Community)), ui.Text(c.Printer.Number(int64(s.count))),
			ui.Text(brief(s.first.Reason)), ui.Text(c.Printer.Relative(s.first.At, c.Now)),
			{Buttons: []ui.Button{{Label: c.T("admin.health.retry"), Post: "/settings/health/retry",
				Hidden: map[string]string{"community": s.first.Community, "slice": s.first.Slice}}}},
		}})
	}
	return t, err
}

func (p *pages) keptTable(c *web.Ctx, kept []hub.Kept) (ui.Table, error) {
	conns, err := p.deps.Store.List(c.Context(), p.deps.DB)
	names := map[string]string{}
	for _, x := range conns {
		names[x.ID] = ui.Name(x.Name)
	}
	t := ui.Table{Columns: []ui.Column{{Label: c.T("admin.health.connection")}, {Label: c.T("admin.health.message")},
		{Label: c.T("admin.health.reason")}, {Label: c.T("admin.audit.at")}},
		Empty: ui.Empty{What: c.T("admin.health.kept_none"), Why: c.T("admin.health.kept_why")}}
	for _, k := range kept {
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{ui.Text(names[k.Connection]), {Text: k.Kind, Sub: brief(k.Key)},
			ui.Text(brief(k.Reason)), ui.Text(c.Printer.DateTime(k.At))}})
	}
	return t, err
}

// retryParked is POST /settings/health/retry: it gives the parked events of one
// slice to it again, in order, until one fails once more.
func (p *pages) retryParked(c *web.Ctx) error {
	var in struct {
		Community string `form:"community" validate:"required,max=64,line"`
		Slice     string `form:"slice" validate:"required,max=64,line"`
	}
	if err := c.Form(&in); err != nil {
		return err
	}
	a, err := p.me(c)
	if err != nil {
		return err
	}
	n, failure := p.deps.Hub.RetryParked(c.Context(), in.Community, in.Slice)
	e := a.Audit("events.retried", "slice", in.Slice)
	e.Community, e.After = in.Community, map[string]int{"digested": n}
	err = p.deps.DB.Write(c.Context(), func(tx *db.Tx) error { return audit.Record(c.Context(), tx, e) })
	if err != nil {
		return err
	}
	if failure != nil {
		p.deps.Log.WarnContext(c.Context(), "a parked event failed again", "slice", in.Slice, "error", failure)
		c.Flash("admin.health.failed_again", n)
	} else {
		c.Flash("admin.health.retried", n)
	}
	return c.Redirect("/settings/health")
}
