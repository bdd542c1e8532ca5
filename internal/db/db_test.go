package db_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/db/dbtest"
)

var schema = []db.Migrations{{Slice: "probe", FS: fstest.MapFS{"0001_probe.sql": {Data: []byte(`-- +goose Up
CREATE TABLE probe_rows (community_id TEXT NOT NULL, k TEXT NOT NULL, n BIGINT NOT NULL, body @bytes@, PRIMARY KEY (community_id, k));
`)}}}}

func TestUpsertInManyRowsOnBothEngines(t *testing.T) {
	dbtest.Each(t, schema, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		for range 2 {
			err := d.Write(ctx, func(tx *db.Tx) error {
				rows := db.NewRows(3)
				for i := range 1300 {
					rows.Add("c1", fmt.Sprintf("k%04d", i), 2)
				}
				_, err := rows.Exec(ctx, tx, "INSERT INTO probe_rows (community_id,k,n)",
					"ON CONFLICT (community_id,k) DO UPDATE SET n = probe_rows.n + excluded.n")
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		n, err := db.Int(ctx, d, "SELECT sum(n) FROM probe_rows WHERE community_id=$1", "c1")
		if err != nil || n != 1300*4 {
			t.Fatalf("sum %d, %v", n, err)
		}
	})
}

func TestSavepointUndoesOnlyItsPart(t *testing.T) {
	dbtest.Each(t, schema, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		boom := errors.New("boom")
		err := d.Write(ctx, func(tx *db.Tx) error {
			insert := func(k string) error {
				_, err := tx.Exec(ctx, "INSERT INTO probe_rows (community_id,k,n) VALUES ('c',$1,1)", k)
				return err
			}
			if err := insert("kept"); err != nil {
				return err
			}
			if err := tx.Savepoint(ctx, func() error { return errors.Join(insert("undone"), boom) }); !errors.Is(err, boom) {
				t.Errorf("savepoint returned %v", err)
			}
			if err := tx.Savepoint(ctx, func() error { return insert("kept") }); !db.IsUnique(err) {
				t.Errorf("a duplicate gave %v", err)
			}
			return insert("after")
		})
		if err != nil {
			t.Fatal(err)
		}
		got := dbtest.Dump(t, d, "SELECT k FROM probe_rows ORDER BY k")
		if fmt.Sprint(got) != "[after kept]" {
			t.Fatalf("rows %v", got)
		}
	})
}

func TestConcurrentReadThenWriteLosesNothing(t *testing.T) {
	dbtest.Each(t, schema, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		if _, err := d.Exec(ctx, "INSERT INTO probe_rows (community_id,k,n) VALUES ('c','k',0)"); err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				for range 20 {
					err := d.Write(ctx, func(tx *db.Tx) error {
						var n int64
						if err := tx.QueryRow(ctx, "SELECT n FROM probe_rows WHERE community_id='c' AND k='k'"+db.ForUpdate(tx)).Scan(&n); err != nil {
							return err
						}
						_, err := tx.Exec(ctx, "UPDATE probe_rows SET n=$1 WHERE community_id='c' AND k='k'", n+1)
						return err
					})
					if err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		if n, _ := db.Int(ctx, d, "SELECT n FROM probe_rows"); n != 160 {
			t.Fatalf("counted %d of 160", n)
		}
	})
}

func TestCommitIsSharedAndAFaultIsNot(t *testing.T) {
	dbtest.Each(t, schema, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		c := db.NewCommit(d, 64)
		var wg sync.WaitGroup
		errs := make([]error, 100)
		for i := range 100 {
			wg.Go(func() {
				errs[i] = c.Do(ctx, func(tx *db.Tx) error {
					if i%10 == 3 {
						return errors.New("refused")
					}
					_, err := tx.Exec(ctx, "INSERT INTO probe_rows (community_id,k,n) VALUES ('c',$1,1)", fmt.Sprint(i))
					return err
				})
			})
		}
		wg.Wait()
		for i, err := range errs {
			if (err != nil) != (i%10 == 3) {
				t.Errorf("writer %d: %v", i, err)
			}
		}
		if n, _ := db.Int(ctx, d, "SELECT count(*) FROM probe_rows"); n != 90 {
			t.Fatalf("%d rows of 90", n)
		}
	})
}

func TestMigrateTwiceAndRefuseNewer(t *testing.T) {
	dbtest.Each(t, schema, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		if err := d.Migrate(ctx, schema); err != nil {
			t.Fatal(err)
		}
		newer := fstest.MapFS{"0001_probe.sql": {Data: []byte("-- +goose Up\nSELECT 1;\n")}, "0002_more.sql": {Data: []byte("-- +goose Up\nCREATE TABLE probe_more (k TEXT PRIMARY KEY);\n")}}
		if err := d.Migrate(ctx, []db.Migrations{{Slice: "probe", FS: newer}}); err != nil {
			t.Fatal(err)
		}
		if err := d.Migrate(ctx, schema); !errors.Is(err, db.ErrNewer) {
			t.Fatalf("an older program got %v", err)
		}
	})
}

func TestReadSeesOneMoment(t *testing.T) {
	dbtest.Each(t, schema, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		err := d.Read(ctx, func(tx *db.Tx) error {
			before, err := db.Int(ctx, tx, "SELECT count(*) FROM probe_rows")
			if err != nil {
				return err
			}
			if _, err := d.Exec(ctx, "INSERT INTO probe_rows (community_id,k,n) VALUES ('c','k',1)"); err != nil {
				return err
			}
			after, err := db.Int(ctx, tx, "SELECT count(*) FROM probe_rows")
			if before != after {
				t.Errorf("saw %d, then %d", before, after)
			}
			return err
		})
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			t.Fatal(err)
		}
	})
}
