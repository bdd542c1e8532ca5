package desk

import (
	"cmp"
	"net/url"
	"slices"
	"strings"

	"github.com/qunzhu/qunzhu/internal/community"
	"github.com/qunzhu/qunzhu/internal/metric"
	"github.com/qunzhu/qunzhu/internal/web"
	"github.com/qunzhu/qunzhu/internal/web/ui"
)

const pageSize = 50

// attention is the value of the filter for groups with any reason.
const attention = "any"

// groupFilter is what the list of groups is narrowed by; "" does not narrow.
type groupFilter struct {
	Query, Type, Stage, Level, Attention string
}

func readFilter(c *web.Ctx) groupFilter {
	return groupFilter{
		Query: queryText(c), Type: c.Query("type"), Stage: c.Query("stage"), Level: c.Query("level"), Attention: c.Query("attention"),
	}
}

// maxQuery bounds what is searched for, in characters.
const maxQuery = 100

// queryText is the parameter q.
func queryText(c *web.Ctx) string { return strings.TrimSpace(param(c, "q")) }

// param is a parameter of the address as a database takes it: bounded, valid
// UTF-8, without NUL.
func param(c *web.Ctx, name string) string {
	text := []rune(strings.ReplaceAll(strings.ToValidUTF8(c.Query(name), ""), "\x00", ""))
	return string(text[:min(len(text), maxQuery)])
}

func (f groupFilter) active() bool { return f != groupFilter{} }

func (f groupFilter) takes(c *web.Ctx, s Standing) bool {
	return (f.Query == "" || strings.Contains(strings.ToLower(s.Name), strings.ToLower(f.Query))) &&
		(f.Type == "" || s.In.Type == f.Type) &&
		(f.Stage == "" || s.Stage(c.Now) == f.Stage) &&
		(f.Level == "" || s.Level() == f.Level) &&
		(f.Attention == "" || f.Attention == attention && len(s.Reasons) > 0 || slices.Contains(s.Reasons, Reason(f.Attention)))
}

type groupsView struct {
	Head    ui.Head
	Query   string
	Fields  []ui.Field
	Reset   string // address without filters, "" when there are none
	Hidden  map[string]string
	Table   ui.Table
	Content string // address of this list, for fetching it again
}

func (p *pages) groups(c *web.Ctx) error {
	all, err := p.standings(c.Context(), inView(c), c.Now)
	if err != nil {
		return err
	}
	filter := readFilter(c)
	list, sorter := arrange(c, all, filter)
	v := groupsView{
		Head: ui.Head{Title: c.T("desk.groups.title"), Sub: groupsSub(c, all), Buttons: []ui.Button{
			{Label: c.T("desk.export"), Href: withPath(c.Request.URL, "/groups.csv")},
			{Label: c.T("desk.groups.add"), Href: addGroupsPath, Primary: true},
		}},
		Query: filter.Query, Fields: filter.fields(c), Hidden: map[string]string{"sort": c.Query("sort"), "dir": c.Query("dir")},
		Table: groupTable(c, page(c, list, func(s Standing) string { return s.ID }), sorter, len(list)), Content: c.Request.URL.RequestURI(),
	}
	if filter.active() {
		v.Reset = "/groups"
	}
	v.Table.Empty = groupsEmpty(c, len(all) > 0)
	if c.IsFragment() {
		return c.Fragment("desk/groups_list", v)
	}
	c.Listen("groups", "messages", "sources")
	return c.Render("desk/groups", v)
}

func groupsSub(c *web.Ctx, all []Standing) string {
	need := 0
	for _, s := range all {
		if len(s.Reasons) > 0 {
			need++
		}
	}
	return c.T("desk.groups.sub", len(all), need)
}

