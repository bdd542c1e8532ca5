package importing

import (
	"context"
	"database/sql"
	"encoding/json"
	"slices"

	"github.com/qunzhu/qunzhu/internal/community"
	"github.com/qunzhu/qunzhu/internal/connector"
	"github.com/qunzhu/qunzhu/internal/connectors/chatimport"
	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/event"
	"github.com/qunzhu/qunzhu/internal/fault"
)

// How a name without an id became a person.
type How string

// The ways. Unsure names wait in the match queue.
const (
	Fresh   How = "new"     // nobody present has the name
	Matched How = "matched" // exactly one present member has it
	Unsure  How = "unsure"  // several have it: a person of its own until somebody decides
	Chosen  How = "chosen"  // somebody decided
)

// Sender is what was decided for a name of a group.
type Sender struct {
	Community  string
	Group      string
	Name       string
	External   string
	How        How
	Candidates []string // external ids of the members who have the name
	Batch      string   // in which it was first seen
	DecidedBy  string
}

// person is a sender as the log is to know them.
type person struct {
	external string
	kind     string
	name     string // "" where the platform's own name is to stay
}

// senders decides, for one group, who the people of a file are.
type senders struct {
	group   community.Group
	roster  map[string]connector.Presence // present members by external id
	byName  map[string][]string           // external ids by folded name, sorted
	decided map[string]Sender
	fresh   []Sender          // decisions that are not stored yet
	known   map[string]bool   // ids of the file: a member has it
	seen    map[string]person // everybody of the file by external id
	kinds   map[string]string // of members who are known but not present
}

func (s *Service) senders(ctx context.Context, g community.Group) (*senders, error) {
	out := &senders{group: g, roster: map[string]connector.Presence{}, byName: map[string][]string{}, decided: map[string]Sender{},
		known: map[string]bool{}, seen: map[string]person{}, kinds: map[string]string{}}
	if g.ID == "" {
		return out, nil
	}
	roster, err := community.Roster(ctx, s.DB, g.Community, g.ID)
	if err != nil {
		return nil, err
	}
	for external, p := range roster {
		if !p.GoneAt.IsZero() || external == "" {
			continue
		}
		out.roster[external] = p
		if key := FoldName(p.Name); key != "" {
			out.byName[key] = append(out.byName[key], external)
		}
	}
	for _, list := range out.byName {
		slices.Sort(list)
	}
	list, err := s.decided(ctx, g.Community, g.ID)
	for _, d := range list {
		out.decided[d.Name] = d
	}
	return out, err
}

// learn looks up which ids of a chunk belong to members that are known.
func (p *senders) learn(ctx context.Context, q db.Q, recs []chatimport.Record) error {
	var ask []string
	external := map[string]string{}
	for _, rec := range recs {
		for _, one := range people(rec) {
			if one.ID == "" {
				continue
			}
			if _, done := p.known[one.ID]; done {
				continue
			}
			p.known[one.ID] = false
			member := community.MemberID(p.group.Community, p.group.Connection, one.ID)
			external[member] = one.ID
			ask = append(ask, member)
		}
	}
	if p.group.ID == "" || len(ask) == 0 {
		return nil
	}
	found, err := community.Members(ctx, q, p.group.Community, ask...)
	for member, m := range found {
		p.known[external[member]] = true
		p.kinds[external[member]] = m.Kind
	}
	return err
}

// people are all persons that a record speaks of.
func people(rec chatimport.Record) []chatimport.Person {
	if rec.Kind == chatimport.Join {
		return append([]chatimport.Person{rec.Inviter}, rec.Invitees...)
	}
	return []chatimport.Person{{ID: rec.SenderID, Name: rec.SenderName, Self: rec.Self}}
}

// who decides who a person of the file is; ok is false for nobody.
func (p *senders) who(one chatimport.Person, batch string) (person, bool) {
	var out person
	switch {
	case one.ID != "":
		out = p.byID(one)
	case one.Self && one.Name == "":
		out = person{external: "self:" + p.group.ID, kind: event.Staff}
	case one.Name != "":
		out = p.named(one, batch)
	default:
		return out, false
	}
	p.seen[out.external] = out
	return out, true
}

func (p *senders) byID(one chatimport.Person) person {
	kind := event.Member
	switch {
	case p.kinds[one.ID] != "":
		kind = p.kinds[one.ID]
	case one.Self: // whoever exports the group's talk runs the group
		kind = event.Staff
	}
	if _, present := p.roster[one.ID]; present {
		return person{external: one.ID, kind: kind}
	}
	return person{external: one.ID, kind: kind, name: one.Name}
}

