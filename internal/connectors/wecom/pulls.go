package wecom

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/qunzhu/qunzhu/internal/connector"
	"github.com/qunzhu/qunzhu/internal/event"
)

// Names of the pulls.
const (
	pullDirectory  = "directory"
	pullGroups     = "groups"
	pullArchive    = "archive"
	pullConsents   = "consents"
	pullStatistics = "statistics"
)

// Pulls implements connector.Puller:
//
//   - directory: the operator's own people;
//   - groups: every customer group compared with what is known, which heals what
//     callbacks missed;
//   - archive and consents: only with a message archive;
//   - statistics: the owners' daily counts.
func (c *Connector) Pulls(conn connector.Connection) []connector.Pull {
	a, err := c.account(conn)
	if err != nil {
		return []connector.Pull{{Name: pullDirectory, Every: time.Hour, Run: func(context.Context, string, connector.Knowledge) (connector.Page, error) {
			return connector.Page{}, err
		}}}
	}
	groups := 24 * time.Hour
	if !a.cfg.Callback {
		groups = time.Duration(a.cfg.PollEvery)
	}
	pulls := []connector.Pull{
		{Name: pullDirectory, Every: 6 * time.Hour, Run: withFailure(a.pullDirectory)},
		{Name: pullGroups, Every: groups, OnStart: true, Run: withFailure(a.pullGroups)},
	}
	if a.archive != nil {
		pulls = append(pulls,
			connector.Pull{Name: pullArchive, Every: time.Minute, Source: event.FromArchive, Run: withFailure(a.pullArchive)},
			connector.Pull{Name: pullConsents, Every: 12 * time.Hour, Run: withFailure(a.pullConsents)},
		)
	}
	return append(pulls, connector.Pull{Name: pullStatistics, Every: 24 * time.Hour, Run: withFailure(a.pullStatistics)})
}

// decodeCursor reads a cursor of our own; "" is the start.
func decodeCursor[T any](text string) (T, error) {
	var cursor T
	if text == "" {
		return cursor, nil
	}
	if err := json.Unmarshal([]byte(text), &cursor); err != nil {
		return cursor, fmt.Errorf("wecom: the stored cursor %q is not ours: %w", clip(text, 80), err)
	}
	return cursor, nil
}

func encodeCursor(cursor any) string {
	text, err := json.Marshal(cursor)
	if err != nil {
		panic(err) // structs of strings, numbers and times
	}
	return string(text)
}

// withFailure says errors in the spine's words.
func withFailure(run func(context.Context, string, connector.Knowledge) (connector.Page, error)) func(context.Context, string, connector.Knowledge) (connector.Page, error) {
	return func(ctx context.Context, cursor string, k connector.Knowledge) (connector.Page, error) {
		page, err := run(ctx, cursor, k)
		return page, failure(err)
	}
}

const (
	rootDepartment = 1
	userActive     = 1
)

// pullDirectory reads the staff that the app may see. Who is no longer there has
// left.
func (a *account) pullDirectory(ctx context.Context, _ string, k connector.Knowledge) (connector.Page, error) {
	users, err := a.visibleUsers(ctx)
	if err != nil {
		return connector.Page{}, err
	}
	before, err := k.Staff(ctx)
	if err != nil {
		return connector.Page{}, err
	}
	var page connector.Page
	for _, u := range users {
		page.Staff = append(page.Staff, connector.Staff{External: u.UserID, Name: u.Name, Active: u.Status == userActive})
		delete(before, u.UserID)
	}
	for _, gone := range before {
		gone.Active = false
		page.Staff = append(page.Staff, gone)
	}
	return page, nil
}

// visibleUsers lists the staff below the departments in range: the root, or the
// topmost ones that the app may see.
func (a *account) visibleUsers(ctx context.Context) ([]User, error) {
	departments, err := a.app.Departments(ctx)
	if err != nil {
		return nil, err
	}
	visible := map[int]bool{}
	for _, d := range departments {
		visible[d.ID] = true
	}
	var users []User
	seen := map[string]bool{}
	for _, d := range departments {
		if d.ID != rootDepartment && visible[d.ParentID] {
			continue
		}
		below, err := a.app.Users(ctx, d.ID, true)
		if err != nil {
			return nil, err
		}
		for _, u := range below {
			if !seen[u.UserID] {
				seen[u.UserID] = true
				users = append(users, u)
			}
		}
	}
	return users, nil
}
