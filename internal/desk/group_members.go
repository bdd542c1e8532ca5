package desk

import (
	"strings"

	"github.com/qunzhu/qunzhu/internal/event"
	"github.com/qunzhu/qunzhu/internal/i18n"
	"github.com/qunzhu/qunzhu/internal/web"
	"github.com/qunzhu/qunzhu/internal/web/ui"
)

// maxExport bounds an exported list; a group has at most 2,000 members, and a
// few times that over the years.
const maxExport = 20_000

var (
	kinds  = []string{event.Member, event.Staff, event.Bot}
	tiers  = []string{"regular", "active", "koc"}
	scenes = []string{"direct", "link", "qr", "invited"}
	ways   = []string{event.ByCallback, event.BySnapshot, event.ByReconcile, event.ByImport, event.ByManual}
)

type staysView struct {
	groupFrame
	Action string // where the search form leads
	Query  string
	Fields []ui.Field
	Table  ui.Table
	Note   string
}

// present shows who is in the group now.
func (p *pages) present(c *web.Ctx) error {
	g, err := p.open(c)
	if err != nil {
		return err
	}
	list, err := stays(c.Context(), p.deps.DB, g.Group, stayFilter{Name: queryText(c), Present: true, After: parseStayCursor(param(c, "cursor")), Limit: pageSize + 1})
	if err != nil {
		return err
	}
	v := staysView{Action: groupPath(g.ID) + "/members", Query: queryText(c)}
	v.groupFrame = g.frame(c, "members", ui.Button{Label: c.T("desk.export"), Href: groupPath(g.ID) + "/members.csv"})
	v.Table = ui.Table{Columns: heads(c, "member", "tier", "kind", "joined", "scene", "channel", "inviter", "consent"), Empty: g.nobody(c, v.Query)}
	shown := list[:min(len(list), pageSize)]
	for _, s := range shown {
		v.Table.Rows = append(v.Table.Rows, ui.Row{Cells: []ui.Cell{
			ui.Text(personName(s.Name, s.Ext)), ui.Text(word(c, "tier", s.Tier, tiers)), ui.Text(word(c, "kind", s.Kind, kinds)),
			joinedCell(c, s), ui.Text(sceneName(c, s)), ui.Text(channel(s.State)), ui.Text(personName(s.InviterName, s.InviterExternal)), ui.Text(consentName(c, g, s)),
		}})
	}
	v.Table.Count = c.T("desk.members.count", g.Members)
	pageLinks(c, &v.Table, len(list) > pageSize, func() string { return shown[len(shown)-1].cursor(true).String() })
	return c.Render("desk/people", v)
}

// nobody says why a list of members is empty.
func (g groupPage) nobody(c *web.Ctx, query string) ui.Empty {
	switch {
	case query != "":
		return ui.Empty{What: c.T("desk.members.none_match", query), Action: &ui.Button{Label: c.T("desk.filter.reset"), Href: c.Request.URL.Path}}
	case levelOf(g.Group) == ManualLevel:
		return ui.Empty{What: c.T("desk.members.none"), Why: c.T("desk.members.none.manual"),
			Action: &ui.Button{Label: c.T("desk.import"), Href: importsPath}}
	}
	return ui.Empty{What: c.T("desk.members.none"), Why: c.T("desk.members.none.why"),
		Action: &ui.Button{Label: c.T("desk.sources"), Href: sourcesPath}}
}

func heads(c *web.Ctx, names ...string) []ui.Column {
	out := make([]ui.Column, len(names))
	for i, n := range columns(c, names...) {
		out[i] = ui.Column{Label: n}
	}
	return out
}

// joinedCell is when a member joined, marked where nobody saw it happen.
func joinedCell(c *web.Ctx, s stay) ui.Cell {
	if s.Joined.IsZero() {
		return ui.Cell{Text: i18n.None, Sub: c.T("desk.joined.unknown")}
	}
	cell := ui.Text(c.Printer.DateTime(s.Joined))
	if s.How != event.ByCallback {
		cell.Chips = []ui.Chip{{Text: word(c, "way", s.How, ways)}}
	}
	return cell
}

// sceneName is how a member came in.
func sceneName(c *web.Ctx, s stay) string { return word(c, "scene", s.Scene, scenes) }

// consentName is whether the archive may hold what a member writes; where there
// is no archive, nobody was asked.
func consentName(c *web.Ctx, g groupPage, s stay) string {
	if s.Kind != event.Member || levelOf(g.Group) != ArchiveLevel {
		return i18n.None
	}
	return c.T("desk.consent." + s.Consent)
}

// channel is the parameter of the door that a member came through.
func channel(state string) string {
	if state == "" {
		return i18n.None
	}
	return ui.Name(state)
}