// groupsEmpty says whether there are no groups, or none that the filter takes.
func groupsEmpty(c *web.Ctx, any bool) ui.Empty {
	if any {
		return ui.Empty{What: c.T("desk.groups.none_match"), Why: c.T("desk.groups.none_match.why"),
			Action: &ui.Button{Label: c.T("desk.filter.reset"), Href: "/groups"}}
	}
	return ui.Empty{What: c.T("desk.groups.none"), Why: c.T("desk.groups.none.why"),
		Action: &ui.Button{Label: c.T("desk.connect"), Href: connectPath, Primary: true}}
}

func (f groupFilter) fields(c *web.Ctx) []ui.Field {
	reasons := []string{attention}
	for _, r := range Reasons {
		reasons = append(reasons, string(r))
	}
	return []ui.Field{
		choice(c, "type", f.Type, community.Types), choice(c, "stage", f.Stage, stages),
		choice(c, "level", f.Level, levels), choice(c, "attention", f.Attention, reasons),
	}
}

// choice is a select whose options are the translations of desk.<name>.<value>.
func choice(c *web.Ctx, name, value string, values []string) ui.Field {
	f := ui.Field{Type: "select", Name: name, Label: c.T("desk.filter." + name), Options: []ui.Option{{Label: c.T("desk.filter.all")}}}
	for _, v := range values {
		f.Options = append(f.Options, ui.Option{Value: v, Label: c.T("desk." + name + "." + v), Selected: v == value})
	}
	return f
}

// byField are the orders in which groups can be listed, ascending.
var byField = map[string]func(a, b Standing) int{
	"attention": func(a, b Standing) int { return worstFirst(b, a) },
	"name":      func(a, b Standing) int { return cmp.Compare(a.Name, b.Name) },
	"community": func(a, b Standing) int { return cmp.Compare(a.In.Name, b.In.Name) },
	"members":   func(a, b Standing) int { return cmp.Compare(a.Members, b.Members) },
	"daily":     func(a, b Standing) int { return compareValues(a.Daily, b.Daily) },
	"growth":    func(a, b Standing) int { return compareValues(a.Growth, b.Growth) },
	"exits":     func(a, b Standing) int { return cmp.Compare(a.Leaves, b.Leaves) },
	"heard":     func(a, b Standing) int { return a.Heard.Compare(b.Heard) },
}

// compareValues puts what is not known below every number.
func compareValues(a, b metric.Value) int {
	switch {
	case a.Value == nil && b.Value == nil:
		return 0
	case a.Value == nil:
		return -1
	case b.Value == nil:
		return 1
	}
	return cmp.Compare(*a.Value, *b.Value)
}

// arrange filters and sorts; without a wish, groups that need attention come
// first.
func arrange(c *web.Ctx, all []Standing, f groupFilter) ([]Standing, ui.Sorter) {
	known := make([]string, 0, len(byField))
	for k := range byField {
		known = append(known, k)
	}
	sorter := ui.NewSorter(c.Request.URL, "attention", true, known...)
	var list []Standing
	for _, s := range all {
		if f.takes(c, s) {
			list = append(list, s)
		}
	}
	less := byField[sorter.Field]
	slices.SortFunc(list, func(a, b Standing) int {
		order := less(a, b)
		if sorter.Desc {
			order = -order
		}
		return cmp.Or(order, cmp.Compare(a.ID, b.ID))
	})
	return list, sorter
}

// page cuts the part of a list that follows the cursor, which is the key of the
// last item of the page before. An item that is gone starts again.
func page[T any](c *web.Ctx, list []T, key func(T) string) []T {
	start := 0
	if after := c.Query("cursor"); after != "" {
		start = slices.IndexFunc(list, func(item T) bool { return key(item) == after }) + 1
	}
	return list[start:]
}

