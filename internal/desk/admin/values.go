package admin

import (
	"slices"
	"strconv"

	"github.com/qunzhu/qunzhu/internal/audit"
	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/fault"
	"github.com/qunzhu/qunzhu/internal/settings"
	"github.com/qunzhu/qunzhu/internal/web"
	"github.com/qunzhu/qunzhu/internal/web/ui"
)

const historyShown = 20

type valuesView struct {
	Head    ui.Head
	Form    formView
	History ui.Table
}

// values is GET /settings/values/{form}: one page for every described form. It
// follows the community picker: with all communities chosen it shows the
// workspace's values.
func (p *pages) values(c *web.Ctx) error {
	form, community, err := p.form(c, c.Community)
	if err != nil {
		return err
	}
	return p.showValues(c, form, community, nil)
}

// form finds the form of the path and the community whose values are meant.
func (p *pages) form(c *web.Ctx, community string) (settings.Form, string, error) {
	all := p.deps.Settings.Forms()
	i := slices.IndexFunc(all, func(f settings.Form) bool { return f.Name == c.Path("form") })
	if i < 0 {
		return settings.Form{}, "", fault.New(fault.NotFound, "fault.not_found")
	}
	if all[i].WorkspaceOnly {
		community = ""
	}
	return all[i], community, c.Require(EditSettings, community)
}

// showValues renders the page; with wrong it shows what was typed again.
func (p *pages) showValues(c *web.Ctx, form settings.Form, community string, wrong error) error {
	list, err := p.deps.Settings.View(c.Context(), p.deps.DB, form.Name, community)
	if err != nil {
		return err
	}
	v := valuesView{Head: ui.Head{Title: p.formTitle(c, form.Name), Chips: []ui.Chip{{Text: scopeName(c, form, community)}}}}
	c.Title = v.Head.Title
	v.Form = formView{Action: "/settings/values/" + form.Name, Button: c.T("admin.save"), Back: "/settings", Hidden: map[string]string{"community": community}}
	var own []ui.Option
	for _, val := range list {
		f := p.field(c, val)
		if wrong != nil {
			f.Value, f.Checked = c.Request.PostForm.Get(val.Key), c.Request.PostForm.Get(val.Key) != ""
		}
		v.Form.Fields = append(v.Form.Fields, f)
		if isOwn(val, community) {
			own = append(own, ui.Option{Value: val.Key, Label: c.T(val.LabelKey)})
		}
	}
	if len(own) > 0 {
		v.Form.Fields = append(v.Form.Fields, ui.Field{Type: "checks", Name: "reset", Label: c.T("admin.values.reset"),
			Help: c.T("admin.values.reset_help"), Options: own})
	}
	v.Form = v.Form.withErrors(c, wrong)
	if v.History, err = p.history(c, form, community); err != nil {
		return err
	}
	if wrong != nil {
		return c.RenderStatus(statusOf(wrong), "admin/values", v)
	}
	return c.Render("admin/values", v)
}

func isOwn(v settings.Value, community string) bool {
	return v.From == settings.FromCommunity || community == "" && v.From == settings.FromWorkspace
}

func scopeName(c *web.Ctx, form settings.Form, community string) string {
	switch {
	case form.WorkspaceOnly:
		return c.T("admin.values.workspace_only")
	case community == "":
		return c.T("admin.values.for_workspace")
	}
	return c.T("admin.values.for_community")
}

// field is the input of one setting; where its value comes from stands below.
func (p *pages) field(c *web.Ctx, v settings.Value) ui.Field {
	f := ui.Field{Name: v.Key, Label: c.T(v.LabelKey), Value: v.Value}
	if v.HelpKey != "" {
		f.Help = c.T(v.HelpKey) + " · "
	}
	f.Help += c.T("admin.values.from." + string(v.From))
	switch v.Kind {
	case settings.Number:
		f.Type = "number"
		if v.Min != 0 || v.Max != 0 {
			f.Min, f.Max = tidy(v.Min), tidy(v.Max)
		}
		if v.Decimals > 0 {
			f.Type = "text" // a number input refuses decimals without a step
		}
	case settings.Bool:
		f.Type, f.Checked = "checkbox", v.Value == "true"
	case settings.Choice:
		f.Type = "select"
		for _, o := range v.Options {
			f.Options = append(f.Options, ui.Option{Value: o, Label: p.optionName(c, v.Key, o), Selected: o == v.Value})
		}
	case settings.Duration:
		f.Placeholder = "15m, 2h30m, 7d"
	case settings.List:
		f.Type, f.Rows = "textarea", 6
	case settings.Text:
		if v.Max > 200 {
			f.Type = "textarea"
		}
		f.MaxLength = int(v.Max)
	}
	if v.Secret {
		f.Type, f.Autocomplete = "password", "off"
		if v.Set {
			f.Placeholder = c.T("admin.values.secret_set")
		}
	}
	return f
}

