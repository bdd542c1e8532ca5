package admin

import (
	"strings"

	"github.com/qunzhu/qunzhu/internal/auth"
	"github.com/qunzhu/qunzhu/internal/fault"
	"github.com/qunzhu/qunzhu/internal/web"
	"github.com/qunzhu/qunzhu/internal/web/ui"
)

type sessionsView struct {
	Head  ui.Head
	Table ui.Table
}

// sessions is GET /account/sessions: where the operator is signed in.
func (p *pages) sessions(c *web.Ctx) error {
	a, err := p.me(c)
	if err != nil {
		return err
	}
	list, err := p.deps.Auth.Sessions(c.Context(), a, a.ID)
	if err != nil {
		return err
	}
	v := sessionsView{Head: ui.Head{Title: c.T("admin.sessions.title"), Sub: c.T("admin.sessions.sub"), Buttons: []ui.Button{
		{Label: c.T("admin.password.title"), Href: passwordPath},
		{Label: c.T("admin.sessions.others"), Post: "/account/sessions/revoke", Hidden: map[string]string{"session": "others"}, Danger: true},
	}}}
	v.Table = sessionTable(c, list, p.deps.Sessions.Current(c.Context()))
	return c.Render("admin/sessions", v)
}

// sessionTable lists sessions; current is the one of this very page, "" where
// the page is about somebody else and offers no single one.
func sessionTable(c *web.Ctx, list []auth.Session, current string) ui.Table {
	t := ui.Table{Columns: []ui.Column{
		{Label: c.T("admin.sessions.device")}, {Label: c.T("admin.sessions.address")}, {Label: c.T("admin.sessions.since")},
		{Label: c.T("admin.sessions.until")}, {},
	}, Empty: ui.Empty{What: c.T("admin.sessions.none")}}
	for _, s := range list {
		row := ui.Row{Cells: []ui.Cell{
			{Text: device(c, s.Agent)}, ui.Text(s.Address), ui.Text(c.Printer.DateTime(s.SignedInAt)), ui.Text(c.Printer.DateTime(s.ExpiresAt)), {},
		}}
		switch current {
		case "":
		case s.ID:
			row.Cells[0].Chips = []ui.Chip{{Status: ui.Pass, Text: c.T("admin.sessions.this")}}
		default:
			row.Cells[4].Buttons = []ui.Button{{Label: c.T("admin.sessions.revoke"), Post: "/account/sessions/revoke",
				Hidden: map[string]string{"session": s.ID}, Danger: true}}
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// device names a browser from what it says of itself; the order matters, since
// each pretends to be those before it.
func device(c *web.Ctx, agent string) string {
	name, system := c.T("admin.sessions.unknown"), ""
	for _, known := range []struct{ mark, name string }{
		{"wxwork/", c.T("admin.sessions.wecom")}, {"MicroMessenger/", c.T("admin.sessions.wechat")}, {"Edg/", "Edge"}, {"Firefox/", "Firefox"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"},
	} {
		if strings.Contains(agent, known.mark) {
			name = known.name
			break
		}
	}
	for _, known := range []string{"Android", "iPhone", "iPad", "Windows", "Mac OS X", "Linux"} {
		if strings.Contains(agent, known) {
			system = " · " + strings.TrimSuffix(known, " X")
			break
		}
	}
	return name + system
}

// revokeSessions is POST /account/sessions/revoke: one session, or all others.
func (p *pages) revokeSessions(c *web.Ctx) error {
	var in struct {
		Session string `form:"session" validate:"required,max=128,line"`
	}
	a, err := p.me(c)
	if err != nil {
		return err
	}
	if err := c.Form(&in); err != nil {
		return err
	}
	if in.Session == "others" {
		err = p.deps.Auth.RevokeSessions(c.Context(), a, a.ID, p.deps.Sessions.Current(c.Context()))
	} else {
		err = p.deps.Auth.RevokeSession(c.Context(), a, a.ID, in.Session)
	}
	if err != nil {
		return err
	}
	c.Flash("admin.sessions.revoked")
	return c.Redirect(web.SessionsPath)
}

type passwordForm struct {
	Current  string `form:"current" validate:"max=256"`
	Password string `form:"password" validate:"required,max=256"`
	Repeat   string `form:"repeat" validate:"required,max=256"`
}

// passwordPage is GET /account/password.
func (p *pages) passwordPage(c *web.Ctx) error {
	a, err := p.me(c)
	if err != nil {
		return err
	}
	return c.Render("admin/form", passwordView(c, a.MustChange))
}

// passwordView asks for the current password too, except from who has just
// signed in with a one-time one.
func passwordView(c *web.Ctx, first bool) formView {
	c.Title = c.T("admin.password.title")
	v := formView{Title: c.Title, Intro: c.T("admin.password.intro"), Action: passwordPath, Button: c.T("admin.password.button"),
		Back: web.SessionsPath, Fields: newPasswordFields(c)}
	if first {
		v.Intro, v.Back = c.T("admin.password.first"), ""
		return v
	}
	v.Fields = append([]ui.Field{{Name: "current", Type: "password", Label: c.T("admin.password.current"), Required: true,
		MaxLength: 256, Autocomplete: "current-password"}}, v.Fields...)
	return v
}

// setPassword is POST /account/password; all other sessions end.
func (p *pages) setPassword(c *web.Ctx) error {
	a, err := p.me(c)
	if err != nil {
		return err
	}
	if err := p.changeOwn(c, a); err != nil {
		if !answerable(err) {
			return err
		}
		return c.RenderStatus(statusOf(err), "admin/form", passwordView(c, a.MustChange).withErrors(c, err))
	}
	c.Flash("admin.password.changed")
	return c.Redirect("/")
}

func (p *pages) changeOwn(c *web.Ctx, a auth.Actor) error {
	var in passwordForm
	if err := c.Form(&in); err != nil {
		return err
	}
	password, err := newPassword(c)
	if err != nil {
		return err
	}
	if !a.MustChange {
		// SignIn is the one check of a password that counts failures; the session
		// stays as it is.
		_, err := p.deps.Auth.SignIn(c.Context(), a.Login, c.Request.PostForm.Get("current"), c.Address.String())
		if fault.Is(err, fault.Unauthorized) {
			return fault.InvalidField("current", "admin.password.wrong")
		}
		if err != nil {
			return err
		}
	}
	return p.deps.Auth.SetPassword(c.Context(), a, a.ID, password, p.deps.Sessions.Current(c.Context()))
}
