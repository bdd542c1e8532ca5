package imports

import (
	"net/http"

	"github.com/qunzhu/qunzhu/internal/community"
	"github.com/qunzhu/qunzhu/internal/desk/importing"
	"github.com/qunzhu/qunzhu/internal/fault"
	"github.com/qunzhu/qunzhu/internal/id"
	"github.com/qunzhu/qunzhu/internal/web"
	"github.com/qunzhu/qunzhu/internal/web/ui"
)

// freshCommunity is the choice of a community that does not exist yet.
const freshCommunity = "new"

type addForm struct {
	Lines     string `form:"lines" validate:"required,max=20000"`
	Community string `form:"into" validate:"required,max=26,line"`
	Name      string `form:"name" validate:"max=40,line"`
	Type      string `form:"type" validate:"oneof=service|interest|conversion"`
	Key       string `form:"key" validate:"max=26,line"`
	Save      bool   `form:"save"`
}

type addView struct {
	Head   ui.Head
	Fields []ui.Field
	Fresh  []ui.Field // of a new community
	Key    string
	Rows   ui.Table
	Ready  bool
	Button string
}

// add asks for groups that have no API, as pasted lines.
func (p *pages) add(c *web.Ctx) error {
	v, err := p.addView(c, addForm{Key: id.New(c.Now), Type: community.Service}, nil, nil)
	if err != nil {
		return err
	}
	return c.Render("imports/add", v)
}

// addGroups shows what the lines say, and on the second press adds them all.
func (p *pages) addGroups(c *web.Ctx) error {
	var form addForm
	err := c.Form(&form)
	var lines []groupLine
	if err == nil {
		lines, err = p.readLines(c, form)
	}
	if err == nil && form.Save && faults(lines) == 0 {
		if err = p.saveGroups(c, form, lines); err == nil {
			c.Flash("imports.add.done", len(lines))
			return c.Redirect(closesPath)
		}
	}
	if err != nil && !fault.Is(err, fault.Invalid) {
		return err
	}
	status := http.StatusOK
	if err != nil || faults(lines) > 0 {
		status = http.StatusUnprocessableEntity
	}
	v, verr := p.addView(c, form, lines, err)
	if verr != nil {
		return verr
	}
	return c.RenderStatus(status, "imports/add", v)
}

func (p *pages) readLines(c *web.Ctx, f addForm) ([]groupLine, error) {
	into := f.Community
	if into == freshCommunity {
		into = ""
		if f.Name == "" {
			return nil, fault.InvalidField("name", "form.required")
		}
		if f.Type == "" {
			return nil, fault.InvalidField("type", "form.choose")
		}
	}
	lines, err := parseLines(f.Lines)
	if err != nil {
		return nil, err
	}
	return lines, p.keep.checkLines(c.Context(), c.Scope(Write), into, lines)
}

func (p *pages) saveGroups(c *web.Ctx, f addForm, lines []groupLine) error {
	into := f.Community
	if into == freshCommunity {
		// A community is the workspace's to make; the right in another one is not enough.
		if err := c.Require(Write, ""); err != nil {
			return err
		}
		var err error
		if into, err = p.keep.newCommunity(c.Context(), f.Key, f.Name, f.Type, actor(c)); err != nil {
			return err
		}
	} else if err := c.Require(Write, into); err != nil {
		return err
	}
	return p.keep.addGroups(c.Context(), into, lines, actor(c))
}

func (p *pages) addView(c *web.Ctx, f addForm, lines []groupLine, problem error) (addView, error) {
	errs := ui.Errors{}
	if problem != nil {
		errs = c.Errors(problem)
	}
	homes, err := p.communityOptions(c, f.Community)
	if err != nil {
		return addView{}, err
	}
	if c.CanIn(Write, "") {
		homes = append(homes, ui.Option{Value: freshCommunity, Label: c.T("imports.add.fresh"), Selected: f.Community == freshCommunity})
	}
	v := addView{Head: ui.Head{Title: c.T("imports.add.title"), Sub: c.T("imports.add.sub")}, Key: f.Key, Button: c.T("imports.add.preview"),
		Fields: []ui.Field{
			{Type: "textarea", Name: "lines", Label: c.T("imports.add.lines"), Help: c.T("imports.add.lines.help"), Placeholder: c.T("imports.add.lines.example"),
				Rows: 10, Required: true, Value: f.Lines, Error: errs["lines"]},
			{Type: "select", Name: "into", Label: c.T("imports.preview.community"), Options: homes, Required: true, Error: errs["into"]},
		},
		Fresh: []ui.Field{
			{Name: "name", Label: c.T("imports.add.name"), Value: f.Name, MaxLength: 40, Error: errs["name"]},
			{Type: "radio", Name: "type", Label: c.T("imports.add.type"), Error: errs["type"], Options: typeOptions(c, f.Type)},
		},
		Rows: lineTable(c, lines)}
	if len(lines) > 0 && faults(lines) == 0 && problem == nil {
		v.Ready, v.Button = true, c.T("imports.add.again")
	}
	return v, nil
}

