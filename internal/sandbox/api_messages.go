package sandbox

import (
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

func messageAPI() map[string]endpoint {
	return map[string]endpoint{
		"message/send":   {http.MethodPost, appScope, sendMessage},
		"message/recall": {http.MethodPost, appScope, recallMessage},
		"media/upload":   {http.MethodPost, appScope, uploadMedia},
	}
}

// Limits of app messages (D:90236); what is longer is cut.
const (
	maxAppText       = 2048 // bytes, text and markdown
	maxCardTitle     = 128  // characters
	maxCardText      = 512  // characters
	maxReceivers     = 1000
	duplicateDefault = 1800 // s
)

type messageRequest struct {
	ToUser  string `json:"touser"`
	ToParty string `json:"toparty"`
	ToTag   string `json:"totag"`
	MsgType string `json:"msgtype"`
	AgentID int    `json:"agentid"`
	Text    struct {
		Content string `json:"content"`
	} `json:"text"`
	Markdown struct {
		Content string `json:"content"`
	} `json:"markdown"`
	TextCard struct {
		Title       string `json:"title"`
		Description string `json:"description"`
		URL         string `json:"url"`
	} `json:"textcard"`
	CheckDuplicate    int `json:"enable_duplicate_check"`
	DuplicateInterval int `json:"duplicate_check_interval"`
}

// message takes the content out of a request.
func (in messageRequest) message() (AppMessage, error) {
	m := AppMessage{MsgType: in.MsgType}
	switch in.MsgType {
	case "text":
		m.Text = cutBytes(in.Text.Content, maxAppText)
	case "markdown":
		m.Text = cutBytes(in.Markdown.Content, maxAppText)
	case "textcard":
		m.Title = cutRunes(in.TextCard.Title, maxCardTitle)
		m.Description = cutRunes(in.TextCard.Description, maxCardText)
		m.URL = in.TextCard.URL
		if m.Title == "" || m.Description == "" || m.URL == "" {
			return m, refuse(40063, "some parameters are empty: textcard needs title, description and url")
		}
		return m, nil
	default:
		return m, refuse(40008, "invalid message type")
	}
	if m.Text == "" {
		return m, refuse(44004, "text content is empty")
	}
	return m, nil
}

// sendMessage puts an app message on staff phones (D:90236). The limit of 30 a
// minute and member isn't played: in stepped time many arrive at one moment.
func sendMessage(c *call) (reply, error) {
	var in messageRequest
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	m, err := in.message()
	if err != nil {
		return nil, err
	}
	w := c.world
	if in.AgentID != w.cfg.AgentID {
		return nil, refuse(40056, "invalid agentid")
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	users, invalidUsers, invalidParties, err := w.appReceivers(c, in)
	if err != nil {
		return nil, err
	}
	var window time.Duration
	if in.CheckDuplicate == 1 {
		setDefault(&in.DuplicateInterval, duplicateDefault)
		window = time.Duration(in.DuplicateInterval) * time.Second
	}
	msgID := w.newID("", 64)
	w.deliverApp(msgID, users, m, window)
	out := reply{"msgid": msgID}
	if len(invalidUsers) > 0 {
		out["invaliduser"] = strings.Join(invalidUsers, "|")
	}
	if len(invalidParties) > 0 {
		out["invalidparty"] = strings.Join(invalidParties, "|")
	}
	return out, nil
}

// appReceivers resolves touser and toparty to staff in the visible range.
func (w *World) appReceivers(c *call, in messageRequest) (users, badUsers, badParties []string, err error) {
	if in.ToUser == "" && in.ToParty == "" && in.ToTag == "" {
		return nil, nil, nil, refuse(82001, "touser, toparty and totag are all empty")
	}
	add := func(id string) {
		if c.visible(id) && !slices.Contains(users, id) {
			users = append(users, id)
		}
	}
	if in.ToUser == "@all" {
		for _, e := range w.employees() {
			add(e.UserID)
		}
		return users, nil, nil, nil
	}
	ids := splitBar(in.ToUser)
	if len(ids) > maxReceivers {
		return nil, nil, nil, refuse(81017, "touser has more than %d entries", maxReceivers)
	}
	for _, id := range ids {
		if w.activeStaff(id) == nil || !c.visible(id) {
			badUsers = append(badUsers, id)
			continue
		}
		add(id)
	}
	for _, party := range splitBar(in.ToParty) {
		n, err := strconv.Atoi(party)
		if err != nil || n < 1 || n > len(w.departments) {
			badParties = append(badParties, party)
			continue
		}
		for _, e := range w.employees() {
			if n == 1 || e.department == n {
				add(e.UserID)
			}
		}
	}
	if len(users) == 0 {
		return nil, nil, nil, refuse(81013, "user & party & tag all invalid")
	}
	return users, badUsers, badParties, nil
}

func splitBar(s string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(s, "|")
}

// cutBytes shortens s to at most n bytes without splitting a character.
func cutBytes(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

func cutRunes(s string, n int) string {
	if runes := []rune(s); len(runes) > n {
		return string(runes[:n])
	}
	return s
}

// recallMessage takes an app message back (D:94867).
func recallMessage(c *call) (reply, error) {
	var in struct {
		MsgID string `json:"msgid"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	w := c.world
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.recallApp(in.MsgID) {
		return nil, refuse(40058, "invalid Request Parameter: msgid")
	}
	return nil, nil
}

// maxUpload bounds an uploaded file: the 20 MB of type file (D:90253).
const maxUpload = 20 << 20

// uploadMedia takes a temporary file and keeps only that it had one (D:90253).
// created_at is a string, as on the platform.
func uploadMedia(c *call) (reply, error) {
	kind := c.query.Get("type")
	if !slices.Contains([]string{"image", "voice", "video", "file"}, kind) {
		return nil, refuse(40004, "invalid media type")
	}
	size, err := c.uploadedSize()
	switch {
	case err != nil:
		return nil, err
	case size == 0:
		return nil, refuse(44001, "empty media data")
	case size > maxUpload:
		return nil, refuse(40006, "invalid media size")
	}
	w := c.world
	w.mu.Lock()
	defer w.mu.Unlock()
	return reply{
		"type": kind, "media_id": w.newID("3", 32),
		"created_at": strconv.FormatInt(w.clock.Now().Unix(), 10),
	}, nil
}

// uploadedSize reads the form field media to its end.
func (c *call) uploadedSize() (int64, error) {
	c.req.Body = io.NopCloser(io.LimitReader(c.req.Body, maxUpload+maxBody))
	parts, err := c.req.MultipartReader()
	if err != nil {
		return 0, refuse(41005, "media data missing: send multipart/form-data")
	}
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return 0, refuse(41005, "media data missing: no form field media")
		}
		if err != nil {
			return 0, refuse(40058, "invalid Request Parameter: %v", err)
		}
		if part.FormName() == "media" {
			return discard(part)
		}
	}
}

func discard(part *multipart.Part) (int64, error) {
	n, err := io.Copy(io.Discard, part)
	if err != nil {
		return n, refuse(40058, "invalid Request Parameter: %v", err)
	}
	return n, nil
}
