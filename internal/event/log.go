package event

import (
	"cmp"
	"context"
	"database/sql"
	"embed"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/id"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Migrations of the log.
func Migrations() db.Migrations { return db.Embedded("event", migrations) }

// Append adds events to the log and returns those that were new: an event whose
// id is there already is the same thing told again. Events are sorted by key.
func Append(ctx context.Context, q db.Q, events []Event) ([]Event, error) {
	if len(events) == 0 {
		return nil, nil
	}
	events = slices.Clone(events)
	slices.SortFunc(events, func(a, b Event) int {
		return cmp.Or(strings.Compare(a.Community, b.Community), strings.Compare(a.ID, b.ID))
	})
	events = slices.CompactFunc(events, func(a, b Event) bool { return a.Community == b.Community && a.ID == b.ID })
	rows := db.NewRows(10)
	for _, e := range events {
		rows.Add(e.Community, e.ID, Shard(e.Community), e.Group, e.Member, string(e.Kind),
			db.Millis(e.At), db.Millis(e.Recorded), e.Depth, string(e.Body))
	}
	added := make(map[string]bool, len(events))
	err := rows.Query(ctx, q, "INSERT INTO events (community_id,id,shard,group_id,member_id,kind,at,recorded_at,depth,body)",
		"ON CONFLICT (community_id,id) DO NOTHING RETURNING id", func(r *sql.Rows) error {
			var id string
			err := r.Scan(&id)
			added[id] = true
			return err
		})
	if err != nil {
		return nil, err
	}
	fresh := events[:0]
	for _, e := range events {
		if added[e.ID] {
			fresh = append(fresh, e)
		}
	}
	return fresh, appendWords(ctx, q, fresh)
}

func appendWords(ctx context.Context, q db.Q, events []Event) error {
	rows := db.NewRows(5)
	for _, e := range events {
		if e.Words != (Words{}) {
			rows.Add(e.Community, e.ID, e.Words.Text, e.Words.Name, e.Words.External)
		}
	}
	_, err := rows.Exec(ctx, q, "INSERT INTO event_words (community_id,event_id,text,name,external_id)", "ON CONFLICT (community_id,event_id) DO NOTHING")
	return err
}

const columns = `SELECT e.community_id, e.id, e.seq, e.group_id, e.member_id, e.kind, e.at, e.recorded_at, e.depth, e.body,
 COALESCE(w.text,''), COALESCE(w.name,''), COALESCE(w.external_id,'') FROM events e LEFT JOIN event_words w ON w.community_id=e.community_id AND w.event_id=e.id `

func scan(r *sql.Rows) (Event, error) {
	var e Event
	var seq sql.NullInt64
	var at, recorded int64
	var body string
	err := r.Scan(&e.Community, &e.ID, &seq, &e.Group, &e.Member, &e.Kind, &at, &recorded, &e.Depth, &body, &e.Words.Text, &e.Words.Name, &e.Words.External)
	e.Seq, e.At, e.Recorded = seq.Int64, time.UnixMilli(at).UTC(), time.UnixMilli(recorded).UTC()
	e.Body, e.decoded = json.RawMessage(body), new(any)
	return e, err
}

// Pending returns up to limit events of a community that have no number yet, in
// the order of their ids.
func Pending(ctx context.Context, q db.Q, community string, limit int) ([]Event, error) {
	return db.List(ctx, q, scan, columns+
		"WHERE e.shard=$1 AND e.community_id=$2 AND e.seq IS NULL ORDER BY e.id LIMIT $3", Shard(community), community, limit)
}

// PendingCommunities returns the communities of a shard that have events without
// a number.
func PendingCommunities(ctx context.Context, q db.Q, shard int) ([]string, error) {
	return db.List(ctx, q, scanString, "SELECT DISTINCT community_id FROM events WHERE shard=$1 AND seq IS NULL ORDER BY community_id", shard)
}

func scanString(r *sql.Rows) (s string, err error) { return s, r.Scan(&s) }

// Number gives the events, which must be what Pending returned in this
// transaction, the numbers after last.
func Number(ctx context.Context, q db.Q, community string, events []Event, last int64) error {
	for start := 0; start < len(events); start += 256 {
		part := events[start:min(start+256, len(events))]
		n := 256
		args := make([]any, 0, n+2)
		args = append(args, last+int64(start), community)
		for i := range n {
			args = append(args, part[min(i, len(part)-1)].ID)
		}
		_, err := q.Exec(ctx, `UPDATE events SET seq = $1 + n.rn FROM
 (SELECT id, row_number() OVER (ORDER BY id) AS rn FROM events WHERE community_id=$2 AND id IN (`+db.Marks(n, 3)+`)) AS n
 WHERE events.community_id=$2 AND events.id=n.id`, args...)
		if err != nil {
			return err
		}
	}
	for i := range events {
		events[i].Seq = last + int64(i) + 1
	}
	return nil
}

// Restore appends events that have their numbers already, for a rebuild.
func Restore(ctx context.Context, q db.Q, events []Event) error {
	rows := db.NewRows(11)
	for _, e := range events {
		rows.Add(e.Community, e.ID, e.Seq, Shard(e.Community), e.Group, e.Member, string(e.Kind),
			db.Millis(e.At), db.Millis(e.Recorded), e.Depth, string(e.Body))
	}
	if _, err := rows.Exec(ctx, q, "INSERT INTO events (community_id,id,seq,shard,group_id,member_id,kind,at,recorded_at,depth,body)", ""); err != nil {
		return err
	}
	return appendWords(ctx, q, events)
}

// Read returns up to limit dispatched events of a community after a number, in
// order.
func Read(ctx context.Context, q db.Q, community string, after int64, limit int) ([]Event, error) {
	return db.List(ctx, q, scan, columns+
		"WHERE e.community_id=$1 AND e.seq > $2 ORDER BY e.seq LIMIT $3", community, after, limit)
}

// Get returns the events with the given ids, in no order; unknown ids are
// missing from the answer.
func Get(ctx context.Context, q db.Q, community string, ids ...string) ([]Event, error) {
	var out []Event
	for part := range slices.Chunk(ids, 500) {
		list, err := db.List(ctx, q, scan, columns+
			"WHERE e.community_id=$1 AND e.id IN ("+db.Marks(len(part), 2)+")", db.Args([]any{community}, part...)...)
		if err != nil {
			return nil, err
		}
		out = append(out, list...)
	}
	return out, nil
}

// afterAll sorts after every id in every collation.
const afterAll = "ZZZZZZZZZZZZZZZZZZZZZZZZZZZ"

// Timeline returns up to limit events of a group before an id, latest first;
// before "" starts at the end. Kinds limits them when given.
func Timeline(ctx context.Context, q db.Q, community, group, before string, limit int, kinds ...Kind) ([]Event, error) {
	if before == "" {
		before = afterAll
	}
	args := []any{community, group, before, limit}
	where := "WHERE e.community_id=$1 AND e.group_id=$2 AND e.id < $3"
	if len(kinds) > 0 {
		where += " AND e.kind IN (" + db.Marks(len(kinds), 5) + ")"
		for _, k := range kinds {
			args = append(args, string(k))
		}
	}
	return db.List(ctx, q, scan, columns+where+" ORDER BY e.id DESC LIMIT $4", args...)
}

// Following returns up to limit events of a group after an id, earliest first.
func Following(ctx context.Context, q db.Q, community, group, after string, limit int, kinds ...Kind) ([]Event, error) {
	args := []any{community, group, after, limit}
	where := "WHERE e.community_id=$1 AND e.group_id=$2 AND e.id > $3"
	if len(kinds) > 0 {
		where += " AND e.kind IN (" + db.Marks(len(kinds), 5) + ")"
		for _, k := range kinds {
			args = append(args, string(k))
		}
	}
	return db.List(ctx, q, scan, columns+where+" ORDER BY e.id LIMIT $4", args...)
}

// FindRef returns the message.posted of a group that the platform calls ref and
// that was dispatched before seq, looking back from at. A recall names only the
// platform's id; it comes within minutes, so a day is looked through.
func FindRef(ctx context.Context, q db.Q, community, group, ref string, at time.Time, seq int64) (Event, bool, error) {
	const window = 24 * time.Hour
	pattern := "%" + likeEscaper.Replace(string(Encode(ref))) + "%"
	list, err := db.List(ctx, q, scan, columns+`WHERE e.community_id=$1 AND e.group_id=$2 AND e.id >= $3 AND e.id <= $4
 AND e.kind=$5 AND e.seq < $6 AND e.body LIKE $7 ESCAPE '!' ORDER BY e.id DESC LIMIT 1`, community, group,
		id.Floor(at.Add(-window)), id.Floor(at.Add(window)), string(MessagePosted), seq, pattern)
	if err != nil || len(list) == 0 {
		return Event{}, false, err
	}
	return list[0], true, nil
}

var likeEscaper = strings.NewReplacer("!", "!!", "%", "!%", "_", "!_")
