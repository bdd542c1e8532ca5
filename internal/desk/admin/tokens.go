package admin

import (
	"time"

	"github.com/qunzhu/qunzhu/internal/auth"
	"github.com/qunzhu/qunzhu/internal/fault"
	"github.com/qunzhu/qunzhu/internal/web"
	"github.com/qunzhu/qunzhu/internal/web/ui"
)

type tokensView struct {
	Head   ui.Head
	Form   formView
	Table  ui.Table
	Secret *secretView
}

type tokenForm struct {
	Name      string    `form:"name" validate:"required,max=40,line"`
	Scope     string    `form:"scope" validate:"required,oneof=read|write"`
	Community string    `form:"community" validate:"max=64,line"`
	Expires   time.Time `form:"expires_at"`
}

// tokens is GET /settings/tokens.
func (p *pages) tokens(c *web.Ctx) error {
	return p.showTokens(c, tokenForm{Scope: string(auth.ReadScope)}, nil, nil)
}

func (p *pages) showTokens(c *web.Ctx, in tokenForm, secret *secretView, wrong error) error {
	a, err := p.me(c)
	if err != nil {
		return err
	}
	list, err := p.deps.Auth.Tokens(c.Context(), a)
	if err != nil {
		return err
	}
	places, err := p.places(c)
	if err != nil {
		return err
	}
	v := tokensView{Head: ui.Head{Title: c.T("admin.tokens.title"), Sub: c.T("admin.tokens.sub"),
		Buttons: []ui.Button{{Label: c.T("admin.tokens.docs"), Href: "/api/docs"}}},
		Form: tokenFields(c, in, places).withErrors(c, wrong), Table: tokenTable(c, list, places, time.Now()), Secret: secret}
	if wrong != nil {
		return c.RenderStatus(statusOf(wrong), "admin/tokens", v)
	}
	return c.Render("admin/tokens", v)
}

func tokenFields(c *web.Ctx, in tokenForm, places []place) formView {
	expires := ""
	if !in.Expires.IsZero() {
		expires = in.Expires.Format(time.DateOnly)
	}
	where := ui.Field{Type: "select", Name: "community", Label: c.T("admin.token.community")}
	for _, x := range places {
		where.Options = append(where.Options, ui.Option{Value: x.ID, Label: x.Name, Selected: x.ID == in.Community})
	}
	return formView{Title: c.T("admin.tokens.add"), Action: "/settings/tokens", Button: c.T("admin.tokens.create"), Fields: []ui.Field{
		{Name: "name", Label: c.T("admin.token.name"), Help: c.T("admin.token.name_help"), Value: in.Name, Required: true, MaxLength: 40},
		{Type: "radio", Name: "scope", Label: c.T("admin.token.scope"), Required: true, Options: []ui.Option{
			{Value: "read", Label: c.T("admin.token.read"), Help: c.T("admin.token.read_help"), Selected: in.Scope == "read"},
			{Value: "write", Label: c.T("admin.token.write"), Help: c.T("admin.token.write_help"), Selected: in.Scope == "write"},
		}},
		where,
		{Type: "date", Name: "expires_at", Label: c.T("admin.token.expires"), Help: c.T("admin.token.expires_help"), Value: expires},
	}}
}

func tokenTable(c *web.Ctx, list []auth.Token, places []place, now time.Time) ui.Table {
	t := ui.Table{Columns: []ui.Column{{Label: c.T("admin.token.name")}, {Label: c.T("admin.token.scope")}, {Label: c.T("admin.token.community")},
		{Label: c.T("admin.operator.state")}, {Label: c.T("admin.token.used")}, {}},
		Empty: ui.Empty{What: c.T("admin.tokens.none"), Why: c.T("admin.tokens.none_why")}}
	for _, x := range list {
		used := c.T("admin.token.never")
		if !x.LastUsedAt.IsZero() {
			used = c.Printer.Relative(x.LastUsedAt, now)
		}
		row := ui.Row{Cells: []ui.Cell{{Text: ui.Name(x.Name), Sub: c.Printer.DateTime(x.CreatedAt)}, ui.Text(c.T("admin.token." + string(x.Scope))),
			ui.Text(placeName(places, x.CommunityID)), {Chips: []ui.Chip{tokenState(c, x, now)}}, ui.Text(used), {}}}
		if x.RevokedAt.IsZero() {
			row.Cells[5].Buttons = []ui.Button{{Label: c.T("admin.token.revoke"), Post: "/settings/tokens/" + x.ID + "/revoke", Danger: true}}
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

func tokenState(c *web.Ctx, x auth.Token, now time.Time) ui.Chip {
	switch {
	case !x.RevokedAt.IsZero():
		return ui.Chip{Status: ui.NoData, Text: c.T("admin.token.revoked")}
	case x.ExpiresAt.IsZero():
		return ui.Chip{Status: ui.Pass, Text: c.T("admin.token.lasting")}
	case !now.Before(x.ExpiresAt):
		return ui.Chip{Status: ui.NoData, Text: c.T("admin.token.expired")}
	}
	return ui.Chip{Status: ui.Pass, Text: c.T("admin.token.until", c.Printer.Date(x.ExpiresAt))}
}

// createToken is POST /settings/tokens; the token is in this answer and nowhere
// else.
func (p *pages) createToken(c *web.Ctx) error {
	var in tokenForm
	a, err := p.me(c)
	if err != nil {
		return err
	}
	var secret string
	if err = c.Form(&in); err == nil {
		secret, err = p.issue(c, a, in)
	}
	if err != nil {
		if !answerable(err) {
			return err
		}
		return p.showTokens(c, in, nil, err)
	}
	return p.showTokens(c, tokenForm{Scope: string(auth.ReadScope)}, &secretView{
		Title: c.T("admin.secret.once"), Note: c.T("admin.token.note"), Value: secret}, nil)
}

func (p *pages) issue(c *web.Ctx, a auth.Actor, in tokenForm) (string, error) {
	places, err := p.places(c)
	if err != nil {
		return "", err
	}
	if placeName(places, in.Community) == in.Community {
		return "", fault.InvalidField("community", "admin.operator.place_unknown")
	}
	secret, _, err := p.deps.Auth.CreateToken(c.Context(), a, auth.NewToken{Name: in.Name, Scope: auth.TokenScope(in.Scope),
		CommunityID: in.Community, ExpiresAt: in.Expires})
	return secret, err
}

// revokeToken is POST /settings/tokens/{id}/revoke.
func (p *pages) revokeToken(c *web.Ctx) error {
	a, err := p.me(c)
	if err != nil {
		return err
	}
	if err := p.deps.Auth.RevokeToken(c.Context(), a, c.Path("id")); err != nil {
		return err
	}
	c.Flash("admin.token.was_revoked")
	return c.Redirect("/settings/tokens")
}
