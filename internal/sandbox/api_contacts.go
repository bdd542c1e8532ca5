package sandbox

import (
	"net/http"
	"strings"
)

func contactAPI() map[string]endpoint {
	return map[string]endpoint{
		"externalcontact/get_follow_user_list": {http.MethodGet, appScope, listFollowUsers},
		"externalcontact/list":                 {http.MethodGet, appScope, listContacts},
		"externalcontact/get":                  {http.MethodGet, appScope, getContact},
		"externalcontact/batch/get_by_user":    {http.MethodPost, appScope, getContactsByUser},
	}
}

// listFollowUsers lists the staff who may have customers (D:92571).
func listFollowUsers(c *call) (reply, error) {
	w := c.world
	w.mu.Lock()
	defer w.mu.Unlock()
	users := []string{}
	for _, e := range w.employees() {
		if c.visible(e.UserID) {
			users = append(users, e.UserID)
		}
	}
	return reply{"follow_user": users}, nil
}

// listContacts lists one staff's customers (D:92113).
func listContacts(c *call) (reply, error) {
	w := c.world
	w.mu.Lock()
	defer w.mu.Unlock()
	userID := c.query.Get("userid")
	if err := w.checkUser(c, userID); err != nil {
		return nil, err
	}
	var ids []string
	for _, f := range w.follows {
		if f.userID == userID {
			ids = append(ids, f.external)
		}
	}
	if len(ids) == 0 {
		return nil, refuse(84061, "not external contact")
	}
	return reply{"external_userid": ids}, nil
}

// getContact describes a customer and the staff who know them (D:92114). Who is
// in a group but nobody's customer isn't told.
func getContact(c *call) (reply, error) {
	w := c.world
	w.mu.Lock()
	defer w.mu.Unlock()
	contact := w.contacts[c.query.Get("external_userid")]
	if contact == nil {
		return nil, refuse(40096, "invalid external userid")
	}
	var follows []reply
	for _, f := range w.follows {
		if f.external == contact.ExternalUserID && c.visible(f.userID) {
			info := f.json(contact)
			info["tags"] = []reply{}
			follows = append(follows, info)
		}
	}
	if len(follows) == 0 {
		return nil, refuse(84061, "not external contact")
	}
	part, next, err := page(follows, c.query.Get("cursor"), c.faults.pageLimit(500))
	if err != nil {
		return nil, err
	}
	return reply{"external_contact": contactJSON(contact), "follow_user": part, "next_cursor": next}, nil
}

// getContactsByUser pages through the customers of several staff (D:92994).
func getContactsByUser(c *call) (reply, error) {
	var in struct {
		UserIDs []string `json:"userid_list"`
		Cursor  string   `json:"cursor"`
		Limit   int      `json:"limit"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	if len(in.UserIDs) == 0 || len(in.UserIDs) > 100 {
		return nil, refuse(40058, "invalid Request Parameter: userid_list should have 1 to 100 entries")
	}
	limit, err := c.pageLimit(in.Limit, 50, 100)
	if err != nil {
		return nil, err
	}
	w := c.world
	w.mu.Lock()
	defer w.mu.Unlock()
	out := []reply{}
	for _, userID := range in.UserIDs {
		if err := w.checkUser(c, userID); err != nil {
			return nil, err
		}
		for _, f := range w.follows {
			if f.userID == userID {
				contact := w.contacts[f.external]
				info := f.json(contact)
				info["tag_id"] = []string{}
				out = append(out, reply{"external_contact": contactJSON(contact), "follow_info": info})
			}
		}
	}
	part, next, err := page(out, in.Cursor, limit)
	if err != nil {
		return nil, err
	}
	return reply{"external_contact_list": part, "next_cursor": next}, nil
}

// checkUser refuses a userid that is unknown or out of the visible range.
func (w *World) checkUser(c *call, userID string) error {
	if w.activeStaff(userID) == nil {
		return refuse(60111, "userid not found")
	}
	if !c.visible(userID) {
		return refuse(60011, "no privilege to access/modify contact/party/agent")
	}
	return nil
}

func (f *follow) json(contact *Contact) reply {
	return reply{
		"userid": f.userID, "remark": contact.Name, "description": "", "createtime": f.since.Unix(),
		"state": f.state, "oper_userid": f.userID, "add_way": 1, "remark_mobiles": []string{},
	}
}

func contactJSON(contact *Contact) reply {
	out := reply{
		"external_userid": contact.ExternalUserID, "name": contact.Name,
		"avatar": contact.Avatar, "type": 1, "gender": 0,
	}
	if contact.UnionID != "" {
		out["unionid"] = contact.UnionID
	}
	if strings.HasPrefix(contact.ExternalUserID, "wo") {
		out["type"] = 2
		out["corp_name"] = "外部企业"
	}
	return out
}
