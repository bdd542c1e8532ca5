package hub

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/qunzhu/qunzhu/internal/connector"
	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/event"
)

const (
	// pagesAtOnce bounds how long one pull keeps the others waiting.
	pagesAtOnce = 20
	// coverEvery is how often the listened-to time is written down; what is not
	// yet written is missing from today's coverage only.
	coverEvery = 30 * time.Minute
	// silence is how long nobody may have listened before it counts as a gap:
	// the platform's three deliveries of a callback end before.
	silence = 15 * time.Minute
)

// Pull runs the pulls that are due. It returns how many pages it read.
func (h *Hub) Pull(ctx context.Context) (int, error) {
	conns, err := h.Store.List(ctx, h.DB)
	if err != nil {
		return 0, err
	}
	total := 0
	for _, c := range conns {
		if c.State == connector.Disabled {
			continue
		}
		if _, held, err := h.hold(ctx, "pull:"+c.ID); err != nil || !held {
			if err != nil {
				return total, err
			}
			continue
		}
		n, err := h.pullConnection(ctx, c)
		total += n
		if err != nil {
			return total, err
		}
	}
	return total, nil
}

func (h *Hub) pullConnection(ctx context.Context, c connector.Connection) (int, error) {
	cursors, err := h.Store.Cursors(ctx, h.DB, c.ID)
	if err != nil {
		return 0, err
	}
	total := 0
	if p, ok := h.connectors[c.Kind].(connector.Puller); ok {
		for _, pull := range p.Pulls(c) {
			cur, known := cursors[pull.Name]
			if !known {
				cur = connector.Cursor{Connection: c.ID, Name: pull.Name}
			}
			if h.Clock.Now().Before(cur.DueAt) && !(pull.OnStart && h.begins(c, pull)) {
				continue
			}
			n, err := h.pull(ctx, c, pull, cur, cursors)
			total += n
			if err != nil {
				return total, err
			}
		}
	}
	// Only a connection that takes callbacks is listened to between its pulls.
	if _, hears := h.connectors[c.Kind].(connector.Receiver); hears && c.State == connector.Active {
		return total, h.cover(ctx, c, event.FromAPI, h.listening(c), cursors)
	}
	h.deaf(c)
	return total, nil
}

// pull reads pages until the platform has no more, and saves the cursor together
// with what each page brought.
func (h *Hub) pull(ctx context.Context, c connector.Connection, p connector.Pull, cur connector.Cursor, cursors map[string]connector.Cursor) (int, error) {
	failures := cur.Failures
	for n := 1; ; n++ {
		page, err := p.Run(ctx, cur.Value, h.knowledge(c))
		if err == nil {
			err = h.Ingest(ctx, c, page.Drafts)
		}
		if ctx.Err() != nil {
			return n, ctx.Err()
		}
		if err != nil {
			return n, h.pullFailed(ctx, c, p, cur, err)
		}
		cur.Value, cur.Error, cur.Failures, cur.RanAt = page.Cursor, "", 0, h.Clock.Now()
		cur.DueAt = cur.RanAt
		if !page.More {
			cur.DueAt = cur.RanAt.Add(p.Every)
		}
		err = h.DB.Write(ctx, func(tx *db.Tx) error {
			return errors.Join(h.putRaws(ctx, tx, c.ID, page.Raws), h.Store.PutStaff(ctx, tx, c.ID, cur.RanAt, page.Staff),
				h.Store.Confirm(ctx, tx, c.ID, cur.RanAt, page.Confirmed...), h.Store.SaveCursor(ctx, tx, cur))
		})
		if err != nil {
			return n, err
		}
		if len(page.Raws) > 0 {
			h.nudge(loopTranslate)
		}
		if page.More && n < pagesAtOnce {
			continue
		}
		h.Live("sources")
		if page.More {
			return n, nil
		}
		return n, errors.Join(h.works(ctx, c, failures), h.coverPull(ctx, c, p, page, cursors))
	}
}

// works ends a pause when a pull succeeds that was refused before: another
// secret's pull proves nothing.
func (h *Hub) works(ctx context.Context, c connector.Connection, failures int) error {
	if c.State != connector.Reauthorize || failures == 0 {
		return nil
	}
	return h.Store.SetState(ctx, h.DB, c.ID, connector.Active, "")
}

func (h *Hub) pullFailed(ctx context.Context, c connector.Connection, p connector.Pull, cur connector.Cursor, cause error) error {
	cur.Error = cause.Error()
	cur.DueAt = h.Clock.Now().Add(min(backoff(cur.Failures), max(p.Every, time.Minute)))
	cur.Failures++
	var credentials connector.NeedsCredentials
	if errors.As(cause, &credentials) {
		if err := h.Store.SetState(ctx, h.DB, c.ID, connector.Reauthorize, "connection.reauthorize"); err != nil {
			return err
		}
	}
	h.Log.WarnContext(ctx, "a pull failed and is tried again", "connection", c.ID, "pull", p.Name, "error", cause)
	return h.Store.SaveCursor(ctx, h.DB, cur)
}

// coverPull covers the time since the last complete pull, less what the platform
// could no longer tell of.
func (h *Hub) coverPull(ctx context.Context, c connector.Connection, p connector.Pull, page connector.Page, cursors map[string]connector.Cursor) error {
	if p.Source == "" {
		return nil
	}
	from := h.Clock.Now()
	if last, ok := cursors["coverage:"+p.Source]; ok {
		from = millis(last.Value).Add(page.Gap)
	}
	return h.cover(ctx, c, p.Source, from, cursors)
}

// listening is the moment since which callbacks of a connection were taken
// without a gap that matters.
func (h *Hub) listening(c connector.Connection) time.Time {
	now := h.Clock.Now()
	h.mu.Lock()
	defer h.mu.Unlock()
	since, ok := h.up[c.ID]
	if !ok {
		h.up[c.ID] = now
		return now
	}
	return since
}

// begins reports, once for each pull, that this process has just begun to look
// after the connection.
func (h *Hub) begins(c connector.Connection, p connector.Pull) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	key := c.ID + "/" + p.Name
	begun := h.begun[key]
	h.begun[key] = true
	return !begun
}

func (h *Hub) deaf(c connector.Connection) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.up, c.ID)
}

// cover writes down that a source was listened to from the end of what was
// written before, or from since when that is later, until now.
func (h *Hub) cover(ctx context.Context, c connector.Connection, source string, since time.Time, cursors map[string]connector.Cursor) error {
	now := h.Clock.Now()
	name := "coverage:" + source
	from := since
	if last, ok := cursors[name]; ok {
		written := millis(last.Value)
		if since.Sub(written) <= silence || written.After(since) {
			from = written
		}
		if now.Sub(written) < coverEvery && sameDay(written, now, h.Zone) {
			return nil
		}
	}
	if from.Before(now) {
		err := h.Ingest(ctx, c, []connector.Draft{{
			Kind: event.CoverageObserved, At: now, Key: source,
			Body: event.Coverage{Connection: c.ID, Source: source, From: from.UTC(), To: now.UTC()},
		}})
		if err != nil {
			return err
		}
	}
	return h.Store.SaveCursor(ctx, h.DB, connector.Cursor{Connection: c.ID, Name: name, Value: strconv.FormatInt(now.UnixMilli(), 10), DueAt: now, RanAt: now})
}

func millis(s string) time.Time {
	ms, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return time.Time{}
	}
	return time.UnixMilli(ms)
}

func sameDay(a, b time.Time, zone *time.Location) bool {
	return a.In(zone).Format(time.DateOnly) == b.In(zone).Format(time.DateOnly)
}
