package sandbox

import (
	"net/http"
	"slices"
	"time"
)

func massAPI() map[string]endpoint {
	return map[string]endpoint{
		"externalcontact/add_msg_template":         {http.MethodPost, appScope, addMass},
		"externalcontact/get_groupmsg_task":        {http.MethodPost, appScope, getMassTask},
		"externalcontact/get_groupmsg_send_result": {http.MethodPost, appScope, getMassResult},
		"externalcontact/remind_groupmsg_send":     {http.MethodPost, appScope, remindMass},
		"externalcontact/cancel_groupmsg_send":     {http.MethodPost, appScope, cancelMass},
	}
}

const (
	maxMassText    = 4000 // bytes
	maxMassGroups  = 2000
	maxMassSingles = 10_000
	maxReminders   = 3 // in 24 h (D:97610)
)

type massRequest struct {
	ChatType  string   `json:"chat_type"`
	Externals []string `json:"external_userid"`
	ChatIDs   []string `json:"chat_id_list"`
	Sender    string   `json:"sender"`
	Text      struct {
		Content string `json:"content"`
	} `json:"text"`
	Attachments []massAttachment `json:"attachments"`
}

// massAttachment is what goes along with the text. Links arrive in the groups as
// messages; files are accepted but not shown, as the sandbox keeps no uploads.
type massAttachment struct {
	MsgType string `json:"msgtype"`
	Link    struct {
		Title       string `json:"title"`
		Picture     string `json:"picurl"`
		Description string `json:"desc"`
		URL         string `json:"url"`
	} `json:"link"`
}

// links turns the attached links into bodies of archived messages.
func (in massRequest) links() []map[string]any {
	var out []map[string]any
	for _, a := range in.Attachments {
		if a.MsgType == "link" {
			out = append(out, map[string]any{
				"title": a.Link.Title, "description": a.Link.Description, "link_url": a.Link.URL, "image_url": a.Link.Picture,
			})
		}
	}
	return out
}

func (in massRequest) check() error {
	switch {
	case in.ChatType != "single" && in.ChatType != "group":
		return refuse(40058, "invalid Request Parameter: chat_type should be single or group")
	case in.Text.Content == "" && len(in.Attachments) == 0:
		return refuse(40063, "some parameters are empty: text or attachments")
	case len(in.Text.Content) > maxMassText:
		return refuse(40058, "invalid Request Parameter: text.content is longer than %d bytes", maxMassText)
	case len(in.Attachments) > 9:
		return refuse(40058, "invalid Request Parameter: attachments should have at most 9 entries")
	case len(in.ChatIDs) > maxMassGroups || len(in.Externals) > maxMassSingles:
		return refuse(40058, "invalid Request Parameter: too many targets")
	case in.ChatType == "group" && in.Sender == "":
		return refuse(40063, "some parameters are empty: sender")
	}
	for _, a := range in.Attachments {
		if !slices.Contains([]string{"image", "link", "miniprogram", "video", "file"}, a.MsgType) {
			return refuse(86214, "invalid attachment type %q", a.MsgType)
		}
		if a.MsgType == "link" && (a.Link.Title == "" || a.Link.URL == "") {
			return refuse(40063, "some parameters are empty: link needs title and url")
		}
	}
	return nil
}

// addMass makes a mass send; nothing is sent before its senders confirm it in
// their clients (D:92135).
func addMass(c *call) (reply, error) {
	in := massRequest{ChatType: "single"}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	if err := in.check(); err != nil {
		return nil, err
	}
	w := c.world
	w.mu.Lock()
	defer w.mu.Unlock()
	if in.Sender != "" {
		if err := w.checkUser(c, in.Sender); err != nil {
			return nil, err
		}
	}
	targets, failed := w.massTargets(in)
	if len(targets) == 0 {
		return nil, refuse(41048, "no customer or group to send")
	}
	t := &massTask{
		id: w.newID("msg", 32), chatType: in.ChatType, created: w.clock.Now(), text: in.Text.Content,
		links: in.links(), targets: targets, sent: map[string][]massSent{}, sentAt: map[string]time.Time{},
	}
	for sender := range targets {
		t.senders = append(t.senders, sender)
	}
	slices.Sort(t.senders)
	w.massTasks[t.id] = t
	w.massOrder = append(w.massOrder, t.id)
	return reply{"msgid": t.id, "fail_list": failed}, nil
}

