package wecom

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/qunzhu/qunzhu/internal/connector"
	"github.com/qunzhu/qunzhu/internal/event"
)

// ownersAtOnce is how many owners one page of the statistics asks for; the first
// time each costs six calls.
const ownersAtOnce = 10

// statisticsCursor holds the last day that was read of each owner.
type statisticsCursor struct {
	Days map[string]string `json:"days"` // userid → yyyy-mm-dd in Shanghai
	// Owners are those still to be read in this run.
	Owners []string `json:"owners,omitempty"`
}

// pullStatistics reads the daily counts of every owner, at first as far back as
// the platform keeps them. They end yesterday, and no single group can be read
// from them (D:92133).
func (a *account) pullStatistics(ctx context.Context, text string, k connector.Knowledge) (connector.Page, error) {
	cur, err := decodeCursor[statisticsCursor](text)
	if err != nil {
		return connector.Page{}, err
	}
	client := a.app.Background()
	yesterday := startOfDay(k.Now()).AddDate(0, 0, -1)
	if len(cur.Owners) == 0 {
		if cur.Owners, err = owners(ctx, client, cur.Days, yesterday, k.Now()); err != nil {
			return connector.Page{}, err
		}
	}
	if cur.Days == nil {
		cur.Days = map[string]string{}
	}
	var page connector.Page
	for range min(ownersAtOnce, len(cur.Owners)) {
		owner := cur.Owners[0]
		from := yesterday.AddDate(0, 0, -statisticsDays)
		if last, err := time.ParseInLocation(time.DateOnly, cur.Days[owner], shanghai); err == nil {
			from = last.AddDate(0, 0, 1)
		}
		days, err := client.DailyCounts(ctx, []string{owner}, from, yesterday, k.Now())
		if err != nil {
			return connector.Page{}, err
		}
		page.Drafts = append(page.Drafts, ownerDrafts(owner, days)...)
		cur.Days[owner], cur.Owners = yesterday.Format(time.DateOnly), cur.Owners[1:]
	}
	page.Cursor, page.More = encodeCursor(cur), len(cur.Owners) > 0
	return page, nil
}

// owners lists the staff who own groups and whose counts are not read up to
// yesterday.
func owners(ctx context.Context, client *Client, read map[string]string, yesterday, now time.Time) ([]string, error) {
	staff, err := client.FollowUsers(ctx)
	if err != nil {
		return nil, err
	}
	own := map[string]bool{}
	for part := range slices.Chunk(staff, maxOwnersFilter) {
		totals, err := client.OwnerTotals(ctx, part, yesterday.AddDate(0, 0, 1-statisticsSpan), yesterday, now)
		if err != nil {
			return nil, err
		}
		for _, t := range totals {
			if t.Counts.Chats > 0 && read[t.Owner] < yesterday.Format(time.DateOnly) {
				own[t.Owner] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(own)), nil
}

// ownerDrafts are the days on which the owner had a group. Each counts at its
// end; a day that is told again with other numbers is told anew.
func ownerDrafts(owner string, days []DayCounts) []connector.Draft {
	var out []connector.Draft
	for _, d := range days {
		c := d.Counts
		if c == (GroupCounts{}) {
			continue
		}
		day := d.Day.Format(time.DateOnly)
		out = append(out, connector.Draft{
			Kind: event.OwnerCounted, At: d.Day.AddDate(0, 0, 1).Add(-time.Second), Key: fmt.Sprint(owner, " ", day, " ", c),
			Body: event.OwnerCount{
				Day: day, Owner: owner, Chats: int(c.Chats), NewChats: int(c.NewChats), ActiveChats: int(c.ActiveChats),
				Members: int(c.Members), NewMembers: int(c.NewMembers), ActiveMembers: int(c.SpeakingMember), Messages: int(c.MessageTotal),
			},
		})
	}
	return out
}
