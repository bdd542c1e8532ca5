package channels

import (
	"slices"
	"time"

	"github.com/qunzhu/qunzhu/internal/audit"
	"github.com/qunzhu/qunzhu/internal/community"
	"github.com/qunzhu/qunzhu/internal/connector"
	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/event"
	"github.com/qunzhu/qunzhu/internal/fault"
	"github.com/qunzhu/qunzhu/internal/hub"
	"github.com/qunzhu/qunzhu/internal/i18n"
	"github.com/qunzhu/qunzhu/internal/web"
	"github.com/qunzhu/qunzhu/internal/web/ui"
)

type sourcesView struct {
	Head    ui.Head
	Sources []sourceView
	Empty   ui.Empty
}

type sourceView struct {
	Title, Sub string
	Chip       ui.Chip
	Reason     string
	Facts      ui.Facts
	Pulls      ui.Table
	Strips     []strip
}

// strip is the coverage of one kind of numbers over the last days.
type strip struct {
	Label, Text string
	Heat        ui.HeatStrip
}

// sources is GET /sources: how the data of each connection stands. Who holds the
// permission in some communities sees the connections of their groups.
func (p *pages) sources(c *web.Ctx) error {
	conns, err := p.deps.Store.List(c.Context(), p.deps.DB)
	if err != nil {
		return err
	}
	inboxes, err := hub.InboxStates(c.Context(), p.deps.DB)
	if err != nil {
		return err
	}
	v := sourcesView{Head: ui.Head{Title: c.T("channels.sources.title"), Sub: c.T("channels.sources.sub"),
		Buttons: []ui.Button{{Label: c.T("channels.sources.imports"), Href: "/sources/imports"}}},
		Empty: ui.Empty{What: c.T("channels.none"), Why: c.T("channels.none_why")}}
	for _, x := range conns {
		groups, err := p.groupsInScope(c, x)
		if err != nil {
			return err
		}
		if len(groups) == 0 && !c.CanIn(View, "") {
			continue
		}
		s, err := p.source(c, x, inboxes[x.ID], groups)
		if err != nil {
			return err
		}
		v.Sources = append(v.Sources, s)
	}
	c.Listen("sources")
	if c.IsFragment() {
		return c.Fragment("channels/source_cards", v)
	}
	return c.Render("channels/sources", v)
}

func (p *pages) groupsInScope(c *web.Ctx, x connector.Connection) ([]community.Group, error) {
	groups, err := community.GroupsOf(c.Context(), p.deps.DB, x.ID)
	scope := c.Scope(View)
	return slices.DeleteFunc(groups, func(g community.Group) bool {
		return !scope.Allows(g.Community) || c.Community != "" && g.Community != c.Community
	}), err
}

func (p *pages) source(c *web.Ctx, x connector.Connection, in hub.InboxState, groups []community.Group) (sourceView, error) {
	v := sourceView{Title: ui.Name(x.Name), Sub: p.kindName(c, x.Kind), Chip: stateChip(c, x), Reason: p.reasonText(c, x)}
	cursors, err := p.deps.Store.Cursors(c.Context(), p.deps.DB, x.ID)
	if err != nil {
		return v, err
	}
	if v.Facts, err = p.sourceFacts(c, x, in, groups, cursors); err != nil {
		return v, err
	}
	v.Pulls = p.pullTable(c, x, cursors)
	v.Strips, err = p.strips(c, x)
	return v, err
}

func (p *pages) sourceFacts(c *web.Ctx, x connector.Connection, in hub.InboxState, groups []community.Group, cursors map[string]connector.Cursor) (ui.Facts, error) {
	count := func(n int) string { return c.Printer.Number(int64(n)) }
	facts := ui.Facts{{Label: c.T("channels.groups"), Value: count(len(groups))}}
	if _, receives := p.deps.Hub.Connector(x.Kind).(connector.Receiver); receives || !in.Received.IsZero() {
		lag, err := lagOf(c.Context(), p.deps.DB, x.ID)
		if err != nil {
			return nil, err
		}
		facts = append(facts, ui.Fact{Label: c.T("channels.fact.last"), Value: when(c, in.Received)}, ui.Fact{Label: c.T("channels.fact.lag"), Value: lagText(c, lag)},
			ui.Fact{Label: c.T("channels.fact.waiting"), Value: count(in.Waiting)}, ui.Fact{Label: c.T("channels.fact.repeats"), Value: count(in.Repeats)},
			ui.Fact{Label: c.T("channels.fact.kept"), Value: count(in.Kept)})
	}
	if cur, ok := cursors["archive"]; ok {
		facts = append(facts, ui.Fact{Label: c.T("channels.fact.archive"), Value: when(c, cur.RanAt)})
		agreed, outsiders, err := p.consents(c, groups)
		if err != nil {
			return nil, err
		}
		facts = append(facts, ui.Fact{Label: c.T("channels.fact.consents"), Value: c.Printer.Percent(agreed, outsiders) + " (" +
			c.Printer.Number(agreed) + "/" + c.Printer.Number(outsiders) + ")"})
	}
	return facts, nil
}

func when(c *web.Ctx, t time.Time) string {
	if t.IsZero() {
		return i18n.None
	}
	return c.Printer.DateTime(t) + " · " + c.Printer.Ago(t, c.Now)
}

func lagText(c *web.Ctx, lag *time.Duration) string {
	if lag == nil {
		return i18n.None
	}
	return c.Printer.Duration(*lag)
}

