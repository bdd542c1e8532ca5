package desk

import (
	"context"
	"net/url"

	"github.com/qunzhu/qunzhu/internal/community"
	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/web"
	"github.com/qunzhu/qunzhu/internal/web/ui"
)

// maxHits is how many groups and how many members a search lists.
const maxHits = 20

type searchView struct {
	Head    ui.Head
	Asked   bool
	Groups  ui.Table
	Members ui.Table
	// AllGroups and AllMembers lead to the full lists where these are cut.
	AllGroups, AllMembers string
	Empty                 ui.Empty
}

// search looks for groups and members by a part of their name, in everything
// that the operator may see.
func (p *pages) search(c *web.Ctx) error {
	q := queryText(c)
	v := searchView{Head: ui.Head{Title: c.T("desk.search.title"), Sub: q}, Asked: q != ""}
	v.Empty = ui.Empty{What: c.T("desk.search.ask"), Why: c.T("desk.search.ask.why")}
	if q == "" {
		return c.Render("desk/search", v)
	}
	groups, err := findGroups(c.Context(), p.deps.DB, c.Scope(View), q, maxHits)
	if err != nil {
		return err
	}
	people, err := persons(c.Context(), p.deps.DB, c.Scope(View), personFilter{Name: q, Limit: maxHits})
	if err != nil {
		return err
	}
	names, err := p.groupNames(c, people)
	if err != nil {
		return err
	}
	v.Groups = ui.Table{Columns: heads(c, "group", "community", "members", "level")}
	v.Groups.Columns[2].Numeric = true
	for _, g := range groups {
		v.Groups.Rows = append(v.Groups.Rows, ui.Row{Cells: []ui.Cell{ui.Link(ui.Name(g.Name), groupPath(g.ID)),
			ui.Text(ui.Name(names.communities[g.Community])), ui.Text(capacity(c, g)), {Chips: []ui.Chip{{Text: c.T("desk.level." + levelOf(g))}}}}})
	}
	v.Members = ui.Table{Columns: heads(c, "member", "community", "tier", "kind", "groups_in", "where")}
	v.Members.Columns[4].Numeric = true
	for _, m := range people {
		v.Members.Rows = append(v.Members.Rows, memberRow(c, m, names))
	}
	more := "?" + url.Values{"q": {q}, "community": {""}}.Encode()
	if len(groups) == maxHits {
		v.AllGroups = "/groups" + more
	}
	if len(people) == maxHits {
		v.AllMembers = "/members" + more
	}
	v.Empty = ui.Empty{What: c.T("desk.search.none", q), Why: c.T("desk.search.none.why")}
	return c.Render("desk/search", v)
}

// findGroups lists groups whose name contains a text.
func findGroups(ctx context.Context, q db.Q, s community.Scope, part string, limit int) ([]community.Group, error) {
	return community.Groups(ctx, q, named{s, part}, "", "", limit)
}

// named narrows a scope of groups to those whose name contains a text.
type named struct {
	community.Scope
	part string
}

// SQL implements community.Scope.
func (s named) SQL(column string, first int) (string, []any) {
	cond, args := s.Scope.SQL(column, first)
	return "(" + cond + ") AND lower(name) LIKE " + db.Marks(1, first+len(args)) + " ESCAPE '!'", append(args, containing(s.part))
}
