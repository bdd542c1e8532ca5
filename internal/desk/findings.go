package desk

import (
	"cmp"
	"slices"
	"strings"

	"github.com/qunzhu/qunzhu/internal/community"
	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/web"
	"github.com/qunzhu/qunzhu/internal/web/ui"
)

const (
	// ownerHolds is how many groups one owner can look after.
	ownerHolds = 4
	// crowdRows bounds the list of people who are in several groups.
	crowdRows = 100
	// findingsNotice is the name under which an operator puts the findings aside.
	findingsNotice = "findings"
)

// finding is one question that the first look answers.
type finding struct {
	Key    string
	Count  int
	Status ui.Status
	Action *ui.Button
	Table  ui.Table
}

type findingsView struct {
	Head  ui.Head
	List  []findingView
	Feeds ui.Table
	Empty *ui.Empty
}

type findingView struct {
	finding
	Title, Why string
}

// findings is what can be said within minutes of connecting, before any history.
func (p *pages) findings(c *web.Ctx) error {
	list, groups, err := p.find(c)
	if err != nil {
		return err
	}
	v := findingsView{Head: ui.Head{Title: c.T("desk.findings.title"), Sub: c.T("desk.findings.sub", groups), Buttons: []ui.Button{
		{Label: c.T("desk.export"), Href: "/findings.csv"}, {Label: c.T("desk.findings.dismiss"), Post: "/findings/dismiss"},
	}}}
	if groups == 0 {
		e := groupsEmpty(c, false)
		v.Empty, v.Head.Buttons = &e, nil
	}
	for _, f := range list {
		v.List = append(v.List, findingView{f, c.T("desk.find." + f.Key), c.T("desk.find." + f.Key + ".why")})
	}
	if v.Feeds, err = p.feedsPart(c); err != nil {
		return err
	}
	return c.Render("desk/findings", v)
}

func (p *pages) find(c *web.Ctx) ([]finding, int, error) {
	all, err := p.standings(c.Context(), inView(c), c.Now)
	if err != nil {
		return nil, 0, err
	}
	live := slices.DeleteFunc(all, func(s Standing) bool { return s.Status != community.Live })
	slices.SortFunc(live, func(a, b Standing) int { return cmp.Or(cmp.Compare(b.Members, a.Members), cmp.Compare(a.ID, b.ID)) })
	people, err := inSeveral(c.Context(), p.deps.DB, inView(c), crowdRows)
	if err != nil {
		return nil, 0, err
	}
	return []finding{
		fullGroups(c, live), lonelyGroups(c, live), crowded(c, people, live), burdened(c, live), everyGroup(c, live),
	}, len(live), nil
}

func groupsWhere(live []Standing, take func(Standing) bool) []Standing {
	return slices.DeleteFunc(slices.Clone(live), func(s Standing) bool { return !take(s) })
}

// tabled makes a finding of groups, one row each.
func tabled(c *web.Ctx, key string, list []Standing, s ui.Status, row func(Standing) ui.Row, cols ...string) finding {
	f := finding{Key: key, Count: len(list), Status: s, Table: ui.Table{Dense: true, Columns: heads(c, cols...)}}
	if len(list) == 0 {
		f.Status = ui.Pass
	}
	for _, g := range list {
		f.Table.Rows = append(f.Table.Rows, row(g))
	}
	f.Table.Empty = ui.Empty{What: c.T("desk.find." + key + ".none")}
	return f
}

func nameCell(s Standing) ui.Cell {
	cell := ui.Link(ui.Name(s.Name), groupPath(s.ID))
	cell.Sub = ui.Name(s.In.Name)
	return cell
}

func fullGroups(c *web.Ctx, live []Standing) finding {
	return tabled(c, "full", groupsWhere(live, Standing.isFull), ui.Warn, func(s Standing) ui.Row {
		return ui.Row{Cells: []ui.Cell{nameCell(s), {Bar: &ui.Progress{Value: int64(s.Members), Max: int64(s.Capacity), Text: capacity(c, s.Group)}},
			ui.Text(personName(s.OwnerName, s.OwnerExternal)), ui.Text(c.T("desk.find.full.do"))}}
	}, "group", "members", "owner", "next")
}

func lonelyGroups(c *web.Ctx, live []Standing) finding {
	list := groupsWhere(live, func(s Standing) bool { return s.KnowsDeputies() && s.Missing() > 0 })
	slices.SortStableFunc(list, func(a, b Standing) int { return cmp.Compare(b.Missing(), a.Missing()) })
	return tabled(c, "deputies", list, ui.Warn, func(s Standing) ui.Row {
		return ui.Row{Cells: []ui.Cell{nameCell(s), {Chips: []ui.Chip{deputies(c, s)}}, ui.Text(personName(s.OwnerName, s.OwnerExternal)),
			ui.Text(c.T("desk.find.deputies.do", s.Missing()))}}
	}, "group", "deputies", "owner", "next")
}

