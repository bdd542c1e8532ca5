package desk

import (
	"context"
	"strings"

	"github.com/qunzhu/qunzhu/internal/community"
	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/event"
	"github.com/qunzhu/qunzhu/internal/i18n"
	"github.com/qunzhu/qunzhu/internal/web"
	"github.com/qunzhu/qunzhu/internal/web/ui"
)

type logView struct {
	groupFrame
	Fields  []ui.Field
	Entries ui.Timeline
	Empty   ui.Empty
	Next    string
	First   string
	Note    string
}

// topics group the kinds of events that the log can be narrowed to.
var topics = map[string][]event.Kind{
	"people":   {event.MemberJoined, event.MemberLeft, event.MemberChanged, event.MemberTiered, event.ConsentChanged},
	"messages": {event.MessagePosted, event.MessageRecalled, event.MessageRetracted},
	"group":    {event.GroupAdopted, event.GroupChanged, event.GroupDismissed, event.TallyRecorded, event.CoverageObserved, event.ImportRecorded},
	"tasks":    {event.TaskOpened, event.TaskCompleted, event.TaskCancelled, event.TaskOverdue, event.EffectDone, event.EffectFailed, event.EffectRefused},
}

// log shows everything that is known to have happened in the group.
func (p *pages) log(c *web.Ctx) error {
	g, err := p.open(c)
	if err != nil {
		return err
	}
	events, err := event.Timeline(c.Context(), p.deps.DB, g.Community, g.ID, param(c, "cursor"), pageSize+1, topics[c.Query("topic")]...)
	if err != nil {
		return err
	}
	shown := events[:min(len(events), pageSize)]
	n, err := p.narrator(c, g.Community, shown)
	if err != nil {
		return err
	}
	v := logView{groupFrame: g.frame(c, "log"), Fields: []ui.Field{choice(c, "topic", c.Query("topic"), []string{"people", "messages", "group", "tasks"})}}
	v.Empty = ui.Empty{What: c.T("desk.log.none"), Why: c.T("desk.log.none.why")}
	for _, e := range shown {
		v.Entries = append(v.Entries, n.tell(e))
	}
	if !n.words {
		v.Note = c.T("desk.log.no_words")
	}
	if len(events) > pageSize {
		v.Next = ui.With(c.Request.URL, "cursor", shown[len(shown)-1].ID)
	}
	if c.Query("cursor") != "" {
		v.First = ui.With(c.Request.URL, "cursor", "")
	}
	return c.Render("desk/log", v)
}

// narrator says events in words.
type narrator struct {
	c      *web.Ctx
	people map[string]community.Member
	words  bool // the operator may read what members wrote
	// catalog knows how other slices say their own events.
	catalog *i18n.Catalog
}

func (p *pages) narrator(c *web.Ctx, communityID string, events []event.Event) (narrator, error) {
	n := narrator{c: c, words: c.CanIn(ReadMessages, communityID), catalog: p.deps.Catalog}
	var err error
	n.people, err = peopleOf(c.Context(), p.deps.DB, communityID, events)
	return n, err
}

// peopleOf loads everybody whom events speak of, in one statement.
func peopleOf(ctx context.Context, q db.Q, communityID string, events []event.Event) (map[string]community.Member, error) {
	ids := map[string]bool{}
	for _, e := range events {
		ids[e.Member] = true
		switch e.Kind {
		case event.MemberJoined:
			if b, err := event.Decode[event.Joined](e); err == nil {
				ids[b.Inviter] = true
			}
		case event.GroupAdopted, event.GroupChanged:
			if b, err := event.Decode[event.Group](e); err == nil && b.Owner != nil {
				ids[*b.Owner] = true
			}
		}
	}
	delete(ids, "")
	list := make([]string, 0, len(ids))
	for id := range ids {
		list = append(list, id)
	}
	return community.Members(ctx, q, communityID, list...)
}

func (n narrator) name(member string) string {
	p := n.people[member]
	return personName(p.Name, p.External)
}

// tell makes an entry of an event. A body that cannot be read, or a kind of
// another slice, is still listed by its kind.
func (n narrator) tell(e event.Event) ui.Entry {
	entry := ui.Entry{Time: n.c.Printer.DateTime(e.At)}
	title, details, status := n.sentence(e)
	entry.Title, entry.Status = title, status
	if late := e.Recorded.Sub(e.At); late.Hours() >= 1 {
		details = append(details, n.c.T("desk.log.late", n.c.Printer.Duration(late)))
	}
	entry.Detail = strings.Join(details, " · ")
	return entry
}

