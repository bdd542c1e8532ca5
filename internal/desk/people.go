package desk

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"strings"

	"github.com/qunzhu/qunzhu/internal/community"
	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/event"
	"github.com/qunzhu/qunzhu/internal/id"
)

// stay is a spell in a group with the names of the member and of the inviter.
type stay struct {
	community.Stay
	N                            int // the member's n-th stay in the group
	InviterName, InviterExternal string
	Consent                      string // to the archive: agreed, refused, unknown
}

// stayFilter narrows a list of stays; zero fields do not.
type stayFilter struct {
	Name    string // part of the member's name
	Present bool
	Left    bool
	After   stayCursor
	Limit   int
}

// stayCursor is the place of a stay in the list: latest first.
type stayCursor struct {
	at     int64
	member string
	n      int
}

func (k stayCursor) String() string { return fmt.Sprintf("%d_%s_%d", k.at, k.member, k.n) }

// parseStayCursor reads a cursor; what is none starts at the top.
func parseStayCursor(s string) stayCursor {
	parts := strings.Split(s, "_")
	if len(parts) == 3 {
		at, err := strconv.ParseInt(parts[0], 10, 64)
		n, err2 := strconv.Atoi(parts[2])
		if err == nil && err2 == nil {
			return stayCursor{at, parts[1], n}
		}
	}
	return stayCursor{at: 1<<62 - 1}
}

// cursor is the place of s in a list that is ordered by what happened last.
func (s stay) cursor(present bool) stayCursor {
	at := s.Joined
	if !present && !s.Left.IsZero() {
		at = s.Left
	}
	ms := int64(0)
	if !at.IsZero() {
		ms = db.Millis(at)
	}
	return stayCursor{ms, s.Member, s.N}
}

// stays lists the stays of a group, the latest first: by joining for those who
// are present, else by what happened last.
func stays(ctx context.Context, q db.Q, g community.Group, f stayFilter) ([]stay, error) {
	order := "COALESCE(s.left_at,s.joined_at,0)"
	where := ""
	switch {
	case f.Present:
		order, where = "COALESCE(s.joined_at,0)", " AND s.left_at IS NULL"
	case f.Left:
		where = " AND s.left_at IS NOT NULL"
	}
	key := "(" + order + ",s.member_id,s.n)"
	return db.List(ctx, q, scanStay, `SELECT s.group_id,s.member_id,s.n,COALESCE(m.name,''),COALESCE(m.kind,'member'),COALESCE(m.external_id,''),COALESCE(m.tier,'regular'),
 s.joined_at,s.how,s.scene,s.state,s.inviter_id,COALESCE(i.name,''),COALESCE(i.external_id,''),s.left_at,s.left_how,s.quit_scene,
 CASE WHEN c.agreed IS NULL THEN 'unknown' WHEN c.agreed THEN 'agreed' ELSE 'refused' END
 FROM community_spells s LEFT JOIN community_members m ON m.community_id=s.community_id AND m.id=s.member_id
 LEFT JOIN community_members i ON i.community_id=s.community_id AND i.id=s.inviter_id
 LEFT JOIN community_consents c ON c.community_id=s.community_id AND c.group_id=s.group_id AND c.member_id=s.member_id
 WHERE s.community_id=$1 AND s.group_id=$2 AND ($3='' OR lower(m.name) LIKE $3 ESCAPE '!') AND `+key+` < ($4,$5,$6)`+where+`
 ORDER BY `+order+` DESC, s.member_id DESC, s.n DESC LIMIT $7`,
		g.Community, g.ID, containing(f.Name), f.After.at, f.After.member, f.After.n, f.Limit)
}

func scanStay(r *sql.Rows) (stay, error) {
	var s stay
	var joined, left sql.NullInt64
	err := r.Scan(&s.Group, &s.Member, &s.N, &s.Name, &s.Kind, &s.Ext, &s.Tier, &joined, &s.How, &s.Scene, &s.State, &s.Inviter,
		&s.InviterName, &s.InviterExternal, &left, &s.LeftHow, &s.Quit, &s.Consent)
	s.Joined, s.Left = db.Time(joined), db.Time(left)
	return s, err
}

// containing is the LIKE pattern of texts that contain part, with ! escaping;
// "" for no part.
func containing(part string) string {
	if part == "" {
		return ""
	}
	return "%" + strings.NewReplacer("!", "!!", "%", "!%", "_", "!_").Replace(strings.ToLower(part)) + "%"
}