func (p *pages) exportPresent(c *web.Ctx) error {
	g, err := p.open(c)
	if err != nil {
		return err
	}
	list, err := stays(c.Context(), p.deps.DB, g.Group, stayFilter{Present: true, After: parseStayCursor(""), Limit: maxExport})
	if err != nil {
		return err
	}
	rows := [][]string{columns(c, "member", "external", "tier", "kind", "joined", "source", "scene", "channel", "inviter", "consent")}
	for _, s := range list {
		rows = append(rows, []string{s.Name, s.Ext, word(c, "tier", s.Tier, tiers), word(c, "kind", s.Kind, kinds), moment(c, s.Joined),
			word(c, "way", s.How, ways), sceneName(c, s), s.State, s.InviterName, consentName(c, g, s)})
	}
	if err := p.audit(c, entry("members.exported", "group", g.ID, g.Community, nil, map[string]int{"rows": len(list)})); err != nil {
		return err
	}
	return sendCSV(c, "members", rows)
}

// moves shows who came and went, the latest first.
func (p *pages) moves(c *web.Ctx) error {
	g, err := p.open(c)
	if err != nil {
		return err
	}
	f := stayFilter{Name: queryText(c), Left: c.Query("show") == "left", After: parseStayCursor(param(c, "cursor")), Limit: pageSize + 1}
	list, err := stays(c.Context(), p.deps.DB, g.Group, f)
	if err != nil {
		return err
	}
	v := staysView{Action: groupPath(g.ID) + "/moves", Query: f.Name, Note: c.T("desk.moves.note", c.Printer.DateTime(g.ObservedFrom))}
	v.Fields = []ui.Field{choice(c, "show", c.Query("show"), []string{"left"})}
	v.groupFrame = g.frame(c, "moves", ui.Button{Label: c.T("desk.export"), Href: groupPath(g.ID) + "/moves.csv"})
	v.Table = ui.Table{Columns: heads(c, "member", "quit", "left", "stayed", "joined", "scene", "channel", "kind"), Empty: g.nobody(c, f.Name)}
	shown := list[:min(len(list), pageSize)]
	for _, s := range shown {
		v.Table.Rows = append(v.Table.Rows, moveRow(c, s))
	}
	pageLinks(c, &v.Table, len(list) > pageSize, func() string { return shown[len(shown)-1].cursor(false).String() })
	return c.Render("desk/moves", v)
}

func moveRow(c *web.Ctx, s stay) ui.Row {
	left, quit := ui.Text(moment(c, s.Left)), ui.Text(quitName(c, s))
	if s.LeftHow == event.ByReconcile {
		quit.Chips = []ui.Chip{{Status: ui.Insufficient, Text: c.T("desk.inferred")}}
	}
	return ui.Row{Cells: []ui.Cell{
		ui.Text(personName(s.Name, s.Ext)), quit, left, ui.Text(stayed(c, s)), joinedCell(c, s),
		ui.Text(sceneName(c, s)), ui.Text(channel(s.State)), ui.Text(word(c, "kind", s.Kind, kinds)),
	}}
}

// quitName says how a member left: by himself, removed, or unknown.
func quitName(c *web.Ctx, s stay) string {
	if s.Left.IsZero() {
		return c.T("desk.quit.present")
	}
	if s.Quit == "" {
		return c.T("desk.quit.unknown")
	}
	return word(c, "quit", s.Quit, []string{"self", "removed"})
}

// stayed is how long a stay lasted, or has lasted; a dash where the beginning is
// not known.
func stayed(c *web.Ctx, s stay) string {
	if s.Joined.IsZero() {
		return i18n.None
	}
	end := s.Left
	if end.IsZero() {
		end = c.Now
	}
	return strings.TrimSpace(c.Printer.Duration(end.Sub(s.Joined)))
}

func (p *pages) exportMoves(c *web.Ctx) error {
	g, err := p.open(c)
	if err != nil {
		return err
	}
	list, err := stays(c.Context(), p.deps.DB, g.Group, stayFilter{After: parseStayCursor(""), Limit: maxExport})
	if err != nil {
		return err
	}
	rows := [][]string{columns(c, "member", "external", "kind", "joined", "source", "scene", "channel", "inviter", "left", "quit", "inferred")}
	for _, s := range list {
		rows = append(rows, []string{s.Name, s.Ext, word(c, "kind", s.Kind, kinds), moment(c, s.Joined), word(c, "way", s.How, ways), sceneName(c, s),
			s.State, s.InviterName, moment(c, s.Left), quitName(c, s), map[bool]string{true: "1"}[s.inferred()]})
	}
	if err := p.audit(c, entry("moves.exported", "group", g.ID, g.Community, nil, map[string]int{"rows": len(list)})); err != nil {
		return err
	}
	return sendCSV(c, "moves", rows)
}
