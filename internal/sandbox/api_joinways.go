package sandbox

import (
	"net/http"
	"net/url"
	"unicode/utf8"
)

func joinWayAPI() map[string]endpoint {
	return map[string]endpoint{
		"externalcontact/groupchat/add_join_way":    {http.MethodPost, appScope, addJoinWay},
		"externalcontact/groupchat/get_join_way":    {http.MethodPost, appScope, getJoinWay},
		"externalcontact/groupchat/update_join_way": {http.MethodPost, appScope, updateJoinWay},
		"externalcontact/groupchat/del_join_way":    {http.MethodPost, appScope, deleteJoinWay},
	}
}

// joinWayRequest is the body of add_join_way and, with config_id, of
// update_join_way (D:92229).
type joinWayRequest struct {
	ConfigID string `json:"config_id"`
	JoinWay
	// AutoCreateRoom shadows the embedded field to tell 0 from absent, which is 1.
	AutoCreateRoom *int `json:"auto_create_room"`
}

func (c *call) decodeJoinWay() (joinWayRequest, error) {
	var in joinWayRequest
	if err := c.decode(&in); err != nil {
		return in, err
	}
	in.JoinWay.AutoCreateRoom = 1
	if in.AutoCreateRoom != nil {
		in.JoinWay.AutoCreateRoom = *in.AutoCreateRoom
	}
	return in, in.check()
}

func (in joinWayRequest) check() error {
	switch {
	case in.Scene != 1 && in.Scene != 2:
		return refuse(40058, "invalid Request Parameter: scene should be 1 or 2")
	case len(in.ChatIDs) == 0:
		return refuse(40058, "invalid Request Parameter: chat_id_list should not be empty")
	case len(in.ChatIDs) > maxJoinWayGroups:
		return refuse(41091, "chat_id_list should have at most 5 entries")
	case utf8.RuneCountInString(in.Remark) > 30:
		return refuse(40058, "invalid Request Parameter: remark is longer than 30 characters")
	case utf8.RuneCountInString(in.State) > 30:
		return refuse(40058, "invalid Request Parameter: state is longer than 30 characters")
	case utf8.RuneCountInString(in.RoomBaseName) > 40:
		return refuse(40058, "invalid Request Parameter: room_base_name is longer than 40 characters")
	case in.JoinWay.AutoCreateRoom != 0 && in.JoinWay.AutoCreateRoom != 1:
		return refuse(40058, "invalid Request Parameter: auto_create_room should be 0 or 1")
	}
	return nil
}

func (w *World) checkChats(ids []string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, id := range ids {
		if _, err := w.apiGroup(id); err != nil {
			return err
		}
	}
	return nil
}

func addJoinWay(c *call) (reply, error) {
	in, err := c.decodeJoinWay()
	if err != nil {
		return nil, err
	}
	if err := c.world.checkChats(in.ChatIDs); err != nil {
		return nil, err
	}
	id, err := c.world.AddJoinWay(in.JoinWay)
	if err != nil {
		return nil, err
	}
	return reply{"config_id": id}, nil
}

func updateJoinWay(c *call) (reply, error) {
	in, err := c.decodeJoinWay()
	if err != nil {
		return nil, err
	}
	if err := c.world.checkChats(in.ChatIDs); err != nil {
		return nil, err
	}
	w := c.world
	w.mu.Lock()
	defer w.mu.Unlock()
	way := w.joinWays[in.ConfigID]
	if way == nil {
		return nil, errConfigID()
	}
	way.JoinWay = in.JoinWay
	return nil, nil
}

func getJoinWay(c *call) (reply, error) {
	id, err := c.configID()
	if err != nil {
		return nil, err
	}
	w := c.world
	w.mu.Lock()
	defer w.mu.Unlock()
	way := w.joinWays[id]
	if way == nil {
		return nil, errConfigID()
	}
	out := reply{
		"config_id": id, "scene": way.Scene, "remark": way.Remark, "auto_create_room": way.AutoCreateRoom,
		"room_base_name": way.RoomBaseName, "room_base_id": way.RoomBaseID, "chat_id_list": way.ChatIDs,
		"state": way.State, "mark_source": way.MarkSource,
	}
	if way.Scene == 2 {
		out["qr_code"] = (&url.URL{Scheme: "http", Host: c.req.Host, Path: "/sandbox/qr/" + id}).String()
	}
	return reply{"join_way": out}, nil
}

func deleteJoinWay(c *call) (reply, error) {
	id, err := c.configID()
	if err != nil {
		return nil, err
	}
	w := c.world
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.joinWays[id] == nil {
		return nil, errConfigID()
	}
	delete(w.joinWays, id)
	return nil, nil
}

func (c *call) configID() (string, error) {
	var in struct {
		ConfigID string `json:"config_id"`
	}
	err := c.decode(&in)
	return in.ConfigID, err
}

func errConfigID() error { return refuse(41044, "invalid config_id") }
