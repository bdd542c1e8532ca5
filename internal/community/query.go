package community

import (
	"context"
	"database/sql"
	"encoding/json"
	"time"

	"github.com/qunzhu/qunzhu/internal/connector"
	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/fault"
)

// Scope limits a query to the communities that somebody may see.
type Scope interface {
	// SQL is a condition on column with its arguments, numbered from first.
	SQL(column string, first int) (string, []any)
}

// Everywhere is the scope of the program itself.
type Everywhere struct{}

// SQL implements Scope.
func (Everywhere) SQL(string, int) (string, []any) { return "1=1", nil }

// Only is the scope of one community.
type Only string

// SQL implements Scope.
func (o Only) SQL(column string, first int) (string, []any) {
	return column + "=" + db.Marks(1, first), []any{string(o)}
}

// Communities lists the communities in scope by name.
func Communities(ctx context.Context, q db.Q, s Scope) ([]Community, error) {
	cond, args := s.SQL("community_id", 1)
	return db.List(ctx, q, func(r *sql.Rows) (Community, error) {
		var c Community
		var at int64
		err := r.Scan(&c.ID, &c.Name, &c.Type, &at)
		c.Created = time.UnixMilli(at).UTC()
		return c, err
	}, "SELECT community_id,name,type,created_at FROM communities WHERE "+cond+" ORDER BY name, community_id", args...)
}

const groupColumns = `SELECT community_id,id,connection_id,platform,external_id,name,owner_id,admins,notice,capacity,archived,status,members,launched_at,observed_from,ended_at FROM community_groups `

func scanGroup(r *sql.Rows) (Group, error) {
	var g Group
	var admins string
	var launched, ended sql.NullInt64
	var observed int64
	err := r.Scan(&g.Community, &g.ID, &g.Connection, &g.Platform, &g.External, &g.Name, &g.Owner, &admins, &g.Notice, &g.Capacity,
		&g.Archived, &g.Status, &g.Members, &launched, &observed, &ended)
	if err != nil {
		return g, err
	}
	g.Launched, g.ObservedFrom, g.Ended = db.Time(launched), time.UnixMilli(observed).UTC(), db.Time(ended)
	return g, json.Unmarshal([]byte(admins), &g.Admins)
}

// Groups lists up to limit groups in scope after a cursor (the id of the last
// one), by id. A community narrows it when not "".
func Groups(ctx context.Context, q db.Q, s Scope, community, after string, limit int) ([]Group, error) {
	cond, args := s.SQL("community_id", 4)
	return db.List(ctx, q, scanGroup, groupColumns+"WHERE ($1='' OR community_id=$1) AND id>$2 AND "+cond+" ORDER BY id LIMIT $3",
		append([]any{community, after, limit}, args...)...)
}

// GetGroup returns a group in scope, or a NotFound fault: what one may not see
// does not exist.
func GetGroup(ctx context.Context, q db.Q, s Scope, group string) (Group, error) {
	cond, args := s.SQL("community_id", 2)
	list, err := db.List(ctx, q, scanGroup, groupColumns+"WHERE id=$1 AND "+cond, append([]any{group}, args...)...)
	if err != nil {
		return Group{}, err
	}
	if len(list) == 0 {
		return Group{}, fault.New(fault.NotFound, "fault.group_unknown")
	}
	return list[0], nil
}

// GroupsOf returns the groups of a connection.
func GroupsOf(ctx context.Context, q db.Q, connection string) ([]Group, error) {
	return db.List(ctx, q, scanGroup, groupColumns+"WHERE connection_id=$1 ORDER BY id", connection)
}

// Members returns members of a community by id; unknown ids are missing.
func Members(ctx context.Context, q db.Q, community string, ids ...string) (map[string]Member, error) {
	out := make(map[string]Member, len(ids))
	for start := 0; start < len(ids); start += 500 {
		part := ids[start:min(start+500, len(ids))]
		list, err := db.List(ctx, q, func(r *sql.Rows) (m Member, err error) {
			return m, r.Scan(&m.Community, &m.ID, &m.External, &m.UnionID, &m.Name, &m.Kind, &m.Tier)
		}, "SELECT community_id,id,external_id,unionid,name,kind,tier FROM community_members WHERE community_id=$1 AND id IN ("+
			db.Marks(len(part), 2)+")", db.Args([]any{community}, part...)...)
		if err != nil {
			return nil, err
		}
		for _, m := range list {
			out[m.ID] = m
		}
	}
	return out, nil
}

const stayColumns = `SELECT s.group_id,s.member_id,COALESCE(m.name,''),COALESCE(m.kind,'member'),COALESCE(m.external_id,''),COALESCE(m.tier,'regular'),
 s.joined_at,s.how,s.scene,s.state,s.inviter_id,s.left_at,s.left_how,s.quit_scene
 FROM community_spells s LEFT JOIN community_members m ON m.community_id=s.community_id AND m.id=s.member_id `

func scanStay(r *sql.Rows) (Stay, error) {
	var s Stay
	var joined, left sql.NullInt64
	err := r.Scan(&s.Group, &s.Member, &s.Name, &s.Kind, &s.Ext, &s.Tier, &joined, &s.How, &s.Scene, &s.State, &s.Inviter, &left, &s.LeftHow, &s.Quit)
	s.Joined, s.Left = db.Time(joined), db.Time(left)
	return s, err
}

// Present lists up to limit present members of a group after a member id.
func Present(ctx context.Context, q db.Q, community, group, after string, limit int) ([]Stay, error) {
	return db.List(ctx, q, scanStay, stayColumns+
		"WHERE s.community_id=$1 AND s.group_id=$2 AND s.left_at IS NULL AND s.member_id>$3 ORDER BY s.member_id LIMIT $4", community, group, after, limit)
}