// inferred reports whether a part of the stay is only an inference.
func (s stay) inferred() bool { return s.How == event.ByReconcile || s.LeftHow == event.ByReconcile }

// person is a member of a community with the groups that he or she is in.
type person struct {
	community.Member
	Groups []string // ids of the groups, as far as they are in scope
}

// personFilter narrows the list of members; "" and false do not.
type personFilter struct {
	Name, Kind, Tier string
	Presence         string // see presences
	After            personCursor
	Limit            int
}

// The places where a member can be.
const (
	inGroup  = "present" // in a group now
	inMore   = "several" // in two groups or more
	goneAway = "gone"    // was in one, and is in none now
)

var presences = []string{inGroup, inMore, goneAway}

const openStays = "SELECT 1 FROM community_spells s WHERE s.community_id=m.community_id AND s.member_id=m.id AND s.left_at IS NULL"

// presenceSQL is the condition of a presence on a member m. Nothing is asked
// without one: with many members, looking for the stays of each is dear.
var presenceSQL = map[string]string{
	inGroup:  " AND EXISTS (" + openStays + ")",
	goneAway: " AND NOT EXISTS (" + openStays + ")",
	inMore:   " AND (SELECT count(*) FROM (" + openStays + " LIMIT 2) AS two) = 2",
}

// personCursor is the place of a member in the list by name. It carries no name:
// names are long, and end up in logs of addresses.
type personCursor struct{ community, id string }

func (k personCursor) String() string { return k.community + k.id }

// parsePersonCursor reads what String wrote; what is no cursor starts at the top.
func parsePersonCursor(s string) personCursor {
	if len(s) != 2*id.Len || !id.Valid(s[:id.Len]) || !id.Valid(s[id.Len:]) {
		return personCursor{}
	}
	return personCursor{s[:id.Len], s[id.Len:]}
}

// name is the member's name, which the list is ordered by.
func (k personCursor) name(ctx context.Context, q db.Q) (string, error) {
	if k.id == "" {
		return "", nil
	}
	m, err := community.Members(ctx, q, k.community, k.id)
	return m[k.id].Name, err
}

// persons lists members by name.
func persons(ctx context.Context, q db.Q, s community.Scope, f personFilter) ([]person, error) {
	after, err := f.After.name(ctx, q)
	if err != nil {
		return nil, err
	}
	cond, args := s.SQL("m.community_id", 7)
	name := db.Bytewise(q, "m.name")
	list, err := db.List(ctx, q, func(r *sql.Rows) (p person, err error) {
		return p, r.Scan(&p.Community, &p.ID, &p.External, &p.UnionID, &p.Name, &p.Kind, &p.Tier)
	}, `SELECT m.community_id,m.id,m.external_id,m.unionid,m.name,m.kind,m.tier FROM community_members m
 WHERE ($1='' OR lower(m.name) LIKE $1 ESCAPE '!') AND ($2='' OR m.kind=$2) AND ($3='' OR m.tier=$3)
 AND (`+name+` > $4 OR m.name=$4 AND m.id > $5)
 AND `+cond+presenceSQL[f.Presence]+` ORDER BY `+name+`, m.id LIMIT $6`,
		append([]any{containing(f.Name), f.Kind, f.Tier, after, f.After.id, f.Limit}, args...)...)
	if err != nil {
		return nil, err
	}
	return list, addGroups(ctx, q, list)
}

// addGroups fills in the present groups of some members, in one statement.
func addGroups(ctx context.Context, q db.Q, list []person) error {
	at := make(map[string]int, len(list))
	ids := make([]string, len(list))
	for i, p := range list {
		at[p.ID], ids[i] = i, p.ID
	}
	communities := map[string]bool{}
	for _, p := range list {
		communities[p.Community] = true
	}
	var keys []string
	for k := range communities {
		keys = append(keys, k)
	}
	rows, err := q.Query(ctx, "SELECT member_id, group_id FROM community_spells WHERE left_at IS NULL AND community_id IN ("+
		db.Marks(len(keys), 1)+") AND member_id IN ("+db.Marks(len(ids), 1+len(keys))+") ORDER BY joined_at, group_id", db.Args(db.Args(nil, keys...), ids...)...)
	if err != nil {
		return err
	}
	return db.Each(rows, func(r *sql.Rows) error {
		var member, group string
		err := r.Scan(&member, &group)
		if i, ok := at[member]; ok {
			list[i].Groups = append(list[i].Groups, group)
		}
		return err
	})
}