// consents counts, over the archived groups, the present outsiders and those of
// them who agreed to the archive.
func (p *pages) consents(c *web.Ctx, groups []community.Group) (agreed, outsiders int64, err error) {
	archived := map[string][]string{}
	for _, g := range groups {
		if g.Archived && g.Status == community.Live {
			archived[g.Community] = append(archived[g.Community], g.ID)
		}
	}
	for home, ids := range archived {
		all, err := community.Consents(c.Context(), p.deps.DB, home)
		if err != nil {
			return 0, 0, err
		}
		for _, id := range ids {
			agreed, outsiders = agreed+int64(all[id].Agreed), outsiders+int64(all[id].Outsiders)
		}
	}
	return agreed, outsiders, nil
}

// pullTable lists what is read from the platform: when last, when next, and what
// went wrong.
func (p *pages) pullTable(c *web.Ctx, x connector.Connection, cursors map[string]connector.Cursor) ui.Table {
	t := ui.Table{Dense: true, Columns: []ui.Column{{Label: c.T("channels.pull")}, {Label: c.T("channels.pull.last")}, {Label: c.T("channels.pull.next")},
		{Label: c.T("channels.pull.error")}, {}}, Empty: ui.Empty{What: c.T("channels.pull.none"), Why: c.T("channels.pull.none_why")}}
	for _, pull := range p.pullsOf(x) {
		cur := cursors[pull.Name]
		next := c.T("channels.pull.now")
		switch {
		case x.State == connector.Disabled:
			next = i18n.None
		case cur.DueAt.After(c.Now):
			next = c.Printer.Relative(cur.DueAt, c.Now)
		}
		row := ui.Row{Cells: []ui.Cell{{Text: p.pullName(c, pull.Name), Sub: c.T("channels.pull.every", pull.Every)}, ui.Text(when(c, cur.RanAt)), ui.Text(next), {}, {}}}
		if cur.Error != "" {
			row.Cells[3] = ui.Cell{Chips: []ui.Chip{{Status: ui.Fail, Text: c.T("channels.pull.failures", cur.Failures)}}, Sub: short(cur.Error)}
		}
		if c.CanIn(Manage, "") && x.State != connector.Disabled {
			row.Cells[4].Buttons = []ui.Button{{Label: c.T("channels.pull.run"), Post: "/sources/" + x.ID + "/run", Hidden: map[string]string{"pull": pull.Name}}}
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

const maxShort = 120

func short(s string) string {
	if r := []rune(s); len(r) > maxShort {
		return string(r[:maxShort]) + "…"
	}
	return s
}

func (p *pages) pullsOf(x connector.Connection) []connector.Pull {
	if puller, ok := p.deps.Hub.Connector(x.Kind).(connector.Puller); ok {
		return puller.Pulls(x)
	}
	return nil
}

// pullName is the translation of channels.pull.name.<name>, or the name itself.
func (p *pages) pullName(c *web.Ctx, name string) string {
	if key := "channels.pull.name." + name; p.deps.Catalog.Has(key) {
		return c.T(key)
	}
	return name
}

// strips draw the coverage of each kind of numbers over coverDays days.
func (p *pages) strips(c *web.Ctx, x connector.Connection) ([]strip, error) {
	list, err := coverageOf(c.Context(), p.deps.DB, c.Scope(View), x.ID, c.Community, c.Now, c.Zone())
	if err != nil {
		return nil, err
	}
	var out []strip
	for _, cov := range list {
		label := cov.source
		if slices.Contains([]string{event.FromAPI, event.FromArchive, event.FromImport, event.FromManual}, cov.source) {
			label = c.T("channels.coverage." + cov.source)
		}
		s := strip{Label: label, Heat: ui.HeatStrip{Label: c.T("channels.coverage.label", label, coverDays)}}
		covered := 0
		for _, d := range cov.days {
			text := i18n.None
			if d.share != nil {
				covered++
				text = c.Printer.Percent(int64(*d.share*1000), 1000)
			}
			s.Heat.Days = append(s.Heat.Days, ui.HeatDay{Title: c.Printer.MonthDay(d.day) + " · " + text, Share: d.share})
		}
		s.Text = c.T("channels.coverage.days", covered, coverDays)
		out = append(out, s)
	}
	return out, nil
}

// runNow is POST /sources/{id}/run: it makes a pull due, and the pump runs it.
func (p *pages) runNow(c *web.Ctx) error {
	var in struct {
		Pull string `form:"pull" validate:"required,max=64,line"`
	}
	if err := c.Form(&in); err != nil {
		return err
	}
	x, err := p.deps.Store.Get(c.Context(), p.deps.DB, c.Path("id"))
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(p.pullsOf(x), func(pull connector.Pull) bool { return pull.Name == in.Pull }) {
		return fault.InvalidField("pull", "channels.wrong.pull")
	}
	a, err := p.deps.Sessions.Actor(c.Context())
	if err != nil {
		return err
	}
	err = p.deps.DB.Write(c.Context(), func(tx *db.Tx) error {
		if err := p.deps.Store.MakeDue(c.Context(), tx, x.ID, p.deps.Clock.Now(), in.Pull); err != nil {
			return err
		}
		e := a.From(c.Address.String()).Audit("pull.requested", "connection", x.ID)
		e.After = map[string]string{"pull": in.Pull}
		return audit.Record(c.Context(), tx, e)
	})
	if err != nil {
		return err
	}
	c.Flash("channels.pull.requested")
	return c.Redirect("/sources")
}
