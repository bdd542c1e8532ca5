package wecom

import (
	"context"
	"errors"
	"iter"
	"time"
)

// MassSend is a message to customer groups (群发). The platform only prepares it:
// nothing is sent before Sender confirms in the client (D:92135).
type MassSend struct {
	Sender  string   // the owner of the groups
	ChatIDs []string // at most 2000; none means all groups of Sender
	Text    string   // at most 4000 bytes
	Links   []Link   // at most 9
}

func (m MassSend) check() error {
	least := 1
	if len(m.Links) > 0 {
		least = 0
	}
	err := errors.Join(
		checkBytes("sender", m.Sender, 1, 64),
		checkCount("chat_id_list", len(m.ChatIDs), 0, 2000),
		checkBytes("text", m.Text, least, 4000),
		checkCount("attachments", len(m.Links), 0, 9),
	)
	for _, l := range m.Links {
		err = errors.Join(err, l.check())
	}
	return err
}

type linkAttachment struct {
	MsgType string `json:"msgtype"`
	Link    Link   `json:"link"`
}

// AddMassSend prepares m and returns the task's msgid and the groups that cannot
// receive it (D:92135). The call is not idempotent: each one makes a task.
func (c *Client) AddMassSend(ctx context.Context, m MassSend) (msgID string, failed []string, err error) {
	if err := m.check(); err != nil {
		return "", nil, err
	}
	in := struct {
		ChatType    string           `json:"chat_type"`
		Sender      string           `json:"sender"`
		ChatIDs     []string         `json:"chat_id_list,omitempty"`
		Text        *textJSON        `json:"text,omitempty"`
		Attachments []linkAttachment `json:"attachments,omitempty"`
	}{ChatType: "group", Sender: m.Sender, ChatIDs: m.ChatIDs}
	if m.Text != "" {
		in.Text = &textJSON{m.Text}
	}
	for _, l := range m.Links {
		in.Attachments = append(in.Attachments, linkAttachment{"link", l})
	}
	var out struct {
		MsgID  string   `json:"msgid"`
		Failed []string `json:"fail_list"`
	}
	err = c.post(ctx, "/cgi-bin/externalcontact/add_msg_template", in, &out)
	return out.MsgID, out.Failed, err
}

// MassSendTask tells whether a sender has confirmed.
type MassSendTask struct {
	UserID string
	Sent   bool
	SentAt time.Time // zero unless Sent
}

// MassSendResult tells what became of the message in one group. Only groups to
// which it was sent are listed (D:93338).
type MassSendResult struct {
	ChatID string
	UserID string
	Status int // MassSendDone or one of the others
	SentAt time.Time
}

// Values of MassSendResult.Status (D:93338).
const (
	MassSendPending   = 0
	MassSendDone      = 1
	MassSendNoContact = 2
	MassSendOverQuota = 3
)

const (
	massSendPageSize  = 1000
	massSendConfirmed = 2 // status of a task whose sender has confirmed
)

type massSendQuery struct {
	MsgID  string `json:"msgid"`
	UserID string `json:"userid,omitempty"`
	Limit  int    `json:"limit"`
	Cursor string `json:"cursor,omitempty"`
}

// MassSendTasks lists the senders of a task (D:93338).
func (c *Client) MassSendTasks(ctx context.Context, msgID string) iter.Seq2[MassSendTask, error] {
	return pages(func(cursor string) ([]MassSendTask, string, error) {
		var out struct {
			Tasks []struct {
				UserID string `json:"userid"`
				Status int    `json:"status"`
				SentAt int64  `json:"send_time"`
			} `json:"task_list"`
			Next string `json:"next_cursor"`
		}
		in := massSendQuery{MsgID: msgID, Limit: massSendPageSize, Cursor: cursor}
		err := c.post(ctx, "/cgi-bin/externalcontact/get_groupmsg_task", in, &out)
		tasks := make([]MassSendTask, len(out.Tasks))
		for i, t := range out.Tasks {
			tasks[i] = MassSendTask{UserID: t.UserID, Sent: t.Status == massSendConfirmed, SentAt: unix(t.SentAt)}
		}
		return tasks, out.Next, err
	})
}

// MassSendResults lists where sender's message went (D:93338).
func (c *Client) MassSendResults(ctx context.Context, msgID, sender string) iter.Seq2[MassSendResult, error] {
	return pages(func(cursor string) ([]MassSendResult, string, error) {
		var out struct {
			Results []struct {
				ChatID string `json:"chat_id"`
				UserID string `json:"userid"`
				Status int    `json:"status"`
				SentAt int64  `json:"send_time"`
			} `json:"send_list"`
			Next string `json:"next_cursor"`
		}
		in := massSendQuery{MsgID: msgID, UserID: sender, Limit: massSendPageSize, Cursor: cursor}
		err := c.post(ctx, "/cgi-bin/externalcontact/get_groupmsg_send_result", in, &out)
		results := make([]MassSendResult, len(out.Results))
		for i, r := range out.Results {
			results[i] = MassSendResult{ChatID: r.ChatID, UserID: r.UserID, Status: r.Status, SentAt: unix(r.SentAt)}
		}
		return results, out.Next, err
	})
}

type messageID struct {
	MsgID string `json:"msgid"`
}

// RemindMassSend asks the senders once more to confirm; three times in 24 hours
// at most (41094, D:97610).
func (c *Client) RemindMassSend(ctx context.Context, msgID string) error {
	return c.post(ctx, "/cgi-bin/externalcontact/remind_groupmsg_send", messageID{msgID}, nil)
}

// CancelMassSend stops what has not been sent yet; what was sent stays (D:97611).
func (c *Client) CancelMassSend(ctx context.Context, msgID string) error {
	return c.post(ctx, "/cgi-bin/externalcontact/cancel_groupmsg_send", messageID{msgID}, nil)
}