// Spells lists up to limit stays of a group after a cursor (member id, number).
func Spells(ctx context.Context, q db.Q, community, group, after string, n, limit int) ([]Stay, error) {
	return db.List(ctx, q, scanStay, stayColumns+
		"WHERE s.community_id=$1 AND s.group_id=$2 AND (s.member_id,s.n)>($3,$4) ORDER BY s.member_id,s.n LIMIT $5", community, group, after, n, limit)
}

// Moves lists the stays of a group that began or ended between two local days,
// latest first: the rows behind a growth rate.
func Moves(ctx context.Context, q db.Q, community, group, from, to string, limit int) ([]Stay, error) {
	return db.List(ctx, q, scanStay, stayColumns+`WHERE s.community_id=$1 AND s.group_id=$2
 AND (s.joined_day BETWEEN $3 AND $4 OR s.left_day BETWEEN $3 AND $4)
 ORDER BY COALESCE(s.left_at,s.joined_at) DESC, s.member_id LIMIT $5`, community, group, from, to, limit)
}

// Consent is the archive consent of a group's present outsiders.
type Consent struct {
	Outsiders int // present members who are not staff or bots
	Agreed    int
	Refused   int
}

// Consents returns the consent of every group of a community, by group.
func Consents(ctx context.Context, q db.Q, community string) (map[string]Consent, error) {
	out := map[string]Consent{}
	rows, err := q.Query(ctx, `SELECT s.group_id, count(*), sum(CASE WHEN c.agreed THEN 1 ELSE 0 END), sum(CASE WHEN NOT c.agreed THEN 1 ELSE 0 END)
 FROM community_spells s JOIN community_members m ON m.community_id=s.community_id AND m.id=s.member_id AND m.kind='member'
 LEFT JOIN community_consents c ON c.community_id=s.community_id AND c.group_id=s.group_id AND c.member_id=s.member_id
 WHERE s.community_id=$1 AND s.left_at IS NULL GROUP BY s.group_id`, community)
	if err != nil {
		return nil, err
	}
	return out, db.Each(rows, func(r *sql.Rows) error {
		var g string
		var c Consent
		err := r.Scan(&g, &c.Outsiders, &c.Agreed, &c.Refused)
		out[g] = c
		return err
	})
}

// GroupsByID returns groups of a community; unknown ids are missing.
func GroupsByID(ctx context.Context, q db.Q, community string, ids ...string) ([]Group, error) {
	return db.List(ctx, q, scanGroup, groupColumns+"WHERE community_id=$1 AND id IN ("+db.Marks(len(ids), 2)+")", db.Args([]any{community}, ids...)...)
}

// Roster returns the present members of a group by external id, and those that
// were last seen leaving by inference, with GoneAt: a list that still names them
// refutes it.
func Roster(ctx context.Context, q db.Q, community, group string) (map[string]connector.Presence, error) {
	rows, err := q.Query(ctx, `SELECT m.external_id, m.kind, m.name, m.unionid, s.joined_at, s.left_at, s.scene, s.state,
 CASE WHEN s.inviter_id='' THEN '' ELSE COALESCE((SELECT i.external_id FROM community_members i WHERE i.community_id=s.community_id AND i.id=s.inviter_id),'') END,
 CASE WHEN c.agreed IS NULL THEN '' WHEN c.agreed THEN 'agreed' ELSE 'refused' END, s.seen_at
 FROM community_spells s JOIN community_members m ON m.community_id=s.community_id AND m.id=s.member_id
 LEFT JOIN community_consents c ON c.community_id=s.community_id AND c.group_id=s.group_id AND c.member_id=s.member_id
 WHERE s.community_id=$1 AND s.group_id=$2 AND (s.left_at IS NULL OR s.left_how='reconciled') ORDER BY s.member_id, s.n`, community, group)
	if err != nil {
		return nil, err
	}
	out := map[string]connector.Presence{}
	return out, db.Each(rows, func(r *sql.Rows) error {
		var ext string
		var p connector.Presence
		var joined, left, seen sql.NullInt64
		err := r.Scan(&ext, &p.Kind, &p.Name, &p.UnionID, &joined, &left, &p.Scene, &p.State, &p.Inviter, &p.Consent, &seen)
		p.JoinedAt, p.SeenAt, p.GoneAt = db.Time(joined), db.Time(seen), db.Time(left)
		out[ext] = p
		return err
	})
}

// Leavers returns who was told to have left a group since a moment and has not
// come back, by external id, with the time of it.
func Leavers(ctx context.Context, q db.Q, community, group string, since time.Time) (map[string]time.Time, error) {
	rows, err := q.Query(ctx, `SELECT m.external_id, max(s.left_at) FROM community_spells s
 JOIN community_members m ON m.community_id=s.community_id AND m.id=s.member_id
 WHERE s.community_id=$1 AND s.group_id=$2 AND s.left_at>=$3 AND s.left_how<>'reconciled'
 AND NOT EXISTS (SELECT 1 FROM community_spells l WHERE l.community_id=s.community_id AND l.group_id=s.group_id AND l.member_id=s.member_id AND l.n>s.n)
 GROUP BY m.external_id`, community, group, db.Millis(since))
	if err != nil {
		return nil, err
	}
	out := map[string]time.Time{}
	return out, db.Each(rows, func(r *sql.Rows) error {
		var ext string
		var left sql.NullInt64
		err := r.Scan(&ext, &left)
		out[ext] = db.Time(left)
		return err
	})
}
