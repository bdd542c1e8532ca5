package rest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/db/dbtest"
	"github.com/qunzhu/qunzhu/internal/event"
	"github.com/qunzhu/qunzhu/internal/id"
)

// TestAQuietGroupIsFoundInABusyLog reads a group whose few events lie far apart:
// a request looks through a bounded part of the log and says where to go on.
func TestAQuietGroupIsFoundInABusyLog(t *testing.T) {
	dbtest.Each(t, []db.Migrations{event.Migrations()}, func(t *testing.T, d *db.DB) {
		ctx, at := context.Background(), time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
		for _, seq := range []int64{1, 15_000, 15_001, 250_000, 260_000} {
			group := map[bool]string{true: "busy", false: "quiet"}[seq == 260_000]
			e := event.Event{Community: "c", Group: group, Kind: event.MemberLeft, ID: id.At(at, fmt.Sprint(seq)), At: at, Recorded: at, Body: []byte("{}")}
			err := d.Write(ctx, func(tx *db.Tx) error {
				if _, err := event.Append(ctx, tx, []event.Event{e}); err != nil {
					return err
				}
				_, err := tx.Exec(ctx, "UPDATE events SET seq=$1 WHERE community_id='c' AND id=$2", seq, e.ID)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		var got []string
		s := stretch{community: "c", group: "quiet"}
		for range 6 {
			r, err := s.read(ctx, d, 2)
			if err != nil {
				t.Fatal(err)
			}
			page := ""
			for _, e := range r.events {
				page += fmt.Sprint(e.Seq, " ")
			}
			got = append(got, fmt.Sprint(page, "to ", r.upTo, " ", r.more))
			if s.after = r.upTo; !r.more {
				break
			}
		}
		want := "[1 15000 to 15000 true 15001 to 115000 true to 215000 true 250000 to 265000 false]"
		if fmt.Sprint(got) != want {
			t.Errorf("read %v; expected %s", got, want)
		}
		if r, err := (stretch{community: "c", group: "quiet"}).read(ctx, d, 0); err != nil || len(r.events) != 0 || !r.more || r.upTo != 0 {
			t.Errorf("a full page reads %+v, %v", r, err)
		}
	})
}
