package wecom

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/qunzhu/qunzhu/internal/connector"
	"github.com/qunzhu/qunzhu/internal/effect"
)

// Perform implements connector.Performer: it sends staff.notify as a card to the
// phone of one member of staff (D:90236). All else a person does.
//
// A card whose sending may or may not have worked is simply sent again: for
// MaxDuplicateCheck the platform drops an equal message to the same person. So
// an order must say the same each time, its address included.
func (c *Connector) Perform(ctx context.Context, conn connector.Connection, o connector.Order) connector.Outcome {
	if o.Kind != effect.StaffNotify {
		return connector.Outcome{State: effect.Failed, Code: "unsupported", Err: fmt.Errorf("wecom: %s is not carried out by the platform", o.Kind)}
	}
	a, err := c.account(conn)
	if err != nil {
		return connector.Outcome{State: effect.Ready, Err: err}
	}
	if wait := a.holdBack(o.To, c.opts.Now()); wait > 0 {
		return connector.Outcome{State: effect.Ready, After: wait, Code: "person_limit"}
	}
	receipt, err := a.app.Send(ctx, AppMessage{
		AgentID: a.cfg.AgentID, To: Recipients{Users: []string{o.To}}, Body: card(o, c.opts.Zone), DuplicateCheck: MaxDuplicateCheck,
	})
	return outcome(o.To, receipt, err)
}

// pauseWhenLost is how long to wait after a send without an answer.
const pauseWhenLost = 5 * time.Second

func outcome(to string, receipt SendReceipt, err error) connector.Outcome {
	var refusal *APIError
	var input *InputError
	err = failure(err)
	switch {
	case err == nil && slices.Contains(receipt.InvalidUsers, to):
		return connector.Outcome{State: effect.Failed, Code: "invaliduser", Ref: receipt.MessageID}
	case err == nil && slices.Contains(receipt.Unlicensed, to):
		return connector.Outcome{State: effect.Failed, Code: "unlicenseduser", Ref: receipt.MessageID}
	case err == nil:
		return connector.Outcome{State: effect.Done, Ref: receipt.MessageID}
	case errors.As(err, &input):
		return connector.Outcome{State: effect.Failed, Code: "invalid_input", Err: err}
	case errors.As(err, &refusal):
		o := connector.Outcome{State: effect.Failed, Code: strconv.Itoa(refusal.Code), Err: err}
		if isPassing(err) {
			o.State, o.After = effect.Ready, refusal.RetryAfter
		}
		return o
	}
	return connector.Outcome{State: effect.Ready, After: pauseWhenLost, Code: "no_answer", Err: err}
}

// holdBack returns how long a message to somebody has to wait, so that the
// platform does not drop it.
func (a *account) holdBack(to string, now time.Time) time.Duration {
	if a.perPerson <= 0 {
		return 0
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	bucketOf, ok := a.people[to]
	if !ok {
		bucketOf = bucket(float64(a.perPerson))
		a.people[to] = bucketOf
	}
	slot := bucketOf.ReserveN(now, 1)
	wait := slot.DelayFrom(now)
	if wait > 0 {
		slot.CancelAt(now)
	}
	return wait
}

// verbs are the words by which cards name what is asked for.
var verbs = map[effect.Kind]string{
	effect.MemberRemind: "remind", effect.MemberWarn: "warn", effect.MemberMute: "mute", effect.MemberRemove: "remove",
}

// Limits of a card in bytes (D:90236). Names are cut so that the words to copy
// stay whole.
const (
	maxCardTitle = 128
	maxCardText  = 512
	maxCardName  = 60
	maxCardURL   = 2048
	cutMark      = "…"
)

// card says an order. Its parts, as far as there are such: where and about whom
// it is and until when; the line 操作码, which names the action for programs that
// act in a person's place; and 话术, the words to copy.
func card(o connector.Order, zone *time.Location) MessageBody {
	title := cut(cmp.Or(plainText(o.Title), "群主待办"), maxCardTitle)
	var tail string
	if verb := verbs[effect.Kind(o.Verb)]; verb != "" && o.Group != "" && o.Member != "" {
		tail = "操作码: " + verb + "|" + o.Group + "|" + o.Member
	}
	if o.Text != "" {
		tail = lines(tail, "话术:"+plainText(o.Text))
	}
	tail = cut(tail, maxCardText)
	text := ""
	for _, line := range facts(o, zone) {
		if longer := lines(text, line); len(longer)+1+len(tail) <= maxCardText {
			text = longer
		}
	}
	text = cmp.Or(lines(text, tail), title)
	if o.URL == "" || len(o.URL) > maxCardURL {
		return Text{Content: lines(title, text)}
	}
	return TextCard{Title: title, Description: text, URL: distinct(o.URL, o.ID)}
}

// distinct keeps the platform from taking two orders of the same words for one.
func distinct(address, order string) string {
	if order == "" || strings.Contains(address, "#") || len(address)+1+len(order) > maxCardURL {
		return address
	}
	return address + "#" + order
}

func facts(o connector.Order, zone *time.Location) []string {
	var out []string
	if o.GroupName != "" {
		out = append(out, "群: "+cut(plainText(o.GroupName), maxCardName))
	}
	if o.MemberName != "" {
		out = append(out, "成员: "+cut(plainText(o.MemberName), maxCardName))
	}
	if !o.Deadline.IsZero() {
		out = append(out, "截止: "+o.Deadline.In(zone).Format("01-02 15:04"))
	}
	return out
}

// angles are written wide: a card reads tags. Fingerprints of texts fold the two
// forms, so that the words are recognised when they are posted.
var angles = strings.NewReplacer("<", "＜", ">", "＞")

func plainText(s string) string { return angles.Replace(strings.TrimSpace(s)) }

// cut shortens s to at most n bytes and shows that it did.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return clip(s, n-len(cutMark)) + cutMark
}
