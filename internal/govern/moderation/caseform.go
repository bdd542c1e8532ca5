package moderation

import (
	"cmp"
	"strings"

	"github.com/qunzhu/qunzhu/internal/audit"
	"github.com/qunzhu/qunzhu/internal/auth"
	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/event"
	"github.com/qunzhu/qunzhu/internal/fault"
	"github.com/qunzhu/qunzhu/internal/govern/moderation/lexicon"
	"github.com/qunzhu/qunzhu/internal/govern/moderation/match"
	"github.com/qunzhu/qunzhu/internal/web"
	"github.com/qunzhu/qunzhu/internal/web/ui"
)

// allowList is the list that allowed words of the inbox go to.
const allowList = "放行词"

type casePageView struct {
	Head ui.Head
	Case *caseView
}

func (p *pages) casePage(c *web.Ctx) error {
	k, err := GetCase(c.Context(), p.deps.DB, c.Scope(View), c.Path("id"))
	if err != nil {
		return err
	}
	v := casePageView{}
	if v.Case, err = p.caseView(c, k, "/risk/cases/"+k.ID); err != nil {
		return err
	}
	v.Head = ui.Head{
		Title: c.T("moderation.case.title"), Sub: c.Printer.DateTime(k.Opened),
		Buttons: []ui.Button{{Label: c.T("moderation.inbox.title"), Href: inboxURL(ViewOpen, k.ID)}},
	}
	return c.Render("moderation/case", v)
}

type decideForm struct {
	Decision string `form:"decision" validate:"required,max=20"`
	Note     string `form:"note" validate:"max=200"`
	Back     string `form:"back" validate:"local"`
}

func (p *pages) decide(c *web.Ctx) error {
	var f decideForm
	if err := c.Form(&f); err != nil {
		return err
	}
	k, err := Decide(c.Context(), p.deps.DB, p.deps.Hub, c.Scope(Act), c.Now, Decided{
		Case: c.Path("id"), Decision: Decision(f.Decision), By: c.Actor.ID, Note: f.Note,
	})
	if err != nil {
		return err
	}
	if err := p.audit(c, "case.decided", "case", k.ID, k.Community, f.Decision); err != nil {
		return err
	}
	c.Flash("moderation.decided", c.T("moderation.do."+f.Decision))
	return c.Redirect(cmp.Or(f.Back, "/risk/cases/"+k.ID))
}

type allowInput struct {
	Text string `form:"text" validate:"required,max=128,line"`
	Back string `form:"back" validate:"local"`
}

// allow makes a part of the message an allowed word and closes the case as a
// false alarm. Words that would not have cleared the message are refused: they
// are not what the operator meant.
func (p *pages) allow(c *web.Ctx) error {
	var f allowInput
	if err := c.Form(&f); err != nil {
		return err
	}
	k, err := GetCase(c.Context(), p.deps.DB, c.Scope(Manage), c.Path("id"))
	if err != nil {
		return err
	}
	if err := p.allowWord(c, k, f.Text); err != nil {
		return err
	}
	if k.State != Dismissed {
		_, err = Decide(c.Context(), p.deps.DB, p.deps.Hub, c.Scope(Manage), c.Now, Decided{Case: k.ID, Decision: FalsePositive, By: c.Actor.ID})
		if err != nil {
			return err
		}
	}
	if err := p.audit(c, "keyword.list_published", "keyword_list", allowList, k.Community, "allow"); err != nil {
		return err
	}
	c.Flash("moderation.allowed")
	return c.Redirect(cmp.Or(f.Back, "/risk/cases/"+k.ID))
}

func (p *pages) allowWord(c *web.Ctx, k Case, word string) error {
	ctx := c.Context()
	messages, err := event.Get(ctx, p.deps.DB, k.Community, k.Message)
	if err != nil {
		return err
	}
	if len(messages) == 0 || messages[0].Words.Text == "" {
		return fault.New(fault.Conflict, "moderation.erased")
	}
	text := messages[0].Words.Text
	if !strings.Contains(text, word) {
		return fault.InvalidField("text", "moderation.allow.not_in_message")
	}
	list, err := GetList(ctx, p.deps.DB, auth.Everywhere(), k.Community, allowList)
	if err != nil {
		return err
	}
	change := Change{Community: k.Community, Name: allowList, Base: list.Version, Add: []lexicon.Word{{
		Text: word, Category: cmp.Or(keywordCategory(k.Reasons), lexicon.CategoryCustom), Level: lexicon.LevelHint, Allow: true,
	}}}
	verdict, err := p.engines.Try(ctx, p.deps.DB, change, text)
	if err != nil {
		return err
	}
	if verdict.Flagged {
		return fault.InvalidField("text", "moderation.allow.no_effect", reasonWord(verdict.Reasons[0], text))
	}
	_, err = Publish(ctx, p.deps.DB, p.deps.Hub, p.engines, c.Now, c.Actor.ID, change)
	return err
}

func keywordCategory(reasons []match.Reason) string {
	for _, r := range reasons {
		if r.Check == match.CheckKeyword {
			return r.Category
		}
	}
	return ""
}

// audit notes what an operator did; the event itself says what it was.
func (p *pages) audit(c *web.Ctx, action, kind, objectID, community, after string) error {
	return p.deps.DB.Write(c.Context(), func(tx *db.Tx) error {
		return audit.Record(c.Context(), tx, audit.Entry{
			ActorKind: string(auth.OperatorKind), ActorID: c.Actor.ID, ActorName: c.Actor.Name, Address: c.Address.String(),
			Action: action, ObjectKind: kind, ObjectID: objectID, Community: community, After: map[string]string{"decision": after},
		})
	})
}
