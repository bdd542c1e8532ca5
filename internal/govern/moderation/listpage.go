package moderation

import (
	"slices"
	"strconv"
	"strings"

	"github.com/qunzhu/qunzhu/internal/auth"
	"github.com/qunzhu/qunzhu/internal/govern/moderation/lexicon"
	"github.com/qunzhu/qunzhu/internal/web"
	"github.com/qunzhu/qunzhu/internal/web/ui"
)

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
