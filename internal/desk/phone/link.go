package phone

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/qunzhu/qunzhu/internal/auth"
	"github.com/qunzhu/qunzhu/internal/community"
	"github.com/qunzhu/qunzhu/internal/desk/admin/tasks"
	"github.com/qunzhu/qunzhu/internal/effect"
	"github.com/qunzhu/qunzhu/internal/fault"
	"github.com/qunzhu/qunzhu/internal/feature"
	"github.com/qunzhu/qunzhu/internal/i18n"
	"github.com/qunzhu/qunzhu/internal/task"
)

const (
	purpose = "task"
	// linkLife is longer than any task waits: a removal's silent observation lasts
	// 14 days (docs/definitions.md A3).
	linkLife = 21 * 24 * time.Hour
)

// LinkFunc makes the addresses of phone pages, for hub.Options.Link: one task
// (its community and id) for one member of staff (member id).
func LinkFunc(deps *feature.Deps) func(community, task, staff string) string {
	return func(community, task, staff string) string {
		// Links expire in real time, which the signer checks; the domain's clock may
		// run faster or stand in the past. All links of a day are the same: a card
		// that is sent again must have the same content, or the platform would not
		// know it for a duplicate.
		expires := time.Now().Truncate(24 * time.Hour).Add(linkLife)
		return deps.BaseURL + "/m/t/" + deps.Signer.Sign(purpose, community+"/"+task, staff, expires)
	}
}

// Present says a task in one line, for hub.Options.Present.
func Present(p *i18n.Printer) func(kind effect.Kind, args map[string]string) string {
	return tasks.Present(p)
}

// opened is a task whose link was good.
type opened struct {
	task.Task
	staff  string // member id of whom the link is for
	group  community.Group
	people map[string]community.Member
}

// open checks a token and loads its task as it is now.
func (p *pages) open(ctx context.Context, token string) (opened, error) {
	object, staff, err := p.deps.Signer.Verify(purpose, token)
	if err != nil {
		return opened{}, err
	}
	o := opened{staff: staff}
	home, taskID, _ := strings.Cut(object, "/")
	scope := auth.Scope{IDs: []string{home}}
	if o.Task, err = task.Get(ctx, p.deps.DB, scope, taskID); err != nil {
		return o, err
	}
	if o.group, err = community.GetGroup(ctx, p.deps.DB, scope, o.Group); err != nil {
		return o, err
	}
	if !o.concerns() {
		return o, fault.New(fault.NotFound, "fault.task_unknown")
	}
	o.people, err = community.Members(ctx, p.deps.DB, home, o.Member, o.staff, o.EndedBy)
	return o, err
}

// concerns reports whether the task is still the business of whom the link is
// for.
func (o opened) concerns() bool {
	return o.staff != "" && (o.staff == o.Assignee || slices.Contains(o.Deputies, o.staff) ||
		o.staff == o.group.Owner || slices.Contains(o.group.Admins, o.staff))
}
