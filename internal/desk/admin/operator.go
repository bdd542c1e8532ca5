package admin

import (
	"slices"

	"github.com/qunzhu/qunzhu/internal/auth"
	"github.com/qunzhu/qunzhu/internal/fault"
	"github.com/qunzhu/qunzhu/internal/web"
	"github.com/qunzhu/qunzhu/internal/web/ui"
)

type operatorView struct {
	Head     ui.Head
	Problem  string
	ID       string // "" for a new one
	Fields   []ui.Field
	Grants   grantMatrix
	Sessions ui.Table
	Secret   *secretView
}

// secretView shows a password or token, this once.
type secretView struct {
	Title, Note, Value string
	Facts              ui.Facts
}

type operatorForm struct {
	Login  string   `form:"login" validate:"required,max=64,line"`
	Name   string   `form:"name" validate:"required,max=40,line"`
	Grants []string `form:"grants" validate:"max=500"`
}

// newOperator is GET /settings/operators/new.
func (p *pages) newOperator(c *web.Ctx) error {
	return p.showNew(c, operatorForm{}, nil)
}

func (p *pages) showNew(c *web.Ctx, in operatorForm, wrong error) error {
	places, err := p.places(c)
	if err != nil {
		return err
	}
	held, _ := parseGrants(in.Grants, places)
	c.Title = c.T("admin.operators.add")
	f := formView{Fields: []ui.Field{
		{Name: "name", Label: c.T("admin.operator.name"), Value: in.Name, Required: true, MaxLength: 40, Autofocus: true},
		{Name: "login", Label: c.T("admin.login.login"), Help: c.T("admin.operator.login_help"), Value: in.Login, Required: true, MaxLength: 64, Autocomplete: "off"},
	}}.withErrors(c, wrong)
	v := operatorView{Head: ui.Head{Title: c.Title, Sub: c.T("admin.operators.add_sub")}, Problem: f.Problem, Fields: f.Fields, Grants: matrix(c, places, held)}
	if wrong != nil {
		v.Grants.Error = c.Errors(wrong)["grants"]
		return c.RenderStatus(statusOf(wrong), "admin/operator", v)
	}
	return c.Render("admin/operator", v)
}

// addOperator is POST /settings/operators/new. The one-time password is in this
// answer and nowhere else.
func (p *pages) addOperator(c *web.Ctx) error {
	var in operatorForm
	a, err := p.me(c)
	if err != nil {
		return err
	}
	n := auth.NewOperator{Password: auth.GeneratePassword(), OneTime: true}
	if err = c.Form(&in); err == nil {
		err = p.create(c, a, in, &n)
	}
	if err != nil {
		if !answerable(err) {
			return err
		}
		return p.showNew(c, in, err)
	}
	return p.showSecret(c, ui.Name(n.Name), c.T("admin.operator.password_note"), n.Password,
		ui.Facts{{Label: c.T("admin.login.address"), Value: p.deps.BaseURL + web.LoginPath, Copy: true}, {Label: c.T("admin.login.login"), Value: n.Login, Copy: true}})
}

func (p *pages) create(c *web.Ctx, a auth.Actor, in operatorForm, n *auth.NewOperator) error {
	places, err := p.places(c)
	if err != nil {
		return err
	}
	if n.Grants, err = parseGrants(in.Grants, places); err != nil {
		return err
	}
	if len(n.Grants) == 0 {
		return fault.InvalidField("grants", "admin.operator.role_required")
	}
	n.Login, n.Name = in.Login, in.Name
	_, err = p.deps.Auth.CreateOperator(c.Context(), a, *n)
	return err
}

func (p *pages) showSecret(c *web.Ctx, title, note, value string, facts ui.Facts) error {
	c.Title = title
	return c.Render("admin/operator", operatorView{Head: ui.Head{Title: title},
		Secret: &secretView{Title: c.T("admin.secret.once"), Note: note, Value: value, Facts: facts}})
}

// operator is GET /settings/operators/{id}.
func (p *pages) operator(c *web.Ctx) error { return p.showOperator(c, nil) }

