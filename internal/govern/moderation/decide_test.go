package moderation_test

import (
	"testing"

	"github.com/qunzhu/qunzhu/internal/auth"
	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/fault"
	"github.com/qunzhu/qunzhu/internal/govern/moderation"
)

func TestDecisions(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		b := seeded(t, d)
		b.send("bad", said("g1", "m1", ad, start))
		c := b.onlyCase() // suggested and asked for: a warning

		mustDecide(t, b, c, moderation.DecideWarn) // confirms what is under way
		b.want(taskRows, "member.warn|open|")
		mustDecide(t, b, c, moderation.DecideRemove) // replaces it
		b.want(taskRows, "member.remove|open|", "member.warn|cancelled|not_needed")
		mustDecide(t, b, c, moderation.DecideRecall) // comes in addition
		b.want("SELECT kind FROM tasks WHERE state='open' ORDER BY kind", "member.remove", "message.recall")
		mustDecide(t, b, c, moderation.Undo)
		b.want("SELECT kind FROM tasks WHERE state='open'", "member.remove")

		mustDecide(t, b, c, moderation.FalsePositive)
		b.want(caseRows, "dismissed|1|2|-1")
		b.want("SELECT count(*) FROM tasks WHERE state='open'", "0")
		b.want("SELECT sum(wrong), sum(hits) FROM moderation_hits WHERE category='contact'", "1|1")
		if _, err := b.decide(c, moderation.DecideWarn); !fault.Is(err, fault.Conflict) {
			t.Errorf("a dismissed case could be decided: %v", err)
		}
		mustDecide(t, b, c, moderation.Undo)
		b.want(caseRows, "open|1|2|-1")
		b.want("SELECT sum(wrong) FROM moderation_hits", "0")
		rulings, err := moderation.Rulings(t.Context(), d, c.Community, c.ID)
		if err != nil || len(rulings[c.ID]) != 4 {
			t.Errorf("rulings %+v, %v", rulings, err)
		}
		b.verify()
	})
}

func TestDecisionsThatAreRefused(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		b := seeded(t, d)
		b.send("bad", said("g1", "m1", ad, start))
		c := b.onlyCase()
		if _, err := b.decide(c, moderation.Undo); !fault.Is(err, fault.Conflict) {
			t.Errorf("undo of nothing: %v", err)
		}
		if _, err := b.decide(c, "burn"); !fault.Is(err, fault.Invalid) {
			t.Errorf("an unknown decision: %v", err)
		}
		elsewhere := auth.Scope{IDs: []string{"another"}}
		_, err := moderation.Decide(t.Context(), d, b.hub, elsewhere, start, moderation.Decided{Case: c.ID, Decision: moderation.DecideWarn})
		if !fault.Is(err, fault.NotFound) {
			t.Errorf("a case of another community: %v", err)
		}
		b.want("SELECT count(*) FROM moderation_decisions", "0")
	})
}

func TestARefusedMuteStaysVisible(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		b := seeded(t, d)
		b.send("bad", said("g1", "m1", ad, start))
		mustDecide(t, b, b.onlyCase(), moderation.DecideMute)
		b.want(actionRows, "member.mute|refused", "member.warn|cancelled")
		b.want(caseRows, "open|1|2|-1")
		b.verify()
	})
}

func mustDecide(t *testing.T, b *bench, c moderation.Case, d moderation.Decision) {
	t.Helper()
	if _, err := b.decide(c, d); err != nil {
		t.Fatalf("%s: %v", d, err)
	}
}
