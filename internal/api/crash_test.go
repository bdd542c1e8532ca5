package api

import (
	"context"
	"testing"
	"time"

	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/db/dbtest"
)

func TestAnExecutionThatCrashedIsTakenOverAndCannotComeBack(t *testing.T) {
	dbtest.Each(t, []db.Migrations{Migrations()}, func(t *testing.T, d *db.DB) {
		ctx, now := context.Background(), time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
		s := &server{Options: Options{DB: d, Now: func() time.Time { return now }}}
		w := write{token: "t", route: "POST /api/v1/things", key: "k", hash: "h"}
		claim := func() claimed {
			t.Helper()
			c, err := s.claim(ctx, w)
			if err != nil {
				t.Fatal(err)
			}
			return c
		}
		lost := claim()
		if lost.claim == "" {
			t.Fatal("the first got no claim")
		}
		if c := claim(); c.claim != "" || c.answer != nil {
			t.Fatalf("while it runs another got %+v", c)
		}
		now = now.Add(lostAfter)
		taken := claim()
		if taken.claim == "" || taken.claim == lost.claim {
			t.Fatalf("the lost execution was not taken over: %+v", taken)
		}
		if err := s.keep(ctx, w, lost.claim, answer{status: 200, body: []byte("late")}); err != nil {
			t.Fatal(err)
		}
		if err := s.forget(ctx, w, lost.claim); err != nil {
			t.Fatal(err)
		}
		if err := s.keep(ctx, w, taken.claim, answer{status: 200, contentType: "application/json", body: []byte("good")}); err != nil {
			t.Fatal(err)
		}
		if c := claim(); c.answer == nil || string(c.answer.body) != "good" {
			t.Fatalf("kept %+v", c.answer)
		}
	})
}
