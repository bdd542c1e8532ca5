package wecom

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/qunzhu/qunzhu/internal/connector"
)

const (
	// groupsAtOnce is how many groups one page of the pull reads.
	groupsAtOnce = 100
	// settled is how long after its list was read a group is not read again.
	settled = time.Hour
	// codeTooManyOwners refuses a list without an owner filter (D:92120).
	codeTooManyOwners = 81017
)

// groupsCursor is where the reading of all groups stands. First the platform's
// list is walked, then those known groups are asked for that it did not name.
type groupsCursor struct {
	Started time.Time `json:"started"`
	List    string    `json:"list,omitempty"`     // the platform's cursor
	Owners  int       `json:"owners,omitempty"`   // with ByOwner: of the owners, how many are done
	ByOwner bool      `json:"by_owner,omitempty"` // more than 1000 staff are in range
	Rest    bool      `json:"rest,omitempty"`     // the list is through
	After   string    `json:"after,omitempty"`    // with Rest: the last chat id
}

// pullGroups reads one page of groups and tells what differs from what is known.
func (a *account) pullGroups(ctx context.Context, text string, k connector.Knowledge) (connector.Page, error) {
	cur, err := decodeCursor[groupsCursor](text)
	if err != nil {
		return connector.Page{}, err
	}
	if cur.Started.IsZero() {
		cur.Started = k.Now()
	}
	known, err := k.Groups(ctx)
	if err != nil {
		return connector.Page{}, err
	}
	var chats []string
	resting := cur.Rest
	if resting {
		chats = cur.unlisted(known)
	} else if chats, err = a.listGroups(ctx, &cur); err != nil {
		return connector.Page{}, err
	} else {
		chats = a.due(chats, known, k.Now())
	}
	page, err := a.reconcile(ctx, chats, k)
	if err != nil {
		return connector.Page{}, err
	}
	if resting && len(chats) < groupsAtOnce {
		return page, nil
	}
	page.Cursor, page.More = encodeCursor(cur), true
	return page, nil
}

// listGroups reads a page of the platform's list and moves the cursor on.
func (a *account) listGroups(ctx context.Context, cur *groupsCursor) ([]string, error) {
	client := a.app.Background()
	var owners []string
	more := false
	if cur.ByOwner {
		all, err := client.FollowUsers(ctx)
		if err != nil {
			return nil, err
		}
		slices.Sort(all)
		from, to := min(cur.Owners, len(all)), min(cur.Owners+maxOwnersFilter, len(all))
		if owners, more = all[from:to], to < len(all); len(owners) == 0 {
			cur.Rest = true
			return nil, nil
		}
	}
	refs, next, err := client.GroupsPage(ctx, GroupNormal, cur.List, groupsAtOnce, owners...)
	var refused *APIError
	if errors.As(err, &refused) && refused.Code == codeTooManyOwners && !cur.ByOwner {
		cur.ByOwner = true
		return a.listGroups(ctx, cur)
	}
	if err != nil {
		return nil, err
	}
	cur.List = next
	if next == "" {
		cur.Owners += len(owners)
		cur.Rest = !more
	}
	chats := make([]string, len(refs))
	for i, ref := range refs {
		chats[i] = ref.ChatID
	}
	return chats, nil
}

// due leaves out the groups whose lists were read a short while ago.
func (a *account) due(chats []string, known []connector.Group, now time.Time) []string {
	within := settled
	if !a.cfg.Callback {
		within = min(within, time.Duration(a.cfg.PollEvery)/2)
	}
	fresh := map[string]bool{}
	for _, g := range known {
		fresh[g.External] = !g.ConfirmedAt.IsZero() && now.Sub(g.ConfirmedAt) < within
	}
	return slices.DeleteFunc(chats, func(id string) bool { return fresh[id] })
}

// unlisted returns the next known groups that the list did not name, and moves
// the cursor on.
func (cur *groupsCursor) unlisted(known []connector.Group) []string {
	slices.SortFunc(known, func(x, y connector.Group) int { return cmp.Compare(x.External, y.External) })
	var chats []string
	for _, g := range known {
		if g.External > cur.After && g.ConfirmedAt.Before(cur.Started.Add(-settled)) && len(chats) < groupsAtOnce {
			chats = append(chats, g.External)
		}
	}
	if len(chats) > 0 {
		cur.After = chats[len(chats)-1]
	}
	return chats
}

// reconcile compares groups with what is known. A group that the app may not
// see is passed over: the others must not wait for it.
func (a *account) reconcile(ctx context.Context, chats []string, k connector.Knowledge) (connector.Page, error) {
	r, err := a.reading(ctx, a.app.Background(), k)
	if err != nil {
		return connector.Page{}, err
	}
	rooms := make([]*room, len(chats))
	for i, chat := range chats {
		if rooms[i], err = r.recall(ctx, chat); err != nil {
			return connector.Page{}, err
		}
	}
	r.look(ctx, rooms)
	var page connector.Page
	for _, m := range rooms {
		if err := r.reconcileRoom(ctx, m, &page); err != nil {
			return connector.Page{}, err
		}
	}
	return page, nil
}

func (r *reading) reconcileRoom(ctx context.Context, m *room, page *connector.Page) error {
	switch {
	case m.gone():
		if m.adopted {
			page.Drafts = append(page.Drafts, dismissed(m.chat, r.now))
		}
		return nil
	case m.err != nil:
		err := m.failure()
		if isPassing(err) {
			return err
		}
		r.account.log.WarnContext(ctx, "a group was not read", "group", m.chat, "reason", err)
		return nil
	}
	drafts, err := r.drafts(m, announcement{})
	if err != nil {
		r.account.log.WarnContext(ctx, "a group's list is not complete yet", "group", m.chat, "reason", err)
		return nil
	}
	page.Drafts = append(page.Drafts, drafts...)
	page.Confirmed = append(page.Confirmed, m.chat)
	return nil
}

// isPassing reports that an error concerns more than one group.
func isPassing(err error) bool {
	var temporary connector.Temporary
	var credentials connector.NeedsCredentials
	return errors.As(err, &temporary) || errors.As(err, &credentials)
}
