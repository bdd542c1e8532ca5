package desk_test

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/qunzhu/qunzhu/internal/connector"
	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/db/dbtest"
	"github.com/qunzhu/qunzhu/internal/desk"
	"github.com/qunzhu/qunzhu/internal/event"
	"github.com/qunzhu/qunzhu/internal/web"
	"github.com/qunzhu/qunzhu/internal/web/webtest"
)

// TestEveryPageOnBothEngines sends every query of the pages to both databases.
func TestEveryPageOnBothEngines(t *testing.T) {
	var first map[string]string
	dbtest.Each(t, migrations(), func(t *testing.T, d *db.DB) {
		b := setup(t, d)
		b.story()
		site, _ := b.serve(webtest.Owner())
		texts := map[string]string{}
		for _, path := range b.paths() {
			res := site.Get(path)
			if res.StatusCode != 200 {
				t.Fatalf("GET %s: %d\n%s", path, res.StatusCode, res.Text)
			}
			if path != "/communities/new" { // has a key of its own
				texts[path] = res.Text
			}
		}
		for path, text := range first {
			if texts[path] != text {
				t.Errorf("%s differs between the engines", path)
			}
		}
		first = texts
	})
}

// TestParametersThatNobodySends asks with addresses that no page makes.
func TestParametersThatNobodySends(t *testing.T) {
	dbtest.Each(t, migrations(), func(t *testing.T, d *db.DB) {
		b := setup(t, d)
		b.story()
		site, _ := b.serve(webtest.Owner())
		for _, path := range []string{"/groups", "/members", "/search", "/groups/" + b.id("g1") + "/members", "/groups/" + b.id("g1") + "/moves", "/groups/" + b.id("g1") + "/log"} {
			for _, bad := range []string{"%00", "%ff%fe", "1_2_3", "-1_%00_9999999999999999999", strings.Repeat("%E5%A6%88", 500), "'%20OR%201=1--"} {
				query := "?"
				for _, name := range []string{"cursor", "kind", "tier", "presence", "sort", "topic", "show", "attention"} {
					query += name + "=" + bad + "&"
				}
				for _, q := range []string{"", "q=" + bad} {
					if res := site.Get(path + query + q); res.StatusCode != 200 {
						t.Errorf("%s with %.40s: %d", path, bad, res.StatusCode)
					}
				}
			}
		}
	})
}

// counted counts the statements that go through it.
type counted struct {
	db.Q
	n int
}

func (c *counted) Query(ctx context.Context, q string, args ...any) (*sql.Rows, error) {
	c.n++
	return c.Q.Query(ctx, q, args...)
}

func (c *counted) QueryRow(ctx context.Context, q string, args ...any) *sql.Row {
	c.n++
	return c.Q.QueryRow(ctx, q, args...)
}

// many adds groups with a member and an admin each.
func (b *bench) many(n int) {
	c := b.connect("w1", "新手妈妈")
	var drafts []connector.Draft
	for i := range n {
		g := group{external: fmt.Sprintf("m%04d", i), name: fmt.Sprintf("妈妈 %04d 群", i), owner: fmt.Sprintf("staff%d", i%9), capacity: 500, launched: opened}
		drafts = append(drafts, g.drafts()...)
		drafts = append(drafts, joins(g.external, fmt.Sprintf("wm%04d", i), fmt.Sprintf("团团妈 %d", i), now.AddDate(0, 0, -i%20), event.Member))
	}
	b.ingest(c, drafts...)
}

func TestListsCostTheSameForThreeAndForManyGroups(t *testing.T) {
	var before int
	for _, n := range []int{3, 300} {
		b := setup(t, dbtest.SQLite(t, migrations()))
		b.many(n)
		q := &counted{Q: b.deps.DB}
		list, err := desk.Survey(t.Context(), b.deps, q, web.Everywhere{}, now)
		if err != nil || len(list) != n {
			t.Fatalf("%d groups, %v", len(list), err)
		}
		if before != 0 && q.n != before {
			t.Errorf("%d statements for %d groups, %d for three", q.n, n, before)
		}
		before = q.n
		began := time.Now()
		site, _ := b.serve(webtest.Owner())
		doc := site.Page("/groups")
		if took := time.Since(began); took > 3*time.Second {
			t.Errorf("the list of %d groups took %v", n, took)
		}
		if rows := doc.Find("tbody tr").Length(); rows != min(n, 50) {
			t.Errorf("%d rows for %d groups", rows, n)
		}
	}
}

func TestPagingShowsEveryMemberOnce(t *testing.T) {
	dbtest.Each(t, migrations(), func(t *testing.T, d *db.DB) {
		b := setup(t, d)
		b.story()
		c, err := b.deps.Store.Get(t.Context(), d, "w1")
		if err != nil {
			t.Fatal(err)
		}
		var twins []connector.Draft
		for i := range 60 { // of one name, more than a page
			twins = append(twins, joins("g3", fmt.Sprintf("twin%02d", i), "小雨妈", now.AddDate(0, 0, -3), event.Member))
		}
		b.ingest(c, twins...)
		site, _ := b.serve(webtest.Owner())
		n, pages := 0, 0
		for path := "/members"; path != ""; pages++ {
			doc := site.Page(path)
			n += doc.Find("tbody tr").Length()
			path = doc.Find("a[rel=next]").AttrOr("href", "")
			if pages > 5 {
				t.Fatal("the list does not end")
			}
		}
		want := dbtest.Dump(t, d, "SELECT count(*) FROM community_members")
		if fmt.Sprint(n) != want[0] {
			t.Errorf("the pages list %d members, there are %s", n, want[0])
		}
		if gone := site.Page("/members?presence=gone").Find("tbody tr").Length(); gone != 9 {
			t.Errorf("%d members are gone, want 9", gone)
		}
	})
}

func TestPagingShowsEveryGroupOnce(t *testing.T) {
	b := setup(t, dbtest.SQLite(t, migrations()))
	b.many(120)
	site, _ := b.serve(webtest.Owner())
	var seen []string
	for path := "/groups?sort=name&dir=asc"; path != ""; {
		doc := site.Page(path)
		for _, a := range doc.Find("tbody tr td:first-child a").EachIter() {
			seen = append(seen, a.Text())
		}
		path = doc.Find("a[rel=next]").AttrOr("href", "")
	}
	if !slices.IsSorted(seen) || len(slices.Compact(slices.Clone(seen))) != 120 {
		t.Errorf("the pages list %d groups", len(seen))
	}
	if text := site.Page("/findings").Find("#owners").Text(); !strings.Contains(text, "转出") {
		t.Errorf("owners of 13 groups are not found: %s", text)
	}
}

func BenchmarkGroupsList(b *testing.B) {
	w := setup(b, dbtest.SQLite(b, migrations()))
	w.many(1000)
	for b.Loop() {
		if _, err := desk.Survey(context.Background(), w.deps, w.deps.DB, web.Everywhere{}, now); err != nil {
			b.Fatal(err)
		}
	}
}
