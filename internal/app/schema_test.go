package app

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/qunzhu/qunzhu/internal/db/dbtest"
)

var update = flag.Bool("update", false, "rewrite generated documents")

// TestSchemaDocument holds docs/schema.sql to what the migrations make.
func TestSchemaDocument(t *testing.T) {
	d := dbtest.SQLite(t, allMigrations())
	rows := dbtest.Dump(t, d, `SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE '%_migrations' AND name NOT LIKE 'sqlite_%'
 ORDER BY tbl_name, CASE type WHEN 'table' THEN 0 ELSE 1 END, name`)
	var out bytes.Buffer
	out.WriteString("-- Generated from the migrations of all slices as SQLite shows them; go test ./internal/app -run TestSchemaDocument -update rewrites it.\n")
	for _, sql := range rows {
		if strings.HasPrefix(sql, "CREATE TABLE") {
			out.WriteString("\n")
		}
		fmt.Fprintf(&out, "%s;\n", strings.TrimSpace(sql))
	}
	path := filepath.Join("..", "..", "docs", "schema.sql")
	if *update {
		if err := os.WriteFile(path, out.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, out.Bytes()) {
		t.Fatal("docs/schema.sql is out of date: run make docs")
	}
}

// workspaceTables hold what belongs to no community.
var workspaceTables = regexp.MustCompile(`^(auth|audit|settings|job|connector|api|hub_inbox|desk_dismissals|importing_uploads)`)

// TestEveryKeyOfACommunityStartsWithIt keeps the door to distribution by
// community open: every primary and unique key of a community's table starts
// with community_id. One engine's catalogue is enough, both come of one text.
func TestEveryKeyOfACommunityStartsWithIt(t *testing.T) {
	d := dbtest.SQLite(t, allMigrations())
	tables := dbtest.Dump(t, d, "SELECT name FROM sqlite_master WHERE type='table' AND name NOT LIKE '%_migrations' AND name NOT LIKE 'sqlite_%'")
	for _, table := range tables {
		if workspaceTables.MatchString(table) {
			continue
		}
		for _, key := range dbtest.Dump(t, d, `SELECT i.name, (SELECT name FROM pragma_index_info(i.name) WHERE seqno=0)
 FROM pragma_index_list('`+table+`') i WHERE i."unique"=1`) {
			if !strings.HasSuffix(key, "|community_id") {
				t.Errorf("a unique key of %s does not start with community_id: %s", table, key)
			}
		}
	}
}
