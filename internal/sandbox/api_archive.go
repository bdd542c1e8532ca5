package sandbox

import (
	"net/http"
	"slices"
)

func archiveAPI() map[string]endpoint {
	return map[string]endpoint{
		"msgaudit/get_permit_user_list": {http.MethodPost, archiveScope, listPermitUsers},
		"msgaudit/check_single_agree":   {http.MethodPost, archiveScope, checkSingleAgree},
		"msgaudit/check_room_agree":     {http.MethodPost, archiveScope, checkRoomAgree},
		"msgaudit/groupchat/get":        {http.MethodPost, archiveScope, getInternalRoom},
	}
}

// listPermitUsers lists the staff whose conversations are archived (D:91614):
// in the sandbox those who are in an archived group.
func listPermitUsers(c *call) (reply, error) {
	w := c.world
	w.mu.Lock()
	defer w.mu.Unlock()
	ids := []string{}
	for _, e := range w.employees() {
		if slices.ContainsFunc(w.groupOrder, func(id string) bool {
			g := w.groups[id]
			return g.archived && !g.dismissed && g.byID[e.UserID] != nil
		}) {
			ids = append(ids, e.UserID)
		}
	}
	return reply{"ids": ids}, nil
}

// agreement is the answer of a contact in the documented words (D:91782).
func (c consent) agreement(asked bool) string {
	switch {
	case !asked:
		return "Default_Agree"
	case c.agree:
		return "Agree"
	default:
		return "Disagree"
	}
}

// checkSingleAgree tells whether contacts agree to the archive. The platform
// really spells the field exteranalopenid (D:91782).
func checkSingleAgree(c *call) (reply, error) {
	var in struct {
		Info []struct {
			UserID   string `json:"userid"`
			External string `json:"exteranalopenid"`
		} `json:"info"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	if len(in.Info) == 0 || len(in.Info) > 100 {
		return nil, refuse(40058, "invalid Request Parameter: info should have 1 to 100 entries")
	}
	w := c.world
	w.mu.Lock()
	defer w.mu.Unlock()
	rows := []reply{}
	for _, q := range in.Info {
		if w.activeStaff(q.UserID) == nil {
			return nil, refuse(60111, "userid not found")
		}
		if w.contacts[q.External] == nil {
			return nil, refuse(40096, "invalid external userid")
		}
		answer, asked := w.consents[q.External]
		rows = append(rows, reply{
			"userid": q.UserID, "exteranalopenid": q.External,
			"agree_status": answer.agreement(asked), "status_change_time": answer.changed(asked, w),
		})
	}
	return reply{"agreeinfo": rows}, nil
}

// changed is the time of the answer, the world's start when nobody asked.
func (c consent) changed(asked bool, w *World) int64 {
	if !asked {
		return w.started.Unix()
	}
	return c.at.Unix()
}

// checkRoomAgree tells the same of the contacts in a group (D:91782).
func checkRoomAgree(c *call) (reply, error) {
	var in struct {
		RoomID string `json:"roomid"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	w := c.world
	w.mu.Lock()
	defer w.mu.Unlock()
	g, err := w.apiGroup(in.RoomID)
	if err != nil {
		return nil, err
	}
	rows := []reply{}
	for _, m := range g.members {
		if !w.isContact(m.id) {
			continue
		}
		answer, asked := g.consents[m.id]
		rows = append(rows, reply{
			"exteranalopenid": m.id, "agree_status": answer.agreement(asked),
			"status_change_time": answer.changed(asked, w),
		})
	}
	return reply{"agreeinfo": rows}, nil
}

// getInternalRoom knows internal groups only (D:91774); the sandbox has none.
func getInternalRoom(c *call) (reply, error) {
	return nil, refuse(301059, "not an internal room")
}
