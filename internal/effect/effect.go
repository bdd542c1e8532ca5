package effect

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/qunzhu/qunzhu/internal/event"
	"github.com/qunzhu/qunzhu/internal/id"
)

// Effect is one thing to be done. A reactor fills Kind, Group, Member, Body and
// Text; the hub fills the rest from the event that caused it.
type Effect struct {
	Community string
	ID        string
	Kind      Kind
	Slice     string
	Event     string
	Group     string
	Member    string
	Depth     int
	At        time.Time // of the event that caused it
	Body      json.RawMessage
	Text      string
	Attempts  int
}

// New makes an effect caused by e; ordinal tells the effects apart that one
// slice makes of one event.
func New(e event.Event, slice string, ordinal int, kind Kind, body any) Effect {
	return Effect{
		Community: e.Community, Kind: kind, Slice: slice, Event: e.ID,
		ID:    id.At(e.At, e.ID, slice, strconv.Itoa(ordinal)),
		Group: e.Group, Member: e.Member, Depth: e.Depth, At: e.At, Body: event.Encode(body),
	}
}

// Decode reads an effect's body.
func Decode[T any](e Effect) (T, error) {
	var v T
	if err := json.Unmarshal(e.Body, &v); err != nil {
		return v, fmt.Errorf("body of %s %s: %w", e.Kind, e.ID, err)
	}
	return v, nil
}

// State of an effect in the outbox.
type State string

// The states. Assisted, Done, Failed, Refused and Unknown are ends.
const (
	Ready    State = "ready"
	Running  State = "running"
	Done     State = "done"
	Assisted State = "assisted" // became a task for a person
	Refused  State = "refused"  // the platform cannot, and nobody can
	Failed   State = "failed"   // the platform refused for good
	Unknown  State = "unknown"  // may or may not have happened: became a task to look
)