// massTargets assigns targets to senders and lists those that nobody may reach.
func (w *World) massTargets(in massRequest) (targets map[string][]string, failed []string) {
	targets, failed = map[string][]string{}, []string{}
	if in.ChatType == "group" {
		chats := in.ChatIDs
		if len(chats) == 0 {
			chats = w.groupOrder
		}
		for _, id := range chats {
			if g, err := w.group(id); err == nil && g.owner == in.Sender {
				targets[in.Sender] = append(targets[in.Sender], id)
			} else if len(in.ChatIDs) > 0 {
				failed = append(failed, id)
			}
		}
		return targets, failed
	}
	for _, external := range in.Externals {
		i := slices.IndexFunc(w.follows, func(f *follow) bool {
			return f.external == external && (in.Sender == "" || f.userID == in.Sender)
		})
		if i < 0 {
			failed = append(failed, external)
			continue
		}
		sender := w.follows[i].userID
		targets[sender] = append(targets[sender], external)
	}
	return targets, failed
}

// massQuery is the body of the calls that follow a mass send.
type massQuery struct {
	MsgID  string `json:"msgid"`
	UserID string `json:"userid"`
	Cursor string `json:"cursor"`
	Limit  int    `json:"limit"`
}

// withMass finds the task that the body names and hands both to use.
func (c *call) withMass(use func(massQuery, *massTask) (reply, error)) (reply, error) {
	var in massQuery
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	w := c.world
	w.mu.Lock()
	defer w.mu.Unlock()
	t := w.massTasks[in.MsgID]
	if t == nil {
		return nil, refuse(41047, "invalid groupmsg id")
	}
	return use(in, t)
}

// getMassTask tells which senders have confirmed: status 0 no, 2 yes (D:93338).
func getMassTask(c *call) (reply, error) {
	return c.withMass(func(in massQuery, t *massTask) (reply, error) {
		rows := []reply{}
		for _, sender := range t.senders {
			row := reply{"userid": sender, "status": 0}
			if at, done := t.sentAt[sender]; done {
				row["status"], row["send_time"] = 2, at.Unix()
			}
			rows = append(rows, row)
		}
		return c.massPage("task_list", rows, in)
	})
}

// getMassResult tells what became of each target of a sender. Of groups only
// sent rows are listed; a customer that waits has status 0 (D:93338).
func getMassResult(c *call) (reply, error) {
	return c.withMass(func(in massQuery, t *massTask) (reply, error) {
		if !slices.Contains(t.senders, in.UserID) {
			return nil, refuse(40003, "invalid userid")
		}
		rows := []reply{}
		for _, s := range t.sent[in.UserID] {
			if t.chatType == "group" && s.status == 2 {
				continue
			}
			row := reply{t.targetField(): s.target, "userid": in.UserID, "status": s.status}
			if s.status == 1 {
				row["send_time"] = s.at.Unix()
			}
			rows = append(rows, row)
		}
		if _, done := t.sentAt[in.UserID]; !done && t.chatType == "single" {
			for _, target := range t.targets[in.UserID] {
				rows = append(rows, reply{t.targetField(): target, "userid": in.UserID, "status": 0})
			}
		}
		return c.massPage("send_list", rows, in)
	})
}

func (t *massTask) targetField() string {
	if t.chatType == "group" {
		return "chat_id"
	}
	return "external_userid"
}

func (c *call) massPage(field string, rows []reply, in massQuery) (reply, error) {
	limit, err := c.pageLimit(in.Limit, 500, 1000)
	if err != nil {
		return nil, err
	}
	part, next, err := page(rows, in.Cursor, limit)
	if err != nil {
		return nil, err
	}
	return reply{field: part, "next_cursor": next}, nil
}

// remindMass reminds the senders, at most three times in 24 hours (D:97610).
func remindMass(c *call) (reply, error) {
	return c.withMass(func(_ massQuery, t *massTask) (reply, error) {
		now := c.world.clock.Now()
		t.reminded = slices.DeleteFunc(t.reminded, func(at time.Time) bool { return now.Sub(at) >= 24*time.Hour })
		switch {
		case t.cancelled:
			return nil, refuse(41093, "groupmsg is cancelled")
		case len(t.reminded) >= maxReminders:
			return nil, refuse(41094, "remind out of limit")
		}
		t.reminded = append(t.reminded, now)
		return nil, nil
	})
}

// cancelMass stops what was not sent; it recalls nothing (D:97611).
func cancelMass(c *call) (reply, error) {
	return c.withMass(func(_ massQuery, t *massTask) (reply, error) {
		if t.cancelled {
			return nil, refuse(41093, "groupmsg is cancelled")
		}
		t.cancelled = true
		return nil, nil
	})
}
