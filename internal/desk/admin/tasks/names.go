package tasks

import (
	"context"

	"github.com/qunzhu/qunzhu/internal/community"
	"github.com/qunzhu/qunzhu/internal/i18n"
	"github.com/qunzhu/qunzhu/internal/task"
	"github.com/qunzhu/qunzhu/internal/web/ui"
)

// names are the groups and people that tasks speak of.
type names struct {
	groups map[string]community.Group
	people map[string]community.Member
}

// person is how somebody is shown: by name, else by the end of the platform's
// id, so that two unnamed people can be told apart.
func (n names) person(id string) string {
	m := n.people[id]
	switch {
	case m.Name != "":
		return ui.Name(m.Name)
	case m.External != "":
		return "…" + ui.Name(m.External[max(0, len(m.External)-6):])
	}
	return i18n.None
}

// names loads them with two statements a community.
func (p *pages) names(ctx context.Context, list []task.Task) (names, error) {
	n := names{groups: map[string]community.Group{}, people: map[string]community.Member{}}
	groups, people := map[string][]string{}, map[string][]string{}
	for _, t := range list {
		groups[t.Community] = append(groups[t.Community], t.Group)
		people[t.Community] = append(append(people[t.Community], t.Member, t.Assignee, t.EndedBy), t.Deputies...)
	}
	for home, ids := range groups {
		found, err := community.GroupsByID(ctx, p.deps.DB, home, ids...)
		if err != nil {
			return n, err
		}
		for _, g := range found {
			n.groups[g.ID] = g
		}
		members, err := community.Members(ctx, p.deps.DB, home, people[home]...)
		if err != nil {
			return n, err
		}
		for id, m := range members {
			n.people[id] = m
		}
	}
	return n, nil
}
