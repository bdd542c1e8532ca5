package channels

import (
	"cmp"
	"maps"
	"net/http"
	"strconv"

	"github.com/qunzhu/qunzhu/internal/auth"
	"github.com/qunzhu/qunzhu/internal/community"
	"github.com/qunzhu/qunzhu/internal/connector"
	"github.com/qunzhu/qunzhu/internal/fault"
	"github.com/qunzhu/qunzhu/internal/web"
	"github.com/qunzhu/qunzhu/internal/web/ui"
)

func itoa(n int) string { return strconv.Itoa(n) }

// shown is what the page of a connection has to say besides how it stands.
type shown struct {
	pasted bool   // show Token and EncodingAESKey, which were just made
	part   string // the form that wrong is about
	wrong  error
	result *checkResult
}

type checkResult struct {
	Status ui.Status
	Text   string
	Detail string
}

type connectionView struct {
	Head     ui.Head
	ID       string
	Reason   string
	Wecom    bool
	Steps    ui.Steps
	Problem  string
	Result   *checkResult
	Fields   []ui.Field
	Advanced []ui.Field
	Callback callbackView
	Archive  archiveView
	Rules    rulesView
}

type callbackView struct {
	On     bool
	Delay  string // what polling delays
	Guide  []line
	Facts  ui.Facts
	Secret bool // the facts hold the secrets
}

// connection is GET /settings/connections/{id}.
func (p *pages) connection(c *web.Ctx) error {
	x, err := p.deps.Store.Get(c.Context(), p.deps.DB, c.Path("id"))
	if err != nil {
		return err
	}
	return p.show(c, x, shown{})
}

func (p *pages) show(c *web.Ctx, x connector.Connection, s shown) error {
	cfg, err := readConfig(x)
	if err != nil {
		return err
	}
	errs := ui.Errors{}
	if s.wrong != nil {
		errs = c.Errors(s.wrong)
	}
	c.Title = ui.Name(x.Name)
	v := connectionView{ID: x.ID, Reason: p.reasonText(c, x), Wecom: x.Kind == wecomKind, Result: s.result,
		Head: ui.Head{Title: c.Title, Sub: p.kindName(c, x.Kind), Chips: []ui.Chip{stateChip(c, x)}, Buttons: p.buttons(c, x)}}
	if v.Rules, err = p.rulesView(c, x, s.part == "rules", errs); err != nil {
		return err
	}
	if v.Wecom {
		v.Steps = steps(c, x, cfg)
		v.Fields, v.Advanced = credentialFields(c, typedOr(c, x, cfg, s), false)
		v.Callback = p.callbackView(c, x, cfg, s.pasted)
		if v.Archive, err = archiveViewOf(c, x, cfg, errs); err != nil {
			return err
		}
	}
	if s.wrong == nil {
		return c.Render("channels/connection", v)
	}
	if s.part == "credentials" {
		mark(v.Fields, errs)
		mark(v.Advanced, errs)
	}
	v.Problem = problem(c, s.wrong, errs)
	return c.RenderStatus(http.StatusUnprocessableEntity, "channels/connection", v)
}

// typedOr is what was typed into the credentials when they are shown again, and
// what is stored otherwise.
func typedOr(c *web.Ctx, x connector.Connection, cfg wecomConfig, s shown) credentials {
	if s.part != "credentials" {
		return credentials{Name: x.Name, CorpID: cfg.CorpID, AgentID: cfg.AgentID, APIBase: cfg.APIBase, Callback: cfg.Callback}
	}
	post := c.Request.PostForm
	agent, _ := strconv.Atoi(post.Get("agent_id"))
	return credentials{Name: post.Get("name"), CorpID: post.Get("corp_id"), AgentID: agent, APIBase: post.Get("api_base"), Callback: post.Get("callback") != ""}
}

func (p *pages) buttons(c *web.Ctx, x connector.Connection) []ui.Button {
	base := "/settings/connections/" + x.ID
	if x.State == connector.Disabled {
		return []ui.Button{{Label: c.T("channels.enable"), Post: base + "/state", Hidden: map[string]string{"state": string(connector.Active)}, Primary: true}}
	}
	out := []ui.Button{{Label: c.T("channels.disable"), Post: base + "/state", Hidden: map[string]string{"state": string(connector.Disabled)}, Danger: true}}
	if _, ok := p.deps.Hub.Connector(x.Kind).(connector.Checker); ok {
		out = append([]ui.Button{{Label: c.T("channels.check"), Post: base + "/check", Primary: true}}, out...)
	}
	return out
}

