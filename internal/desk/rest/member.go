package rest

import (
	"context"
	"strconv"
	"time"

	"github.com/qunzhu/qunzhu/internal/api"
	"github.com/qunzhu/qunzhu/internal/community"
	"github.com/qunzhu/qunzhu/internal/event"
	"github.com/qunzhu/qunzhu/internal/fault"
)

// Member is somebody who is in a group now.
type Member struct {
	MemberID   string     `json:"member_id"`
	ExternalID string     `json:"external_id" doc:"rest.member.external_id"`
	Name       string     `json:"name"`
	Kind       string     `json:"kind" enum:"staff,member,bot"`
	Tier       string     `json:"tier" enum:"regular,active,koc"`
	JoinedAt   *time.Time `json:"joined_at" doc:"rest.member.joined_at"`
}

// Spell is one stay in a group.
type Spell struct {
	MemberID   string     `json:"member_id"`
	ExternalID string     `json:"external_id" doc:"rest.member.external_id"`
	Name       string     `json:"name"`
	Kind       string     `json:"kind" enum:"staff,member,bot"`
	JoinedAt   *time.Time `json:"joined_at" doc:"rest.spell.joined_at"`
	JoinedHow  string     `json:"joined_how" enum:"callback,snapshot,import,manual," doc:"rest.spell.joined_how"`
	Scene      string     `json:"scene" enum:"direct,link,qr,invited," doc:"rest.spell.scene"`
	State      string     `json:"state" doc:"rest.spell.state"`
	Inviter    string     `json:"inviter" doc:"rest.spell.inviter"`
	InviterID  string     `json:"inviter_id"`
	LeftAt     *time.Time `json:"left_at" doc:"rest.spell.left_at"`
	QuitScene  string     `json:"quit_scene" enum:"self,removed," doc:"rest.spell.quit_scene"`
	Reconciled bool       `json:"reconciled" doc:"rest.spell.reconciled"`
}

type groupListInput struct {
	api.Paging
	ID string `path:"id" maxLength:"64" doc:"rest.param.id"`
}

// members is GET /groups/{id}/members.
func (r *resources) members(ctx context.Context, in *groupListInput) (api.Page[Member], error) {
	const list = "members"
	after, err := in.After(list, 1)
	if err != nil {
		return api.Page[Member]{}, err
	}
	g, err := r.visible(ctx, in.ID)
	if err != nil {
		return api.Page[Member]{}, err
	}
	rows, err := community.Present(ctx, r.deps.DB, g.Community, g.ID, after[0], in.Limit+1)
	return api.NewPage(in.Paging, list, rows, r.memberOf, func(s community.Stay) []string { return []string{s.Member} }), err
}

func (r *resources) memberOf(s community.Stay) Member {
	return Member{MemberID: s.Member, ExternalID: s.Ext, Name: s.Name, Kind: s.Kind, Tier: s.Tier, JoinedAt: r.at(s.Joined)}
}

// numbered is a stay with its number among the member's stays in the group,
// from 1.
type numbered struct {
	community.Stay
	n int
}

// spells is GET /groups/{id}/spells.
func (r *resources) spells(ctx context.Context, in *groupListInput) (api.Page[Spell], error) {
	const list = "spells"
	member, n, err := spellCursor(in.Paging, list)
	if err != nil {
		return api.Page[Spell]{}, err
	}
	g, err := r.visible(ctx, in.ID)
	if err != nil {
		return api.Page[Spell]{}, err
	}
	stays, err := community.Spells(ctx, r.deps.DB, g.Community, g.ID, member, n, in.Limit+1)
	if err != nil {
		return api.Page[Spell]{}, err
	}
	ids := make([]string, len(stays))
	rows := make([]numbered, len(stays))
	for i, s := range stays {
		if s.Member != member {
			member, n = s.Member, 0
		}
		n++
		rows[i], ids[i] = numbered{s, n}, s.Inviter
	}
	people, err := r.people(ctx, map[string][]string{g.Community: ids})
	return api.NewPage(in.Paging, list, rows,
		func(s numbered) Spell { return r.spellOf(g, s.Stay, people) },
		func(s numbered) []string { return []string{s.Member, strconv.Itoa(s.n)} }), err
}

func spellCursor(p api.Paging, list string) (member string, n int, err error) {
	after, err := p.After(list, 2)
	if err != nil || after[0] == "" {
		return "", 0, err
	}
	if n, err = strconv.Atoi(after[1]); err != nil {
		return "", 0, fault.InvalidField("cursor", "api.cursor")
	}
	return after[0], n, nil
}

// reconciled reports that the platform announced the join or the leave of a stay
// to nobody: a comparison of member lists found it while the group was watched.
func reconciled(g community.Group, s community.Stay) bool {
	return s.LeftHow == event.ByReconcile || s.How == event.BySnapshot && s.Joined.After(g.ObservedFrom)
}

func (r *resources) spellOf(g community.Group, s community.Stay, people map[string]community.Member) Spell {
	return Spell{
		MemberID: s.Member, ExternalID: s.Ext, Name: s.Name, Kind: s.Kind,
		JoinedAt: r.at(s.Joined), JoinedHow: s.How, Scene: s.Scene, State: s.State,
		Inviter: people[s.Inviter].External, InviterID: s.Inviter,
		LeftAt: r.at(s.Left), QuitScene: s.Quit, Reconciled: reconciled(g, s),
	}
}
