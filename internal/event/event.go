package event

import (
	"encoding/json"
	"fmt"
	"time"
)

// Event is one thing that happened.
type Event struct {
	Community string
	ID        string
	Seq       int64  // 0 until dispatched
	Group     string // "" for the whole community
	Member    string // whom it is about, "" for nobody
	Kind      Kind
	At        time.Time // the platform's time of it
	Recorded  time.Time // when we learned of it
	Depth     int       // steps since something outside caused it
	Body      json.RawMessage
	Words     Words

	// decoded holds what Decode last made of the body: every reactor of a batch
	// asks for the same. Nil where nothing is remembered.
	decoded *any
}

// Words are what can be erased: the text that a person wrote, the person's name
// and the platform's id of the person.
type Words struct {
	Text     string
	Name     string
	External string
}

// MaxDepth stops a loop of causes: an event deeper than this is parked.
const MaxDepth = 8

// Decode reads the body into one of the structs of kinds.go, or of the slice
// that owns the kind. Events of one batch share what was read: nobody changes
// it.
func Decode[T any](e Event) (T, error) {
	if e.decoded != nil {
		if v, ok := (*e.decoded).(T); ok {
			return v, nil
		}
	}
	var v T
	if err := json.Unmarshal(e.Body, &v); err != nil {
		return v, fmt.Errorf("body of %s %s: %w", e.Kind, e.ID, err)
	}
	if e.decoded != nil {
		*e.decoded = v
	}
	return v, nil
}

// Encode makes a body. The structs of bodies hold nothing that JSON refuses.
func Encode(v any) json.RawMessage {
	b, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("event: a body cannot be written: %v", err))
	}
	return b
}

// Shards is the number of shards; a shard is what one node dispatches alone.
const Shards = 16

// Shard is the shard of a community.
func Shard(community string) int {
	var h uint32 = 2166136261
	for i := range len(community) {
		h = (h ^ uint32(community[i])) * 16777619
	}
	return int(h % Shards)
}
