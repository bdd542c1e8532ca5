package moderation

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/effect"
	"github.com/qunzhu/qunzhu/internal/event"
	"github.com/qunzhu/qunzhu/internal/govern/moderation/match"
	"github.com/qunzhu/qunzhu/internal/id"
)

// violation is a flagged message with everything a case takes from it.
type violation struct {
	event.Event
	posted     event.Posted
	verdict    Verdict
	categories []string // sorted
	live       bool     // its clock runs: it did not come with an import
}

func readViolation(e event.Event) (violation, error) {
	v := violation{Event: e}
	var err error
	if v.posted, err = event.Decode[event.Posted](e); err != nil {
		return v, err
	}
	if len(v.posted.Verdict) == 0 {
		return v, nil
	}
	if err := json.Unmarshal(v.posted.Verdict, &v.verdict); err != nil {
		return v, fmt.Errorf("verdict of %s: %w", e.ID, err)
	}
	for _, reason := range v.verdict.Reasons {
		v.categories = append(v.categories, reason.Category)
	}
	slices.Sort(v.categories)
	v.categories = slices.Compact(v.categories)
	v.live = v.posted.Batch == "" && v.posted.Source != event.FromImport
	return v, nil
}

// flagged puts a flagged message into the open incident of its sender, or makes
// a case of it and asks for the suggested answer.
func (r *reaction) flagged(ctx context.Context, e event.Event) error {
	v, err := readViolation(e)
	if err != nil || v.verdict.Level == 0 || v.posted.Kind != event.Member {
		return err
	}
	caseID, err := r.openIncident(ctx, v)
	if err != nil {
		return err
	}
	fresh := caseID == ""
	var c newCase
	if fresh {
		if c, err = r.addCase(ctx, v); err != nil {
			return err
		}
		caseID = c.id
	} else if err := r.extendCase(ctx, caseID, v); err != nil {
		return err
	}
	gone, err := r.addMessage(ctx, caseID, v)
	if err != nil {
		return err
	}
	if err := r.countHits(ctx, v.verdict.Reasons, 1, 0, e.At.UnixMilli()); err != nil {
		return err
	}
	if gone {
		return r.settleRecalls(ctx, caseID)
	}
	if !fresh || !v.live {
		return nil
	}
	if c.presence.removed >= e.At.UnixMilli() {
		return r.acted(ctx, caseID, effect.MemberRemove, c.presence.removed, c.presence.removal)
	}
	if int(c.grade) > v.verdict.Auto {
		return nil
	}
	return r.ask(ctx, e, caseID, c.grade, "", v.categories, ResponseLimit.Milliseconds())
}

// openIncident finds the case that a further violation belongs to: the same
// member in the same group within ten minutes, and nobody had acted when it was
// written.
func (r *reaction) openIncident(ctx context.Context, v violation) (string, error) {
	at := v.At.UnixMilli()
	var caseID string
	err := r.tx.QueryRow(ctx, `SELECT id FROM moderation_cases WHERE community_id=$1 AND member_id=$2 AND group_id=$3
 AND (state='open' OR state='handled' AND first_action_at >= $8) AND NOT excluded AND batch=$4 AND source=$5 AND last_at BETWEEN $6 AND $7 ORDER BY last_at DESC, id LIMIT 1`,
		r.community, v.Member, v.Group, v.posted.Batch, v.posted.Source, at-mergeWithin.Milliseconds(), at+mergeWithin.Milliseconds(), at).Scan(&caseID)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return caseID, err
}

type newCase struct {
	id       string
	grade    Grade
	presence presence
}

func (r *reaction) addCase(ctx context.Context, v violation) (newCase, error) {
	c := newCase{id: id.At(v.At, v.ID, Name)}
	standing, err := r.standing(ctx, v)
	if err != nil {
		return c, err
	}
	if c.presence, err = r.presence(ctx, place{v.Group, v.Member}); err != nil {
		return c, err
	}
	newcomer := c.presence.newcomer(v.At)
	c.grade = suggest(v.verdict.Level, standing, newcomer && advertises(v.categories))
	at := v.At.UnixMilli()
	_, err = r.tx.Exec(ctx, `INSERT INTO moderation_cases (community_id,id,group_id,member_id,message_id,last_message_id,messages,level,categories,list_version,
 source,batch,realtime,standing,newcomer,suggested,opened_at,last_at,detected_at,deadline_at,state,verdict,excluded,first_action,evidence_id)
 VALUES ($1,$2,$3,$4,$5,$5,1,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$15,$16,$17,'open','',$18,'','')`,
		r.community, c.id, v.Group, v.Member, v.ID, v.verdict.Level, string(event.Encode(v.categories)), v.verdict.ListVersion,
		v.posted.Source, v.posted.Batch, v.live, standing, newcomer, int(c.grade), at, v.Recorded.UnixMilli(), at+ResponseLimit.Milliseconds(), false)
	return c, err
}

