package sandbox

import (
	"errors"
	"fmt"
	"slices"

	"github.com/qunzhu/qunzhu/internal/sandbox/world"
)

// JoinWay is a code for joining groups (加入群聊, D:92229).
type JoinWay struct {
	Scene          int      `json:"scene"` // 1 mini-program plug-in, 2 QR code
	Remark         string   `json:"remark"`
	AutoCreateRoom int      `json:"auto_create_room"` // 1: a new group when all are full
	RoomBaseName   string   `json:"room_base_name"`
	RoomBaseID     int      `json:"room_base_id"`
	ChatIDs        []string `json:"chat_id_list"`
	State          string   `json:"state"`
	MarkSource     bool     `json:"mark_source"`
}

type joinWay struct {
	id string
	JoinWay
	rooms int // groups made automatically so far
}

// maxJoinWayGroups is how many groups one code may lead to.
const maxJoinWayGroups = 5

// AddJoinWay makes a code for existing groups and returns its config id.
func (w *World) AddJoinWay(j JoinWay) (string, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, id := range j.ChatIDs {
		if _, err := w.group(id); err != nil {
			return "", err
		}
	}
	way := &joinWay{id: w.newID("", 32), JoinWay: j}
	way.ChatIDs = slices.Clone(j.ChatIDs)
	w.joinWays[way.id] = way
	return way.id, nil
}

// ScanJoinWay is a contact scanning a code: they join the first of its groups
// with a seat, or a new one when the code says so, else [ErrGroupFull].
func (w *World) ScanJoinWay(configID, contact string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	way := w.joinWays[configID]
	if way == nil {
		return fmt.Errorf("%w: %q", ErrNoJoinWay, configID)
	}
	how := Join{Scene: world.SceneQRCode, State: way.State}
	for _, chatID := range way.ChatIDs {
		err := w.join(chatID, contact, how)
		if errors.Is(err, ErrGroupFull) || errors.Is(err, ErrDismissed) {
			continue
		}
		return err
	}
	if way.AutoCreateRoom == 0 {
		return ErrGroupFull
	}
	if w.contacts[contact] == nil {
		return fmt.Errorf("%w: contact %q", ErrNoPerson, contact)
	}
	chatID := w.openRoom(way)
	if chatID == "" {
		return ErrGroupFull
	}
	return w.join(chatID, contact, how)
}

// openRoom makes the next group of a code, named base name + (base id + n), for
// the owner of its last group, and lets the code lead to it.
func (w *World) openRoom(way *joinWay) string {
	if len(way.ChatIDs) == 0 {
		return ""
	}
	last := w.groups[way.ChatIDs[len(way.ChatIDs)-1]]
	base := way.RoomBaseName
	if base == "" {
		base = last.name
	}
	chatID := w.createGroup(Group{
		Name:  fmt.Sprintf("%s%d", base, way.RoomBaseID+way.rooms),
		Owner: last.owner, Admins: last.admins, Archived: last.archived,
	})
	if chatID == "" {
		return ""
	}
	way.rooms++
	way.ChatIDs = append(way.ChatIDs, chatID)
	if extra := len(way.ChatIDs) - maxJoinWayGroups; extra > 0 {
		way.ChatIDs = slices.Delete(way.ChatIDs, 0, extra)
	}
	return chatID
}
