package wecom

import (
	"github.com/qunzhu/qunzhu/internal/connector"
	"github.com/qunzhu/qunzhu/internal/effect"
)

// byPerson are the effects that no API of the platform carries out in a customer
// group: of all documented endpoints the group ones are list, get, statistic,
// join_way and transfer (D:92120, D:92122, D:92229). Only the owner and the
// deputies can act, in the client.
var byPerson = map[effect.Kind]string{
	effect.GroupPost:     "ability.wecom.post",
	effect.MemberRemind:  "ability.wecom.speak",
	effect.MemberWarn:    "ability.wecom.speak",
	effect.MemberMute:    "ability.wecom.mute",
	effect.MemberRemove:  "ability.wecom.remove",
	effect.MessageRecall: "ability.wecom.recall",
}

// Declare implements connector.Connector.
func (c *Connector) Declare(conn connector.Connection, g connector.Group) connector.Abilities {
	abilities := connector.Abilities{
		connector.KnowRoster: {Level: connector.Automatic},
		connector.KnowMoves:  {Level: connector.Automatic},
		connector.Capability(effect.StaffNotify): {
			Level: connector.Automatic, Idempotent: true, // by the duplicate check, see Perform
		},
	}
	for kind, reason := range byPerson {
		abilities[connector.Capability(kind)] = connector.Ability{Level: connector.Assisted, Reason: reason}
	}
	if g.Archived {
		for _, known := range []connector.Capability{connector.KnowMessages, connector.KnowTallies, connector.KnowSpeed} {
			abilities[known] = connector.Ability{Level: connector.Automatic}
		}
		return abilities
	}
	unlock := "ability.wecom.unlock_archive"
	if cfg, err := ParseConfig(conn); err == nil && cfg.Archive != nil {
		unlock = "ability.wecom.unlock_seat"
	}
	abilities[connector.KnowMessages] = connector.Ability{Level: connector.None, Reason: "ability.wecom.messages", Unlock: unlock}
	abilities[connector.KnowSpeed] = connector.Ability{Level: connector.None, Reason: "ability.wecom.speed", Unlock: unlock}
	abilities[connector.KnowTallies] = connector.Ability{Level: connector.Assisted, Reason: "ability.wecom.tallies", Unlock: unlock}
	return abilities
}
