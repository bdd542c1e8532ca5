package moderation

import (
	"cmp"
	"database/sql"
	"net/url"
	"strconv"

	"github.com/qunzhu/qunzhu/internal/auth"
	"github.com/qunzhu/qunzhu/internal/community"
	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/fault"
	"github.com/qunzhu/qunzhu/internal/govern/moderation/lexicon"
	"github.com/qunzhu/qunzhu/internal/i18n"
	"github.com/qunzhu/qunzhu/internal/web"
	"github.com/qunzhu/qunzhu/internal/web/ui"
)

const (
	listsPath = "/risk/keywords"
	maxUpload = 4 << 20
	wordsPage = 200
	topRules  = 30
	maxShown  = 100 // words or bad rows that a preview lists one by one
)

type listsView struct {
	Head      ui.Head
	Community string
	Lists     ui.Table
	Rules     ui.Table
	New       *ui.Field
	Empty     *ui.Empty
}

// community is the one that the page is about: the chosen one, else the first
// that the operator may see.
func (p *pages) communityOf(c *web.Ctx, asked string) (string, error) {
	list, err := community.Communities(c.Context(), p.deps.DB, c.Scope(View))
	if err != nil {
		return "", err
	}
	asked = cmp.Or(asked, c.Community)
	for _, k := range list {
		if asked == "" || k.ID == asked {
			return k.ID, nil
		}
	}
	if asked != "" {
		return "", fault.New(fault.NotFound, "fault.not_found")
	}
	return "", nil
}

func (p *pages) lists(c *web.Ctx) error {
	v := listsView{Head: ui.Head{Title: c.T("moderation.lists.title"), Sub: c.T("moderation.lists.sub")}}
	var err error
	if v.Community, err = p.communityOf(c, ""); err != nil {
		return err
	}
	if v.Community == "" {
		v.Empty = &ui.Empty{What: c.T("moderation.lists.no_community"), Why: c.T("moderation.lists.no_community.why")}
		return c.Render("moderation/lists", v)
	}
	if v.Lists, err = p.listTable(c, v.Community); err != nil {
		return err
	}
	if v.Rules, err = p.ruleTable(c, v.Community); err != nil {
		return err
	}
	if c.CanIn(Manage, v.Community) {
		v.New = &ui.Field{Name: "name", Label: c.T("moderation.list.name"), Help: c.T("moderation.list.name.help"), Value: c.T("moderation.list.own"), Required: true, MaxLength: maxListName}
	}
	return c.Render("moderation/lists", v)
}

func (p *pages) listTable(c *web.Ctx, communityID string) (ui.Table, error) {
	own, err := Lists(c.Context(), p.deps.DB, auth.Everywhere(), communityID)
	if err != nil {
		return ui.Table{}, err
	}
	t := ui.Table{Columns: []ui.Column{
		{Label: c.T("moderation.list.name")}, {Label: c.T("moderation.list.words"), Numeric: true},
		{Label: c.T("moderation.list.version"), Numeric: true}, {Label: c.T("moderation.list.published")},
	}}
	shipped := lexicon.Shipped()
	t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{
		{Text: c.T("moderation.list.shipped"), Sub: c.T("moderation.list.shipped.sub")},
		ui.Text(c.Printer.Number(int64(len(shipped.Words)))), ui.Text(shipped.Version), ui.Text(i18n.None),
	}})
	for _, l := range own {
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{
			ui.Link(ui.Name(l.Name), listURL(communityID, l.Name)), ui.Text(c.Printer.Number(int64(l.Words))),
			ui.Text("v" + strconv.Itoa(l.Version)), ui.Text(c.Printer.DateTime(l.Published)),
		}})
	}
	return t, nil
}

func listURL(communityID, name string) string {
	return listsPath + "/list?" + url.Values{"community": {communityID}, "name": {name}}.Encode()
}

// ruleTable shows which rules hit most, and how often they were right (G23).
func (p *pages) ruleTable(c *web.Ctx, communityID string) (ui.Table, error) {
	t := ui.Table{Dense: true, Columns: []ui.Column{
		{Label: c.T("moderation.rule.word")}, {Label: c.T("moderation.rule.category")},
		{Label: c.T("moderation.rule.hits"), Numeric: true}, {Label: c.T("moderation.rule.wrong"), Numeric: true},
		{Label: c.T("moderation.rule.precision"), Numeric: true, Help: c.T("moderation.rule.precision.help")},
	}, Empty: ui.Empty{What: c.T("moderation.rule.none"), Why: c.T("moderation.rule.none.why")}}
	var err error
	t.Rows, err = db.List(c.Context(), p.deps.DB, func(r *sql.Rows) (ui.Row, error) {
		var category, word string
		var hits, wrong int64
		err := r.Scan(&category, &word, &hits, &wrong)
		if category == "contact" {
			word = layerName(c, word)
		}
		return ui.Row{Cells: []ui.Cell{
			ui.Text(ui.Name(word)), ui.Text(categoryName(c, category)), ui.Text(c.Printer.Number(hits)), ui.Text(c.Printer.Number(wrong)), ui.Text(c.Printer.Percent(hits-wrong, hits)),
		}}, err
	}, "SELECT category, word, hits, wrong FROM moderation_hits WHERE community_id=$1 AND hits > 0 ORDER BY hits DESC, category, word LIMIT $2", communityID, topRules)
	return t, err
}
