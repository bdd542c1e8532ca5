package desk

import (
	"context"
	"database/sql"

	"github.com/qunzhu/qunzhu/internal/community"
	"github.com/qunzhu/qunzhu/internal/db"
)

// crowd is somebody from outside who is in several groups, in whatever
// communities.
type crowd struct {
	connection, external, name string
	n                          int
	groups                     []string
}

// inSeveral lists outsiders who are in two groups or more, those in most groups
// first. One person has one external id at a connection, a member id in each
// community, and at most one open stay in a group.
func inSeveral(ctx context.Context, q db.Q, s community.Scope, limit int) ([]crowd, error) {
	cond, args := s.SQL("s.community_id", 2)
	list, err := db.List(ctx, q, func(r *sql.Rows) (p crowd, err error) {
		return p, r.Scan(&p.connection, &p.external, &p.name, &p.n)
	}, `SELECT g.connection_id, m.external_id, max(m.name), count(*) AS n FROM community_spells s
 JOIN community_members m ON m.community_id=s.community_id AND m.id=s.member_id AND m.kind='member' AND m.external_id<>''
 JOIN community_groups g ON g.community_id=s.community_id AND g.id=s.group_id AND g.status='active'
 WHERE s.left_at IS NULL AND `+cond+` GROUP BY g.connection_id, m.external_id HAVING count(*) > 1
 ORDER BY n DESC, m.external_id, g.connection_id LIMIT $1`, append([]any{limit}, args...)...)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return list, addCrowdGroups(ctx, q, s, list)
}

func addCrowdGroups(ctx context.Context, q db.Q, s community.Scope, list []crowd) error {
	type key struct{ connection, external string }
	at := map[key]int{}
	externals := make([]string, len(list))
	for i, p := range list {
		at[key{p.connection, p.external}], externals[i] = i, p.external
	}
	cond, args := s.SQL("m.community_id", 1+len(externals))
	rows, err := q.Query(ctx, `SELECT g.connection_id, m.external_id, g.id FROM community_members m
 JOIN community_spells s ON s.community_id=m.community_id AND s.member_id=m.id AND s.left_at IS NULL
 JOIN community_groups g ON g.community_id=s.community_id AND g.id=s.group_id AND g.status='active'
 WHERE m.external_id IN (`+db.Marks(len(externals), 1)+`) AND `+cond+` ORDER BY g.members DESC, g.id`, append(db.Args(nil, externals...), args...)...)
	if err != nil {
		return err
	}
	return db.Each(rows, func(r *sql.Rows) error {
		var k key
		var group string
		err := r.Scan(&k.connection, &k.external, &group)
		if i, ok := at[k]; ok {
			list[i].groups = append(list[i].groups, group)
		}
		return err
	})
}
