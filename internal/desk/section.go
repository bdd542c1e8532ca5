package desk

import (
	"slices"

	"github.com/qunzhu/qunzhu/internal/i18n"
	"github.com/qunzhu/qunzhu/internal/mission"
	"github.com/qunzhu/qunzhu/internal/web"
	"github.com/qunzhu/qunzhu/internal/web/ui"
)

// section is a part of the menu whose slices are not all built: its page says
// which rows of the article belong there and how far each of them is.
type section struct {
	name, path string
	slices     []string // folders under internal/
}

var coming = []section{
	{"growth", "/growth", []string{"create/livecode", "grow/referral", "grow/leadpack"}},
	{"content", "/content", []string{"content/calendar", "content/edition", "content/lecture", "content/topic", "content/library"}},
	{"campaigns", "/campaigns", []string{"grow/lottery", "grow/flashsale", "govern/points", "compare/course", "compare/survey", "compare/circle"}},
}

type sectionView struct {
	Head  ui.Head
	State string
	Rows  []missionRow
	Next  ui.Empty
}

// missionRow is one row of the article with how far it is.
type missionRow struct {
	Chip          ui.Chip
	Text, Where   string
	Remains, Note string
}

var missionStatus = map[mission.Status]ui.Status{mission.Built: ui.Pass, mission.Partial: ui.Warn, mission.Missing: ui.NoData}

func (p *pages) section(s section) web.Handler {
	return func(c *web.Ctx) error {
		v := sectionView{Head: ui.Head{Title: c.T("desk." + s.name + ".title"), Sub: c.T("desk." + s.name + ".sub")}}
		c.Title = v.Head.Title
		built := 0
		for _, part := range mission.Table() {
			if part.Wing == "" { // introduction and conclusion speak of everything
				continue
			}
			for _, row := range part.Rows {
				if !slices.ContainsFunc(row.Slices, func(name string) bool { return slices.Contains(s.slices, name) }) {
					continue
				}
				if row.Status == mission.Built {
					built++
				}
				v.Rows = append(v.Rows, missionText(c, part, row))
			}
		}
		v.State = c.T("desk.section.state", len(v.Rows), built)
		v.Next = ui.Empty{What: c.T("desk." + s.name + ".next"), Why: c.T("desk." + s.name + ".next.why"),
			Action: &ui.Button{Label: c.T("desk." + s.name + ".next.do"), Href: nextPaths[s.name], Primary: true}}
		return c.Render("desk/section", v)
	}
}

// nextPaths is what works today and serves the section's purpose.
var nextPaths = map[string]string{"growth": "/groups?attention=full", "content": "/groups?sort=daily&dir=asc", "campaigns": "/groups?sort=exits&dir=desc"}

func missionText(c *web.Ctx, part mission.Section, row mission.Row) missionRow {
	r := missionRow{Chip: ui.Chip{Status: missionStatus[row.Status], Text: c.T("desk.mission." + string(row.Status))}, Text: row.Text, Where: part.Title, Remains: row.Remains}
	if c.Printer.Lang == i18n.English {
		r.Text, r.Where, r.Note = row.English, part.English, row.Text
	}
	return r
}
