package channels

import (
	"cmp"
	"maps"
	"net/http"
	"slices"

	"github.com/qunzhu/qunzhu/internal/audit"
	"github.com/qunzhu/qunzhu/internal/connector"
	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/fault"
	"github.com/qunzhu/qunzhu/internal/id"
	"github.com/qunzhu/qunzhu/internal/web"
	"github.com/qunzhu/qunzhu/internal/web/ui"
)

// normsURL is the platform's own page of its rules; they change without notice.
const normsURL = "https://work.weixin.qq.com/nl/norm"

type newView struct {
	Head     ui.Head
	Problem  string
	Norms    []line
	NormsURL string
	Guide    []line
	Fields   []ui.Field
	Advanced []ui.Field
	Accept   ui.Field
}

// credentials are what an operator types about a WeCom app. An empty secret
// keeps the one there is.
type credentials struct {
	Name     string `form:"name" validate:"required,max=40,line"`
	CorpID   string `form:"corp_id" validate:"required,max=64,line"`
	AgentID  int    `form:"agent_id" validate:"required,min=1"`
	Secret   string `form:"secret" validate:"max=256,line"`
	APIBase  string `form:"api_base" validate:"max=200,url"`
	Callback bool   `form:"callback"`
}

// newConnection is GET /settings/connections/new.
func (p *pages) newConnection(c *web.Ctx) error {
	return p.showNew(c, credentials{Callback: true}, nil)
}

func (p *pages) showNew(c *web.Ctx, in credentials, wrong error) error {
	v := newView{Head: ui.Head{Title: c.T("channels.new.title"), Sub: c.T("channels.new.sub")}, NormsURL: normsURL,
		Norms: lines(c, "channels.norm", 6), Guide: lines(c, "channels.guide.app", 6),
		Accept: ui.Field{Type: "checkbox", Name: "accept", Label: c.T("channels.accept"), Required: true}}
	v.Fields, v.Advanced = credentialFields(c, in, true)
	c.Title = v.Head.Title
	if wrong == nil {
		return c.Render("channels/new", v)
	}
	errs := c.Errors(wrong)
	mark(v.Fields, errs)
	mark(v.Advanced, errs)
	v.Accept.Error = take(errs, "accept")
	v.Problem = problem(c, wrong, errs)
	return c.RenderStatus(http.StatusUnprocessableEntity, "channels/new", v)
}

// line is one of several sentences, counted from 1.
type line struct {
	Number int
	Text   string
}

// lines are the translations of key.1 … key.n.
func lines(c *web.Ctx, key string, n int) []line {
	out := make([]line, n)
	for i := range out {
		out[i] = line{i + 1, c.T(key + "." + itoa(i+1))}
	}
	return out
}

// mark moves complaints to the fields that they are about.
func mark(fields []ui.Field, errs ui.Errors) {
	for i := range fields {
		fields[i].Error = take(errs, fields[i].Name)
	}
}

func take(errs ui.Errors, name string) string {
	text := errs[name]
	delete(errs, name)
	return text
}

// problem says what is wrong above a form, with the complaints that stand at no
// field of it.
func problem(c *web.Ctx, wrong error, left ui.Errors) string {
	text := c.Printer.Fault(wrong)
	for _, name := range slices.Sorted(maps.Keys(left)) {
		text += " · " + left[name]
	}
	return text
}

func credentialFields(c *web.Ctx, in credentials, fresh bool) (fields, advanced []ui.Field) {
	agent := ""
	if in.AgentID > 0 {
		agent = itoa(in.AgentID)
	}
	secret := ui.Field{Type: "password", Name: "secret", Label: c.T("channels.secret"), Help: c.T("channels.secret_help"), MaxLength: 256, Autocomplete: "off", Required: fresh}
	if !fresh {
		secret.Help, secret.Placeholder = c.T("channels.secret_keep"), "••••••••"
	}
	fields = []ui.Field{
		{Name: "name", Label: c.T("channels.name"), Help: c.T("channels.name_help"), Value: in.Name, Required: true, MaxLength: 40},
		{Name: "corp_id", Label: c.T("channels.corp_id"), Help: c.T("channels.corp_id_help"), Value: in.CorpID, Required: true, MaxLength: 64, Placeholder: "ww0123456789abcdef"},
		{Name: "agent_id", Type: "number", Label: "AgentId", Help: c.T("channels.agent_id_help"), Value: agent, Required: true, Min: "1", Placeholder: "1000002"},
		secret,
		{Name: "callback", Type: "checkbox", Label: c.T("channels.callback"), Help: c.T("channels.callback_help"), Checked: in.Callback},
	}
	return fields, []ui.Field{{Name: "api_base", Type: "url", Label: c.T("channels.api_base"), Help: c.T("channels.api_base_help"),
		Value: cmp.Or(in.APIBase, apiBase), MaxLength: 200}}
}

