package desk

import (
	"strconv"

	"github.com/qunzhu/qunzhu/internal/community"
	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/event"
	"github.com/qunzhu/qunzhu/internal/fault"
	"github.com/qunzhu/qunzhu/internal/hub"
	"github.com/qunzhu/qunzhu/internal/id"
	"github.com/qunzhu/qunzhu/internal/web"
	"github.com/qunzhu/qunzhu/internal/web/ui"
)

type communitiesView struct {
	Head  ui.Head
	Table ui.Table
	Hint  string
}

// communities lists the communities with what they hold.
func (p *pages) communities(c *web.Ctx) error {
	list, err := community.Communities(c.Context(), p.deps.DB, c.Scope(View))
	if err != nil {
		return err
	}
	all, err := p.standings(c.Context(), c.Scope(View), c.Now)
	if err != nil {
		return err
	}
	v := communitiesView{Head: ui.Head{Title: c.T("desk.communities.title"), Sub: c.T("desk.communities.sub", len(list))}, Hint: c.T("desk.communities.rules")}
	if c.CanIn(Edit, "") {
		v.Head.Buttons = []ui.Button{{Label: c.T("desk.communities.new"), Href: "/communities/new", Primary: true}}
	}
	v.Table = ui.Table{Columns: heads(c, "community", "type", "groups_in", "members", "attention", "created", "next")}
	v.Table.Columns[2].Numeric, v.Table.Columns[3].Numeric, v.Table.Columns[4].Numeric = true, true, true
	for _, home := range list {
		v.Table.Rows = append(v.Table.Rows, communityRow(c, home, all))
	}
	v.Table.Empty = ui.Empty{What: c.T("desk.communities.none"), Why: c.T("desk.communities.none.why")}
	if len(v.Head.Buttons) > 0 {
		v.Table.Empty.Action = &v.Head.Buttons[0]
	}
	return c.Render("desk/communities", v)
}

func communityRow(c *web.Ctx, home community.Community, all []Standing) ui.Row {
	groups, members, need := 0, 0, 0
	for _, s := range all {
		if s.Community == home.ID && s.Status == community.Live {
			groups, members = groups+1, members+s.Members
			if len(s.Reasons) > 0 {
				need++
			}
		}
	}
	last := ui.Cell{}
	if c.CanIn(Edit, home.ID) {
		last.Buttons = []ui.Button{{Label: c.T("desk.communities.edit"), Href: "/communities/" + home.ID}}
	}
	return ui.Row{Cells: []ui.Cell{
		ui.Link(ui.Name(home.Name), "/groups?community="+home.ID), ui.Text(typeName(c, home.Type)), ui.Text(number(groups)),
		ui.Text(c.Printer.Number(int64(members))), ui.Text(number(need)), ui.Text(c.Printer.Date(home.Created)), last,
	}}
}

// communityForm is what an operator decides about a community.
type communityForm struct {
	Name string `form:"name" validate:"required,line,max=60"`
	Type string `form:"type" validate:"required,oneof=service|interest|conversion"`
	Key  string `form:"key" validate:"max=40"`
}

type communityView struct {
	Head   ui.Head
	Action string
	Key    string // makes a form that is sent twice one community
	Fields []ui.Field
	Button string
	Hint   string
}

func (p *pages) newCommunity(c *web.Ctx) error {
	if err := c.Require(Edit, ""); err != nil {
		return err
	}
	return showCommunity(c, 200, "", communityForm{Type: community.Service, Key: id.New(c.Now)}, nil)
}

// showCommunity shows the form of a new community, or of the one with an id.
func showCommunity(c *web.Ctx, status int, communityID string, f communityForm, errs ui.Errors) error {
	v := communityView{Head: ui.Head{Title: c.T("desk.communities.new")}, Action: "/communities", Key: f.Key, Button: c.T("desk.communities.create"), Hint: c.T("desk.communities.rules")}
	if communityID != "" {
		v.Head.Title, v.Action, v.Button = c.T("desk.communities.edit"), "/communities/"+communityID, c.T("desk.communities.save")
	}
	types := ui.Field{Type: "radio", Name: "type", Label: c.T("desk.filter.type"), Required: true, Error: errs["type"]}
	for _, t := range community.Types {
		types.Options = append(types.Options, ui.Option{Value: t, Label: c.T("desk.type." + t), Help: c.T("desk.type." + t + ".help"), Selected: t == f.Type})
	}
	v.Fields = []ui.Field{
		{Name: "name", Label: c.T("desk.col.community"), Value: f.Name, Required: true, MaxLength: 60, Error: errs["name"], Autofocus: true, Placeholder: c.T("desk.communities.example")},
		types,
	}
	c.Title = v.Head.Title
	return c.RenderStatus(status, "desk/community", v)
}

func (p *pages) createCommunity(c *web.Ctx) error {
	if err := c.Require(Edit, ""); err != nil {
		return err
	}
	var f communityForm
	if err := c.Form(&f); err != nil {
		return askAgain(c, "", f, err)
	}
	if !id.Valid(f.Key) {
		f.Key = id.New(c.Now)
	}
	made := hub.NewCommunity(c.Now, "operator:"+c.Actor.ID+":"+f.Key, event.Community{Name: f.Name, Type: f.Type})
	if _, err := p.deps.Hub.Record(c.Context(), made); err != nil {
		return err
	}
	if err := p.audit(c, entry("community.created", "community", made.Community, made.Community, nil, f)); err != nil {
		return err
	}
	c.Flash("desk.communities.created")
	return c.Redirect("/communities")
}

func (p *pages) editCommunity(c *web.Ctx) error {
	home, err := p.ownCommunity(c)
	if err != nil {
		return err
	}
	return showCommunity(c, 200, home.ID, communityForm{Name: home.Name, Type: home.Type}, nil)
}

// ownCommunity is the community of the address, if the operator may change it.
func (p *pages) ownCommunity(c *web.Ctx) (community.Community, error) {
	list, err := community.Communities(c.Context(), p.deps.DB, chosen{c.Scope(Edit), c.Path("id")})
	if err != nil {
		return community.Community{}, err
	}
	if len(list) == 0 {
		return community.Community{}, fault.New(fault.NotFound, "fault.not_found")
	}
	return list[0], nil
}

func (p *pages) changeCommunity(c *web.Ctx) error {
	home, err := p.ownCommunity(c)
	if err != nil {
		return err
	}
	var f communityForm
	if err := c.Form(&f); err != nil {
		return askAgain(c, home.ID, f, err)
	}
	if f.Name != home.Name || f.Type != home.Type {
		changed := event.Event{
			Community: home.ID, Kind: event.CommunityChanged, At: c.Now, Body: event.Encode(event.Community{Name: f.Name, Type: f.Type}),
			ID: id.At(c.Now, string(event.CommunityChanged), home.ID, f.Name, f.Type, strconv.FormatInt(db.Millis(c.Now), 10)),
		}
		if _, err := p.deps.Hub.Record(c.Context(), changed); err != nil {
			return err
		}
		before := communityForm{Name: home.Name, Type: home.Type}
		if err := p.audit(c, entry("community.changed", "community", home.ID, home.ID, before, f)); err != nil {
			return err
		}
	}
	c.Flash("desk.communities.saved")
	return c.Redirect("/communities")
}

// askAgain shows the form with what is wrong in it.
func askAgain(c *web.Ctx, communityID string, f communityForm, err error) error {
	if fault.As(err).Code != fault.Invalid {
		return err
	}
	return showCommunity(c, fault.Invalid.Status(), communityID, f, c.Errors(err))
}
