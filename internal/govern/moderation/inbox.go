package moderation

import (
	"net/url"
	"slices"
	"unicode/utf8"

	"github.com/qunzhu/qunzhu/internal/fault"
	"github.com/qunzhu/qunzhu/internal/i18n"
	"github.com/qunzhu/qunzhu/internal/web"
	"github.com/qunzhu/qunzhu/internal/web/ui"
)

const (
	inboxPath = "/risk/inbox"
	inboxPage = 60 // cases a page
)

var inboxViews = []string{ViewOpen, ViewHandled, ViewDone, ViewImported}

type inboxView struct {
	Head  ui.Head
	Tabs  ui.Tabs
	List  []caseRow
	Empty ui.Empty
	Next  string
	Case  *caseView
	Self  string // the address of this view, for live parts
}

// caseRow is one line of the left pane.
type caseRow struct {
	ui.Task
	Quoted string // the words, or why there are none
}

func (p *pages) inbox(c *web.Ctx) error {
	view := c.Query("view")
	if !slices.Contains(inboxViews, view) {
		view = ViewOpen
	}
	list, err := Cases(c.Context(), p.deps.DB, c.Scope(View), Filter{Community: c.Community, View: view, Before: c.Query("before"), Limit: inboxPage + 1})
	if err != nil {
		return err
	}
	v := inboxView{}
	if len(list) > inboxPage {
		list = list[:inboxPage]
		if view != ViewOpen {
			v.Next = inboxPath + "?" + url.Values{"view": {view}, "before": {list[inboxPage-1].ID}}.Encode()
		}
	}
	shown, err := p.shownCase(c, list)
	if err != nil {
		return err
	}
	v.Self = inboxURL(view, shown.ID)
	if v.List, err = p.caseRows(c, list, view, shown.ID); err != nil {
		return err
	}
	if err := p.inboxHead(c, &v, view); err != nil {
		return err
	}
	if c.IsFragment() {
		return c.Fragment("moderation/inbox_list", v)
	}
	if shown.ID != "" {
		if v.Case, err = p.caseView(c, shown, inboxURL(view, shown.ID)); err != nil {
			return err
		}
	}
	c.Listen("messages", "tasks", "groups")
	return c.Render("moderation/inbox", v)
}

// shownCase is the case in the address, also one that has left the list, else
// the first of the list.
func (p *pages) shownCase(c *web.Ctx, list []Case) (Case, error) {
	if wanted := c.Query("case"); wanted != "" {
		found, err := GetCase(c.Context(), p.deps.DB, c.Scope(View), wanted)
		if err == nil || !fault.Is(err, fault.NotFound) {
			return found, err
		}
	}
	if len(list) == 0 {
		return Case{}, nil
	}
	return list[0], nil
}

func inboxURL(view, caseID string) string {
	q := url.Values{"view": {view}}
	if caseID != "" {
		q.Set("case", caseID)
	}
	return inboxPath + "?" + q.Encode()
}

func (p *pages) inboxHead(c *web.Ctx, v *inboxView, view string) error {
	n, err := p.counts(c)
	if err != nil {
		return err
	}
	v.Head = ui.Head{Title: c.T("moderation.inbox.title"), Sub: c.T("moderation.inbox.sub", n.Open, n.Today, n.Wrong)}
	if n.Late > 0 {
		v.Head.Chips = []ui.Chip{{Status: ui.Fail, Text: c.T("moderation.inbox.late", n.Late)}}
	}
	counts := map[string]int{ViewOpen: n.Open, ViewImported: n.Imported}
	for _, name := range inboxViews {
		tab := ui.Tab{Label: c.T("moderation.view." + name), Href: inboxURL(name, ""), Active: name == view}
		if counts[name] > 0 {
			tab.Count = c.Printer.Number(int64(counts[name]))
		}
		v.Tabs = append(v.Tabs, tab)
	}
	v.Empty = ui.Empty{What: c.T("moderation.empty." + view), Why: c.T("moderation.empty.why." + view)}
	if view == ViewOpen {
		v.Empty.Action = &ui.Button{Label: c.T("moderation.lists.title"), Href: "/risk/keywords"}
	}
	return nil
}

func (p *pages) caseRows(c *web.Ctx, list []Case, view, shown string) ([]caseRow, error) {
	f, err := p.factsOf(c.Context(), list)
	if err != nil {
		return nil, err
	}
	rows := make([]caseRow, len(list))
	for i, k := range list {
		rows[i] = caseRow{
			Task: ui.Task{
				ID: k.ID, Mark: k.status(c.Now), Href: inboxURL(view, k.ID), On: k.ID == shown, Group: "cases",
				Detail: categoryNames(c, k.Categories) + " · " + personName(f.members[k.Member]) + " · " + groupName(f, k),
			},
			Quoted: c.T("moderation.erased"),
		}
		if text := f.text(k.Message); text != "" {
			rows[i].Quoted = c.T("moderation.quoted", shorten(text, 40))
		}
		if k.Messages > 1 {
			rows[i].Source = c.T("moderation.messages", k.Messages)
		}
		if k.State == Open && k.Realtime {
			clock := c.Clock(k.Deadline)
			rows[i].Clock = &clock
		} else {
			rows[i].Detail = c.Printer.DateTime(k.Opened) + " · " + rows[i].Detail
		}
	}
	return rows, nil
}

func groupName(f facts, k Case) string {
	if name := f.groups[k.Group].Name; name != "" {
		return ui.Name(name)
	}
	return i18n.None
}

// shorten cuts a text to n characters on one line, without what hides or
// reorders others.
func shorten(text string, n int) string {
	text = ui.Name(text)
	if utf8.RuneCountInString(text) <= n {
		return text
	}
	return string([]rune(text)[:n]) + "…"
}