func everyGroup(c *web.Ctx, live []Standing) finding {
	f := tabled(c, "groups", live, ui.Info, func(s Standing) ui.Row {
		return ui.Row{Cells: []ui.Cell{nameCell(s), ui.Text(personName(s.OwnerName, s.OwnerExternal)), ui.Text(capacity(c, s.Group)),
			ui.Text(typeName(c, s.In.Type)), {Chips: []ui.Chip{{Text: c.T("desk.level." + s.Level())}}}, ui.Text(since(c, s.Heard))}}
	}, "group", "owner", "members", "type", "level", "heard")
	f.Table.Columns[2].Numeric = true
	f.Action = &ui.Button{Label: c.T("desk.findings.to_communities"), Href: "/communities"}
	return f
}

// crowded lists outsiders who are in several groups: reach that counts twice,
// and the first place where advertisers show.
func crowded(c *web.Ctx, people []crowd, live []Standing) finding {
	names := map[string]string{}
	for _, s := range live {
		names[s.ID] = ui.Name(s.Name)
	}
	f := finding{Key: "several", Count: len(people), Status: ui.Info, Table: ui.Table{Dense: true, Columns: heads(c, "member", "groups_in", "where")}}
	f.Table.Columns[1].Numeric = true
	for _, p := range people {
		var in []string
		for _, g := range p.groups {
			if n, ok := names[g]; ok && len(in) < namedGroups {
				in = append(in, n)
			}
		}
		where := strings.Join(in, c.T("desk.list"))
		if more := p.n - len(in); more > 0 {
			where += c.T("desk.and_more", more)
		}
		f.Table.Rows = append(f.Table.Rows, ui.Row{Cells: []ui.Cell{ui.Text(personName(p.name, p.external)), ui.Text(number(p.n)), ui.Text(where)}})
	}
	f.Table.Empty = ui.Empty{What: c.T("desk.find.several.none")}
	f.Action = &ui.Button{Label: c.T("desk.findings.to_members"), Href: "/members?presence=several"}
	return f
}

// burdened lists owners with more groups than one person looks after.
func burdened(c *web.Ctx, live []Standing) finding {
	type holder struct {
		name   string
		groups int
		people int
	}
	byOwner := map[string]*holder{}
	for _, s := range live {
		if s.OwnerExternal == "" {
			continue
		}
		key := s.Connection + "\x00" + s.OwnerExternal
		if byOwner[key] == nil {
			byOwner[key] = &holder{name: personName(s.OwnerName, s.OwnerExternal)}
		}
		byOwner[key].groups++
		byOwner[key].people += s.Members
	}
	var list []*holder
	for _, h := range byOwner {
		if h.groups > ownerHolds {
			list = append(list, h)
		}
	}
	slices.SortFunc(list, func(a, b *holder) int { return cmp.Or(cmp.Compare(b.groups, a.groups), cmp.Compare(a.name, b.name)) })
	f := finding{Key: "owners", Count: len(list), Status: ui.Warn, Table: ui.Table{Dense: true, Columns: heads(c, "owner", "groups_in", "members", "next")}}
	if len(list) == 0 {
		f.Status = ui.Pass
	}
	f.Table.Columns[1].Numeric, f.Table.Columns[2].Numeric = true, true
	for _, h := range list {
		f.Table.Rows = append(f.Table.Rows, ui.Row{Cells: []ui.Cell{ui.Text(h.name), ui.Text(number(h.groups)), ui.Text(c.Printer.Number(int64(h.people))),
			ui.Text(c.T("desk.find.owners.do", h.groups-ownerHolds))}})
	}
	f.Table.Empty = ui.Empty{What: c.T("desk.find.owners.none", ownerHolds)}
	return f
}

// exportFindings writes all findings one below the other, each row with its
// question.
func (p *pages) exportFindings(c *web.Ctx) error {
	list, _, err := p.find(c)
	if err != nil {
		return err
	}
	rows := [][]string{{c.T("desk.findings.title")}}
	for _, f := range list {
		rows = append(rows, []string{c.T("desk.find." + f.Key), number(f.Count)})
		head := []string{""}
		for _, col := range f.Table.Columns {
			head = append(head, col.Label)
		}
		rows = append(rows, head)
		for _, r := range f.Table.Rows {
			row := []string{""}
			for _, cell := range r.Cells {
				row = append(row, plain(cell))
			}
			rows = append(rows, row)
		}
	}
	return sendCSV(c, "findings", rows)
}

// plain is a cell as text.
func plain(cell ui.Cell) string {
	switch {
	case cell.Text != "":
		return cell.Text
	case cell.Bar != nil:
		return cell.Bar.Text
	case len(cell.Chips) > 0:
		return cell.Chips[0].Text
	}
	return ""
}

// findingsPending reports whether the operator has not put the findings aside.
func (p *pages) findingsPending(c *web.Ctx) (bool, error) {
	n, err := db.Int(c.Context(), p.deps.DB, "SELECT count(*) FROM desk_dismissals WHERE operator_id=$1 AND notice=$2", c.Actor.ID, findingsNotice)
	return n == 0, err
}

func (p *pages) dismissFindings(c *web.Ctx) error {
	_, err := p.deps.DB.Exec(c.Context(), "INSERT INTO desk_dismissals (operator_id,notice,at) VALUES ($1,$2,$3) ON CONFLICT (operator_id,notice) DO NOTHING",
		c.Actor.ID, findingsNotice, db.Millis(c.Now))
	if err != nil {
		return err
	}
	return c.Redirect("/")
}
