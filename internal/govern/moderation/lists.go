package moderation

import (
	"bytes"
	"cmp"
	"database/sql"
	"encoding/csv"
	"io"
	"net/url"
	"slices"
	"strconv"
	"strings"

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

type listView struct {
	Head      ui.Head
	Community string
	Name      string
	Base      int
	Words     []wordRow
	Count     string
	Next      string
	Find      string
	Edit      bool
	Add, File ui.Field
	Empty     ui.Empty
}

type wordRow struct {
	Text, Category, Level, Policy string
}

func (p *pages) list(c *web.Ctx) error {
	communityID, err := p.communityOf(c, c.Query("community"))
	if err != nil {
		return err
	}
	v, err := p.listView(c, communityID, strings.TrimSpace(c.Query("name")))
	if err != nil {
		return err
	}
	c.Title = v.Head.Title
	return c.Render("moderation/list", v)
}

func (p *pages) listView(c *web.Ctx, communityID, name string) (listView, error) {
	l, err := GetList(c.Context(), p.deps.DB, auth.Everywhere(), communityID, name)
	if err != nil {
		return listView{}, err
	}
	if _, err := Apply(c.Context(), p.deps.DB, Change{Community: communityID, Name: name, Base: l.Version}); err != nil {
		return listView{}, err
	}
	words, err := WordsOf(c.Context(), p.deps.DB, l)
	if err != nil {
		return listView{}, err
	}
	v := listView{
		Head:      ui.Head{Title: ui.Name(name), Sub: c.T("moderation.list.sub", l.Version, l.Words), Buttons: []ui.Button{{Label: c.T("moderation.lists.title"), Href: listsPath}}},
		Community: communityID, Name: name, Base: l.Version, Find: c.Query("q"), Edit: c.CanIn(Manage, communityID),
		Add:   ui.Field{Type: "textarea", Name: "add", Rows: 8, Label: c.T("moderation.list.add"), Help: c.T("moderation.list.add.help"), Placeholder: "加群领资料,ad,2"},
		File:  ui.Field{Type: "file", Name: "file", Label: c.T("moderation.list.file"), Help: c.T("moderation.list.file.help"), Accept: ".csv,.txt,text/csv,text/plain"},
		Empty: ui.Empty{What: c.T("moderation.list.empty"), Why: c.T("moderation.list.empty.why")},
	}
	p.pageOfWords(c, &v, words)
	return v, nil
}

// pageOfWords fills in the words that match the search, one page of them.
func (p *pages) pageOfWords(c *web.Ctx, v *listView, words []lexicon.Word) {
	if v.Find != "" {
		words = slices.DeleteFunc(words, func(w lexicon.Word) bool {
			return !strings.Contains(w.Text, v.Find) && !strings.Contains(w.Category, v.Find)
		})
	}
	from, err := strconv.Atoi(c.Query("from"))
	if err != nil || from < 0 || from > len(words) {
		from = 0
	}
	v.Count = c.T("moderation.list.count", len(words))
	for _, w := range words[from:min(from+wordsPage, len(words))] {
		v.Words = append(v.Words, wordRow{w.Text, categoryName(c, w.Category), levelName(c, w), c.T("moderation.policy." + w.Policy.String())})
	}
	if from+wordsPage < len(words) {
		v.Next = ui.With(c.Request.URL, "from", strconv.Itoa(from+wordsPage))
	}
}

func levelName(c *web.Ctx, w lexicon.Word) string {
	if w.Allow {
		return c.T("moderation.allowed_word")
	}
	return c.T("moderation.level", int(w.Level))
}

// changeForm is a change of a list as forms carry it: what is added as CSV in
// the format of word-list files.
type changeForm struct {
	Community string   `form:"community" validate:"required,max=60"`
	Name      string   `form:"name" validate:"required,max=40,line"`
	Base      int      `form:"base" validate:"min=0"`
	Add       string   `form:"add" validate:"max=4000000"`
	Remove    []string `form:"remove"`
}

type previewView struct {
	Head                     ui.Head
	Form                     changeForm
	Added, Replaced, Removed wordList
	Bad                      []string
	Trial                    trialView
	Changed                  bool
	Back                     string
}

// wordList is a number of words with the first of them.
type wordList struct {
	Count string
	Words []string
	More  bool
}

// preview shows what a change would do before anything is published.
func (p *pages) preview(c *web.Ctx) error {
	var f changeForm
	if err := c.Form(&f); err != nil {
		return err
	}
	if err := c.Require(Manage, f.Community); err != nil {
		return err
	}
	words, bad, err := p.uploaded(c, f)
	if err != nil {
		return err
	}
	change := Change{Community: f.Community, Name: f.Name, Base: f.Base, Add: words, Remove: f.Remove}
	engine, o, err := p.engines.changed(c.Context(), p.deps.DB, change)
	if err != nil {
		return err
	}
	v := previewView{
		Head: ui.Head{Title: c.T("moderation.preview.title"), Sub: ui.Name(f.Name)}, Form: f, Changed: o.Changed(),
		Added: shownWords(c, o.Added), Replaced: shownWords(c, o.Replaced), Removed: shownWords(c, o.Removed),
		Bad: bad, Back: listURL(f.Community, f.Name),
	}
	if v.Form.Add, err = writeCSV(words); err != nil {
		return err
	}
	if v.Changed {
		if v.Trial, err = p.trial(c, f.Community, engine); err != nil {
			return err
		}
	}
	return c.Render("moderation/preview", v)
}

// uploaded reads the words typed and those in the file, and says which rows
// cannot be used.
func (p *pages) uploaded(c *web.Ctx, f changeForm) (words []lexicon.Word, bad []string, err error) {
	read := func(prefix, name string, from io.Reader) error {
		parse := lexicon.ReadCSV
		if strings.HasSuffix(strings.ToLower(name), ".txt") {
			parse = lexicon.ReadText
		}
		list, rows, err := parse(name, from)
		if err != nil {
			return fault.Wrap(err, fault.Invalid, "moderation.list.unreadable", err.Error())
		}
		words = append(words, list.Words...)
		for _, r := range rows {
			bad = append(bad, prefix+c.T("moderation.preview.row", r.Row, r.Err.Error()))
		}
		return nil
	}
	if strings.TrimSpace(f.Add) != "" {
		if err := read("", "typed.csv", strings.NewReader(f.Add)); err != nil {
			return nil, nil, err
		}
	}
	file, header, err := c.File("file")
	switch {
	case fault.Is(err, fault.Invalid):
		return words, bad, nil // no file was chosen
	case err != nil:
		return nil, nil, err
	}
	defer func() { _ = file.Close() }()
	if header.Size == 0 {
		return words, bad, nil
	}
	err = read(ui.Name(header.Filename)+" ", header.Filename, file)
	return words, bad, err
}

func writeCSV(words []lexicon.Word) (string, error) {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	if len(words) > 0 {
		_ = w.Write([]string{"word", "category", "level", "policy", "allow"})
	}
	for _, x := range words {
		_ = w.Write([]string{x.Text, x.Category, strconv.Itoa(int(x.Level)), x.Policy.String(), strconv.FormatBool(x.Allow)})
	}
	w.Flush()
	return b.String(), w.Error()
}

func shownWords(c *web.Ctx, words []lexicon.Word) wordList {
	l := wordList{Count: c.Printer.Number(int64(len(words))), More: len(words) > maxShown}
	for _, w := range words[:min(len(words), maxShown)] {
		l.Words = append(l.Words, ui.Name(w.Text)+" · "+categoryName(c, w.Category)+" · "+levelName(c, w))
	}
	return l
}

func (p *pages) publish(c *web.Ctx) error {
	var f changeForm
	if err := c.Form(&f); err != nil {
		return err
	}
	if err := c.Require(Manage, f.Community); err != nil {
		return err
	}
	words, bad, err := p.uploaded(c, f)
	if err != nil {
		return err
	}
	if len(bad) > 0 {
		return fault.InvalidField("add", "moderation.list.unreadable", bad[0])
	}
	l, err := Publish(c.Context(), p.deps.DB, p.deps.Hub, p.engines, c.Now, c.Actor.ID,
		Change{Community: f.Community, Name: f.Name, Base: f.Base, Add: words, Remove: f.Remove})
	if err != nil {
		return err
	}
	if err := p.audit(c, "keyword.list_published", "keyword_list", l.Name, f.Community, "v"+strconv.Itoa(l.Version)); err != nil {
		return err
	}
	c.Flash("moderation.published", l.Name, l.Version)
	return c.Redirect(listURL(f.Community, f.Name))
}
