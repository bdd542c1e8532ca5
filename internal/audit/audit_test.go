package audit_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/qunzhu/qunzhu/internal/audit"
	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/db/dbtest"
	"github.com/qunzhu/qunzhu/internal/fault"
)

var at = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

func each(t *testing.T, f func(t *testing.T, d *db.DB)) {
	dbtest.Each(t, []db.Migrations{audit.Migrations()}, f)
}

func record(t *testing.T, d *db.DB, e audit.Entry) {
	t.Helper()
	if err := d.Write(t.Context(), func(tx *db.Tx) error { return audit.Record(t.Context(), tx, e) }); err != nil {
		t.Fatal(err)
	}
}

func entry(n int) audit.Entry {
	return audit.Entry{
		At: at.Add(time.Duration(n) * time.Minute), ActorKind: "operator", ActorID: fmt.Sprint("o", n%2), ActorName: "小王",
		Action: "group.renamed", ObjectKind: "group", ObjectID: fmt.Sprint("g", n), Community: fmt.Sprint("c", n%3),
		Before: map[string]int{"n": n}, After: map[string]int{"n": n + 1}, Address: "10.0.0.1",
	}
}

func TestListFiltersAndPages(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		for n := range 10 {
			record(t, d, entry(n))
		}
		for _, c := range []struct {
			name   string
			filter audit.Filter
			want   int
		}{
			{"all", audit.Filter{}, 10},
			{"actor", audit.Filter{ActorID: "o1"}, 5},
			{"object", audit.Filter{ObjectKind: "group", ObjectID: "g3"}, 1},
			{"communities", audit.Filter{Communities: []string{"c0", "c1"}}, 7},
			{"no community", audit.Filter{Communities: []string{}}, 0},
			{"time", audit.Filter{From: at.Add(2 * time.Minute), To: at.Add(5 * time.Minute)}, 3},
			{"action", audit.Filter{Action: "group.deleted"}, 0},
		} {
			var got []string
			for cursor, more := "", true; more; more = cursor != "" {
				items, next, err := audit.List(t.Context(), d, c.filter, cursor, 3)
				if err != nil {
					t.Fatal(err)
				}
				for _, it := range items {
					got = append(got, it.ObjectID+string(it.After))
				}
				cursor = next
			}
			if len(got) != c.want {
				t.Errorf("%s: %v", c.name, got)
			}
		}
		if _, _, err := audit.List(t.Context(), d, audit.Filter{}, "x", 3); !fault.Is(err, fault.Invalid) {
			t.Errorf("a made-up cursor gave %v", err)
		}
	})
}

func TestEveryChangeBehindTheProgramsBackShows(t *testing.T) {
	for name, statement := range map[string]string{
		"changed":  "UPDATE audit_entries SET after_json = '{\"n\":99}' WHERE seq = 3",
		"moved":    "UPDATE audit_entries SET object_id = object_kind, object_kind = object_id WHERE seq = 3",
		"removed":  "DELETE FROM audit_entries WHERE seq = 3",
		"cut off":  "DELETE FROM audit_entries WHERE seq > 3",
		"emptied":  "DELETE FROM audit_entries",
		"inserted": "INSERT INTO audit_entries SELECT 6, at, actor_kind, actor_id, actor_name, action, object_kind, object_id, community, before_json, after_json, address, hash FROM audit_entries WHERE seq = 5",
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, d *db.DB) {
				for n := range 5 {
					record(t, d, entry(n))
				}
				if c, err := audit.VerifyChain(t.Context(), d); err != nil || c.Entries != 5 || len(c.Head) != 64 {
					t.Fatalf("untouched: %+v, %v", c, err)
				}
				if _, err := d.Exec(t.Context(), statement); err != nil {
					t.Fatal(err)
				}
				if _, err := audit.VerifyChain(t.Context(), d); !errors.Is(err, audit.ErrBroken) {
					t.Fatalf("not noticed: %v", err)
				}
			})
		})
	}
}

func TestConcurrentEntriesMakeOneChain(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		var wg sync.WaitGroup
		for n := range 40 {
			wg.Go(func() {
				err := d.Write(t.Context(), func(tx *db.Tx) error {
					if err := audit.Record(t.Context(), tx, entry(n)); err != nil {
						return err
					}
					if n%4 == 0 {
						return errUndo
					}
					return nil
				})
				if err != nil && !errors.Is(err, errUndo) {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if c, err := audit.VerifyChain(t.Context(), d); err != nil || c.Entries != 30 {
			t.Fatalf("%+v, %v", c, err)
		}
	})
}

var errUndo = errors.New("undo")

func TestHostileTextIsStoredAndBounded(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		e := entry(1)
		e.ActorName = "a\x00b\xff" + strings.Repeat("长", 200)
		e.After = strings.Repeat("x", 10_000)
		record(t, d, e)
		items, _, err := audit.List(t.Context(), d, audit.Filter{}, "", 1)
		if err != nil || len(items[0].ActorName) > 210 || string(items[0].After) != `{"omitted_bytes":10002}` {
			t.Fatalf("%+v, %v", items, err)
		}
		if _, err := audit.VerifyChain(t.Context(), d); err != nil {
			t.Fatal(err)
		}
		if err := audit.Record(t.Context(), d, audit.Entry{}); err == nil {
			t.Fatal("an empty entry was taken")
		}
	})
}