func groupTable(c *web.Ctx, rest []Standing, sorter ui.Sorter, total int) ui.Table {
	t := ui.Table{
		Columns: []ui.Column{
			sorter.Column(c.T("desk.col.group"), "name", false), sorter.Column(c.T("desk.col.attention"), "attention", true),
			{Label: c.T("desk.col.type")}, {Label: c.T("desk.col.owner")},
			sorter.Column(c.T("desk.col.members"), "members", true), sorter.Column(c.T("desk.col.daily"), "daily", true),
			sorter.Column(c.T("desk.col.growth"), "growth", true), sorter.Column(c.T("desk.col.exits"), "exits", true),
			sorter.Column(c.T("desk.col.access"), "heard", false),
		},
		Count: c.T("desk.groups.count", total),
	}
	t.Columns[1].Numeric = false
	shown := rest[:min(len(rest), pageSize)]
	for _, s := range shown {
		t.Rows = append(t.Rows, groupRow(c, s))
	}
	pageLinks(c, &t, len(rest) > pageSize, func() string { return shown[len(shown)-1].ID })
	return t
}

// pageLinks adds the addresses of the first and the next page.
func pageLinks(c *web.Ctx, t *ui.Table, more bool, last func() string) {
	if c.Query("cursor") != "" {
		t.First = ui.With(c.Request.URL, "cursor", "")
	}
	if more {
		t.Next = ui.With(c.Request.URL, "cursor", last())
	}
}

func groupRow(c *web.Ctx, s Standing) ui.Row {
	name := ui.Link(ui.Name(s.Name), "/groups/"+s.ID)
	name.Sub = ui.Name(s.In.Name)
	owner := ui.Text(personName(s.OwnerName, s.OwnerExternal))
	owner.Chips = []ui.Chip{deputies(c, s)}
	members := ui.Cell{Text: c.Printer.Number(int64(s.Members))}
	if s.Capacity > 0 {
		members = ui.Cell{Bar: &ui.Progress{Value: int64(s.Members), Max: int64(s.Capacity), Text: capacity(c, s.Group)}}
	}
	return ui.Row{Cells: []ui.Cell{
		name, {Chips: reasonChips(c, s)}, {Text: typeName(c, s.In.Type), Sub: stageName(c, s.Group)}, owner, members,
		judged(messagesADay(c, s.Daily), s.Daily), judged(growth(c, s.Growth), s.Growth), ui.Text(s.exits()),
		{Chips: []ui.Chip{{Text: c.T("desk.level." + s.Level())}}, Sub: since(c, s.Heard)},
	}}
}

func reasonChips(c *web.Ctx, s Standing) []ui.Chip {
	if s.Status == community.Dismissed {
		return []ui.Chip{{Text: c.T("desk.dismissed")}}
	}
	chips := make([]ui.Chip, len(s.Reasons))
	for i, r := range s.Reasons {
		chips[i] = ui.Chip{Status: reasonStatus(r), Text: c.T("desk.attention." + string(r))}
	}
	return chips
}

// withPath is the address u at another path, without its page.
func withPath(u *url.URL, path string) string {
	moved := *u
	moved.Path = path
	return ui.With(&moved, "cursor", "")
}

func (p *pages) exportGroups(c *web.Ctx) error {
	all, err := p.standings(c.Context(), inView(c), c.Now)
	if err != nil {
		return err
	}
	list, _ := arrange(c, all, readFilter(c))
	rows := [][]string{columns(c, "group", "community", "type", "stage", "owner", "deputies", "members", "capacity", "daily", "growth", "joins", "exits", "level", "heard", "attention")}
	for _, s := range list {
		rows = append(rows, []string{
			s.Name, s.In.Name, typeName(c, s.In.Type), stageName(c, s.Group), s.OwnerName, number(len(s.Admins)),
			number(s.Members), positive(s.Capacity), messagesADay(c, s.Daily), growth(c, s.Growth), number(s.Joins), number(s.Leaves),
			c.T("desk.level." + s.Level()), moment(c, s.Heard), reasonsText(c, s),
		})
	}
	return sendCSV(c, "groups", rows)
}

// positive writes a number that is 0 where nothing is known.
func positive(n int) string {
	if n == 0 {
		return ""
	}
	return number(n)
}