func (p *senders) named(one chatimport.Person, batch string) person {
	d, ok := p.decided[one.Name]
	if !ok {
		d = p.decide(one.Name, batch)
		p.decided[one.Name] = d
		p.fresh = append(p.fresh, d)
	}
	if member, present := p.roster[d.External]; present {
		return person{external: d.External, kind: member.Kind}
	}
	kind := event.Member
	if one.Self {
		kind = event.Staff
	}
	out := person{external: d.External, kind: kind}
	if d.External == nameID(p.group.ID, one.Name) {
		out.name = one.Name
	}
	return out
}

// nameID is the external id of somebody of whom only a name in a group is known.
func nameID(group, name string) string { return "name:" + group + ":" + name }

func (p *senders) decide(name, batch string) Sender {
	d := Sender{Community: p.group.Community, Group: p.group.ID, Name: name, Batch: batch,
		Candidates: p.byName[FoldName(name)], External: nameID(p.group.ID, name), How: Unsure}
	switch len(d.Candidates) {
	case 0:
		d.How = Fresh
	case 1:
		d.How, d.External = Matched, d.Candidates[0]
	}
	return d
}

// report counts the people of the file by how they were recognised.
func (p *senders) report(r *Result) {
	r.Members, r.Known, r.Matched, r.Unsure = len(p.seen), 0, 0, 0
	for _, known := range p.known {
		if known {
			r.Known++
		}
	}
	for _, d := range p.decided {
		if _, spoke := p.seen[d.External]; !spoke {
			continue
		}
		switch d.How {
		case Matched, Chosen:
			r.Matched++
		case Unsure:
			r.Unsure++
		}
	}
}

// store keeps the decisions that are new. Of two files that decide a name at
// once, the first decides.
func (p *senders) store(ctx context.Context, q db.Q) error {
	slices.SortFunc(p.fresh, func(a, b Sender) int {
		if a.Name < b.Name {
			return -1
		}
		return 1
	})
	rows := db.NewRows(8)
	for _, d := range p.fresh {
		candidates, err := json.Marshal(append([]string{}, d.Candidates...))
		if err != nil {
			return err
		}
		rows.Add(d.Community, d.Group, d.Name, d.External, string(d.How), string(candidates), d.Batch, d.DecidedBy)
	}
	p.fresh = p.fresh[:0]
	_, err := rows.Exec(ctx, q, "INSERT INTO importing_senders (community_id,group_id,name,external_id,how,candidates,batch_id,decided_by)",
		"ON CONFLICT (community_id,group_id,name) DO NOTHING")
	return err
}

const senderColumns = "SELECT community_id,group_id,name,external_id,how,candidates,batch_id,decided_by FROM importing_senders "

func scanSender(r *sql.Rows) (Sender, error) {
	var d Sender
	var candidates string
	if err := r.Scan(&d.Community, &d.Group, &d.Name, &d.External, &d.How, &candidates, &d.Batch, &d.DecidedBy); err != nil {
		return d, err
	}
	return d, json.Unmarshal([]byte(candidates), &d.Candidates)
}

func (s *Service) decided(ctx context.Context, communityID, group string) ([]Sender, error) {
	return db.List(ctx, s.DB, scanSender, senderColumns+"WHERE community_id=$1 AND group_id=$2", communityID, group)
}

// MatchQueue lists names in scope that several members have.
func (s *Service) MatchQueue(ctx context.Context, scope community.Scope, limit int) ([]Sender, error) {
	cond, args := scope.SQL("community_id", 2)
	return db.List(ctx, s.DB, scanSender, senderColumns+"WHERE how='unsure' AND "+cond+" ORDER BY community_id,group_id,name LIMIT $1",
		append([]any{limit}, args...)...)
}

// Choose decides who a name of the match queue is, for files that are imported
// from now on: one of its candidates, or with "" a person of its own. What was
// imported before stays; undo the batch and import it again to change that.
func (s *Service) Choose(ctx context.Context, scope community.Scope, group, name, external string, by Actor) error {
	g, err := community.GetGroup(ctx, s.DB, scope, group)
	if err != nil {
		return err
	}
	list, err := db.List(ctx, s.DB, scanSender, senderColumns+"WHERE community_id=$1 AND group_id=$2 AND name=$3", g.Community, group, name)
	if err != nil {
		return err
	}
	if len(list) == 0 || list[0].How != Unsure && list[0].How != Chosen {
		return fault.New(fault.NotFound, "importing.name_unknown")
	}
	if external == "" {
		external = nameID(group, name)
	} else if !slices.Contains(list[0].Candidates, external) {
		return fault.InvalidField("member", "importing.candidate_unknown")
	}
	_, err = s.DB.Exec(ctx, "UPDATE importing_senders SET external_id=$1, how='chosen', decided_by=$2 WHERE community_id=$3 AND group_id=$4 AND name=$5",
		external, by.ID, g.Community, group, name)
	return err
}
