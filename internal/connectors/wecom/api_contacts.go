package wecom

import (
	"context"
	"iter"
	"net/url"
	"time"
)

// Contact is an external contact (客户).
type Contact struct {
	ExternalUserID string `json:"external_userid"`
	Name           string `json:"name"`
	Avatar         string `json:"avatar"`
	Type           int    `json:"type"` // 1 WeChat user, 2 WeCom user
	UnionID        string `json:"unionid"`
	CorpName       string `json:"corp_name"`
}

// Follow is the relation of one staff member to a contact.
type Follow struct {
	UserID      string
	Remark      string
	Description string
	CreatedAt   time.Time
	State       string // of the contact way through which they met
	OperUserID  string
	AddWay      int
	TagIDs      []string
}

type followJSON struct {
	UserID      string `json:"userid"`
	Remark      string `json:"remark"`
	Description string `json:"description"`
	CreateTime  int64  `json:"createtime"`
	State       string `json:"state"`
	OperUserID  string `json:"oper_userid"`
	AddWay      int    `json:"add_way"`
	Tags        []struct {
		ID string `json:"tag_id"`
	} `json:"tags"` // externalcontact/get
	TagIDs []string `json:"tag_id"` // batch/get_by_user
}

func (f followJSON) follow() Follow {
	tags := f.TagIDs
	for _, t := range f.Tags {
		if t.ID != "" {
			tags = append(tags, t.ID)
		}
	}
	return Follow{
		UserID: f.UserID, Remark: f.Remark, Description: f.Description, CreatedAt: unix(f.CreateTime),
		State: f.State, OperUserID: f.OperUserID, AddWay: f.AddWay, TagIDs: tags,
	}
}

// FollowUsers lists the staff who have the right to customer contact (D:92571).
func (c *Client) FollowUsers(ctx context.Context) ([]string, error) {
	var out struct {
		Users []string `json:"follow_user"`
	}
	err := c.get(ctx, "/cgi-bin/externalcontact/get_follow_user_list", nil, &out)
	return out.Users, err
}

// Contact reads an external contact and everyone of the staff who follows them
// (D:92114).
func (c *Client) Contact(ctx context.Context, externalUserID string) (Contact, []Follow, error) {
	if err := checkBytes("external_userid", externalUserID, 1, 64); err != nil {
		return Contact{}, nil, err
	}
	var contact Contact
	follows := pages(func(cursor string) ([]followJSON, string, error) {
		query := url.Values{"external_userid": {externalUserID}}
		if cursor != "" {
			query.Set("cursor", cursor)
		}
		var out struct {
			Contact Contact      `json:"external_contact"`
			Follows []followJSON `json:"follow_user"`
			Next    string       `json:"next_cursor"`
		}
		err := c.get(ctx, "/cgi-bin/externalcontact/get", query, &out)
		if err == nil {
			contact = out.Contact
		}
		return out.Follows, out.Next, err
	})
	var all []Follow
	for f, err := range follows {
		if err != nil {
			return Contact{}, nil, err
		}
		all = append(all, f.follow())
	}
	return contact, all, nil
}

// FollowedContact is one entry of a staff member's contact list.
type FollowedContact struct {
	Contact Contact
	Follow  Follow
}

const (
	maxContactStaff = 100
	contactPageSize = 100
)

// Contacts lists the contacts of up to 100 staff members (D:92994).
func (c *Client) Contacts(ctx context.Context, userIDs ...string) iter.Seq2[FollowedContact, error] {
	return pages(func(cursor string) ([]FollowedContact, string, error) {
		if err := checkCount("userid_list", len(userIDs), 1, maxContactStaff); err != nil {
			return nil, "", err
		}
		in := struct {
			UserIDs []string `json:"userid_list"`
			Cursor  string   `json:"cursor,omitempty"`
			Limit   int      `json:"limit"`
		}{userIDs, cursor, contactPageSize}
		var out struct {
			List []struct {
				Contact Contact    `json:"external_contact"`
				Follow  followJSON `json:"follow_info"`
			} `json:"external_contact_list"`
			Next string `json:"next_cursor"`
		}
		err := c.post(ctx, "/cgi-bin/externalcontact/batch/get_by_user", in, &out)
		contacts := make([]FollowedContact, len(out.List))
		for i, item := range out.List {
			contacts[i] = FollowedContact{item.Contact, item.Follow.follow()}
		}
		return contacts, out.Next, err
	})
}
