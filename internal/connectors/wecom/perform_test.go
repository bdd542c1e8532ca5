package wecom

import (
	"errors"
	"strings"
	"testing"
	"time"

	"golang.org/x/time/rate"
	"pgregory.net/rapid"

	"github.com/qunzhu/qunzhu/internal/connector"
	"github.com/qunzhu/qunzhu/internal/effect"
)

func TestCardSaysTheOrder(t *testing.T) {
	order := connector.Order{
		ID: "E1", Kind: effect.StaffNotify, Group: "wr1", GroupName: "育儿1群", Member: "wm1", MemberName: "小林",
		Title: "请移出成员", Text: "请看 <群规>", URL: "https://q.example/t/1", Verb: string(effect.MemberRemove),
		Deadline: time.Date(2026, 11, 2, 1, 5, 0, 0, time.UTC),
	}
	want := TextCard{
		Title: "请移出成员", URL: "https://q.example/t/1#E1",
		Description: "群: 育儿1群\n成员: 小林\n截止: 11-02 09:05\n操作码: remove|wr1|wm1\n话术:请看 ＜群规＞",
	}
	if got := card(order, shanghai); got != want {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	order.URL, order.Member, order.Title = "", "", ""
	if got, want := card(order, shanghai), (Text{Content: "群主待办\n群: 育儿1群\n成员: 小林\n截止: 11-02 09:05\n话术:请看 ＜群规＞"}); got != want {
		t.Errorf("without a page: got %+v, want %+v", got, want)
	}
}

// TestCardFitsThePlatform: whatever names and words are, the platform takes the
// card, and words that fit at all are whole.
func TestCardFitsThePlatform(t *testing.T) {
	verb := rapid.SampledFrom([]string{"", string(effect.MemberRemind), string(effect.MemberWarn), string(effect.MemberMute), string(effect.MessageRecall), "check"})
	rapid.Check(t, func(t *rapid.T) {
		o := connector.Order{
			ID: rapid.StringMatching(`[0-9A-Z]{0,26}`).Draw(t, "id"), Group: rapid.StringMatching(`wr[A-Za-z0-9]{30}`).Draw(t, "group"),
			Member: rapid.StringMatching(`(wm[A-Za-z0-9]{30})?`).Draw(t, "member"), GroupName: rapid.String().Draw(t, "name"),
			MemberName: rapid.StringN(0, 300, -1).Draw(t, "member name"), Title: rapid.String().Draw(t, "title"),
			Text: rapid.StringN(0, 400, -1).Draw(t, "text"), Verb: verb.Draw(t, "verb"),
			URL: rapid.SampledFrom([]string{"", "https://q.example/t/1", "https://q.example/t/" + strings.Repeat("x", 2040)}).Draw(t, "url"),
		}
		body := card(o, shanghai)
		if err := body.check(); err != nil {
			t.Fatalf("%+v: %v", body, err)
		}
		text := plainText(o.Text)
		if c, ok := body.(TextCard); ok && len(text) < 300 && text != "" && !strings.HasSuffix(c.Description, "话术:"+text) {
			t.Fatalf("the words %q are not whole in %q", text, c.Description)
		}
	})
}

func TestOutcomes(t *testing.T) {
	refusal := func(code int, after time.Duration) error {
		return &APIError{Code: code, Path: "/cgi-bin/message/send", RetryAfter: after}
	}
	tests := map[string]struct {
		receipt SendReceipt
		err     error
		state   effect.State
		after   time.Duration
		code    string
	}{
		"sent":               {SendReceipt{MessageID: "m"}, nil, effect.Done, 0, ""},
		"not in range":       {SendReceipt{InvalidUsers: []string{"lin"}}, nil, effect.Failed, 0, "invaliduser"},
		"another not":        {SendReceipt{InvalidUsers: []string{"li"}}, nil, effect.Done, 0, ""},
		"no licence":         {SendReceipt{Unlicensed: []string{"lin"}}, nil, effect.Failed, 0, "unlicenseduser"},
		"nobody in range":    {err: refusal(81013, 0), state: effect.Failed, code: "81013"},
		"too often":          {err: refusal(codeTooOften, time.Minute), state: effect.Ready, after: time.Minute, code: "45009"},
		"no answer":          {err: &TransportError{Sent: true}, state: effect.Ready, after: pauseWhenLost, code: "no_answer"},
		"does not fit":       {err: &InputError{Field: "x"}, state: effect.Failed, code: "invalid_input"},
		"app disabled":       {err: refusal(codeAppDisabled, 0), state: effect.Ready, code: "50003"},
		"credentials refuse": {err: errors.Join(ErrReauthorize), state: effect.Ready, after: pauseWhenLost, code: "no_answer"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := outcome("lin", tt.receipt, tt.err)
			if got.State != tt.state || got.After != tt.after || got.Code != tt.code {
				t.Errorf("got %+v", got)
			}
		})
	}
	var credentials connector.NeedsCredentials
	if o := outcome("lin", SendReceipt{}, ErrReauthorize); !errors.As(o.Err, &credentials) {
		t.Errorf("a refused secret gave %+v", o)
	}
}

// TestNobodyIsToldTooOften: beyond 30 a minute the platform drops messages
// without telling.
func TestNobodyIsToldTooOften(t *testing.T) {
	a := &account{perPerson: defaultPerPerson, people: map[string]*rate.Limiter{}}
	now := time.Unix(1_790_000_000, 0)
	sent, last := 0, now
	for at := now; at.Before(now.Add(time.Minute)); at = at.Add(100 * time.Millisecond) {
		if a.holdBack("lin", at) == 0 {
			sent++
			last = at
		}
	}
	if sent < 25 || sent > defaultPerPerson {
		t.Errorf("%d in a minute, expected nearly %d", sent, defaultPerPerson)
	}
	if wait := a.holdBack("zhou", last); wait != 0 {
		t.Errorf("somebody else waits %s", wait)
	}
	if (&account{}).holdBack("lin", now) != 0 {
		t.Error("without a bound somebody waits")
	}
}

func TestKindByForm(t *testing.T) {
	for id, want := range map[string]string{
		"wmSANDBOX0001": "member", "wo" + strings.Repeat("a", 30): "member", "wb" + strings.Repeat("a", 30): "bot",
		"wong": "staff", "womack": "staff", "lin": "staff", "": "staff",
	} {
		if got := kindByForm(id); got != want {
			t.Errorf("%q is %s, want %s", id, got, want)
		}
	}
}