func typeOptions(c *web.Ctx, chosen string) []ui.Option {
	var out []ui.Option
	for _, t := range community.Types {
		out = append(out, ui.Option{Value: t, Label: c.T("imports.type_of." + t), Help: c.T("imports.type_of." + t + ".help"), Selected: t == chosen})
	}
	return out
}

func lineTable(c *web.Ctx, lines []groupLine) ui.Table {
	t := ui.Table{Columns: numeric(heads(c, "imports.add.col.", "line", "name", "members", "check"), 0, 2)}
	for _, l := range lines {
		chip := ui.Chip{Status: ui.Pass, Text: c.T("imports.add.ok")}
		if l.Problem != "" {
			chip = ui.Chip{Status: ui.Fail, Text: c.T(l.Problem, l.Args...)}
		}
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{ui.Text(count(c, l.Number)), ui.Text(ui.Name(l.Name)), ui.Text(number(c, l.Members)), {Chips: []ui.Chip{chip}}}})
	}
	return t
}

type editView struct {
	Head   ui.Head
	Action string
	Fields []ui.Field
	End    ui.Confirm
}

// edit renames or ends a group that is kept by hand.
func (p *pages) edit(c *web.Ctx) error {
	g, err := p.keep.byHand(c.Context(), c.Scope(Write), c.Path("id"))
	if err != nil {
		return err
	}
	return p.showEdit(c, http.StatusOK, g, g.Name, nil, "")
}

func (p *pages) showEdit(c *web.Ctx, status int, g community.Group, name string, errs ui.Errors, confirm string) error {
	path := "/groups/" + g.ID
	c.Title = c.T("imports.edit.rename")
	return c.RenderStatus(status, "imports/edit", editView{
		Head: ui.Head{Title: ui.Name(g.Name), Sub: c.T("imports.edit.sub"), Buttons: []ui.Button{{Label: c.T("imports.edit.back"), Href: path}}}, Action: path + "/edit",
		Fields: []ui.Field{{Name: "name", Label: c.T("imports.edit.name"), Value: ui.Name(name), Required: true, MaxLength: importing.MaxGroupName, Error: errs["name"]}},
		End: ui.Confirm{Action: path + "/end", Title: c.T("imports.end.title"), Consequence: c.T("imports.end.consequence"), Name: ui.Name(g.Name),
			Button: c.T("imports.end.button"), Error: confirm},
	})
}

func (p *pages) rename(c *web.Ctx) error {
	g, err := p.keep.byHand(c.Context(), c.Scope(Write), c.Path("id"))
	if err != nil {
		return err
	}
	var form struct {
		Name string `form:"name" validate:"required,max=100,line"`
	}
	err = c.Form(&form)
	// What is shown of a name may be less than it is; sent back, it is no change.
	if err == nil && form.Name != ui.Name(g.Name) {
		err = p.keep.rename(c.Context(), g, form.Name, actor(c))
	}
	if fault.Is(err, fault.Invalid) {
		return p.showEdit(c, http.StatusUnprocessableEntity, g, form.Name, c.Errors(err), "")
	}
	if err != nil {
		return err
	}
	c.Flash("imports.edit.done")
	return c.Redirect("/groups/" + g.ID)
}

func (p *pages) end(c *web.Ctx) error {
	g, err := p.keep.byHand(c.Context(), c.Scope(Write), c.Path("id"))
	if err != nil {
		return err
	}
	var form struct {
		Confirm string `form:"confirm" validate:"max=200"`
	}
	if err := c.Form(&form); err != nil {
		return err
	}
	if form.Confirm != ui.Name(g.Name) {
		return p.showEdit(c, http.StatusUnprocessableEntity, g, g.Name, nil, c.T("form.confirm", ui.Name(g.Name)))
	}
	if err := p.keep.dismiss(c.Context(), g, actor(c)); err != nil {
		return err
	}
	c.Flash("imports.end.done", ui.Name(g.Name))
	return c.Redirect(closesPath)
}
