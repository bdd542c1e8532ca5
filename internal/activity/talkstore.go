package activity

import (
	"cmp"
	"database/sql"
	"slices"
	"strings"

	"github.com/qunzhu/qunzhu/internal/db"
)

func (t *talk) write() error {
	speakers, err := t.writeMemberDays()
	if err != nil {
		return err
	}
	if err := t.writeDays(speakers); err != nil {
		return err
	}
	if err := t.writePrints(); err != nil {
		return err
	}
	if err := t.writeIDs("activity_repeats", t.fresh.repeats); err != nil {
		return err
	}
	if err := t.writeIDs("activity_removed", t.fresh.removed); err != nil {
		return err
	}
	return t.writeRecalls()
}

// writeMemberDays returns by how much the number of speakers of each day
// changed: a member speaks on a day from the first message to the last recall.
func (t *talk) writeMemberDays() (map[dayKey]int, error) {
	keys := make([]memberKey, 0, len(t.members))
	for k := range t.members {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b memberKey) int {
		return cmp.Or(strings.Compare(a.group, b.group), strings.Compare(a.day, b.day), strings.Compare(a.member, b.member), strings.Compare(a.source, b.source))
	})
	rows := db.NewRows(7)
	for _, k := range keys {
		c := t.members[k]
		rows.Add(t.b.Community, k.group, k.day, k.member, k.source, c.messages, c.valid)
	}
	speakers := map[dayKey]int{}
	err := rows.Query(t.ctx, t.tx, "INSERT INTO activity_member_days (community_id,group_id,day,member_id,source,messages,valid_messages)",
		`ON CONFLICT (community_id,group_id,day,member_id,source) DO UPDATE SET messages=activity_member_days.messages+excluded.messages,
 valid_messages=activity_member_days.valid_messages+excluded.valid_messages RETURNING group_id,day,member_id,source,messages`,
		func(r *sql.Rows) error {
			var k memberKey
			var after int
			err := r.Scan(&k.group, &k.day, &k.member, &k.source, &after)
			before := after - t.members[k].messages
			switch {
			case before <= 0 && after > 0:
				speakers[dayKey{k.group, k.day, k.source}]++
			case before > 0 && after <= 0:
				speakers[dayKey{k.group, k.day, k.source}]--
			}
			return err
		})
	return speakers, err
}

func (t *talk) writeDays(speakers map[dayKey]int) error {
	keys := make([]dayKey, 0, len(t.days))
	for k := range t.days {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b dayKey) int {
		return cmp.Or(strings.Compare(a.group, b.group), strings.Compare(a.day, b.day), strings.Compare(a.source, b.source))
	})
	rows := db.NewRows(7)
	for _, k := range keys {
		c := t.days[k]
		rows.Add(t.b.Community, k.group, k.day, k.source, c.messages, c.valid, speakers[k])
	}
	_, err := rows.Exec(t.ctx, t.tx, "INSERT INTO activity_days (community_id,group_id,day,source,messages,valid_messages,speakers)",
		`ON CONFLICT (community_id,group_id,day,source) DO UPDATE SET messages=activity_days.messages+excluded.messages,
 valid_messages=activity_days.valid_messages+excluded.valid_messages, speakers=activity_days.speakers+excluded.speakers`)
	return err
}

func (t *talk) writePrints() error {
	rows := db.NewRows(6)
	keys := make([]int64, 0, len(t.prints))
	for k := range t.prints {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	for _, k := range keys {
		for _, p := range t.prints[k] {
			if p.dirty {
				rows.Add(t.b.Community, k, db.Millis(p.at), p.id, db.Millis(p.recorded), p.repeats)
			}
		}
	}
	_, err := rows.Exec(t.ctx, t.tx, "INSERT INTO activity_prints (community_id,print,at,event_id,recorded_at,repeats)",
		"ON CONFLICT (community_id,print,at,event_id) DO UPDATE SET repeats=excluded.repeats")
	return err
}

func (t *talk) writeIDs(table string, ids []string) error {
	slices.Sort(ids)
	rows := db.NewRows(2)
	for _, id := range ids {
		rows.Add(t.b.Community, id)
	}
	_, err := rows.Exec(t.ctx, t.tx, "INSERT INTO "+table+" (community_id,event_id)", "ON CONFLICT (community_id,event_id) DO NOTHING")
	return err
}

func (t *talk) writeRecalls() error {
	rows := db.NewRows(4)
	for _, key := range t.fresh.recalls {
		if k := strings.Split(key, "\x00"); t.recalls[key] {
			rows.Add(t.b.Community, k[0], k[1], k[2])
		}
	}
	if _, err := rows.Exec(t.ctx, t.tx, "INSERT INTO activity_recalls (community_id,group_id,source,ref)",
		"ON CONFLICT (community_id,group_id,source,ref) DO NOTHING"); err != nil {
		return err
	}
	for _, key := range t.settled {
		k := strings.Split(key, "\x00")
		if _, err := t.tx.Exec(t.ctx, "DELETE FROM activity_recalls WHERE community_id=$1 AND group_id=$2 AND source=$3 AND ref=$4",
			t.b.Community, k[0], k[1], k[2]); err != nil {
			return err
		}
	}
	return nil
}