// steps show where connecting stands; each leads to its part of the page.
func steps(c *web.Ctx, x connector.Connection, cfg wecomConfig) ui.Steps {
	return ui.Steps{
		{Label: c.T("channels.step.credentials"), Href: "#credentials", Done: x.Secrets[secretApp] != ""},
		{Label: c.T("channels.step.callback"), Href: "#callback", Done: !cfg.Callback || x.Secrets[secretToken] != ""},
		{Label: c.T("channels.step.archive"), Href: "#archive", Done: cfg.Archive != nil},
		{Label: c.T("channels.step.rules"), Href: "#rules", Done: x.Default != "" || len(x.Rules) > 0},
	}
}

func (p *pages) callbackView(c *web.Ctx, x connector.Connection, cfg wecomConfig, pasted bool) callbackView {
	v := callbackView{On: cfg.Callback, Guide: lines(c, "channels.guide.callback", 4), Secret: pasted && cfg.Callback,
		Facts: ui.Facts{{Label: "URL", Value: p.deps.BaseURL + "/hooks/" + x.Kind + "/" + x.ID, Copy: true}}}
	if !v.On {
		v.Delay = c.T("channels.polling", cmp.Or(cfg.PollEvery, "10m"))
		return v
	}
	if pasted {
		v.Facts = append(v.Facts, ui.Fact{Label: "Token", Value: x.Secrets[secretToken], Copy: true},
			ui.Fact{Label: "EncodingAESKey", Value: x.Secrets[secretAESKey], Copy: true})
	}
	return v
}

// change loads the connection of the path, lets f change it, and stores it with
// an entry in the audit. What is wrong is shown in the part of the page that it
// is about; nothing is stored then.
func (p *pages) change(c *web.Ctx, part, action string, f func(x *connector.Connection) (shown, error)) error {
	x, err := p.deps.Store.Get(c.Context(), p.deps.DB, c.Path("id"))
	if err != nil {
		return err
	}
	before := x
	x.Secrets = maps.Clone(x.Secrets)
	if x.Secrets == nil {
		x.Secrets = map[string]string{}
	}
	s, err := f(&x)
	if err == nil {
		err = p.put(c, x, action, auditView(before))
	}
	if fault.Is(err, fault.Invalid) {
		return p.show(c, before, shown{part: part, wrong: err})
	}
	if err != nil {
		return err
	}
	if s.pasted {
		return p.show(c, x, s)
	}
	c.Flash("channels.saved")
	return c.Redirect("/settings/connections/" + x.ID)
}

// saveCredentials is POST …/credentials.
func (p *pages) saveCredentials(c *web.Ctx) error {
	return p.change(c, "credentials", "connection.changed", func(x *connector.Connection) (shown, error) {
		var in credentials
		if err := c.Form(&in); err != nil {
			return shown{}, err
		}
		if err := p.apply(x, in); err != nil {
			return shown{}, err
		}
		// New credentials end the wait for them; whether they are right shows with
		// the next call.
		if in.Secret != "" && x.State == connector.Reauthorize {
			x.State, x.Reason = connector.Active, ""
		}
		if in.Callback && x.Secrets[secretToken] == "" {
			x.Secrets[secretToken], x.Secrets[secretAESKey] = newCallbackSecrets()
			return shown{pasted: true}, nil
		}
		return shown{}, nil
	})
}

// saveCallback is POST …/callback: a new Token and EncodingAESKey. The old ones
// end at once, so that the platform's side must be changed next.
func (p *pages) saveCallback(c *web.Ctx) error {
	return p.change(c, "callback", "connection.secrets_replaced", func(x *connector.Connection) (shown, error) {
		x.Secrets[secretToken], x.Secrets[secretAESKey] = newCallbackSecrets()
		return shown{pasted: true}, nil
	})
}

// setState is POST …/state.
func (p *pages) setState(c *web.Ctx) error {
	var in struct {
		State string `form:"state" validate:"required,oneof=active|disabled"`
	}
	if err := c.Form(&in); err != nil {
		return err
	}
	action := map[string]string{"active": "connection.enabled", "disabled": "connection.disabled"}[in.State]
	return p.change(c, "state", action, func(x *connector.Connection) (shown, error) {
		x.State, x.Reason = connector.State(in.State), ""
		return shown{}, nil
	})
}

// communities are all that a rule may name.
func (p *pages) communities(c *web.Ctx) ([]community.Community, error) {
	return community.Communities(c.Context(), p.deps.DB, auth.Everywhere())
}
