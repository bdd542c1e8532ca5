package moderation

import (
	"bytes"
	"encoding/csv"
	"io"
	"strconv"
	"strings"

	"github.com/qunzhu/qunzhu/internal/fault"
	"github.com/qunzhu/qunzhu/internal/govern/moderation/lexicon"
	"github.com/qunzhu/qunzhu/internal/web"
	"github.com/qunzhu/qunzhu/internal/web/ui"
)

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