func (p *pages) showOperator(c *web.Ctx, wrong error) error {
	a, o, err := p.operatorOf(c)
	if err != nil {
		return err
	}
	places, err := p.places(c)
	if err != nil {
		return err
	}
	sessions, err := p.deps.Auth.Sessions(c.Context(), a, o.ID)
	if err != nil {
		return err
	}
	c.Title = ui.Name(o.Name)
	v := operatorView{ID: o.ID, Grants: matrix(c, places, o.Grants), Sessions: sessionTable(c, sessions, ""),
		Head: ui.Head{Title: c.Title, Sub: o.Login, Chips: []ui.Chip{operatorState(c, o)}, Buttons: operatorButtons(c, o)}}
	if wrong != nil {
		v.Problem = problemText(c, wrong, c.Errors(wrong))
		return c.RenderStatus(statusOf(wrong), "admin/operator", v)
	}
	return c.Render("admin/operator", v)
}

func operatorButtons(c *web.Ctx, o auth.Operator) []ui.Button {
	base := "/settings/operators/" + o.ID
	if !o.DisabledAt.IsZero() {
		return []ui.Button{{Label: c.T("admin.operator.enable"), Post: base + "/disabled", Hidden: map[string]string{"disabled": ""}, Primary: true}}
	}
	return []ui.Button{
		{Label: c.T("admin.operator.reset"), Post: base + "/password"},
		{Label: c.T("admin.operator.end_sessions"), Post: base + "/sessions"},
		{Label: c.T("admin.operator.disable"), Post: base + "/disabled", Hidden: map[string]string{"disabled": "1"}, Danger: true},
	}
}

// operatorOf loads the operator of the path; an unknown one is a NotFound fault.
func (p *pages) operatorOf(c *web.Ctx) (auth.Actor, auth.Operator, error) {
	a, err := p.me(c)
	if err != nil {
		return a, auth.Operator{}, err
	}
	all, err := p.deps.Auth.Operators(c.Context(), a)
	if err != nil {
		return a, auth.Operator{}, err
	}
	i := slices.IndexFunc(all, func(o auth.Operator) bool { return o.ID == c.Path("id") })
	if i < 0 {
		return a, auth.Operator{}, fault.New(fault.NotFound, "fault.operator_unknown")
	}
	return a, all[i], nil
}

// change runs what a button of an operator's page does.
func (p *pages) change(c *web.Ctx, done string, f func(a auth.Actor, o auth.Operator) error) error {
	a, o, err := p.operatorOf(c)
	if err != nil {
		return err
	}
	if err := f(a, o); err != nil {
		if !answerable(err) {
			return err
		}
		return p.showOperator(c, err)
	}
	c.Flash(done)
	return c.Redirect("/settings/operators/" + o.ID)
}

// setGrants is POST /settings/operators/{id}/grants; it counts from the next
// request of the operator on.
func (p *pages) setGrants(c *web.Ctx) error {
	return p.change(c, "admin.saved", func(a auth.Actor, o auth.Operator) error {
		var in struct {
			Grants []string `form:"grants" validate:"max=500"`
		}
		if err := c.Form(&in); err != nil {
			return err
		}
		places, err := p.places(c)
		if err != nil {
			return err
		}
		grants, err := parseGrants(in.Grants, places)
		if err != nil {
			return err
		}
		return p.deps.Auth.SetGrants(c.Context(), a, o.ID, grants)
	})
}

// setDisabled is POST /settings/operators/{id}/disabled.
func (p *pages) setDisabled(c *web.Ctx) error {
	return p.change(c, "admin.saved", func(a auth.Actor, o auth.Operator) error {
		var in struct {
			Disabled bool `form:"disabled"`
		}
		if err := c.Form(&in); err != nil {
			return err
		}
		return p.deps.Auth.SetDisabled(c.Context(), a, o.ID, in.Disabled)
	})
}

// endSessions is POST /settings/operators/{id}/sessions.
func (p *pages) endSessions(c *web.Ctx) error {
	return p.change(c, "admin.sessions.revoked", func(a auth.Actor, o auth.Operator) error {
		return p.deps.Auth.RevokeSessions(c.Context(), a, o.ID, "")
	})
}

// resetPassword is POST /settings/operators/{id}/password: a new one-time
// password, in this answer and nowhere else. One's own is changed elsewhere.
func (p *pages) resetPassword(c *web.Ctx) error {
	a, o, err := p.operatorOf(c)
	if err != nil {
		return err
	}
	if a.ID == o.ID {
		return c.Redirect(passwordPath)
	}
	password := auth.GeneratePassword()
	if err := p.deps.Auth.SetPassword(c.Context(), a, o.ID, password, ""); err != nil {
		return err
	}
	return p.showSecret(c, ui.Name(o.Name), c.T("admin.operator.password_note"), password, ui.Facts{{Label: c.T("admin.login.login"), Value: o.Login, Copy: true}})
}
