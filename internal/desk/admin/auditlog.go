package admin

import (
	"errors"
	"time"

	"github.com/qunzhu/qunzhu/internal/audit"
	"github.com/qunzhu/qunzhu/internal/fault"
	"github.com/qunzhu/qunzhu/internal/web"
	"github.com/qunzhu/qunzhu/internal/web/ui"
)

const auditPage = 50

type auditView struct {
	Head    ui.Head
	Filters []ui.Field
	Table   ui.Table
}

// audit is GET /settings/audit. Who holds the permission in some communities
// sees what belongs to those.
func (p *pages) audit(c *web.Ctx) error {
	filter, err := p.auditFilter(c)
	if err != nil {
		return err
	}
	items, next, err := audit.List(c.Context(), p.deps.DB, filter, c.Query("cursor"), auditPage)
	if err != nil {
		return err
	}
	names, err := p.operatorNames(c.Context())
	if err != nil {
		return err
	}
	v := auditView{Head: ui.Head{Title: c.T("admin.audit.title"), Sub: c.T("admin.audit.sub")}, Filters: auditFields(c, names)}
	if c.CanIn(ReadAudit, "") {
		v.Head.Buttons = []ui.Button{{Label: c.T("admin.audit.verify"), Post: "/settings/audit/verify"}}
	}
	v.Table = ui.Table{Columns: []ui.Column{{Label: c.T("admin.audit.at")}, {Label: c.T("admin.audit.actor")}, {Label: c.T("admin.audit.action")},
		{Label: c.T("admin.audit.object")}, {Label: c.T("admin.audit.change")}, {Label: c.T("admin.sessions.address")}},
		Dense: true, Empty: ui.Empty{What: c.T("admin.audit.none"), Why: c.T("admin.audit.none_why")}}
	for _, r := range items {
		v.Table.Rows = append(v.Table.Rows, ui.Row{Cells: p.auditCells(c, r, names)})
	}
	if next != "" {
		v.Table.Next = ui.With(c.Request.URL, "cursor", next)
	}
	if c.Query("cursor") != "" {
		v.Table.First = ui.With(c.Request.URL, "cursor", "")
	}
	return c.Render("admin/audit", v)
}

func (p *pages) auditCells(c *web.Ctx, r audit.Recorded, names map[string]string) []ui.Cell {
	object := r.ObjectID
	if name, ok := names[object]; ok {
		object = name
	}
	return []ui.Cell{
		{Text: c.Printer.DateTime(r.At), Sub: "#" + c.Printer.Number(r.Seq)}, {Text: actorName(c, r)}, {Text: p.actionName(c, r.Action), Sub: r.Action},
		{Text: brief(object), Sub: r.ObjectKind}, {Text: changeText(r)}, ui.Text(brief(r.Address)),
	}
}

func actorName(c *web.Ctx, r audit.Recorded) string {
	if r.ActorName != "" {
		return ui.Name(r.ActorName)
	}
	return c.T("admin.audit.visitor")
}

// actionName is the translation of audit.<action>, or the action's own name for
// what has none.
func (p *pages) actionName(c *web.Ctx, action string) string {
	if key := "audit." + action; p.deps.Catalog.Has(key) {
		return c.T(key)
	}
	return action
}

func changeText(r audit.Recorded) string {
	switch {
	case len(r.Before) > 0 && len(r.After) > 0:
		return brief(string(r.Before)) + " → " + brief(string(r.After))
	case len(r.After) > 0:
		return brief(string(r.After))
	}
	return brief(string(r.Before))
}

// auditFilter reads the filters of the address. The last day counts whole.
func (p *pages) auditFilter(c *web.Ctx) (audit.Filter, error) {
	f := audit.Filter{ActorID: c.Query("actor"), Action: c.Query("action"), ObjectKind: c.Query("kind")}
	a, err := p.me(c)
	if err != nil {
		return f, err
	}
	scope := a.Scope(ReadAudit).Within(c.Community)
	if !scope.All {
		f.Communities = append([]string{}, scope.IDs...)
	}
	if f.From, err = day(c, "from"); err != nil {
		return f, err
	}
	to, err := day(c, "to")
	if !to.IsZero() {
		f.To = to.AddDate(0, 0, 1)
	}
	return f, err
}

func day(c *web.Ctx, name string) (time.Time, error) {
	if c.Query(name) == "" {
		return time.Time{}, nil
	}
	t, err := time.ParseInLocation(time.DateOnly, c.Query(name), c.Zone())
	if err != nil {
		return t, fault.InvalidField(name, "form.date")
	}
	return t, nil
}

func auditFields(c *web.Ctx, names map[string]string) []ui.Field {
	fields := []ui.Field{
		{Name: "action", Label: c.T("admin.audit.action"), Value: c.Query("action"), Placeholder: "operator.signed_in", MaxLength: 80},
		{Name: "kind", Label: c.T("admin.audit.object"), Value: c.Query("kind"), Placeholder: "connection", MaxLength: 80},
		{Type: "date", Name: "from", Label: c.T("admin.audit.from"), Value: c.Query("from")},
		{Type: "date", Name: "to", Label: c.T("admin.audit.to"), Value: c.Query("to")},
	}
	if !c.CanIn(ReadAudit, "") {
		return fields // the list of all operators is the workspace's
	}
	who := ui.Field{Type: "select", Name: "actor", Label: c.T("admin.audit.actor"), Options: []ui.Option{{Label: c.T("admin.audit.anybody")}}}
	for _, id := range sortedByName(names) {
		who.Options = append(who.Options, ui.Option{Value: id, Label: names[id], Selected: id == c.Query("actor")})
	}
	return append([]ui.Field{who}, fields...)
}

// verifyAudit is POST /settings/audit/verify: it checks the whole chain.
func (p *pages) verifyAudit(c *web.Ctx) error {
	chain, err := audit.VerifyChain(c.Context(), p.deps.DB)
	if errors.Is(err, audit.ErrBroken) {
		p.deps.Log.ErrorContext(c.Context(), "the audit chain is broken", "error", err)
		return fault.Wrap(err, fault.Conflict, "admin.audit.broken", err.Error())
	}
	if err != nil {
		return err
	}
	c.Flash("admin.audit.intact", chain.Entries, chain.Head[:min(12, len(chain.Head))])
	return c.Redirect("/settings/audit")
}
