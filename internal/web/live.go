package web

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/qunzhu/qunzhu/internal/fault"
)

// Live tells open pages that something changed, so that they fetch the parts
// that show it. A message is only the topic's name, never data: what a page may
// see is decided when it fetches. A Live reaches the pages of its own process;
// with several nodes each publishes what it learns from the database.
type Live struct {
	mu        sync.Mutex
	listeners map[*listener]struct{}
	closed    chan struct{}
	heartbeat time.Duration
}

type listener struct {
	actor   string
	topics  map[string]bool
	pending map[string]bool // guarded by Live.mu
	wake    chan struct{}
}

const (
	maxListeners      = 2_000
	maxListenersActor = 12
	maxTopics         = 16
)

// NewLive returns a broker without listeners.
func NewLive() *Live {
	return &Live{listeners: map[*listener]struct{}{}, closed: make(chan struct{}), heartbeat: 20 * time.Second}
}

// Publish tells every page that listens to topic. It never waits: a page that
// is slow gets one message for all changes meanwhile.
func (l *Live) Publish(topic string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for s := range l.listeners {
		if !s.topics[topic] {
			continue
		}
		s.pending[topic] = true
		select {
		case s.wake <- struct{}{}:
		default: // already awake
		}
	}
}

// Close ends all streams; call it before the server shuts down, which would
// wait for them (http.Server.RegisterOnShutdown).
func (l *Live) Close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	select {
	case <-l.closed:
	default:
		close(l.closed)
	}
}

func (l *Live) subscribe(actor string, topics []string) (*listener, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	own := 0
	for s := range l.listeners {
		if s.actor == actor {
			own++
		}
	}
	if len(l.listeners) >= maxListeners || own >= maxListenersActor {
		return nil, fault.New(fault.TooMany, "fault.too_many")
	}
	s := &listener{actor: actor, topics: map[string]bool{}, pending: map[string]bool{}, wake: make(chan struct{}, 1)}
	for _, t := range topics {
		s.topics[t] = true
	}
	l.listeners[s] = struct{}{}
	return s, nil
}

func (l *Live) unsubscribe(s *listener) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.listeners, s)
}

func (l *Live) take(s *listener) []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var topics []string
	for t := range s.pending {
		topics = append(topics, t)
	}
	clear(s.pending)
	return topics
}

// serve answers GET /live?topics=a,b with a stream of server-sent events.
func (l *Live) serve(c *Ctx) error {
	topics, err := parseTopics(c.Query("topics"))
	if err != nil {
		return err
	}
	s, err := l.subscribe(c.Actor.ID, topics)
	if err != nil {
		return err
	}
	defer l.unsubscribe(s)
	h := c.Writer.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("X-Accel-Buffering", "no") // nginx would hold the events back
	return l.stream(c, s)
}

func (l *Live) stream(c *Ctx, s *listener) error {
	out := http.NewResponseController(c.Writer)
	send := func(text string) bool {
		_, err := fmt.Fprint(c.Writer, text)
		return err == nil && out.Flush() == nil
	}
	if err := out.SetReadDeadline(time.Time{}); err != nil { // ReadTimeout would end the stream
		return fmt.Errorf("open a live stream: %w", err)
	}
	beat := time.NewTicker(l.heartbeat)
	defer beat.Stop()
	open := send("retry: 3000\n\n")
	for open {
		select {
		case <-c.Context().Done():
			open = false
		case <-l.closed:
			open = false
		case <-beat.C:
			open = send(": \n\n")
		case <-s.wake:
			for _, topic := range l.take(s) {
				open = open && send("event: "+topic+"\ndata: changed\n\n")
			}
		}
	}
	return nil
}

func parseTopics(list string) ([]string, error) {
	topics := strings.Split(list, ",")
	if len(topics) > maxTopics {
		return nil, fault.InvalidField("topics", "form.max_items", maxTopics)
	}
	for _, t := range topics {
		if !validTopic(t) {
			return nil, fault.InvalidField("topics", "form.topic")
		}
	}
	return topics, nil
}

// validTopic keeps line ends out of the stream and commas out of the list.
func validTopic(t string) bool {
	if t == "" || len(t) > 60 {
		return false
	}
	for i := range len(t) {
		c := t[i]
		if !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '_' || c == '-' || c == ':') {
			return false
		}
	}
	return true
}
