package hub

import (
	"context"
	"slices"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"github.com/qunzhu/qunzhu/internal/activity"
	"github.com/qunzhu/qunzhu/internal/community"
	"github.com/qunzhu/qunzhu/internal/connector"
	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/event"
	"github.com/qunzhu/qunzhu/internal/fault"
	"github.com/qunzhu/qunzhu/internal/id"
)

// futureTolerance is how far a platform's time may be ahead of ours before it
// is taken for wrong (docs/definitions.md G20).
const futureTolerance = 10 * time.Minute

// Ingest resolves drafts into events and appends them, one community a
// transaction. Drafts that were ingested before add nothing, so a crash between
// the communities is repaired by ingesting all of them again.
func (h *Hub) Ingest(ctx context.Context, c connector.Connection, drafts []connector.Draft) error {
	_, err := h.ingest(ctx, c, drafts)
	return err
}

// ingest returns the events that were new.
func (h *Hub) ingest(ctx context.Context, c connector.Connection, drafts []connector.Draft) ([]event.Event, error) {
	if len(drafts) == 0 {
		return nil, nil
	}
	events, err := h.resolve(ctx, c, drafts)
	if err != nil {
		return nil, err
	}
	var fresh []event.Event
	for _, part := range byCommunity(events) {
		for chunk := range slices.Chunk(part, h.Batch) {
			var added []event.Event
			err := h.commit.Do(ctx, func(tx *db.Tx) (err error) {
				added, err = event.Append(ctx, tx, chunk)
				return err
			})
			if err != nil {
				return fresh, err
			}
			fresh = append(fresh, added...)
		}
	}
	if len(fresh) > 0 {
		h.nudge(loopDispatch)
	}
	return fresh, nil
}

// resolve replaces the platform's ids by ours and derives the facts that a
// message keeps.
func (h *Hub) resolve(ctx context.Context, c connector.Connection, drafts []connector.Draft) ([]event.Event, error) {
	now := h.Clock.Now()
	var out []event.Event
	for _, d := range drafts {
		if d.At.After(now.Add(futureTolerance)) {
			return nil, fault.New(fault.Invalid, "fault.time_in_future", d.At.UTC().Format(time.RFC3339))
		}
		targets, err := h.targets(ctx, c, d)
		if err != nil {
			return nil, err
		}
		for _, t := range targets {
			e, err := h.resolveInto(ctx, c, d, t, now)
			if err != nil {
				return nil, err
			}
			out = append(out, e)
		}
	}
	return out, nil
}

// target is where a draft belongs.
type target struct{ community, group string }

func (h *Hub) targets(ctx context.Context, c connector.Connection, d connector.Draft) ([]target, error) {
	if d.Kind == event.GroupAdopted {
		t, err := h.adopt(ctx, c, d)
		return []target{t}, err
	}
	if d.Group != "" {
		b, ok, err := h.bindingOf(ctx, c.ID, d.Group)
		if err == nil && !ok {
			err = connector.Temporary{Err: fault.New(fault.NotFound, "fault.group_not_adopted", d.Group)}
		}
		return []target{{b.Community, b.Group}}, err
	}
	bindings, err := h.bindingsOf(ctx, c.ID)
	if err != nil {
		return nil, err
	}
	if d.Kind == event.OwnerCounted {
		community, err := h.defaultCommunity(ctx, c)
		return []target{{community: community}}, err
	}
	return h.communitiesOf(ctx, c, d, bindings)
}

// communitiesOf is every community of the connection or, when the draft is about
// a person, those that know the person.
func (h *Hub) communitiesOf(ctx context.Context, c connector.Connection, d connector.Draft, bindings map[string]connector.Binding) ([]target, error) {
	seen := map[string]bool{}
	var out []target
	for _, b := range bindings {
		if seen[b.Community] {
			continue
		}
		seen[b.Community] = true
		if d.Member != "" {
			known, err := community.Members(ctx, h.DB, b.Community, community.MemberID(b.Community, c.ID, d.Member))
			if err != nil {
				return nil, err
			}
			if len(known) == 0 {
				continue
			}
		}
		out = append(out, target{community: b.Community})
	}
	return out, nil
}

