package desk

import (
	"context"
	"database/sql"
	"time"

	"github.com/qunzhu/qunzhu/internal/activity"
	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/web"
	"github.com/qunzhu/qunzhu/internal/web/ui"
)

const (
	// ownerDays is how far back the platform's statistics reach (D:92133).
	ownerDays = 180
	// ownerRecent is the part of it that is summed up.
	ownerRecent = 30
)

type ownersView struct {
	Head  ui.Head
	Note  string
	Table ui.Table
}

// owners shows what the platform counts of each owner, which reaches back to
// before the connection and needs no archive.
func (p *pages) owners(c *web.Ctx) error {
	from := c.Now.In(p.deps.Zone).AddDate(0, 0, -ownerDays).Format(time.DateOnly)
	series, err := activity.Owners(c.Context(), p.deps.DB, c.Scope(View), c.Community, from)
	if err != nil {
		return err
	}
	names, err := staffNames(c.Context(), p.deps.DB)
	if err != nil {
		return err
	}
	v := ownersView{Head: ui.Head{Title: c.T("desk.owners.title"), Sub: c.T("desk.owners.sub")}, Note: c.T("desk.owners.note")}
	v.Table = ui.Table{Columns: heads(c, "owner", "groups_in", "members", "new_members", "messages_30", "active_groups", "messages_180")}
	for i := 1; i < 6; i++ {
		v.Table.Columns[i].Numeric = true
	}
	v.Table.Empty = ui.Empty{What: c.T("desk.owners.none"), Why: c.T("desk.owners.none.why"), Action: &ui.Button{Label: c.T("desk.sources"), Href: sourcesPath}}
	for _, s := range series {
		v.Table.Rows = append(v.Table.Rows, ownerRow(c, s, names[s.Owner]))
	}
	return c.Render("desk/owners", v)
}

func ownerRow(c *web.Ctx, s activity.OwnerSeries, name string) ui.Row {
	last := s.Days[len(s.Days)-1]
	recent := s.Days[max(0, len(s.Days)-ownerRecent):]
	messages, fresh, active := 0, 0, 0
	for _, d := range recent {
		messages, fresh, active = messages+d.Messages, fresh+d.NewMembers, active+d.Active
	}
	owner := ui.Text(personName(name, s.Owner))
	owner.Sub = c.T("desk.owners.until", last.Day)
	if s.Cumulative {
		owner.Chips = []ui.Chip{{Text: c.T("desk.owners.cumulative")}}
	}
	share := "—"
	if last.Chats > 0 {
		share = c.Printer.Decimal(float64(active)/float64(len(recent)), 1) + "/" + number(last.Chats)
	}
	return ui.Row{Cells: []ui.Cell{
		owner, ui.Text(number(last.Chats)), ui.Text(c.Printer.Number(int64(last.Members))), ui.Text(c.Printer.Number(int64(fresh))),
		ui.Text(c.Printer.Number(int64(messages))), ui.Text(share), {Spark: weekly(c, s.Days)},
	}}
}

// weekly is the messages of each week, so that weekends do not make a saw.
func weekly(c *web.Ctx, days []activity.OwnerDay) *ui.Spark {
	spark := ui.Spark{Label: c.T("desk.col.messages_180")}
	for end := len(days); end >= 7; end -= 7 {
		sum := 0.0
		for _, d := range days[end-7 : end] {
			sum += float64(d.Messages)
		}
		spark.Values = append([]*float64{&sum}, spark.Values...)
	}
	return &spark
}

// staffNames are the names of the directory by the platform's userid.
func staffNames(ctx context.Context, q db.Q) (map[string]string, error) {
	rows, err := q.Query(ctx, "SELECT external_id, name FROM connector_staff")
	if err != nil {
		return nil, err
	}
	out := map[string]string{}
	return out, db.Each(rows, func(r *sql.Rows) error {
		var id, name string
		err := r.Scan(&id, &name)
		out[id] = name
		return err
	})
}
