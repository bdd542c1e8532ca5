package sandbox

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

func groupAPI() map[string]endpoint {
	return map[string]endpoint{
		"externalcontact/groupchat/list": {http.MethodPost, appScope, listGroups},
		"externalcontact/groupchat/get":  {http.MethodPost, appScope, getGroup},
	}
}

// maxVisible is how many staff may be in range when no owner filter is given,
// and maxOwners how many a filter may name (D:92120).
const (
	maxVisible = 1000
	maxOwners  = 100
)

type ownerFilter struct {
	UserIDs []string `json:"userid_list"`
}

// owners returns the owners that a filter stands for, all in range without one.
func (w *World) owners(c *call, filter ownerFilter) ([]string, error) {
	if len(filter.UserIDs) > maxOwners {
		return nil, refuse(81017, "too many userid in owner_filter")
	}
	if len(filter.UserIDs) > 0 {
		for _, id := range filter.UserIDs {
			if w.staff[id] == nil {
				return nil, refuse(60111, "userid not found")
			}
			if !c.visible(id) {
				return nil, refuse(60011, "no privilege to access/modify contact/party/agent")
			}
		}
		return filter.UserIDs, nil
	}
	var owners []string
	for _, id := range w.staffOrder {
		if c.visible(id) {
			owners = append(owners, id)
		}
	}
	if len(owners) > maxVisible {
		return nil, refuse(81017, "too many users in range, set owner_filter")
	}
	return owners, nil
}

// listGroups pages through the customer groups (D:92120).
func listGroups(c *call) (reply, error) {
	var in struct {
		Status int         `json:"status_filter"`
		Owners ownerFilter `json:"owner_filter"`
		Cursor string      `json:"cursor"`
		Limit  int         `json:"limit"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	if in.Status < 0 || in.Status > 3 {
		return nil, refuse(40058, "invalid Request Parameter: status_filter should be 0 to 3")
	}
	limit, err := c.pageLimit(in.Limit, 0, 1000)
	if err != nil {
		return nil, err
	}
	w := c.world
	w.mu.Lock()
	defer w.mu.Unlock()
	owners, err := w.owners(c, in.Owners)
	if err != nil {
		return nil, err
	}
	groups := []reply{}
	for _, id := range w.groupOrder {
		g := w.groups[id]
		status := w.groupStatus(g)
		if g.dismissed || !slices.Contains(owners, g.owner) || (in.Status != 0 && status != in.Status) {
			continue
		}
		groups = append(groups, reply{"chat_id": id, "status": status})
	}
	part, next, err := page(groups, in.Cursor, limit)
	if err != nil {
		return nil, err
	}
	return reply{"group_chat_list": part, "next_cursor": next}, nil
}

// groupStatus is 0 normal or 1 owner resigned; the sandbox inherits nothing by
// itself (2, 3).
func (w *World) groupStatus(g *group) int {
	if w.activeStaff(g.owner) == nil {
		return 1
	}
	return 0
}

// getGroup describes a group and its members (D:92122).
func getGroup(c *call) (reply, error) {
	var in struct {
		ChatID   string `json:"chat_id"`
		NeedName int    `json:"need_name"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	w := c.world
	w.mu.Lock()
	defer w.mu.Unlock()
	g, err := w.apiGroup(in.ChatID)
	if err != nil {
		return nil, err
	}
	if !c.visible(g.owner) {
		return nil, refuse(90501, "not external group chat in range")
	}
	members := g.members
	if c.faults.MemberLagSeconds > 0 {
		members = g.asOf(w.clock.Now().Add(-time.Duration(c.faults.MemberLagSeconds) * time.Second))
	}
	v := w.view(g, members)
	return reply{"group_chat": v.json(in.NeedName == 1, w)}, nil
}

// apiGroup finds the group of a chat id or refuses as the platform does.
func (w *World) apiGroup(chatID string) (*group, error) {
	if !strings.HasPrefix(chatID, "wr") {
		return nil, refuse(86001, "invalid chatid")
	}
	g := w.groups[chatID]
	switch {
	case g == nil:
		return nil, refuse(86003, "chatid not exist")
	case g.dismissed:
		return nil, refuse(49008, "group chat is dismissed")
	}
	return g, nil
}

func (v GroupView) json(names bool, w *World) reply {
	members := make([]reply, 0, len(v.Members))
	for _, m := range v.Members {
		members = append(members, m.json(names, w))
	}
	admins := make([]reply, 0, len(v.Admins))
	for _, id := range v.Admins {
		admins = append(admins, reply{"userid": id})
	}
	return reply{
		"chat_id": v.ChatID, "name": v.Name, "owner": v.Owner, "create_time": v.CreateTime.Unix(),
		"notice": v.Notice, "member_list": members, "admin_list": admins, "member_version": v.MemberVersion,
	}
}

func (m MemberView) json(names bool, w *World) reply {
	out := reply{
		"userid": m.ID, "type": 1, "join_time": m.JoinTime.Unix(), "join_scene": m.Scene,
		"group_nickname": m.Nickname,
	}
	if m.Kind == "contact" {
		out["type"] = 2
	}
	if names {
		out["name"] = m.Name
	}
	if m.UnionID != "" && strings.HasPrefix(m.ID, "wm") {
		out["unionid"] = m.UnionID
	}
	if m.State != "" {
		out["state"] = m.State
	}
	// The platform names the inviter only when it is the corp's own staff.
	if w.staff[m.Inviter] != nil {
		out["invitor"] = reply{"userid": m.Inviter}
	}
	return out
}
