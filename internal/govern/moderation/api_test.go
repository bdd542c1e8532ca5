package moderation_test

import (
	"context"
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/qunzhu/qunzhu/internal/api"
	"github.com/qunzhu/qunzhu/internal/auth"
	"github.com/qunzhu/qunzhu/internal/govern/moderation"
	"github.com/qunzhu/qunzhu/internal/web/webtest"
)

// resources asks the API for cases.
func (b *consoleBench) resources(query string) (out api.Page[moderation.CaseResource], status int) {
	b.t.Helper()
	a, h := api.New(api.Options{
		DB: b.db, Catalog: b.catalog, Now: b.clock.Now,
		Authenticate: func(context.Context, string) (auth.Actor, error) { return auth.System("test"), nil },
	})
	b.feature.API(a)
	res := webtest.Start(b.t, h).Get("/api/v1/cases"+query, "Authorization", "Bearer x")
	if res.StatusCode == http.StatusOK {
		if err := json.Unmarshal([]byte(res.Text), &out); err != nil {
			b.t.Fatal(err)
		}
	}
	return out, res.StatusCode
}

func TestCasesOfTheAPI(t *testing.T) {
	b := console(t)
	if got, status := b.resources(""); status != 200 || got.Items == nil || len(got.Items) != 0 || got.Next != "" {
		t.Fatalf("without cases: %d %+v", status, got)
	}
	b.send("bad", said("g1", "m1", "家人们"+ad, start), said("g1", "m2", insult, start.Add(time.Minute)))
	b.at(start.Add(2*time.Minute)).send("out", left("g1", "m1", start.Add(90*time.Second), "removed"))
	mustDecide(t, b.bench, b.cases(moderation.ViewOpen)[0], moderation.FalsePositive)

	first, _ := b.resources("?limit=1")
	if len(first.Items) != 1 || first.Next == "" {
		t.Fatalf("first page %+v", first)
	}
	wrong := first.Items[0]
	if wrong.State != moderation.Dismissed || wrong.ResponseMS != nil || len(wrong.Decisions) != 1 || wrong.Decisions[0].Decision != "false_positive" {
		t.Errorf("dismissed case %+v", wrong)
	}
	second, _ := b.resources("?limit=1&cursor=" + first.Next)
	if len(second.Items) != 1 || second.Next != "" {
		t.Fatalf("second page %+v", second)
	}
	c := second.Items[0]
	if c.State != moderation.Handled || c.ResponseMS == nil || *c.ResponseMS != 90_000 || !c.OpenedAt.Equal(start) || c.Message.Text == nil {
		t.Errorf("handled case %+v", c)
	}
	text := *c.Message.Text
	for _, r := range c.Reasons {
		if r.Word == "" || text[r.Start:r.End] == "" {
			t.Errorf("reason %+v", r)
		}
	}
	for query, want := range map[string]int{"?state=handled": 1, "?group=" + c.GroupID: 2, "?group=none": 0, "?community=none": 0} {
		if got, status := b.resources(query); status != 200 || len(got.Items) != want {
			t.Errorf("%s: %d, %d cases", query, status, len(got.Items))
		}
	}
	for _, query := range []string{"?limit=201", "?state=burnt", "?cursor=x"} {
		if _, status := b.resources(query); status != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", query, status)
		}
	}
}
