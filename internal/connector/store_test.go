package connector_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/qunzhu/qunzhu/internal/connector"
	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/db/dbtest"
	"github.com/qunzhu/qunzhu/internal/fault"
	"github.com/qunzhu/qunzhu/internal/seal"
)

var t0 = time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)

func each(t *testing.T, f func(t *testing.T, d *db.DB, s *connector.Store)) {
	dbtest.Each(t, []db.Migrations{connector.Migrations()}, func(t *testing.T, d *db.DB) {
		sealer, err := seal.New(seal.NewKey())
		if err != nil {
			t.Fatal(err)
		}
		f(t, d, connector.NewStore(sealer))
	})
}

func TestSecretsAreSealedAtRestAndComeBack(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, s *connector.Store) {
		ctx := context.Background()
		c := connector.Connection{ID: "c1", Kind: "wecom", Name: "企微", State: connector.Active, Created: t0,
			Secrets: map[string]string{"secret": "very-secret"}, Rules: []connector.Rule{{Contains: "北京", Community: "x"}}}
		if err := s.Put(ctx, d, c); err != nil {
			t.Fatal(err)
		}
		if dump := fmt.Sprint(dbtest.Dump(t, d, "SELECT * FROM connector_connections")); strings.Contains(dump, "very-secret") {
			t.Fatal("the secret stands in the table")
		}
		got, err := s.Get(ctx, d, "c1")
		if err != nil || got.Secrets["secret"] != "very-secret" || len(got.Rules) != 1 || !got.Created.Equal(t0) {
			t.Fatalf("read back %+v, %v", got, err)
		}
		if _, err := s.Get(ctx, d, "nobody"); !fault.Is(err, fault.NotFound) {
			t.Fatalf("an unknown connection gave %v", err)
		}
		other, err := seal.New(seal.NewKey())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := connector.NewStore(other).Get(ctx, d, "c1"); !fault.Is(err, fault.Unavailable) {
			t.Fatalf("another master key gave %v", err)
		}
	})
}

func TestTheFirstAdoptionWins(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, s *connector.Store) {
		ctx := context.Background()
		first, err := s.Bind(ctx, d, connector.Binding{Connection: "c1", External: "wr1", Community: "a", Group: "g"})
		if err != nil {
			t.Fatal(err)
		}
		second, err := s.Bind(ctx, d, connector.Binding{Connection: "c1", External: "wr1", Community: "b", Group: "g"})
		if err != nil || second != first {
			t.Fatalf("the second adoption gave %+v, %v", second, err)
		}
		if err := s.Confirm(ctx, d, "c1", t0, "wr1"); err != nil {
			t.Fatal(err)
		}
		of, err := s.BindingOf(ctx, d, "g")
		if err != nil || of.External != "wr1" || !of.Confirmed.Equal(t0) {
			t.Fatalf("by our id %+v, %v", of, err)
		}
	})
}

func TestCursorsAndMakingDue(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, s *connector.Store) {
		ctx := context.Background()
		if err := s.SaveCursor(ctx, d, connector.Cursor{Connection: "c1", Name: "archive", Value: "196", DueAt: t0.Add(time.Hour), RanAt: t0}); err != nil {
			t.Fatal(err)
		}
		if err := s.MakeDue(ctx, d, "c1", t0.Add(time.Minute), "archive", "groups"); err != nil {
			t.Fatal(err)
		}
		if err := s.MakeDue(ctx, d, "c1", t0.Add(2*time.Hour), "archive"); err != nil {
			t.Fatal(err)
		}
		got, err := s.Cursors(ctx, d, "c1")
		if err != nil || got["archive"].Value != "196" || !got["archive"].DueAt.Equal(t0.Add(time.Minute)) || !got["groups"].DueAt.Equal(t0.Add(time.Minute)) {
			t.Fatalf("cursors %+v, %v", got, err)
		}
	})
}

func TestTokensAreSharedAndSealed(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, s *connector.Store) {
		ctx := context.Background()
		if _, _, ok, err := s.Token(ctx, d, "corp/app"); ok || err != nil {
			t.Fatalf("a token before there is one: %v, %v", ok, err)
		}
		for _, value := range []string{"one", "two"} {
			if err := s.PutToken(ctx, d, "corp/app", value, t0); err != nil {
				t.Fatal(err)
			}
		}
		value, expires, ok, err := s.Token(ctx, d, "corp/app")
		if err != nil || !ok || value != "two" || !expires.Equal(t0) {
			t.Fatalf("%q %v %v %v", value, expires, ok, err)
		}
		if dump := fmt.Sprint(dbtest.Dump(t, d, "SELECT * FROM connector_tokens")); strings.Contains(dump, "two") {
			t.Fatal("the token stands in the table")
		}
	})
}
