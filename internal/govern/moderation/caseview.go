package moderation

import (
	"database/sql"
	"errors"
	"slices"
	"strconv"

	"github.com/qunzhu/qunzhu/internal/community"
	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/event"
	"github.com/qunzhu/qunzhu/internal/govern/moderation/match"
	"github.com/qunzhu/qunzhu/internal/web"
	"github.com/qunzhu/qunzhu/internal/web/ui"
)

const (
	contextMessages = 10 // before and after the message
	earlierCases    = 5
)

// caseView is a case with everything needed to decide: the inbox shows it in two
// panes, the case page by itself.
type caseView struct {
	ID, Name, Facts string
	Chips           []ui.Chip
	Before, After   []ui.Quote
	Quote           ui.Quote
	Erased          bool
	Reasons         ui.Table
	Earlier         ui.Table
	Course          ui.Timeline
	Advice          string
	Buttons         []ui.Button
	Clock           *ui.Clock
	Allow           *allowForm
	Note            string
	Page            string // address of the case's own page
}

// allowForm makes a part of the message an allowed word.
type allowForm struct {
	Action, Back string
	Field        ui.Field
}

func (p *pages) caseView(c *web.Ctx, k Case, back string) (*caseView, error) {
	f, err := p.factsOf(c.Context(), []Case{k})
	if err != nil {
		return nil, err
	}
	v := &caseView{
		ID: k.ID, Name: personName(f.members[k.Member]), Page: "/risk/cases/" + k.ID,
		Reasons: reasonTable(c, k, f.text(k.Message)), Erased: f.text(k.Message) == "",
		Quote: p.quote(c, f.texts[k.Message], "", reasonSpans(c, k.Reasons)),
		Note:  c.T("moderation.note.assisted"),
	}
	if k.State == Open && k.Realtime {
		clock := c.Clock(k.Deadline)
		v.Clock = &clock
	}
	v.Chips = caseChips(c, k)
	rulings, err := Rulings(c.Context(), p.deps.DB, k.Community, k.ID)
	if err != nil {
		return nil, err
	}
	if err := p.addCourse(c, v, k, rulings[k.ID]); err != nil {
		return nil, err
	}
	for _, step := range []func(*web.Ctx, *caseView, Case, facts) error{p.addMember, p.addContext, p.addEarlier} {
		if err := step(c, v, k, f); err != nil {
			return nil, err
		}
	}
	v.Advice = advice(c, k)
	if c.CanIn(Act, k.Community) {
		v.Buttons = buttons(c, k, standing(rulings[k.ID]), back)
	}
	if c.CanIn(Manage, k.Community) && !v.Erased && k.State != Dismissed && keywordCategory(k.Reasons) != "" {
		v.Allow = allowing(c, k, f.text(k.Message), back)
	}
	return v, nil
}

func caseChips(c *web.Ctx, k Case) []ui.Chip {
	chips := []ui.Chip{
		{Status: k.status(c.Now), Text: c.T("moderation.level", k.Level)},
		{Text: c.T("moderation.state." + k.State)},
	}
	switch {
	case k.Excluded:
		chips = append(chips, ui.Chip{Text: c.T("moderation.recalled_first")})
	case k.Verdict != "":
		chips = append(chips, ui.Chip{Text: c.T("moderation.do." + string(k.Verdict))})
	}
	if !k.FirstAction.IsZero() && k.Realtime {
		chips = append(chips, ui.Chip{Text: c.T("moderation.response", c.Printer.Duration(k.Response))})
	}
	if !k.Realtime {
		chips = append(chips, ui.Chip{Text: c.T("moderation.imported")})
	}
	return chips
}

func (p *pages) addMember(c *web.Ctx, v *caseView, k Case, f facts) error {
	var joined sql.NullInt64
	err := p.deps.DB.QueryRow(c.Context(), "SELECT joined_at FROM moderation_presence WHERE community_id=$1 AND group_id=$2 AND member_id=$3",
		k.Community, k.Group, k.Member).Scan(&joined)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	v.Facts = groupName(f, k) + " · " + c.T("moderation.tier."+tierOf(f.members[k.Member]))
	if at := db.Time(joined); !at.IsZero() {
		v.Facts += " · " + c.T("moderation.joined", c.Printer.Relative(at, c.Now))
	} else {
		v.Facts += " · " + c.T("moderation.joined.unknown")
	}
	return nil
}

