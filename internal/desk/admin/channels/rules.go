package channels

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/qunzhu/qunzhu/internal/community"
	"github.com/qunzhu/qunzhu/internal/connector"
	"github.com/qunzhu/qunzhu/internal/fault"
	"github.com/qunzhu/qunzhu/internal/web"
	"github.com/qunzhu/qunzhu/internal/web/ui"
)

const (
	maxRules   = 50
	blankRules = 2 // empty rows to type into
)

type rulesView struct {
	Rows    []ruleRow
	Default ui.Field
	Staff   []staffOption
	Problem string
}

type ruleRow struct {
	Owner, Contains string
	Communities     []ui.Option
}

type staffOption struct{ ID, Name string }

func (p *pages) rulesView(c *web.Ctx, x connector.Connection, typed bool, errs ui.Errors) (rulesView, error) {
	list, err := p.communities(c)
	if err != nil {
		return rulesView{}, err
	}
	rules, fallback := x.Rules, x.Default
	v := rulesView{}
	if typed {
		rules, fallback = typedRules(c), c.Request.PostForm.Get("default")
		v.Problem = take(errs, "rules")
	}
	for _, r := range append(slices.Clone(rules), make([]connector.Rule, blankRules)...) {
		v.Rows = append(v.Rows, ruleRow{r.Owner, r.Contains, options(list, r.Community, c.T("channels.rules.choose"))})
	}
	v.Default = ui.Field{Type: "select", Name: "default", Label: c.T("channels.rules.default"), Help: c.T("channels.rules.default_help"),
		Options: options(list, fallback, c.T("channels.rules.automatic"))}
	staff, err := p.deps.Store.StaffOf(c.Context(), p.deps.DB, x.ID)
	for _, m := range staff {
		v.Staff = append(v.Staff, staffOption{m.External, ui.Name(m.Name)})
	}
	slices.SortFunc(v.Staff, func(a, b staffOption) int { return strings.Compare(a.ID, b.ID) })
	return v, err
}

func options(list []community.Community, chosen, none string) []ui.Option {
	out := []ui.Option{{Label: none, Selected: chosen == ""}}
	for _, x := range list {
		out = append(out, ui.Option{Value: x.ID, Label: ui.Name(x.Name), Selected: x.ID == chosen})
	}
	return out
}

// typedRules reads the rows of the form; an empty row is none.
func typedRules(c *web.Ctx) []connector.Rule {
	post := c.Request.PostForm
	at := func(name string, i int) string {
		if i >= len(post[name]) {
			return ""
		}
		return strings.TrimSpace(post[name][i])
	}
	var out []connector.Rule
	for i := range min(len(post["community"]), maxRules+1) {
		if r := (connector.Rule{Owner: at("owner", i), Contains: at("contains", i), Community: at("community", i)}); r != (connector.Rule{}) {
			out = append(out, r)
		}
	}
	return out
}

// saveRules is POST …/rules. They count for groups that are seen for the first
// time from then on; groups that have a community keep it.
func (p *pages) saveRules(c *web.Ctx) error {
	return p.change(c, "rules", "connection.changed", func(x *connector.Connection) (shown, error) {
		var in struct {
			Default string `form:"default" validate:"max=64,line"`
		}
		if err := c.Form(&in); err != nil {
			return shown{}, err
		}
		list, err := p.communities(c)
		if err != nil {
			return shown{}, err
		}
		x.Default, x.Rules = in.Default, typedRules(c)
		return shown{}, checkRules(*x, list)
	})
}

func checkRules(x connector.Connection, list []community.Community) error {
	known := func(id string) bool {
		return slices.ContainsFunc(list, func(y community.Community) bool { return y.ID == id })
	}
	if x.Default != "" && !known(x.Default) {
		return fault.InvalidField("rules", "channels.wrong.community")
	}
	if len(x.Rules) > maxRules {
		return fault.InvalidField("rules", "form.max_items", maxRules)
	}
	for i, r := range x.Rules {
		switch {
		case r.Community == "":
			return fault.InvalidField("rules", "channels.wrong.rule_target", i+1)
		case !known(r.Community):
			return fault.InvalidField("rules", "channels.wrong.community")
		case r.Owner == "" && r.Contains == "":
			return fault.InvalidField("rules", "channels.wrong.rule_empty", i+1)
		case utf8.RuneCountInString(r.Owner) > 64 || utf8.RuneCountInString(r.Contains) > 60:
			return fault.InvalidField("rules", "channels.wrong.rule_long", i+1)
		}
	}
	return nil
}
