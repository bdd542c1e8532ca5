package wecom

import (
	"context"
	"errors"
)

// Values of JoinWay.Scene (D:92229).
const (
	JoinWayMiniProgram = 1
	JoinWayQRCode      = 2
)

// JoinWay is a 「加入群聊」 entrance: a QR code or mini-program button that leads
// into one of up to five groups. An app sees and changes only its own (D:92229).
type JoinWay struct {
	ConfigID string `json:"config_id,omitempty"`
	Scene    int    `json:"scene"`
	Remark   string `json:"remark,omitempty"` // at most 30 characters
	// AutoCreateRoom makes the platform open the next group when the last one is
	// full, named RoomBaseName followed by RoomBaseID, RoomBaseID+1, …
	AutoCreateRoom int      `json:"auto_create_room"` // 0 or 1
	RoomBaseName   string   `json:"room_base_name,omitempty"`
	RoomBaseID     int      `json:"room_base_id,omitempty"`
	ChatIDs        []string `json:"chat_id_list"`
	State          string   `json:"state,omitempty"`   // at most 30 characters
	QRCode         string   `json:"qr_code,omitempty"` // address of the image; only in answers
}

func (w JoinWay) check() error {
	return errors.Join(
		checkOneOf("scene", w.Scene, JoinWayMiniProgram, JoinWayQRCode),
		checkChars("remark", w.Remark, 0, 30),
		checkOneOf("auto_create_room", w.AutoCreateRoom, 0, 1),
		checkChars("room_base_name", w.RoomBaseName, 0, 40),
		checkCount("chat_id_list", len(w.ChatIDs), 1, 5),
		checkChars("state", w.State, 0, 30),
	)
}

// AddJoinWay creates an entrance and returns its config_id. The QR code comes
// only with JoinWay (D:92229).
func (c *Client) AddJoinWay(ctx context.Context, way JoinWay) (string, error) {
	way.ConfigID, way.QRCode = "", ""
	if err := way.check(); err != nil {
		return "", err
	}
	var out struct {
		ConfigID string `json:"config_id"`
	}
	err := c.post(ctx, "/cgi-bin/externalcontact/groupchat/add_join_way", way, &out)
	return out.ConfigID, err
}

type configID struct {
	ConfigID string `json:"config_id"`
}

// JoinWay reads an entrance (D:92229).
func (c *Client) JoinWay(ctx context.Context, id string) (JoinWay, error) {
	var out struct {
		JoinWay JoinWay `json:"join_way"`
	}
	err := c.post(ctx, "/cgi-bin/externalcontact/groupchat/get_join_way", configID{id}, &out)
	return out.JoinWay, err
}

// UpdateJoinWay replaces every field of the entrance way.ConfigID (D:92229).
func (c *Client) UpdateJoinWay(ctx context.Context, way JoinWay) error {
	way.QRCode = ""
	if err := errors.Join(checkBytes("config_id", way.ConfigID, 1, 64), way.check()); err != nil {
		return err
	}
	return c.post(ctx, "/cgi-bin/externalcontact/groupchat/update_join_way", way, nil)
}

// DeleteJoinWay removes an entrance; its QR code stops working (D:92229).
func (c *Client) DeleteJoinWay(ctx context.Context, id string) error {
	return c.post(ctx, "/cgi-bin/externalcontact/groupchat/del_join_way", configID{id}, nil)
}