func tidy(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

// optionName is the translation of <key>.<option>, or the option itself.
func (p *pages) optionName(c *web.Ctx, key, option string) string {
	if k := key + "." + option; p.deps.Catalog.Has(k) {
		return c.T(k)
	}
	return option
}

// saveValues is POST /settings/values/{form}. The community stands in the form:
// the picker may have been moved meanwhile in another tab.
func (p *pages) saveValues(c *web.Ctx) error {
	var in struct {
		Community string   `form:"community" validate:"max=64,line"`
		Reset     []string `form:"reset" validate:"max=200"`
	}
	if err := c.Form(&in); err != nil {
		return err
	}
	form, community, err := p.form(c, in.Community)
	if err != nil {
		return err
	}
	change := settings.Change{Community: community, Values: map[string]string{}, Reset: in.Reset, By: c.Actor.ID, At: p.deps.Clock.Now()}
	for _, f := range form.Fields {
		change.Values[f.Key] = typed(c, f)
	}
	if err := p.save(c, form, change); err != nil {
		if !fault.Is(err, fault.Invalid) {
			return err
		}
		return p.showValues(c, form, community, err)
	}
	c.Flash("admin.saved")
	return c.Redirect("/settings/values/" + form.Name)
}

// typed is what stands in the field of the form; a checkbox that is not ticked
// is not sent at all.
func typed(c *web.Ctx, f settings.Field) string {
	v := c.Request.PostForm.Get(f.Key)
	if f.Kind == settings.Bool {
		return strconv.FormatBool(v != "")
	}
	return v
}

// save writes what differs from what holds now, so that saving a page of
// inherited values does not make all of them the community's own.
func (p *pages) save(c *web.Ctx, form settings.Form, change settings.Change) error {
	a, err := p.me(c)
	if err != nil {
		return err
	}
	return p.deps.DB.Write(c.Context(), func(tx *db.Tx) error {
		now, err := p.deps.Settings.View(c.Context(), tx, form.Name, change.Community)
		if err != nil {
			return err
		}
		before, after := map[string]string{}, map[string]string{}
		for _, v := range now {
			if slices.Contains(change.Reset, v.Key) || !v.Secret && change.Values[v.Key] == v.Value {
				delete(change.Values, v.Key)
			} else if !v.Secret {
				before[v.Key], after[v.Key] = v.Value, change.Values[v.Key]
			}
		}
		if err := p.deps.Settings.Save(c.Context(), tx, change); err != nil {
			return err
		}
		e := a.Audit("settings.changed", "settings", form.Name)
		e.Community, e.Before, e.After = change.Community, before, after
		return audit.Record(c.Context(), tx, e)
	})
}

func (p *pages) history(c *web.Ctx, form settings.Form, community string) (ui.Table, error) {
	changes, err := p.deps.Settings.History(c.Context(), p.deps.DB, community, "", 200)
	if err != nil {
		return ui.Table{}, err
	}
	names, err := p.operatorNames(c.Context())
	if err != nil {
		return ui.Table{}, err
	}
	t := ui.Table{Columns: []ui.Column{{Label: c.T("admin.audit.at")}, {Label: c.T("admin.values.setting")},
		{Label: c.T("admin.values.before")}, {Label: c.T("admin.values.after")}, {Label: c.T("admin.audit.actor")}},
		Dense: true, Empty: ui.Empty{What: c.T("admin.values.unchanged")}}
	for _, ch := range changes {
		i := slices.IndexFunc(form.Fields, func(f settings.Field) bool { return f.Key == ch.Key })
		if i < 0 || len(t.Rows) == historyShown {
			continue
		}
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{ui.Text(c.Printer.DateTime(ch.At)), ui.Text(c.T(form.Fields[i].LabelKey)),
			ui.Text(brief(ch.Before)), ui.Text(brief(ch.After)), ui.Text(names[ch.By])}})
	}
	return t, nil
}
