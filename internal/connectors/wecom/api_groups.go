package wecom

import (
	"context"
	"errors"
	"iter"
	"time"
)

// States of a customer group's owner, as filter and in the list (D:92120).
const (
	GroupNormal         = 0
	GroupOwnerResigned  = 1
	GroupBeingInherited = 2
	GroupInherited      = 3
)

// Values of GroupMember.Type (D:92122).
const (
	MemberStaff    = 1
	MemberExternal = 2
)

// Values of GroupMember.JoinScene (D:92122). They differ from those of a
// callback's JoinScene.
const (
	JoinedByInvitation = 1 // directly by a member
	JoinedByLink       = 2 // through an invitation link
	JoinedByScan       = 3 // by scanning the group's QR code
)

const (
	groupPageSize   = 1000
	maxOwnersFilter = 100
)

// GroupRef is one entry of the list of customer groups.
type GroupRef struct {
	ChatID string `json:"chat_id"`
	Status int    `json:"status"`
}

// Group is a customer group as groupchat/get shows it. The members of a recent
// join may be missing or incomplete: the platform fills them in later.
type Group struct {
	ChatID        string
	Name          string // empty for a group that was never named
	Owner         string
	CreatedAt     time.Time
	Notice        string
	Members       []GroupMember
	Admins        []string
	MemberVersion string
}

// GroupMember is one member of a Group.
type GroupMember struct {
	UserID    string // staff userid or external_userid
	Type      int    // MemberStaff or MemberExternal
	UnionID   string // only for WeChat users of a corp bound to a developer account
	JoinedAt  time.Time
	JoinScene int
	Inviter   string // only when staff of the same corp invited
	Nickname  string // name inside the group
	Name      string
	State     string // of the join way that was scanned
}

// Groups lists the customer groups in the given state, owned by owners (at most
// 100; none means all visible groups, which the platform refuses with 81017
// when the app sees more than 1000 staff). D:92120.
func (c *Client) Groups(ctx context.Context, status int, owners ...string) iter.Seq2[GroupRef, error] {
	return pages(func(cursor string) ([]GroupRef, string, error) {
		return c.GroupsPage(ctx, status, cursor, groupPageSize, owners...)
	})
}

// GroupsPage reads one page of Groups, of at most limit (1 to 1000) entries. The
// first cursor is empty; an empty next one is the end.
func (c *Client) GroupsPage(ctx context.Context, status int, cursor string, limit int, owners ...string) (groups []GroupRef, next string, err error) {
	if err := errors.Join(checkCount("owners", len(owners), 0, maxOwnersFilter), checkCount("limit", limit, 1, groupPageSize)); err != nil {
		return nil, "", err
	}
	type ownerFilter struct {
		UserIDs []string `json:"userid_list"`
	}
	in := struct {
		Status int          `json:"status_filter"`
		Owners *ownerFilter `json:"owner_filter,omitempty"`
		Cursor string       `json:"cursor,omitempty"`
		Limit  int          `json:"limit"`
	}{Status: status, Cursor: cursor, Limit: limit}
	if len(owners) > 0 {
		in.Owners = &ownerFilter{owners}
	}
	var out struct {
		Groups []GroupRef `json:"group_chat_list"`
		Next   string     `json:"next_cursor"`
	}
	err = c.post(ctx, "/cgi-bin/externalcontact/groupchat/list", in, &out)
	return out.Groups, out.Next, err
}

type groupJSON struct {
	ChatID     string            `json:"chat_id"`
	Name       string            `json:"name"`
	Owner      string            `json:"owner"`
	CreateTime int64             `json:"create_time"`
	Notice     string            `json:"notice"`
	Members    []groupMemberJSON `json:"member_list"`
	Admins     []struct {
		UserID string `json:"userid"`
	} `json:"admin_list"`
	MemberVersion string `json:"member_version"`
}

type groupMemberJSON struct {
	UserID    string `json:"userid"`
	Type      int    `json:"type"`
	UnionID   string `json:"unionid"`
	JoinTime  int64  `json:"join_time"`
	JoinScene int    `json:"join_scene"`
	Inviter   struct {
		UserID string `json:"userid"`
	} `json:"invitor"`
	Nickname string `json:"group_nickname"`
	Name     string `json:"name"`
	State    string `json:"state"`
}

// Group reads one customer group with the names of its members (D:92122).
func (c *Client) Group(ctx context.Context, chatID string) (Group, error) {
	if err := checkBytes("chat_id", chatID, 1, 64); err != nil {
		return Group{}, err
	}
	in := struct {
		ChatID   string `json:"chat_id"`
		NeedName int    `json:"need_name"`
	}{chatID, 1}
	var out struct {
		Group groupJSON `json:"group_chat"`
	}
	if err := c.post(ctx, "/cgi-bin/externalcontact/groupchat/get", in, &out); err != nil {
		return Group{}, err
	}
	return out.Group.group(), nil
}

func (g groupJSON) group() Group {
	group := Group{
		ChatID: g.ChatID, Name: g.Name, Owner: g.Owner, CreatedAt: unix(g.CreateTime),
		Notice: g.Notice, MemberVersion: g.MemberVersion,
	}
	for _, a := range g.Admins {
		group.Admins = append(group.Admins, a.UserID)
	}
	for _, m := range g.Members {
		group.Members = append(group.Members, GroupMember{
			UserID: m.UserID, Type: m.Type, UnionID: m.UnionID, JoinedAt: unix(m.JoinTime), JoinScene: m.JoinScene,
			Inviter: m.Inviter.UserID, Nickname: m.Nickname, Name: m.Name, State: m.State,
		})
	}
	return group
}

// ChatIDOfOpenGID turns the group id that a mini program sees into a chat_id
// (D:94822).
func (c *Client) ChatIDOfOpenGID(ctx context.Context, openGID string) (string, error) {
	in := struct {
		OpenGID string `json:"opengid"`
	}{openGID}
	var out struct {
		ChatID string `json:"chat_id"`
	}
	err := c.post(ctx, "/cgi-bin/externalcontact/opengid_to_chatid", in, &out)
	return out.ChatID, err
}

// unix reads a platform timestamp in seconds; zero stays the zero time.
func unix(seconds int64) time.Time {
	if seconds <= 0 {
		return time.Time{}
	}
	return time.Unix(seconds, 0).UTC()
}
