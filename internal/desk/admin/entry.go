package admin

import (
	"context"
	"net/http"
	"strings"

	"github.com/qunzhu/qunzhu/internal/audit"
	"github.com/qunzhu/qunzhu/internal/auth"
	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/fault"
	"github.com/qunzhu/qunzhu/internal/web"
	"github.com/qunzhu/qunzhu/internal/web/ui"
)

// formView is a page that is one form.
type formView struct {
	Title, Intro, Problem string
	Action, Button        string
	Hidden                map[string]string
	Fields                []ui.Field
	Back                  string // path of the page before, "" for none
}

// withErrors marks the wrong fields of err; what belongs to no field becomes the
// problem above the form.
func (v formView) withErrors(c *web.Ctx, err error) formView {
	if err == nil {
		return v
	}
	wrong := c.Errors(err)
	for i := range v.Fields {
		v.Fields[i].Error = wrong[v.Fields[i].Name]
		delete(wrong, v.Fields[i].Name)
	}
	v.Problem = problemText(c, err, wrong)
	return v
}

func problemText(c *web.Ctx, err error, left ui.Errors) string {
	parts := []string{c.Printer.Fault(err)}
	for _, text := range left {
		parts = append(parts, text)
	}
	return strings.Join(parts, " · ")
}

// answerable reports whether err is about what was typed, so that the form is
// shown again; anything else is a failure of ours or a refusal.
func answerable(err error) bool {
	switch fault.As(err).Code {
	case fault.Invalid, fault.Conflict, fault.TooMany, fault.Unauthorized:
		return true
	}
	return fault.Is(err, fault.Forbidden) && fault.As(err).Key != "fault.forbidden"
}

// statusOf is the status of a form that is shown again.
func statusOf(err error) int {
	if fault.Is(err, fault.Invalid) {
		return http.StatusUnprocessableEntity
	}
	return fault.As(err).Code.Status()
}

type credentials struct {
	Login    string `form:"login" validate:"required,max=64,line"`
	Password string `form:"password" validate:"required,max=256"`
	Next     string `form:"next" validate:"local"`
}

// loginPage is GET /login. Who is signed in already goes on; before the first
// operator exists it leads to the set-up.
func (p *pages) loginPage(c *web.Ctx) error {
	settled, err := p.hasOperators(c.Context())
	if err != nil {
		return err
	}
	if !settled {
		return c.Redirect("/setup")
	}
	a, err := p.deps.Sessions.Actor(c.Context())
	switch {
	case fault.Is(err, fault.Unauthorized):
		return c.Render("admin/plain", p.loginForm(c, "", c.Query("next")))
	case err != nil:
		return err
	case a.MustChange:
		return c.Redirect(passwordPath)
	}
	return c.Redirect(onward(c.Query("next")))
}

func (p *pages) loginForm(c *web.Ctx, login, next string) formView {
	c.Title = c.T("admin.login.title")
	return formView{
		Title: c.Title, Action: web.LoginPath, Button: c.T("admin.login.button"), Hidden: map[string]string{"next": onward(next)},
		Fields: []ui.Field{
			{Name: "login", Label: c.T("admin.login.login"), Value: login, Required: true, MaxLength: 64, Autocomplete: "username", Autofocus: login == ""},
			{Name: "password", Type: "password", Label: c.T("admin.login.password"), Required: true, MaxLength: 256,
				Autocomplete: "current-password", Autofocus: login != ""},
		},
	}
}

// onward is where to go after signing in: never to another site, and never in a
// circle.
func onward(next string) string {
	if !web.LocalPath(next) || strings.HasPrefix(next, web.LoginPath) || strings.HasPrefix(next, web.LogoutPath) {
		return "/"
	}
	return next
}

// login is POST /login.
func (p *pages) login(c *web.Ctx) error {
	var in credentials
	err := c.Form(&in)
	var a auth.Actor
	if err == nil {
		// A password may begin or end with a space; a form field is trimmed.
		a, err = p.deps.Auth.SignIn(c.Context(), in.Login, c.Request.PostForm.Get("password"), c.Address.String())
	}
	if err != nil {
		if !answerable(err) {
			return err
		}
		if err := p.noteRefusal(c, in.Login, err); err != nil {
			return err
		}
		return c.RenderStatus(statusOf(err), "admin/plain", p.loginForm(c, in.Login, in.Next).withErrors(c, err))
	}
	if err := p.deps.Sessions.Begin(c.Context(), a, c.Request.UserAgent()); err != nil {
		return err
	}
	if a.MustChange {
		return c.Redirect(passwordPath)
	}
	return c.Redirect(onward(in.Next))
}

// noteRefusal keeps refused sign-ins in the audit, under the operator's id and
// never under what was typed: people type passwords into the wrong field. Locked
// attempts are left out, so that a flood does not fill the audit.
func (p *pages) noteRefusal(c *web.Ctx, login string, cause error) error {
	if !fault.Is(cause, fault.Unauthorized) {
		return nil
	}
	all, err := p.deps.Auth.Operators(c.Context(), auth.System("admin"))
	if err != nil {
		return err
	}
	object := ""
	for _, o := range all {
		if o.Login == strings.ToLower(login) {
			object = o.ID
		}
	}
	return p.deps.DB.Write(c.Context(), func(tx *db.Tx) error {
		return audit.Record(c.Context(), tx, audit.Entry{ActorKind: "visitor", Action: "operator.sign_in_refused",
			ObjectKind: "operator", ObjectID: object, Address: c.Address.String()})
	})
}

// logout is POST /logout; without a session there is nothing to end.
func (p *pages) logout(c *web.Ctx) error {
	a, err := p.me(c)
	if err == nil {
		err = p.deps.DB.Write(c.Context(), func(tx *db.Tx) error {
			return audit.Record(c.Context(), tx, a.Audit("operator.signed_out", "operator", a.ID))
		})
	}
	if err != nil && !fault.Is(err, fault.Unauthorized) {
		return err
	}
	if err := p.deps.Sessions.End(c.Context()); err != nil {
		return err
	}
	return c.Redirect(web.LoginPath)
}

// hasOperators reports whether the first operator was made.
func (p *pages) hasOperators(ctx context.Context) (bool, error) {
	if p.settled.Load() {
		return true, nil
	}
	all, err := p.deps.Auth.Operators(ctx, auth.System("admin"))
	if err == nil && len(all) > 0 {
		p.settled.Store(true)
	}
	return len(all) > 0, err
}
