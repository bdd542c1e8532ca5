package wecom

import (
	"context"
	"slices"
	"time"
)

// Editions of the message archive, for ArchiveUsers; EditionAny is all of them.
const (
	EditionAny        = 0
	EditionOffice     = 1 // 办公版
	EditionService    = 2 // 服务版
	EditionEnterprise = 3 // 企业版
)

// Consent is whether an external contact agreed to the archive.
type Consent string

// Values of Consent (D:91782).
const (
	ConsentAgreed   Consent = "Agree"
	ConsentRefused  Consent = "Disagree"
	ConsentByNotice Consent = "Default_Agree" // informed and did not object
)

// Allowed reports whether messages under this consent are archived.
func (c Consent) Allowed() bool { return c == ConsentAgreed || c == ConsentByNotice }

// ArchiveUsers lists the staff whose messages are archived. The client must hold
// the archive secret (D:91614).
func (c *Client) ArchiveUsers(ctx context.Context, edition int) ([]string, error) {
	in := struct {
		Type int `json:"type,omitempty"`
	}{edition}
	var out struct {
		IDs []string `json:"ids"`
	}
	err := c.post(ctx, "/cgi-bin/msgaudit/get_permit_user_list", in, &out)
	return out.IDs, err
}

// ContactPair is a staff member and one of their contacts.
type ContactPair struct {
	UserID         string `json:"userid"`
	ExternalUserID string `json:"exteranalopenid"` // the platform's own spelling
}

// PairConsent is the consent of a contact towards one staff member.
type PairConsent struct {
	ContactPair
	Consent   Consent
	ChangedAt time.Time // zero when the platform does not say
}

type consentJSON struct {
	ContactPair
	ChangedAt int64   `json:"status_change_time"`
	Status    Consent `json:"agree_status"`
}

func (j consentJSON) consent() PairConsent {
	return PairConsent{ContactPair: j.ContactPair, Consent: j.Status, ChangedAt: unix(j.ChangedAt)}
}

const consentChunk = 100

// SingleConsents reads the consent of contacts in one-to-one chats, 100 pairs a
// call (D:91782).
func (c *Client) SingleConsents(ctx context.Context, pairs []ContactPair) ([]PairConsent, error) {
	var all []PairConsent
	for chunk := range slices.Chunk(pairs, consentChunk) {
		in := struct {
			Info []ContactPair `json:"info"`
		}{chunk}
		found, err := c.consents(ctx, "/cgi-bin/msgaudit/check_single_agree", in)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}

// RoomConsents reads the consent of the external members of a customer group;
// UserID stays empty (D:91782).
func (c *Client) RoomConsents(ctx context.Context, roomID string) ([]PairConsent, error) {
	in := struct {
		RoomID string `json:"roomid"`
	}{roomID}
	return c.consents(ctx, "/cgi-bin/msgaudit/check_room_agree", in)
}

func (c *Client) consents(ctx context.Context, path string, in any) ([]PairConsent, error) {
	var out struct {
		Info []consentJSON `json:"agreeinfo"`
	}
	if err := c.post(ctx, path, in, &out); err != nil {
		return nil, err
	}
	all := make([]PairConsent, len(out.Info))
	for i, info := range out.Info {
		all[i] = info.consent()
	}
	return all, nil
}

// Room is an internal group of the archive.
type Room struct {
	Name      string
	Creator   string
	CreatedAt time.Time
	Notice    string
	Members   []RoomMember
}

// RoomMember is a member of a Room.
type RoomMember struct {
	ID       string
	JoinedAt time.Time
}

// Room reads an internal group; customer groups answer 301059 (D:92951).
func (c *Client) Room(ctx context.Context, roomID string) (Room, error) {
	in := struct {
		RoomID string `json:"roomid"`
	}{roomID}
	var out struct {
		Name      string `json:"roomname"`
		Creator   string `json:"creator"`
		CreatedAt int64  `json:"room_create_time"`
		Notice    string `json:"notice"`
		Members   []struct {
			ID       string `json:"memberid"`
			JoinTime int64  `json:"jointime"`
		} `json:"members"`
	}
	if err := c.post(ctx, "/cgi-bin/msgaudit/groupchat/get", in, &out); err != nil {
		return Room{}, err
	}
	room := Room{Name: out.Name, Creator: out.Creator, CreatedAt: unix(out.CreatedAt), Notice: out.Notice}
	for _, m := range out.Members {
		room.Members = append(room.Members, RoomMember{m.ID, unix(m.JoinTime)})
	}
	return room, nil
}
