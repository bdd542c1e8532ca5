package desk

import (
	"html/template"
	"strings"

	"github.com/qunzhu/qunzhu/internal/community"
	"github.com/qunzhu/qunzhu/internal/fault"
	"github.com/qunzhu/qunzhu/internal/id"
	"github.com/qunzhu/qunzhu/internal/task"
	"github.com/qunzhu/qunzhu/internal/web"
	"github.com/qunzhu/qunzhu/internal/web/ui"
)

// The slots of panels; the package's comment says what they are for.
const (
	slotAlerts   = "home.alerts"
	slotHealth   = "home.health"
	slotOverview = "group.overview"
	slotRisk     = "group.risk"
)

// groupFrame is what stands over every tab of a group.
type groupFrame struct {
	Head ui.Head
	Tabs ui.Tabs
}

// groupPage is a group that the operator may see.
type groupPage struct {
	community.Group
	In community.Community
}

// open loads the group of the address; a group outside of the operator's
// communities does not exist.
func (p *pages) open(c *web.Ctx) (groupPage, error) {
	group := c.Path("id")
	if !id.Valid(group) {
		return groupPage{}, fault.New(fault.NotFound, "fault.group_unknown")
	}
	scope := c.Scope(View)
	g, err := community.GetGroup(c.Context(), p.deps.DB, scope, group)
	if err != nil {
		return groupPage{}, err
	}
	list, err := community.Communities(c.Context(), p.deps.DB, chosen{scope, g.Community})
	if err != nil {
		return groupPage{}, err
	}
	c.Title = ui.Name(g.Name)
	return groupPage{g, communityOf(list, g.Community)}, nil
}

func (g groupPage) frame(c *web.Ctx, active string, buttons ...ui.Button) groupFrame {
	chips := []ui.Chip{{Text: typeName(c, g.In.Type)}}
	if g.Stage(c.Now) != "" {
		month := int(c.Now.Sub(g.Launched).Hours()/24/30) + 1
		chips = append(chips, ui.Chip{Text: c.T("desk.stage.month", stageName(c, g.Group), month)})
	}
	full := ui.Chip{Text: c.T("desk.capacity", capacity(c, g.Group))}
	if (Standing{Group: g.Group}).isFull() {
		full.Status = ui.Warn
	}
	chips = append(chips, full, ui.Chip{Text: c.T("desk.level." + levelOf(g.Group))})
	if g.Status == community.Dismissed {
		chips = append(chips, ui.Chip{Status: ui.Fail, Text: c.T("desk.dismissed")})
	}
	return groupFrame{
		Head: ui.Head{Title: ui.Name(g.Name), Chips: chips, Sub: ui.Name(g.In.Name), Buttons: buttons},
		Tabs: g.tabs(c, active),
	}
}

func (g groupPage) tabs(c *web.Ctx, active string) ui.Tabs {
	var tabs ui.Tabs
	for _, name := range []string{"overview", "members", "moves", "activity", "risk", "abilities", "log"} {
		t := ui.Tab{Label: c.T("desk.tab." + name), Href: groupPath(g.ID), Active: name == active}
		if name != "overview" {
			t.Href += "/" + name
		}
		if name == "members" {
			t.Count = c.Printer.Number(int64(g.Members))
		}
		tabs = append(tabs, t)
	}
	return tabs
}

type overviewView struct {
	groupFrame
	Panels []template.HTML
	Empty  ui.Empty // without panels
	Facts  ui.Facts
	Tasks  []ui.Task
	NoTask ui.Empty
	Self   string
}

