package wecom

import (
	"context"
	"errors"
	"strings"
	"time"
)

// Recipients of an app message; members of the staff only. All replaces the
// lists.
type Recipients struct {
	All     bool
	Users   []string // at most 1000 userids
	Parties []string // at most 100 department ids
	Tags    []string // at most 100
}

func (r Recipients) check() error {
	if !r.All && len(r.Users)+len(r.Parties)+len(r.Tags) == 0 {
		return &InputError{"recipients", "are empty", "at least one user, party or tag"}
	}
	err := errors.Join(
		checkCount("touser", len(r.Users), 0, 1000),
		checkCount("toparty", len(r.Parties), 0, 100),
		checkCount("totag", len(r.Tags), 0, 100),
	)
	for _, id := range append(append(append([]string{}, r.Users...), r.Parties...), r.Tags...) {
		if id == "" || strings.Contains(id, "|") {
			err = errors.Join(err, &InputError{"recipient id", "is empty or holds '|'", "a plain id"})
		}
	}
	return err
}

// MessageBody is what an app message says: Text, TextCard or Markdown.
type MessageBody interface {
	check() error
	msgType() string
}

// Text is a plain message of at most 2048 bytes.
type Text struct {
	Content string `json:"content"`
}

func (t Text) check() error  { return checkBytes("text.content", t.Content, 1, 2048) }
func (Text) msgType() string { return "text" }

// TextCard is a card with a link. Description may hold the markup that the
// platform documents for cards.
type TextCard struct {
	Title       string `json:"title"`            // at most 128 bytes
	Description string `json:"description"`      // at most 512 bytes
	URL         string `json:"url"`              // at most 2048 bytes, with its scheme
	Button      string `json:"btntxt,omitempty"` // at most 4 characters
}

func (t TextCard) check() error {
	err := errors.Join(
		checkBytes("textcard.title", t.Title, 1, 128),
		checkBytes("textcard.description", t.Description, 1, 512),
		checkBytes("textcard.url", t.URL, 1, 2048),
		checkChars("textcard.btntxt", t.Button, 0, 4),
	)
	if !strings.HasPrefix(t.URL, "http://") && !strings.HasPrefix(t.URL, "https://") {
		err = errors.Join(err, &InputError{"textcard.url", "has no scheme", "http:// or https://"})
	}
	return err
}
func (TextCard) msgType() string { return "textcard" }

// Markdown is a message of at most 2048 bytes in the platform's dialect.
type Markdown struct {
	Content string `json:"content"`
}

func (m Markdown) check() error  { return checkBytes("markdown.content", m.Content, 1, 2048) }
func (Markdown) msgType() string { return "markdown" }

// MaxDuplicateCheck is the longest span over which the platform recognises a
// repeated message.
const MaxDuplicateCheck = 4 * time.Hour

// AppMessage is a message of the app to staff.
type AppMessage struct {
	AgentID int
	To      Recipients
	Body    MessageBody
	// DuplicateCheck, up to MaxDuplicateCheck, makes the platform drop an equal
	// message to the same people within this span: with it a send of unknown
	// outcome can be repeated.
	DuplicateCheck time.Duration
}

// SendReceipt tells what became of an AppMessage. Invalid recipients do not fail
// the call while at least one is valid (else 81013).
type SendReceipt struct {
	MessageID      string
	InvalidUsers   []string
	InvalidParties []string
	InvalidTags    []string
	Unlicensed     []string
}

// Send delivers an app message (D:90236). Beyond 30 a minute or 1000 an hour to
// one person the platform drops messages without telling.
func (c *Client) Send(ctx context.Context, m AppMessage) (SendReceipt, error) {
	if m.Body == nil {
		return SendReceipt{}, &InputError{"body", "is missing", "Text, TextCard or Markdown"}
	}
	if err := errors.Join(m.To.check(), m.Body.check(), checkDuplicateSpan(m.DuplicateCheck)); err != nil {
		return SendReceipt{}, err
	}
	var out struct {
		MessageID      string `json:"msgid"`
		InvalidUsers   string `json:"invaliduser"`
		InvalidParties string `json:"invalidparty"`
		InvalidTags    string `json:"invalidtag"`
		Unlicensed     string `json:"unlicenseduser"`
	}
	if err := c.post(ctx, "/cgi-bin/message/send", m.request(), &out); err != nil {
		return SendReceipt{}, err
	}
	return SendReceipt{
		MessageID: out.MessageID, InvalidUsers: splitIDs(out.InvalidUsers), InvalidParties: splitIDs(out.InvalidParties),
		InvalidTags: splitIDs(out.InvalidTags), Unlicensed: splitIDs(out.Unlicensed),
	}, nil
}

func (m AppMessage) request() map[string]any {
	in := map[string]any{"agentid": m.AgentID, "msgtype": m.Body.msgType(), m.Body.msgType(): m.Body}
	if m.To.All {
		in["touser"] = "@all"
	} else {
		in["touser"] = strings.Join(m.To.Users, "|")
		in["toparty"] = strings.Join(m.To.Parties, "|")
		in["totag"] = strings.Join(m.To.Tags, "|")
	}
	if m.DuplicateCheck > 0 {
		in["enable_duplicate_check"] = 1
		in["duplicate_check_interval"] = int(m.DuplicateCheck / time.Second)
	}
	return in
}

func checkDuplicateSpan(d time.Duration) error {
	if d < 0 || d > MaxDuplicateCheck || (d > 0 && d < time.Second) {
		return &InputError{"duplicate check", "is " + d.String(), "0, or 1s to 4h"}
	}
	return nil
}

func splitIDs(joined string) []string {
	return strings.FieldsFunc(joined, func(r rune) bool { return r == '|' })
}

// Recall takes back an app message of the last 24 hours (D:94867).
func (c *Client) Recall(ctx context.Context, msgID string) error {
	return c.post(ctx, "/cgi-bin/message/recall", messageID{msgID}, nil)
}
