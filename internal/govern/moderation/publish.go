package moderation

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/qunzhu/qunzhu/internal/auth"
	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/event"
	"github.com/qunzhu/qunzhu/internal/fault"
	"github.com/qunzhu/qunzhu/internal/govern/moderation/lexicon"
	"github.com/qunzhu/qunzhu/internal/id"
)

// Recorder appends events and waits until their result can be read: hub.Hub.
type Recorder interface {
	Record(ctx context.Context, events ...event.Event) ([]event.Event, error)
}

// Change is a change of one keyword list, made against its version Base.
type Change struct {
	Community string
	Name      string
	Base      int
	Add       []lexicon.Word // replaces words of the same text
	Remove    []string       // texts
}

// Outcome of a change: the list as it would be, and what differs.
type Outcome struct {
	List     List
	Words    []lexicon.Word
	Added    []lexicon.Word
	Replaced []lexicon.Word
	Removed  []lexicon.Word
}

// Changed reports whether the change changes anything.
func (o Outcome) Changed() bool { return len(o.Added)+len(o.Replaced)+len(o.Removed) > 0 }

// Apply works a change out without publishing it.
func Apply(ctx context.Context, q db.Q, c Change) (Outcome, error) {
	c.Name = strings.TrimSpace(c.Name)
	if n := utf8.RuneCountInString(c.Name); n == 0 || n > maxListName || strings.ContainsAny(c.Name, "\r\n\x00") {
		return Outcome{}, fault.InvalidField("name", "moderation.list_name", maxListName)
	}
	for _, w := range c.Add {
		if err := w.Check(); err != nil {
			return Outcome{}, fault.InvalidField("words", "moderation.word_invalid", err.Error())
		}
	}
	list, err := GetList(ctx, q, auth.Everywhere(), c.Community, c.Name)
	if err != nil {
		return Outcome{}, err
	}
	if list.Version != c.Base {
		return Outcome{}, fault.New(fault.Conflict, "moderation.list_changed", c.Name)
	}
	old, err := WordsOf(ctx, q, list)
	if err != nil {
		return Outcome{}, err
	}
	o := merge(old, c)
	o.List = list
	if len(o.Words) > MaxListWords {
		return o, fault.New(fault.TooMany, "moderation.too_many_words", MaxListWords)
	}
	return o, nil
}

func merge(old []lexicon.Word, c Change) Outcome {
	var o Outcome
	words := make(map[string]lexicon.Word, len(old)+len(c.Add))
	before := make(map[string]lexicon.Word, len(old))
	for _, w := range old {
		words[w.Text], before[w.Text] = w, w
	}
	for _, text := range c.Remove {
		if w, ok := words[text]; ok {
			delete(words, text)
			o.Removed = append(o.Removed, w)
		}
	}
	for _, w := range c.Add {
		words[w.Text] = w
	}
	for text, w := range words {
		o.Words = append(o.Words, w)
		if was, known := before[text]; !known {
			o.Added = append(o.Added, w)
		} else if was != w {
			o.Replaced = append(o.Replaced, w)
		}
	}
	o.Removed = slices.DeleteFunc(o.Removed, func(w lexicon.Word) bool { _, again := words[w.Text]; return again })
	for _, list := range [][]lexicon.Word{o.Words, o.Added, o.Replaced, o.Removed} {
		sortWords(list)
	}
	return o
}

// Publish makes the change and puts it to use on this node at once, on others
// within a second. A Conflict fault tells that somebody else published first.
func Publish(ctx context.Context, d *db.DB, rec Recorder, e *Engines, now time.Time, by string, c Change) (List, error) {
	o, err := Apply(ctx, d, c)
	if err != nil || !o.Changed() {
		return o.List, err
	}
	publication := id.New(now)
	if _, err := rec.Record(ctx, parts(o, publication, by, now)...); err != nil {
		return List{}, err
	}
	list, err := GetList(ctx, d, auth.Everywhere(), o.List.Community, o.List.Name)
	if err != nil {
		return list, err
	}
	if list.publication != publication {
		return list, fault.New(fault.Conflict, "moderation.list_changed", list.Name)
	}
	return list, e.Refresh(ctx)
}

func parts(o Outcome, publication, by string, now time.Time) []event.Event {
	chunks := slices.Collect(slices.Chunk(o.Words, partWords))
	if len(chunks) == 0 {
		chunks = [][]lexicon.Word{{}}
	}
	var events []event.Event
	for i, chunk := range chunks {
		body := Published{Name: o.List.Name, Publication: publication, Base: o.List.Version, Part: i, Parts: len(chunks), By: by, Words: make([]Word, len(chunk))}
		for n, w := range chunk {
			body.Words[n] = wordOf(w)
		}
		events = append(events, event.Event{
			Community: o.List.Community, Kind: ListPublished, At: now,
			ID: id.At(now, publication, strconv.Itoa(i)), Body: event.Encode(body),
		})
	}
	return events
}
