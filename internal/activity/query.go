package activity

import (
	"context"
	"database/sql"
	"time"

	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/fault"
)

// maxRange is the longest range of days that is read at once.
const maxRange = 731

type groupDay struct{ group, day string }

type sourceDay struct {
	groupDay
	source string
}

type connectionDay struct{ connection, source, day string }

type said struct{ messages, valid, speakers int }

type move struct{ joins, leaves, inferred int }

// agreement is how many of the present outsiders have spoken of the archive, and
// how many have agreed to it.
type agreement struct{ asked, agreed int }

type tally struct{ members, messages, joins, leaves *int }

// ledger is everything that days of a community, or of one of its groups, are
// made from. It is read in seven statements, however many groups there are.
type ledger struct {
	Params
	scope
	from, to  string
	today     string
	elapsed   time.Duration // of today
	talk      map[sourceDay]said
	moves     map[groupDay]move
	tallies   map[groupDay]tally
	covered   map[sourceDay]int64     // milliseconds, told of the group
	connected map[connectionDay]int64 // told of a whole connection
	agreed    map[string]agreement
	later     map[string]int // joins less leaves after to, by group
	staff     map[string]int // present staff and bots, by group
}

// scope is one group of a community, or all of them.
type scope struct{ community, group string }

// sql is a condition on a table's columns with its two arguments, $1 and $2. All
// groups are named one by one, so that keys of community, group and day find a
// range of days without reading all others.
func (s scope) sql(table string) (cond string, args []any) {
	cond = table + "community_id=$1 AND " + table + "group_id"
	if s.group != "" {
		return cond + "=$2", []any{s.community, s.group}
	}
	return cond + " IN (SELECT id FROM community_groups WHERE community_id=$2)", []any{s.community, s.community}
}

// load reads a ledger; group "" is all groups.
func load(ctx context.Context, q db.Q, p Params, communityID, group, from, to string) (*ledger, error) {
	now := p.Now.In(p.Zone)
	y, m, d := now.Date()
	l := &ledger{
		Params: p, scope: scope{communityID, group}, from: from, to: to, today: now.Format(time.DateOnly), elapsed: now.Sub(time.Date(y, m, d, 0, 0, 0, 0, p.Zone)),
		talk: map[sourceDay]said{}, moves: map[groupDay]move{}, tallies: map[groupDay]tally{}, covered: map[sourceDay]int64{},
		connected: map[connectionDay]int64{}, later: map[string]int{}, staff: map[string]int{}, agreed: map[string]agreement{},
	}
	for _, read := range []func(context.Context, db.Q) error{
		l.readTalk, l.readMoves, l.readTallies, l.readCoverage, l.readLater, l.readStaff, l.readConsents,
	} {
		if err := read(ctx, q); err != nil {
			return nil, err
		}
	}
	return l, nil
}

func checkRange(from, to string) error {
	first, err := time.Parse(time.DateOnly, from)
	if err != nil {
		return fault.InvalidField("from", "activity.date")
	}
	last, err := time.Parse(time.DateOnly, to)
	if err != nil {
		return fault.InvalidField("to", "activity.date")
	}
	if last.Before(first) || last.Sub(first) >= maxRange*24*time.Hour {
		return fault.InvalidField("to", "activity.range", maxRange)
	}
	return nil
}

// each runs a query, which ends in a condition on the ledger's groups and days.
func (l *ledger) each(ctx context.Context, q db.Q, query string, scan func(*sql.Rows) error) error {
	cond, args := l.sql("")
	rows, err := q.Query(ctx, query+" WHERE "+cond+" AND day BETWEEN $3 AND $4", append(args, l.from, l.to)...)
	if err != nil {
		return err
	}
	return db.Each(rows, scan)
}

func (l *ledger) readTalk(ctx context.Context, q db.Q) error {
	return l.each(ctx, q, "SELECT group_id,day,source,messages,valid_messages,speakers FROM activity_days", func(r *sql.Rows) error {
		var k sourceDay
		var s said
		err := r.Scan(&k.group, &k.day, &k.source, &s.messages, &s.valid, &s.speakers)
		l.talk[k] = s
		return err
	})
}