// standing counts the reminders and warnings that reached the member in the 90
// days before the violation, in any group of the community; those of a false
// alarm do not count.
func (r *reaction) standing(ctx context.Context, v violation) (int, error) {
	at := v.At.UnixMilli()
	n, err := db.Int(ctx, r.tx, `SELECT count(*) FROM moderation_actions a JOIN moderation_cases c ON c.community_id=a.community_id AND c.id=a.case_id
 WHERE a.community_id=$1 AND a.member_id=$2 AND a.done_at > $3 AND a.done_at <= $4 AND a.state='done' AND a.grade BETWEEN 1 AND 3 AND c.verdict <> $5`,
		r.community, v.Member, at-decay.Milliseconds(), at, string(FalsePositive))
	return int(n), err
}

func (r *reaction) extendCase(ctx context.Context, caseID string, v violation) error {
	var known string
	err := r.tx.QueryRow(ctx, "SELECT categories FROM moderation_cases WHERE community_id=$1 AND id=$2", r.community, caseID).Scan(&known)
	if err != nil {
		return err
	}
	var categories []string
	if err := json.Unmarshal([]byte(known), &categories); err != nil {
		return err
	}
	categories = append(categories, v.categories...)
	slices.Sort(categories)
	_, err = r.tx.Exec(ctx, `UPDATE moderation_cases SET messages=messages+1, categories=$1,
 level=CASE WHEN level < $2 THEN $2 ELSE level END,
 last_message_id=CASE WHEN last_at <= $3 THEN $4 ELSE last_message_id END,
 last_at=CASE WHEN last_at < $3 THEN $3 ELSE last_at END
 WHERE community_id=$5 AND id=$6`, string(event.Encode(slices.Compact(categories))), v.verdict.Level, v.At.UnixMilli(), v.ID, r.community, caseID)
	return err
}

// addMessage reports whether the message had been recalled before it arrived.
func (r *reaction) addMessage(ctx context.Context, caseID string, v violation) (bool, error) {
	var recalled sql.NullInt64
	var recall string
	if v.posted.Ref != "" {
		err := r.tx.QueryRow(ctx, "SELECT at, event_id FROM moderation_recalls WHERE community_id=$1 AND group_id=$2 AND source=$3 AND ref=$4",
			r.community, v.Group, v.posted.Source, v.posted.Ref).Scan(&recalled, &recall)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return false, err
		}
	}
	_, err := r.tx.Exec(ctx, `INSERT INTO moderation_messages (community_id,message_id,case_id,group_id,source,ref,at,detected_at,reasons,recalled_at,recall_id)
 VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11)`, r.community, v.ID, caseID, v.Group, v.posted.Source, v.posted.Ref,
		v.At.UnixMilli(), v.Recorded.UnixMilli(), string(event.Encode(v.verdict.Reasons)), recalled, recall)
	return recalled.Valid, err
}

// countHits adds to the counts of the rules behind reasons, each once a message.
func (r *reaction) countHits(ctx context.Context, reasons []match.Reason, hits, wrong int, at int64) error {
	type key struct{ category, word string }
	var keys []key
	for _, reason := range reasons {
		keys = append(keys, key{reason.Category, rule(reason)})
	}
	slices.SortFunc(keys, func(a, b key) int { return cmp.Or(cmp.Compare(a.category, b.category), cmp.Compare(a.word, b.word)) })
	rows := db.NewRows(6)
	for _, k := range slices.Compact(keys) {
		rows.Add(r.community, k.category, k.word, hits, wrong, at)
	}
	_, err := rows.Exec(ctx, r.tx, "INSERT INTO moderation_hits (community_id,category,word,hits,wrong,last_at)",
		`ON CONFLICT (community_id,category,word) DO UPDATE SET hits=moderation_hits.hits+excluded.hits, wrong=moderation_hits.wrong+excluded.wrong,
 last_at=CASE WHEN excluded.last_at > moderation_hits.last_at THEN excluded.last_at ELSE moderation_hits.last_at END`)
	return err
}
