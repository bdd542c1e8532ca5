package sandbox

import (
	"net/http"
	"slices"
	"time"
)

func transferAPI() map[string]endpoint {
	return map[string]endpoint{
		"externalcontact/groupchat/transfer": {http.MethodPost, appScope, func(c *call) (reply, error) {
			return transferGroups(c, func(w *World, g *group, _ time.Time) error {
				if w.activeStaff(g.owner) != nil {
					return refuse(90500, "the owner of the chat is not resigned")
				}
				return nil
			})
		}},
		"externalcontact/groupchat/onjob_transfer": {http.MethodPost, appScope, func(c *call) (reply, error) {
			return transferGroups(c, checkOnJob)
		}},
	}
}

const (
	maxTransfer      = 100 // groups of one call
	maxOnJobTransfer = 2   // of one group in 90 days (D:95703)
	onJobPeriod      = 90 * 24 * time.Hour
)

// checkOnJob refuses the hand-over of a group whose owner is gone or that was
// handed over too often.
func checkOnJob(w *World, g *group, now time.Time) error {
	if w.activeStaff(g.owner) == nil {
		return refuse(90502, "the owner of the chat is resigned")
	}
	g.transfers = slices.DeleteFunc(g.transfers, func(at time.Time) bool { return now.Sub(at) > onJobPeriod })
	if len(g.transfers) >= maxOnJobTransfer {
		return refuse(40128, "transferred too often")
	}
	g.transfers = append(g.transfers, now)
	return nil
}

// transferGroups gives groups a new owner; allowed decides by group. Each group
// succeeds or fails for itself (D:92127). Being made over the API, it raises no
// event.
func transferGroups(c *call, allowed func(*World, *group, time.Time) error) (reply, error) {
	var in struct {
		ChatIDs  []string `json:"chat_id_list"`
		NewOwner string   `json:"new_owner"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	if len(in.ChatIDs) == 0 || len(in.ChatIDs) > maxTransfer {
		return nil, refuse(40058, "invalid Request Parameter: chat_id_list should have 1 to %d entries", maxTransfer)
	}
	w := c.world
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.checkUser(c, in.NewOwner); err != nil {
		return nil, err
	}
	failed := []reply{}
	for _, id := range in.ChatIDs {
		if err := w.transfer(id, in.NewOwner, allowed); err != nil {
			r := asRefusal(err)
			failed = append(failed, reply{"chat_id": id, "errcode": r.code, "errmsg": r.text})
		}
	}
	return reply{"failed_chat_list": failed}, nil
}

func (w *World) transfer(chatID, owner string, allowed func(*World, *group, time.Time) error) error {
	g, err := w.apiGroup(chatID)
	if err != nil {
		return err
	}
	if g.owner == owner {
		return refuse(90504, "the new owner is the owner already")
	}
	now := w.clock.Now()
	if err := allowed(w, g, now); err != nil {
		return err
	}
	if former := g.byID[g.owner]; former != nil && w.activeStaff(g.owner) == nil {
		g.drop(former, now)
		g.day(now).leaves++
	}
	if g.byID[owner] == nil {
		g.add(&member{id: owner, joined: now, scene: 1})
		g.day(now).joins++
	}
	g.setOwner(owner)
	return nil
}
