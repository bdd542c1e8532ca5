package admin

import (
	"github.com/qunzhu/qunzhu/internal/auth"
	"github.com/qunzhu/qunzhu/internal/fault"
	"github.com/qunzhu/qunzhu/internal/web"
	"github.com/qunzhu/qunzhu/internal/web/ui"
)

type setupForm struct {
	Code     string `form:"code" validate:"required,max=40,line"`
	Login    string `form:"login" validate:"required,max=64,line"`
	Name     string `form:"name" validate:"required,max=40,line"`
	Password string `form:"password" validate:"required,max=256"`
	Repeat   string `form:"repeat" validate:"required,max=256"`
}

// setupPage is GET /setup. It is there while no operator exists, and what it
// asks for first is the one-time code from the server's output.
func (p *pages) setupPage(c *web.Ctx) error {
	settled, err := p.hasOperators(c.Context())
	if err != nil {
		return err
	}
	if settled {
		return c.Redirect(web.LoginPath)
	}
	return c.Render("admin/plain", setupView(c, setupForm{}))
}

func setupView(c *web.Ctx, in setupForm) formView {
	c.Title = c.T("admin.setup.title")
	return formView{
		Title: c.Title, Intro: c.T("admin.setup.intro"), Action: "/setup", Button: c.T("admin.setup.button"),
		Fields: append([]ui.Field{
			{Name: "code", Label: c.T("admin.setup.code"), Help: c.T("admin.setup.code_help"), Value: in.Code, Required: true,
				MaxLength: 40, Autocomplete: "one-time-code", Autofocus: true, Placeholder: "XXXX-XXXX-XXXX-XXXX"},
			{Name: "login", Label: c.T("admin.login.login"), Help: c.T("admin.operator.login_help"), Value: in.Login, Required: true, MaxLength: 64, Autocomplete: "username"},
			{Name: "name", Label: c.T("admin.operator.name"), Value: in.Name, Required: true, MaxLength: 40, Autocomplete: "name"},
		}, newPasswordFields(c)...),
	}
}

func newPasswordFields(c *web.Ctx) []ui.Field {
	return []ui.Field{
		{Name: "password", Type: "password", Label: c.T("admin.password.new"), Help: c.T("admin.password.help"), Required: true, MaxLength: 256, Autocomplete: "new-password"},
		{Name: "repeat", Type: "password", Label: c.T("admin.password.repeat"), Required: true, MaxLength: 256, Autocomplete: "new-password"},
	}
}

// setup is POST /setup: it makes the first operator, a manager, and signs him in.
func (p *pages) setup(c *web.Ctx) error {
	var in setupForm
	err := c.Form(&in)
	var a auth.Actor
	if err == nil {
		a, err = p.setUp(c, in)
	}
	if err != nil {
		if !answerable(err) {
			return err
		}
		return c.RenderStatus(statusOf(err), "admin/plain", setupView(c, in).withErrors(c, err))
	}
	if err := p.deps.Sessions.Begin(c.Context(), a, c.Request.UserAgent()); err != nil {
		return err
	}
	c.Flash("admin.setup.done")
	return c.Redirect("/")
}

func (p *pages) setUp(c *web.Ctx, in setupForm) (auth.Actor, error) {
	password, err := newPassword(c)
	if err != nil {
		return auth.Actor{}, err
	}
	return p.deps.Auth.SetUp(c.Context(), in.Code, auth.NewOperator{Login: in.Login, Name: in.Name, Password: password}, c.Address.String())
}

// newPassword reads a new password, untrimmed, and its repetition.
func newPassword(c *web.Ctx) (string, error) {
	password := c.Request.PostForm.Get("password")
	if c.Request.PostForm.Get("repeat") != password {
		return "", fault.InvalidField("repeat", "admin.password.differs")
	}
	return password, nil
}