func (p *pages) overview(c *web.Ctx) error {
	g, err := p.open(c)
	if err != nil {
		return err
	}
	v := overviewView{Self: groupPath(g.ID)}
	if v.Tasks, err = p.groupTasks(c, g); err != nil {
		return err
	}
	v.NoTask = ui.Empty{What: c.T("desk.todo.none"), Why: c.T("desk.todo.none.group")}
	if c.IsFragment() && c.Query("part") == "tasks" {
		return c.Fragment("desk/group_tasks", v)
	}
	v.Panels = c.Panels(slotOverview)
	v.Empty = ui.Empty{What: c.T("desk.overview.none"), Why: c.T("desk.overview.none.why"),
		Action: &ui.Button{Label: c.T("desk.tab.activity"), Href: groupPath(g.ID) + "/activity"}}
	if c.IsFragment() {
		return c.Fragment("desk/group_panels", v)
	}
	if v.Facts, err = p.groupFacts(c, g); err != nil {
		return err
	}
	v.groupFrame = g.frame(c, "overview", p.groupButtons(c, g)...)
	c.Listen("tasks", "groups", "messages", "sources")
	return c.Render("desk/group", v)
}

// groupButtons are what can really be done with the group here.
func (p *pages) groupButtons(c *web.Ctx, g groupPage) []ui.Button {
	if levelOf(g.Group) == ManualLevel && g.Status == community.Live {
		return []ui.Button{{Label: c.T("desk.close_day"), Href: closePath + g.ID + "/close", Primary: true}}
	}
	return nil
}

func (p *pages) groupFacts(c *web.Ctx, g groupPage) (ui.Facts, error) {
	people, err := community.Members(c.Context(), p.deps.DB, g.Community, append([]string{g.Owner}, g.Admins...)...)
	if err != nil {
		return nil, err
	}
	s := Standing{Group: g.Group}
	facts := ui.Facts{{Label: c.T("desk.col.owner"), Value: personName(people[g.Owner].Name, people[g.Owner].External)}}
	admins := make([]string, len(g.Admins))
	for i, a := range g.Admins {
		admins[i] = personName(people[a].Name, people[a].External)
	}
	facts = append(facts,
		ui.Fact{Label: c.T("desk.col.deputies"), Value: deputies(c, s).Text + " " + strings.Join(admins, c.T("desk.list"))},
		ui.Fact{Label: c.T("desk.fact.launched"), Value: c.Printer.Date(g.Launched)},
		ui.Fact{Label: c.T("desk.fact.observed"), Value: c.Printer.DateTime(g.ObservedFrom)})
	b, err := p.deps.Store.BindingOf(c.Context(), p.deps.DB, g.ID)
	if err == nil && !b.Confirmed.IsZero() {
		facts = append(facts, ui.Fact{Label: c.T("desk.fact.confirmed"), Value: c.Printer.DateTime(b.Confirmed)})
	} else if err != nil && fault.As(err).Code != fault.NotFound {
		return nil, err
	}
	if g.Notice != "" {
		facts = append(facts, ui.Fact{Label: c.T("desk.fact.notice"), Value: ui.Name(g.Notice)})
	}
	return facts, nil
}

func (p *pages) groupTasks(c *web.Ctx, g groupPage) ([]ui.Task, error) {
	list, err := task.List(c.Context(), p.deps.DB, c.Scope(View), task.Filter{Community: g.Community, Group: g.ID, State: task.Open, Limit: todoLimit})
	if err != nil {
		return nil, err
	}
	return p.todo(c, list)
}

type riskView struct {
	groupFrame
	Panels []template.HTML
	Empty  ui.Empty
	Self   string
}

func (p *pages) risk(c *web.Ctx) error {
	g, err := p.open(c)
	if err != nil {
		return err
	}
	v := riskView{Panels: c.Panels(slotRisk), Self: groupPath(g.ID) + "/risk"}
	v.Empty = ui.Empty{What: c.T("desk.risk.none"), Why: c.T("desk.risk.none.why." + levelOf(g.Group))}
	if c.IsFragment() {
		return c.Fragment("desk/risk_panels", v)
	}
	v.groupFrame = g.frame(c, "risk")
	c.Listen("tasks", "messages")
	return c.Render("desk/risk", v)
}
