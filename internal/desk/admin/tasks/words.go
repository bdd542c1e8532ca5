package tasks

import (
	"slices"
	"strconv"

	"github.com/qunzhu/qunzhu/internal/community"
	"github.com/qunzhu/qunzhu/internal/effect"
	"github.com/qunzhu/qunzhu/internal/i18n"
	"github.com/qunzhu/qunzhu/internal/task"
	"github.com/qunzhu/qunzhu/internal/web/ui"
)

// kinds that have words of their own; of others only "work for a person" is said.
var kinds = []string{
	string(effect.GroupPost), string(effect.MemberRemind), string(effect.MemberWarn), string(effect.MemberMute),
	string(effect.MemberRemove), string(effect.MessageRecall), task.Check, task.DailyClose,
}

const personalWeChat = "wechat"

// Title says what is to be done: 移出成员.
func Title(p *i18n.Printer, kind string) string {
	return p.T("task.title." + known(kind))
}

func known(kind string) string {
	if slices.Contains(kinds, kind) {
		return kind
	}
	return "other"
}

// Present says a task in one line: "移出成员 · 新手妈妈 3 群". The group's name
// stands in args under "group"; for hub.Options.Present.
func Present(p *i18n.Printer) func(kind effect.Kind, args map[string]string) string {
	return func(kind effect.Kind, args map[string]string) string {
		title := Title(p, string(kind))
		if args["group"] == "" {
			return title
		}
		return title + " · " + ui.Name(args["group"])
	}
}

// maxSteps bounds what is looked up for a kind.
const maxSteps = 5

// Step is one of the steps of a task, counted from 1.
type Step struct {
	Number int
	Text   string
}

// Steps say how to do it in the client of the group's platform.
func Steps(p *i18n.Printer, catalog *i18n.Catalog, t task.Task, g community.Group, member string) []Step {
	args := i18n.Args{"group": ui.Name(g.Name), "member": ui.Name(member), "app": App(p, g.Platform)}
	var out []Step
	for n := 1; n <= maxSteps; n++ {
		key := "task.step." + known(t.Kind) + "." + strconv.Itoa(n)
		if g.Platform == personalWeChat && catalog.Has(key+".wechat") {
			key += ".wechat"
		}
		if !catalog.Has(key) {
			return out
		}
		out = append(out, Step{n, p.T(key, args)})
	}
	return out
}

// App is the client in which the group lives.
func App(p *i18n.Printer, platform string) string {
	if platform == personalWeChat {
		return p.T("task.app.wechat")
	}
	return p.T("task.app.wecom")
}

// Closes says what closes the task by itself, so that nobody confirms by hand
// what the platform tells anyway.
func Closes(p *i18n.Printer, t task.Task, g community.Group) string {
	switch {
	case t.Kind == string(effect.MemberRemove) && g.Platform != personalWeChat:
		return p.T("task.closes.removed")
	case t.Text != "" && g.Archived && t.Kind != task.Check && t.Kind != string(effect.MessageRecall):
		return p.T("task.closes.posted")
	case t.Member != "" && g.Platform != personalWeChat && t.Kind != string(effect.MessageRecall) && t.Kind != task.Check:
		return p.T("task.closes.left")
	}
	return p.T("task.closes.hand")
}

var outcomes = []string{task.Observed, task.Done, task.NotNeeded, task.Impossible, task.Moot}

// Outcome says how a closed task ended.
func Outcome(p *i18n.Printer, outcome string) string {
	if !slices.Contains(outcomes, outcome) {
		return i18n.None
	}
	return p.T("task.outcome." + outcome)
}