func (l *ledger) readMoves(ctx context.Context, q db.Q) error {
	return l.each(ctx, q, "SELECT group_id,day,joins,leaves,inferred FROM activity_moves", func(r *sql.Rows) error {
		var k groupDay
		var m move
		err := r.Scan(&k.group, &k.day, &m.joins, &m.leaves, &m.inferred)
		l.moves[k] = m
		return err
	})
}

func (l *ledger) readTallies(ctx context.Context, q db.Q) error {
	return l.each(ctx, q, "SELECT group_id,day,members,messages,joins,leaves FROM activity_tallies", func(r *sql.Rows) error {
		var k groupDay
		var t tally
		err := r.Scan(&k.group, &k.day, &t.members, &t.messages, &t.joins, &t.leaves)
		l.tallies[k] = t
		return err
	})
}

// readCoverage reads what was told of a group, and of whole connections.
func (l *ledger) readCoverage(ctx context.Context, q db.Q) error {
	cond, args := l.sql("")
	rows, err := q.Query(ctx, "SELECT group_id,connection_id,source,day,covered_ms FROM activity_coverage WHERE ("+cond+
		" OR community_id=$1 AND group_id='') AND day BETWEEN $3 AND $4", append(args, l.from, l.to)...)
	if err != nil {
		return err
	}
	return db.Each(rows, func(r *sql.Rows) error {
		var k sourceDay
		var connection string
		var ms int64
		err := r.Scan(&k.group, &connection, &k.source, &k.day, &ms)
		if k.group == "" {
			l.connected[connectionDay{connection, k.source, k.day}] += ms
		} else {
			l.covered[k] += ms
		}
		return err
	})
}

func (l *ledger) readLater(ctx context.Context, q db.Q) error {
	cond, args := l.sql("")
	rows, err := q.Query(ctx, "SELECT group_id, sum(joins)-sum(leaves) FROM activity_moves WHERE "+cond+" AND day>$3 GROUP BY group_id", append(args, l.to)...)
	if err != nil {
		return err
	}
	return l.numbers(rows, l.later)
}

// readStaff starts from the people of one group, or for all groups from the few
// people of staff: the CROSS JOIN keeps SQLite to that order.
func (l *ledger) readStaff(ctx context.Context, q db.Q) error {
	cond, args := l.sql("s.")
	from := "community_spells s CROSS JOIN community_members m"
	if l.group == "" {
		from = "(SELECT community_id,id,kind FROM community_members WHERE community_id=$1 AND kind<>'member') m CROSS JOIN community_spells s"
	}
	rows, err := q.Query(ctx, "SELECT s.group_id, count(*) FROM "+from+` WHERE s.community_id=m.community_id AND s.member_id=m.id
 AND m.kind<>'member' AND s.left_at IS NULL AND `+cond+" GROUP BY s.group_id", args...)
	if err != nil {
		return err
	}
	return l.numbers(rows, l.staff)
}

// notMembers selects the staff and bots of community $1.
const notMembers = "SELECT id FROM community_members WHERE community_id=$1 AND kind<>'member'"

// readConsents starts from the consents, of which there are none without an
// archive.
func (l *ledger) readConsents(ctx context.Context, q db.Q) error {
	cond, args := l.sql("c.")
	rows, err := q.Query(ctx, `SELECT c.group_id, count(*), sum(CASE WHEN c.agreed THEN 1 ELSE 0 END) FROM community_consents c
 CROSS JOIN community_spells s WHERE s.community_id=c.community_id AND s.group_id=c.group_id AND s.member_id=c.member_id AND s.left_at IS NULL
 AND s.member_id NOT IN (`+notMembers+") AND "+cond+" GROUP BY c.group_id", args...)
	if err != nil {
		return err
	}
	return db.Each(rows, func(r *sql.Rows) error {
		var g string
		var a agreement
		err := r.Scan(&g, &a.asked, &a.agreed)
		l.agreed[g] = a
		return err
	})
}

func (l *ledger) numbers(rows *sql.Rows, into map[string]int) error {
	return db.Each(rows, func(r *sql.Rows) error {
		var group string
		var n int
		err := r.Scan(&group, &n)
		into[group] = n
		return err
	})
}
