package web

import (
	"html/template"
	"net/url"
	"slices"
	"strings"

	"github.com/qunzhu/qunzhu/internal/i18n"
)

// frameView is what the layouts show around a page's content.
type frameView struct {
	Title, Workspace string
	Lang             i18n.Lang
	LangURL          string // the same page in the other language
	LangName         string // how the other language calls itself
	Menu             []navSection
	Children         []navEntry // of the active section
	Communities      []Community
	Community        string
	PickerPath       string
	Fresh            Freshness
	Search           string
	Actor            Actor
	Flash            string
	Live             string // address of the stream, "" without topics
	Content          template.HTML
}

// frame puts content into the layout of c.
func (r *Router) frame(c *Ctx, content template.HTML) ([]byte, error) {
	if c.Layout == LayoutPlain && c.Actor.ID != "" {
		c.Layout = LayoutConsole
	}
	v := frameView{Title: c.Title, Lang: c.Printer.Lang, Flash: c.takeFlash(), Content: content}
	v.LangURL, v.LangName = otherLanguage(c)
	r.nameWorkspace(c, &v)
	if c.Layout == LayoutConsole {
		r.fillConsole(c, &v)
	}
	return r.renderer.execute(c.Printer.Lang, "web/"+string(c.Layout), v)
}

func (r *Router) fillConsole(c *Ctx, v *frameView) {
	v.Actor, v.Community, v.Communities = c.Actor, c.Community, c.visible()
	v.Menu = r.nav(c)
	v.PickerPath = "/"
	for _, s := range v.Menu {
		if s.Active {
			v.PickerPath = s.Path
			if len(s.Items) > 1 {
				v.Children = s.Items
			}
			if i := slices.IndexFunc(s.Items, func(e navEntry) bool { return e.Active }); i >= 0 {
				v.PickerPath = s.Items[i].Path
			}
		}
	}
	if c.Request.URL.Path == SearchPath {
		v.Search = c.Query("q")
	}
	if len(c.topics) > 0 && r.live != nil {
		slices.Sort(c.topics)
		v.Live = LivePath + "?topics=" + url.QueryEscape(strings.Join(slices.Compact(c.topics), ","))
	}
	if r.shell.Freshness != nil {
		fresh, err := r.shell.Freshness(c.Context(), c.Printer)
		if err != nil {
			r.log.ErrorContext(c.Context(), "freshness", "error", err)
		}
		v.Fresh = fresh
	}
}

// nameWorkspace fills in the workspace's name; a page without it is better than
// no page.
func (r *Router) nameWorkspace(c *Ctx, v *frameView) {
	if r.shell.Workspace == nil {
		return
	}
	name, err := r.shell.Workspace(c.Context())
	if err != nil {
		r.log.ErrorContext(c.Context(), "name of the workspace", "error", err)
	}
	v.Workspace = name
}

func otherLanguage(c *Ctx) (href, name string) {
	other, name := i18n.English, "English"
	if c.Printer.Lang == i18n.English {
		other, name = i18n.Chinese, "中文"
	}
	q := c.Request.URL.Query()
	q.Set("lang", string(other))
	path := c.Request.URL.EscapedPath()
	if c.Request.Method != "GET" && c.Request.Method != "HEAD" {
		path = "/" // the address of a form cannot be opened
		q = url.Values{"lang": {string(other)}}
	}
	return path + "?" + q.Encode(), name
}