func (h *Hub) resolveInto(ctx context.Context, c connector.Connection, d connector.Draft, t target, now time.Time) (event.Event, error) {
	member := func(external string) string {
		if external == "" {
			return ""
		}
		return community.MemberID(t.community, c.ID, external)
	}
	e := event.Event{
		Community: t.community, Group: t.group, Member: member(d.Member), Kind: d.Kind, At: d.At, Recorded: now,
		ID:    id.At(d.At, c.ID, string(d.Kind), t.group, d.Member, d.Key),
		Words: event.Words{Text: clean(d.Text), Name: clean(d.Name), External: d.Member},
	}
	body := d.Body
	switch b := d.Body.(type) {
	case event.Posted:
		var err error
		if body, err = h.posted(ctx, d, t, e.Member, b); err != nil {
			return e, err
		}
	case event.Joined:
		b.Inviter = member(b.Inviter)
		body = b
	case event.Group:
		if b.Owner != nil {
			owner := member(*b.Owner)
			b.Owner = &owner
		}
		if b.Admins != nil {
			admins := make([]string, len(*b.Admins))
			for i, a := range *b.Admins {
				admins[i] = member(a)
			}
			b.Admins = &admins
		}
		body = b
	}
	e.Body = event.Encode(body)
	return e, nil
}

// posted derives the facts of a message that stay when its words are erased.
func (h *Hub) posted(ctx context.Context, d connector.Draft, t target, member string, p event.Posted) (event.Posted, error) {
	typ, err := h.typeOf(ctx, t.community)
	if err != nil {
		return p, err
	}
	p.Class, p.Valid = activity.Classify(p.Type, d.Text, typ)
	p.Valid = p.Valid && p.Kind == event.Member
	p.Length = len(d.Text)
	if folded := Fingerprint(d.Text); folded != "" && h.Print != nil {
		p.Print = h.Print(folded)
	}
	if h.Annotate != nil && d.Text != "" {
		p.Verdict = h.Annotate(Message{Community: t.community, CommunityType: typ, Group: t.group, Member: member, Kind: p.Kind, Type: p.Type, Text: d.Text, At: d.At})
	}
	return p, nil
}

// Fingerprint is the form of a text that is compared: compatibility forms
// folded, case and white space gone.
func Fingerprint(text string) string {
	return strings.Join(strings.Fields(strings.ToLower(norm.NFKC.String(text))), "")
}

// clean makes words storable: valid UTF-8 without NUL, which PostgreSQL refuses.
func clean(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "")
}

func (h *Hub) typeOf(ctx context.Context, communityID string) (string, error) {
	h.mu.Lock()
	typ, ok := h.types[communityID]
	h.mu.Unlock()
	if ok {
		return typ, nil
	}
	list, err := community.Communities(ctx, h.DB, community.Everywhere{})
	if err != nil {
		return "", err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, c := range list {
		h.types[c.ID] = c.Type
	}
	return h.types[communityID], nil
}

func (h *Hub) bindingsOf(ctx context.Context, connection string) (map[string]connector.Binding, error) {
	h.mu.Lock()
	b, ok := h.bindings[connection]
	h.mu.Unlock()
	if ok {
		return b, nil
	}
	b, err := h.Store.Bindings(ctx, h.DB, connection)
	if err != nil {
		return nil, err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.bindings[connection] = b
	return b, nil
}

// bindingOf looks a group up, and once more in the database when it is not
// remembered: another process may have adopted it.
func (h *Hub) bindingOf(ctx context.Context, connection, external string) (connector.Binding, bool, error) {
	for range 2 {
		bindings, err := h.bindingsOf(ctx, connection)
		if err != nil {
			return connector.Binding{}, false, err
		}
		if b, ok := bindings[external]; ok {
			return b, true, nil
		}
		h.mu.Lock()
		delete(h.bindings, connection)
		h.mu.Unlock()
	}
	return connector.Binding{}, false, nil
}

// Forget drops what is remembered of connections and communities, after a
// change or when another node may have made one.
func (h *Hub) Forget() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.bindings, h.types = map[string]map[string]connector.Binding{}, map[string]string{}
}