func tierOf(m community.Member) string {
	if slices.Contains([]string{"active", "koc"}, m.Tier) {
		return m.Tier
	}
	return "regular"
}

// addContext loads the messages around the case's first one.
func (p *pages) addContext(c *web.Ctx, v *caseView, k Case, _ facts) error {
	ctx := c.Context()
	before, err := event.Timeline(ctx, p.deps.DB, k.Community, k.Group, k.Message, contextMessages, event.MessagePosted)
	if err != nil {
		return err
	}
	slices.Reverse(before)
	after, err := event.Following(ctx, p.deps.DB, k.Community, k.Group, k.Message, contextMessages, event.MessagePosted)
	if err != nil {
		return err
	}
	var people []string
	for _, e := range slices.Concat(before, after) {
		people = append(people, e.Member)
	}
	names, err := community.Members(ctx, p.deps.DB, k.Community, distinct(people)...)
	if err != nil {
		return err
	}
	for _, e := range before {
		v.Before = append(v.Before, p.quote(c, e, personName(names[e.Member]), nil))
	}
	for _, e := range after {
		v.After = append(v.After, p.quote(c, e, personName(names[e.Member]), nil))
	}
	return nil
}

// quote shows a message; who is left out for the case's own member.
func (p *pages) quote(c *web.Ctx, e event.Event, who string, spans []ui.Span) ui.Quote {
	q := ui.Quote{Meta: c.Printer.Time(e.At) + " ·"}
	if who != "" {
		q.Meta = c.Printer.Time(e.At) + " " + who + c.T("moderation.colon")
	}
	text := e.Words.Text
	if text == "" {
		q.Parts = []ui.Part{{Text: c.T("moderation.wordless")}}
		return q
	}
	if spans == nil {
		text = shorten(text, 200)
	}
	q.Parts = ui.Parts(text, spans)
	return q
}

func advice(c *web.Ctx, k Case) string {
	text := c.T("moderation.advice.standing", k.Standing)
	if k.Newcomer && advertises(k.Categories) {
		text = c.T("moderation.advice.newcomer")
	}
	return c.T("moderation.advice", gradeName(c, k.Suggested), text)
}

// buttons are the decisions that the case is open to, with their keys.
func buttons(c *web.Ctx, k Case, last Ruling, back string) []ui.Button {
	var out []ui.Button
	add := func(d Decision, key string) {
		label := c.T("moderation.do." + string(d))
		g, graded := d.Grade()
		if graded && g == Recall {
			label = c.T("moderation.do.recall.task")
		}
		out = append(out, ui.Button{
			Label: label, Key: key, Primary: graded && g == k.Suggested && k.State == Open, Danger: d == DecideRemove && g != k.Suggested,
			Post: "/risk/cases/" + k.ID + "/decide", Hidden: map[string]string{"decision": string(d), "back": back},
		})
	}
	if k.State != Dismissed {
		for g := Recall; g <= Remove; g++ {
			add(g.Decision(), strconv.Itoa(int(g)))
		}
		add(FalsePositive, "X")
		add(Dismiss, "D")
	}
	if last.ID != "" {
		add(Undo, "Z")
	}
	return out
}

// allowing suggests the hit with a few characters around it.
func allowing(c *web.Ctx, k Case, text, back string) *allowForm {
	return &allowForm{
		Action: "/risk/cases/" + k.ID + "/allow", Back: back,
		Field: ui.Field{Name: "text", Label: c.T("moderation.allow.text"), Help: c.T("moderation.allow.help"), Value: around(text, k.Reasons), MaxLength: 128, Required: true},
	}
}

// around is the first keyword hit with up to four characters on each side.
func around(text string, reasons []match.Reason) string {
	const reach = 4
	for _, r := range reasons {
		if r.Check != match.CheckKeyword || r.Start < 0 || r.End > len(text) || r.Start >= r.End {
			continue
		}
		before, after := []rune(text[:r.Start]), []rune(text[r.End:])
		return string(before[max(0, len(before)-reach):]) + text[r.Start:r.End] + string(after[:min(reach, len(after))])
	}
	return ""
}
