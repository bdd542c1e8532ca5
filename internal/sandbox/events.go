package sandbox

import (
	"fmt"
	"strings"
	"sync"
	"time"
)

// event is one callback that waits for delivery.
type event struct {
	group string // events of one group (or contact) are delivered in order
	kind  string // Event element
	due   time.Time
	xml   string
}

// queue holds events until they are delivered. It is open only while the app
// has a callback address: without one the platform calls nobody.
type queue struct {
	mu     sync.Mutex
	open   bool
	events []event
	wake   chan struct{} // made by the deliverer; signalled on each push
}

func (q *queue) push(e event) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if !q.open {
		return
	}
	q.events = append(q.events, e)
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// take removes and returns what is due at now.
func (q *queue) take(now time.Time) []event {
	q.mu.Lock()
	defer q.mu.Unlock()
	var due, later []event
	for _, e := range q.events {
		if e.due.After(now) {
			later = append(later, e)
		} else {
			due = append(due, e)
		}
	}
	q.events = later
	return due
}

func (q *queue) waiting(kind string) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, e := range q.events {
		if e.kind == kind {
			return true
		}
	}
	return false
}

func (q *queue) length() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.events)
}

// groupChange is what a change_external_chat event tells.
type groupChange struct {
	change      string // create, update, dismiss
	detail      string // UpdateDetail, updates only
	joinScene   int
	quitScene   int
	members     []string
	lastVersion string
}

// raiseGroup queues change_external_chat with the elements in the order the
// platform writes them (D:92130).
func (w *World) raiseGroup(g *group, c groupChange) {
	x := w.newEvent("change_external_chat")
	x.text("ChatId", g.id)
	x.text("ChangeType", c.change)
	if c.change == "update" {
		x.text("UpdateDetail", c.detail)
		x.number("JoinScene", c.joinScene)
		x.number("QuitScene", c.quitScene)
		x.number("MemChangeCnt", len(c.members))
		if len(c.members) > 0 {
			x.WriteString("<MemChangeList>")
			for _, id := range c.members {
				fmt.Fprintf(x, "<Item>%s</Item>", xmlSafe.Replace(id))
			}
			x.WriteString("</MemChangeList>")
		}
		x.text("LastMemVer", c.lastVersion)
		x.text("CurMemVer", g.memberVersion())
	}
	w.raise(g.id, "change_external_chat", w.clock.Now(), x)
}

// contactChange is what a change_external_contact event tells.
type contactChange struct {
	userID, external, state, welcomeCode string
}

func (w *World) raiseContact(change string, c contactChange) {
	x := w.newEvent("change_external_contact")
	x.text("ChangeType", change)
	x.text("UserID", c.userID)
	x.text("ExternalUserID", c.external)
	if c.state != "" {
		x.text("State", c.state)
	}
	if c.welcomeCode != "" {
		x.text("WelcomeCode", c.welcomeCode)
	}
	w.raise(c.external, "change_external_contact", w.clock.Now(), x)
}

const (
	notifyEvent = "msgaudit_notify"
	// The platform announces new messages at most once in this time (D:95039).
	notifyPause = 15 * time.Second
	// archiveAgent is the AgentID of the archive application (D:95039).
	archiveAgent = 2000004
)

// raiseNotify announces new archive messages: one event in 15 s, and none while
// an earlier one still waits.
func (w *World) raiseNotify() {
	if w.events.waiting(notifyEvent) {
		return
	}
	due := w.clock.Now()
	if earliest := w.archive.notified.Add(notifyPause); due.Before(earliest) && due.After(w.archive.notified) {
		due = earliest
	}
	w.archive.notified = due
	x := w.newEvent(notifyEvent)
	x.number("AgentID", archiveAgent)
	w.raise(notifyEvent, notifyEvent, due, x)
}

func (w *World) raise(group, kind string, due time.Time, x *eventXML) {
	x.WriteString("</xml>")
	w.events.push(event{group: group, kind: kind, due: due, xml: x.String()})
}

type eventXML struct{ strings.Builder }

func (w *World) newEvent(kind string) *eventXML {
	x := &eventXML{}
	x.WriteString("<xml>")
	x.text("ToUserName", w.cfg.CorpID)
	x.text("FromUserName", "sys")
	x.number("CreateTime", int(w.clock.Now().Unix()))
	x.text("MsgType", "event")
	x.text("Event", kind)
	return x
}

func (x *eventXML) text(element, value string) {
	// A CDATA section can't hold its own end mark.
	value = strings.ReplaceAll(value, "]]>", "]]]]><![CDATA[>")
	fmt.Fprintf(x, "<%s><![CDATA[%s]]></%s>", element, value, element)
}

func (x *eventXML) number(element string, n int) {
	fmt.Fprintf(x, "<%s>%d</%s>", element, n, element)
}

var xmlSafe = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")
