package importing

import (
	"fmt"

	"github.com/qunzhu/qunzhu/internal/community"
	"github.com/qunzhu/qunzhu/internal/connector"
	"github.com/qunzhu/qunzhu/internal/connectors/chatimport"
	"github.com/qunzhu/qunzhu/internal/event"
)

// item is one row with its place in the ledger.
type item struct {
	rec   chatimport.Record
	key   string
	entry entry
}

// generationKey tells the second life of a message from its first.
func (it item) generationKey() string { return fmt.Sprintf("%s~%d", it.key, it.entry.generation) }

// speaks reports whether somebody wrote the record; notices are the client's.
func speaks(rec chatimport.Record) bool {
	return rec.Kind == chatimport.Message && rec.Type != chatimport.System && rec.Type != chatimport.Recall
}

func (r *run) posted(it item) connector.Draft {
	rec := it.rec
	body := event.Posted{Source: event.FromImport, Type: string(rec.Type), Ref: rec.PlatformID, Kind: event.Bot,
		Truncated: rec.Truncated, Minute: rec.Minute, Batch: r.batch.ID}
	if rec.Type == chatimport.Poke {
		body.Type = "pat"
	}
	d := connector.Draft{Kind: event.MessagePosted, Group: r.group.External, At: rec.At, Key: it.generationKey(), Text: rec.Text}
	if speaks(rec) {
		p, _ := r.senders.who(people(rec)[0], r.batch.ID)
		d.Member, d.MemberKind, d.Name, body.Kind = p.external, p.kind, p.name, p.kind
	}
	d.Body = body
	return d
}

// imported is event.Joined with the batch that brought it, for its undo.
type imported struct {
	event.Joined
	Batch string `json:"batch"`
}

// sceneOf translates how an export says that somebody came in.
var sceneOf = map[chatimport.Scene]string{chatimport.Invited: "direct", chatimport.Scanned: "qr"}

func (r *run) joined(it item) []connector.Draft {
	var drafts []connector.Draft
	inviter := ""
	if p, ok := r.senders.who(it.rec.Inviter, r.batch.ID); ok {
		inviter = community.MemberID(r.group.Community, r.group.Connection, p.external)
	}
	for _, one := range it.rec.Invitees {
		p, ok := r.senders.who(one, r.batch.ID)
		if !ok {
			continue
		}
		body := imported{event.Joined{How: event.ByImport, Kind: p.kind, Scene: sceneOf[it.rec.Scene], Inviter: inviter}, r.batch.ID}
		drafts = append(drafts, connector.Draft{Kind: event.MemberJoined, Group: r.group.External, Member: p.external, MemberKind: p.kind,
			At: it.rec.At, Key: it.generationKey(), Body: body, Name: p.name})
	}
	return drafts
}