// connect is POST /settings/connections/new. The answer shows what is to be
// pasted at the platform, this once.
func (p *pages) connect(c *web.Ctx) error {
	var in credentials
	var agreed struct {
		Accept bool `form:"accept" validate:"required"`
	}
	err := c.Form(&in)
	if err == nil {
		err = c.Form(&agreed)
	}
	if err == nil && in.Secret == "" {
		err = fault.InvalidField("secret", "form.required")
	}
	x := connector.Connection{ID: id.New(p.deps.Clock.Now()), Kind: wecomKind, State: connector.Active, Created: p.deps.Clock.Now(), Secrets: map[string]string{}}
	x.Secrets[secretToken], x.Secrets[secretAESKey] = newCallbackSecrets()
	if err == nil {
		err = p.apply(&x, in)
	}
	if err == nil {
		err = p.alone(c, in)
	}
	if fault.Is(err, fault.Invalid) {
		return p.showNew(c, in, err)
	}
	if err != nil {
		return err
	}
	if err := p.put(c, x, "connection.created", nil); err != nil {
		return err
	}
	return p.show(c, x, shown{pasted: true})
}

// alone refuses an app that is connected already: every group would be there
// twice.
func (p *pages) alone(c *web.Ctx, in credentials) error {
	conns, err := p.deps.Store.List(c.Context(), p.deps.DB)
	for _, x := range conns {
		cfg, parseErr := readConfig(x)
		if parseErr == nil && x.Kind == wecomKind && cfg.CorpID == in.CorpID && cfg.AgentID == in.AgentID {
			return fault.InvalidField("corp_id", "channels.wrong.twice", ui.Name(x.Name))
		}
	}
	return err
}

// apply puts what was typed into a connection, and checks the whole.
func (p *pages) apply(x *connector.Connection, in credentials) error {
	cfg, err := readConfig(*x)
	if err != nil {
		return err
	}
	x.Name, cfg.CorpID, cfg.AgentID, cfg.Callback = in.Name, in.CorpID, in.AgentID, in.Callback
	cfg.APIBase = cmp.Or(in.APIBase, apiBase)
	if in.Secret != "" {
		x.Secrets[secretApp] = in.Secret
	}
	x.Config = cfg.encode()
	if err := checkWecom(cfg, x.Secrets); err != nil {
		return err
	}
	return p.validate(*x)
}

// validate asks the connector whether it could work with a connection, where it
// can tell without calling its platform.
func (p *pages) validate(x connector.Connection) error {
	if v, ok := p.deps.Hub.Connector(x.Kind).(validator); ok {
		return v.Validate(x)
	}
	return nil
}

// put stores a connection and says so in the audit: its configuration before and
// after, and never a secret.
func (p *pages) put(c *web.Ctx, x connector.Connection, action string, before any) error {
	a, err := p.deps.Sessions.Actor(c.Context())
	if err != nil {
		return err
	}
	err = p.deps.DB.Write(c.Context(), func(tx *db.Tx) error {
		if err := p.deps.Store.Put(c.Context(), tx, x); err != nil {
			return err
		}
		e := a.From(c.Address.String()).Audit(action, "connection", x.ID)
		e.Before, e.After = before, auditView(x)
		return audit.Record(c.Context(), tx, e)
	})
	if err == nil {
		p.deps.Live.Publish("sources")
	}
	return err
}

// auditView is what the audit keeps of a connection.
func auditView(x connector.Connection) any {
	return map[string]any{"name": x.Name, "config": x.Config, "state": x.State, "rules": x.Rules, "default": x.Default}
}
