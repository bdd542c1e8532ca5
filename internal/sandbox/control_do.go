package sandbox

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/qunzhu/qunzhu/internal/sandbox/world"
)

// action is what a driver lets a person do in the client.
type action struct {
	Action     string         `json:"action"`
	ChatID     string         `json:"chat_id"`
	Member     string         `json:"member"` // who acts or is acted upon: userid or external_userid
	By         string         `json:"by"`     // the staff who removes
	Scene      int            `json:"scene"`
	Inviter    string         `json:"inviter"`
	State      string         `json:"state"`
	Name       string         `json:"name"`
	Department string         `json:"department"`
	UnionID    string         `json:"unionid"`
	Avatar     string         `json:"avatar"`
	Notice     string         `json:"notice"`
	Admins     []string       `json:"admins"`
	Archived   bool           `json:"archived"`
	Agree      bool           `json:"agree"`
	ByContact  bool           `json:"by_contact"`
	Type       string         `json:"type"`
	Text       string         `json:"text"`
	Raw        map[string]any `json:"raw"`
	MsgID      string         `json:"msgid"`
	ConfigID   string         `json:"config_id"`
}

// actions are the doings of people by name.
func actions() map[string]func(*World, action) (reply, error) {
	return map[string]func(*World, action) (reply, error){
		"add_staff": func(w *World, a action) (reply, error) {
			w.AddStaff(Staff{UserID: a.Member, Name: a.Name, Department: a.Department})
			return nil, nil
		},
		"add_contact": func(w *World, a action) (reply, error) {
			if !strings.HasPrefix(a.Member, "wm") && !strings.HasPrefix(a.Member, "wo") {
				return nil, fmt.Errorf("%w: member %q must start with wm or wo", ErrNotAllowed, a.Member)
			}
			w.AddContact(Contact{ExternalUserID: a.Member, Name: a.Name, UnionID: a.UnionID, Avatar: a.Avatar})
			return nil, nil
		},
		"create_group": func(w *World, a action) (reply, error) {
			id := w.CreateGroup(Group{Name: a.Name, Owner: a.Member, Admins: a.Admins, Notice: a.Notice, Archived: a.Archived})
			if id == "" {
				return nil, fmt.Errorf("%w: owner (member) %q", ErrNoPerson, a.Member)
			}
			return reply{"chat_id": id}, nil
		},
		"join": func(w *World, a action) (reply, error) {
			setDefault(&a.Scene, world.SceneInvited)
			return nil, w.Join(a.ChatID, a.Member, Join{Scene: a.Scene, Inviter: a.Inviter, State: a.State})
		},
		"leave":        func(w *World, a action) (reply, error) { return nil, w.Leave(a.ChatID, a.Member) },
		"kick":         func(w *World, a action) (reply, error) { return nil, w.Kick(a.ChatID, a.By, a.Member) },
		"rename":       func(w *World, a action) (reply, error) { return nil, w.Rename(a.ChatID, a.Name) },
		"set_notice":   func(w *World, a action) (reply, error) { return nil, w.SetNotice(a.ChatID, a.Notice) },
		"set_admins":   func(w *World, a action) (reply, error) { return nil, w.SetAdmins(a.ChatID, a.Admins) },
		"change_owner": func(w *World, a action) (reply, error) { return nil, w.ChangeOwner(a.ChatID, a.Member) },
		"dismiss":      func(w *World, a action) (reply, error) { return nil, w.Dismiss(a.ChatID) },
		"recall":       func(w *World, a action) (reply, error) { return nil, w.Recall(a.ChatID, a.Member, a.MsgID) },
		"consent":      func(w *World, a action) (reply, error) { return nil, w.Consent(a.ChatID, a.Member, a.Agree) },
		"scan":         func(w *World, a action) (reply, error) { return nil, w.ScanJoinWay(a.ConfigID, a.Member) },
		"befriend":     func(w *World, a action) (reply, error) { return nil, w.Befriend(a.By, a.Member, a.State) },
		"unfriend":     func(w *World, a action) (reply, error) { return nil, w.Unfriend(a.By, a.Member, a.ByContact) },
		"resign":       func(w *World, a action) (reply, error) { return nil, w.Resign(a.Member) },
		"switch_corp":  func(w *World, a action) (reply, error) { return nil, w.SwitchCorp(a.Member) },
		"set_nickname": func(w *World, a action) (reply, error) { return nil, w.SetNickname(a.ChatID, a.Member, a.Name) },
		"confirm_mass": func(w *World, a action) (reply, error) { return nil, w.ConfirmMass(a.MsgID, a.Member) },
		"say": func(w *World, a action) (reply, error) {
			id, err := w.Say(a.ChatID, a.Member, Message{Type: a.Type, Text: a.Text, Raw: a.Raw})
			return reply{"msgid": id}, err
		},
	}
}

func (s *Server) controlDo(r *http.Request) (any, error) {
	var a action
	if err := decodeControl(r, &a); err != nil {
		return nil, err
	}
	all := actions()
	do := all[a.Action]
	if do == nil {
		names := slices.Sorted(maps.Keys(all))
		return nil, fmt.Errorf("action is %q, expected one of %s", a.Action, strings.Join(names, ", "))
	}
	out, err := do(s.world, a)
	if err != nil {
		return nil, err
	}
	if out == nil {
		out = reply{}
	}
	return out, nil
}
