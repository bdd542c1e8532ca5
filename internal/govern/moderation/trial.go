package moderation

import (
	"context"
	"database/sql"
	"time"

	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/event"
	"github.com/qunzhu/qunzhu/internal/govern/moderation/match"
	"github.com/qunzhu/qunzhu/internal/id"
	"github.com/qunzhu/qunzhu/internal/web"
)

const (
	trialDays     = 7
	trialMessages = 5_000
	trialSamples  = 8
)

// Trial is what a change of lists would have made of recent messages.
type Trial struct {
	Messages int      // members' messages that were judged again
	More     bool     // there were more than are looked at
	New      int      // flagged by the change
	Gone     int      // cleared by the change
	NewText  []string // some of them
	GoneText []string
}

// try judges members' messages of the last seven days with both engines, at most
// 5,000 of them, the latest first.
func try(ctx context.Context, q db.Q, community string, now time.Time, before, after func(string) match.Verdict) (Trial, error) {
	var t Trial
	rows, err := q.Query(ctx, `SELECT w.text FROM events e JOIN event_words w ON w.community_id=e.community_id AND w.event_id=e.id
 WHERE e.community_id=$1 AND e.id >= $2 AND e.kind=$3 AND e.body LIKE $4 AND w.text <> '' ORDER BY e.id DESC LIMIT $5`,
		community, id.Floor(now.AddDate(0, 0, -trialDays)), string(event.MessagePosted), `%"kind":"member"%`, trialMessages+1)
	if err != nil {
		return t, err
	}
	return t, db.Each(rows, func(r *sql.Rows) error {
		var text string
		if err := r.Scan(&text); err != nil {
			return err
		}
		if t.Messages == trialMessages {
			t.More = true
			return nil
		}
		t.Messages++
		was, is := before(text).Flagged, after(text).Flagged
		switch {
		case is && !was:
			t.New++
			t.NewText = sample(t.NewText, text)
		case was && !is:
			t.Gone++
			t.GoneText = sample(t.GoneText, text)
		}
		return nil
	})
}

func sample(list []string, text string) []string {
	if len(list) < trialSamples {
		list = append(list, shorten(text, 60))
	}
	return list
}

type trialView struct {
	Sub               string
	New, Gone         string
	NewText, GoneText []string
}

func (p *pages) trial(c *web.Ctx, community string, changed *match.Engine) (trialView, error) {
	before := func(text string) match.Verdict {
		v, _ := p.engines.Judge(community, text)
		return v
	}
	t, err := try(c.Context(), p.deps.DB, community, c.Now, before, changed.Check)
	v := trialView{
		Sub: c.T("moderation.trial.sub", t.Messages, trialDays), NewText: t.NewText, GoneText: t.GoneText,
		New: c.T("moderation.trial.new", t.New), Gone: c.T("moderation.trial.gone", t.Gone),
	}
	if t.More {
		v.Sub = c.T("moderation.trial.sub.more", trialMessages, trialDays)
	}
	return v, err
}