func (n narrator) sentence(e event.Event) (title string, details []string, status ui.Status) {
	key := "desk.log." + string(e.Kind)
	switch e.Kind {
	case event.MemberJoined:
		return n.joined(e, key)
	case event.MemberLeft:
		return n.left(e, key)
	case event.MessagePosted:
		return n.posted(e, key)
	case event.GroupAdopted, event.GroupChanged:
		return n.c.T(key), n.changes(e), ""
	case event.TaskOpened, event.TaskCompleted, event.TaskCancelled, event.TaskOverdue:
		return n.taskStep(e, key)
	case event.EffectDone, event.EffectFailed, event.EffectRefused:
		b, _ := event.Decode[event.Performed](e)
		return n.c.T(key, doing(n.c, b.Kind)), present(b.Code), failedUnless(e.Kind == event.EffectDone)
	case event.TallyRecorded:
		b, _ := event.Decode[event.Tally](e)
		return n.c.T(key, b.Day), n.tally(b), ""
	case event.ConsentChanged:
		b, _ := event.Decode[event.Consent](e)
		return n.c.T(key+map[bool]string{true: ".agreed", false: ".refused"}[b.Agreed], n.name(e.Member)), nil, ""
	case event.CoverageObserved:
		b, _ := event.Decode[event.Coverage](e)
		return n.c.T(key, n.c.Printer.DateTime(b.From), n.c.Printer.DateTime(b.To)), present(n.source(b.Source)), ""
	case event.MemberChanged, event.MemberTiered, event.MessageRecalled:
		return n.c.T(key, n.name(e.Member)), nil, ""
	case event.GroupDismissed:
		return n.c.T(key), nil, ui.Fail
	case event.MessageRetracted, event.ImportRecorded:
		return n.c.T(key), nil, ""
	}
	if key := "event." + string(e.Kind); n.catalog.Has(key) {
		return n.c.T(key, n.name(e.Member)), nil, ""
	}
	return n.c.T("desk.log.other", string(e.Kind)), nil, ""
}

func failedUnless(ok bool) ui.Status {
	if ok {
		return ui.Pass
	}
	return ui.Fail
}

// present is a list of the texts that are not empty.
func present(texts ...string) []string {
	var out []string
	for _, t := range texts {
		if t != "" && t != i18n.None {
			out = append(out, ui.Name(t))
		}
	}
	return out
}

func (n narrator) joined(e event.Event, key string) (string, []string, ui.Status) {
	b, _ := event.Decode[event.Joined](e)
	details := present(word(n.c, "scene", b.Scene, scenes))
	if b.State != "" {
		details = append(details, n.c.T("desk.log.channel", ui.Name(b.State)))
	}
	if b.Inviter != "" {
		details = append(details, n.c.T("desk.log.inviter", n.name(b.Inviter)))
	}
	if b.How == event.BySnapshot {
		key += ".present"
	}
	return n.c.T(key, n.name(e.Member)), append(details, present(word(n.c, "way", b.How, ways))...), ""
}

func (n narrator) left(e event.Event, key string) (string, []string, ui.Status) {
	b, _ := event.Decode[event.Left](e)
	if b.Scene == "removed" {
		key += ".removed"
	}
	details, status := present(word(n.c, "way", b.How, ways)), ui.Status("")
	if b.How == event.ByReconcile {
		details, status = append(details, n.c.T("desk.inferred.why")), ui.Insufficient
	}
	return n.c.T(key, n.name(e.Member)), details, status
}

func (n narrator) posted(e event.Event, key string) (string, []string, ui.Status) {
	b, _ := event.Decode[event.Posted](e)
	details := present(n.source(b.Source), word(n.c, "class", b.Class, classes))
	switch {
	case n.words && e.Words.Text != "":
		details = append(details, ui.Name(e.Words.Text))
	case n.words:
		details = append(details, n.c.T("desk.log.erased"))
	default:
		details = append(details, n.c.T("desk.log.length", b.Length))
	}
	return n.c.T(key, n.name(e.Member)), details, ""
}

var (
	classes = []string{"substantive", "media", "sticker", "brief", "courtesy", "order", "notice"}
	sources = []string{event.FromArchive, event.FromAPI, event.FromImport, event.FromManual}
)

func (n narrator) source(s string) string { return word(n.c, "source", s, sources) }

func (n narrator) changes(e event.Event) []string {
	b, _ := event.Decode[event.Group](e)
	var out []string
	if b.Name != nil {
		out = append(out, n.c.T("desk.log.name", ui.Name(*b.Name)))
	}
	if b.Owner != nil && *b.Owner != "" {
		out = append(out, n.c.T("desk.log.owner", n.name(*b.Owner)))
	}
	if b.Admins != nil {
		out = append(out, n.c.T("desk.log.admins", len(*b.Admins)))
	}
	if b.Notice != nil {
		out = append(out, n.c.T("desk.log.notice"))
	}
	if b.Archived != nil {
		out = append(out, n.c.T(map[bool]string{true: "desk.log.archived", false: "desk.log.unarchived"}[*b.Archived]))
	}
	return out
}

func (n narrator) taskStep(e event.Event, key string) (string, []string, ui.Status) {
	if e.Kind == event.TaskOpened {
		b, _ := event.Decode[event.Task](e)
		return n.c.T(key, doing(n.c, b.Kind)), present(n.name(e.Member)), ""
	}
	b, _ := event.Decode[event.TaskEnd](e)
	status := map[event.Kind]ui.Status{event.TaskCompleted: ui.Pass, event.TaskOverdue: ui.Fail}[e.Kind]
	return n.c.T(key), present(word(n.c, "outcome", b.Outcome, outcomes), b.Note), status
}

func (n narrator) tally(t event.Tally) []string {
	var out []string
	for _, part := range []struct {
		key string
		n   *int
	}{{"members", t.Members}, {"messages", t.Messages}, {"joins", t.Joins}, {"leaves", t.Leaves}} {
		if part.n != nil {
			out = append(out, n.c.T("desk.log.tally."+part.key, *part.n))
		}
	}
	return out
}
