package wecom

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/qunzhu/qunzhu/internal/connector"
)

// archiveKeeps is how long the platform hands out a message (D:91774).
const archiveKeeps = 5 * 24 * time.Hour

// archiveCursor is the last sequence number, and when the archive was last read
// to its end.
type archiveCursor struct {
	Seq uint64    `json:"seq"`
	At  time.Time `json:"at,omitzero"`
}

// pullArchive reads up to MaxArchiveLimit messages. What was said between
// customers and staff one to one, and inside the corp, is left where it is.
func (a *account) pullArchive(ctx context.Context, text string, k connector.Knowledge) (connector.Page, error) {
	cur, err := decodeCursor[archiveCursor](text)
	if err != nil {
		return connector.Page{}, err
	}
	sealed, err := PullBatch(ctx, a.archive, cur.Seq, MaxArchiveLimit)
	if err != nil {
		return connector.Page{}, err
	}
	var page connector.Page
	skipped, crashes := 0, 0
	for _, s := range sealed {
		raw, ok, err := a.open(ctx, s, k.Now())
		var lost *TransportError
		switch {
		case errors.As(err, &lost) && crashes == 0:
			crashes++ // this one message may be what broke the library
		case err != nil:
			return connector.Page{}, err
		default:
			crashes = 0
		}
		if !ok {
			skipped++
			continue
		}
		page.Raws = append(page.Raws, raw)
	}
	if skipped > 0 {
		a.log.DebugContext(ctx, "archived messages from outside of customer groups were left out", "messages", skipped)
	}
	page.More = len(sealed) > 0
	if page.More {
		cur.Seq = max(cur.Seq, sealed[len(sealed)-1].Seq)
	} else {
		if lost := k.Now().Sub(cur.At) - archiveKeeps; !cur.At.IsZero() && lost > 0 {
			page.Gap = lost
		}
		cur.At = k.Now()
	}
	page.Cursor = encodeCursor(cur)
	return page, nil
}

// open makes a raw message of a sealed one; false when it is none of ours. What
// cannot be opened or read is handed on as it is: it must neither hold up nor
// vanish. The error is that the way to the archive broke, or the context's.
func (a *account) open(ctx context.Context, s SealedMessage, now time.Time) (connector.Raw, bool, error) {
	raw := connector.Raw{Key: "archive:" + s.MsgID, Kind: rawArchive, At: now}
	plain, cause := a.openMessage(ctx, s)
	if ctx.Err() != nil {
		return raw, false, ctx.Err()
	}
	if cause != nil {
		body, err := json.Marshal(s)
		if err != nil {
			return raw, false, err
		}
		raw.Kind, raw.Body = rawSealed, body
		var lost *TransportError
		if errors.As(cause, &lost) {
			return raw, true, cause
		}
		return raw, true, nil
	}
	raw.Body = plain
	m, err := ParseArchiveMessage(plain)
	if err != nil {
		return raw, true, nil
	}
	raw.At = m.At
	return raw, customerRoom(m), nil
}

// consentsAtOnce is how many groups one page of the pull of consents asks for.
const consentsAtOnce = 100

// consentsCursor is the last group that was asked for.
type consentsCursor struct {
	After string `json:"after"`
}

// pullConsents reads who agreed to the archive in the groups whose messages
// reach us (D:91782).
func (a *account) pullConsents(ctx context.Context, text string, k connector.Knowledge) (connector.Page, error) {
	cur, err := decodeCursor[consentsCursor](text)
	if err != nil {
		return connector.Page{}, err
	}
	groups, err := k.Groups(ctx)
	if err != nil {
		return connector.Page{}, err
	}
	groups = slices.DeleteFunc(groups, func(g connector.Group) bool { return !g.Archived || g.External <= cur.After })
	if len(groups) == 0 {
		return connector.Page{}, nil
	}
	permitted, known := a.permittedStaff(ctx)
	slices.SortFunc(groups, func(x, y connector.Group) int { return cmp.Compare(x.External, y.External) })
	var page connector.Page
	for n, g := range groups {
		if n == consentsAtOnce {
			page.Cursor, page.More = encodeCursor(cur), true
			break
		}
		drafts, err := a.consentsOf(ctx, g, k, permitted, known)
		if err != nil {
			return connector.Page{}, err
		}
		page.Drafts = append(page.Drafts, drafts...)
		cur.After = g.External
	}
	return page, nil
}

// consentsOf compares the consents in one group with the known ones. Where
// nobody with an archive seat is left, the group is no longer archived.
func (a *account) consentsOf(ctx context.Context, g connector.Group, k connector.Knowledge, permitted map[string]bool, known bool) ([]connector.Draft, error) {
	roster, err := k.Roster(ctx, g.External)
	if err != nil {
		return nil, err
	}
	m := &room{chat: g.External, adopted: true, known: g, roster: roster}
	if known && !anySeat(roster, permitted) {
		return []connector.Draft{m.archivedChanged(k.Now(), false)}, nil
	}
	m.consents, err = a.audit.Background().RoomConsents(ctx, g.External)
	if err != nil {
		if isPassing(failure(err)) {
			return nil, err
		}
		a.log.WarnContext(ctx, "the consents of a group were not read", "group", g.External, "reason", err)
		return nil, nil
	}
	return m.consentDrafts(k.Now()), nil
}

func anySeat(roster map[string]connector.Presence, permitted map[string]bool) bool {
	for id, p := range roster {
		if p.GoneAt.IsZero() && permitted[id] {
			return true
		}
	}
	return false
}
