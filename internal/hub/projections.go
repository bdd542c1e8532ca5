package hub

import (
	"github.com/qunzhu/qunzhu/internal/activity"
	"github.com/qunzhu/qunzhu/internal/community"
	"github.com/qunzhu/qunzhu/internal/connector"
	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/effect"
	"github.com/qunzhu/qunzhu/internal/event"
	"github.com/qunzhu/qunzhu/internal/job"
	"github.com/qunzhu/qunzhu/internal/task"
)

// SpineMigrations are those of the spine, in the order of their dependence.
func SpineMigrations() []db.Migrations {
	return []db.Migrations{
		job.Migrations(), event.Migrations(), effect.Migrations(), connector.Migrations(),
		community.Migrations(), activity.Migrations(), task.Migrations(), Migrations(),
	}
}

// SpineReactors are those of the spine, in the order in which they see a batch:
// activity reads what community has written.
func SpineReactors() []effect.Reactor {
	return []effect.Reactor{community.Reactor(), activity.Reactor(), task.Reactor()}
}

// SpineProjections are the spine's tables that verify rebuilds. The prints are
// left out: they are working memory that is swept.
func SpineProjections() []Projection {
	return []Projection{
		{Table: "communities", Key: []string{"community_id"}},
		{Table: "community_groups", Key: []string{"community_id", "id"}},
		{Table: "community_members", Key: []string{"community_id", "id"}, Skip: []string{"name", "external_id", "unionid"}},
		{Table: "community_sightings", Key: []string{"community_id", "group_id", "member_id", "at", "event_id"}},
		{Table: "community_spells", Key: []string{"community_id", "group_id", "member_id", "n"}},
		{Table: "community_consents", Key: []string{"community_id", "group_id", "member_id"}},
		{Table: "activity_days", Key: []string{"community_id", "group_id", "day", "source"}},
		{Table: "activity_member_days", Key: []string{"community_id", "group_id", "day", "member_id", "source"}},
		{Table: "activity_repeats", Key: []string{"community_id", "event_id"}},
		{Table: "activity_removed", Key: []string{"community_id", "event_id"}},
		{Table: "activity_recalls", Key: []string{"community_id", "group_id", "source", "ref"}},
		{Table: "activity_moves", Key: []string{"community_id", "group_id", "day"}},
		{Table: "activity_tallies", Key: []string{"community_id", "group_id", "day"}},
		{Table: "activity_coverage", Key: []string{"community_id", "group_id", "connection_id", "source", "day"}},
		{Table: "activity_owner_days", Key: []string{"community_id", "owner", "day"}},
		{Table: "tasks", Key: []string{"community_id", "id"}, Skip: []string{"text"}},
	}
}
