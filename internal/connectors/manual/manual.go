package manual

import (
	"embed"

	"github.com/qunzhu/qunzhu/internal/connector"
	"github.com/qunzhu/qunzhu/internal/effect"
)

// Kind names the connector.
const Kind = "manual"

// Locale holds the words of the reasons, as locale/<language>.json.
//
//go:embed locale
var Locale embed.FS

// Connector declares what can be known and done by hand.
type Connector struct{}

// Kind implements connector.Connector.
func (Connector) Kind() string { return Kind }

// Declare implements connector.Connector. It is the same for every group.
func (Connector) Declare(connector.Connection, connector.Group) connector.Abilities {
	const customerGroup = "manual.unlock.customer_group"
	unknowable := func(reason string) connector.Ability {
		return connector.Ability{Level: connector.None, Reason: reason, Unlock: customerGroup}
	}
	byHand := func(reason string) connector.Ability {
		return connector.Ability{Level: connector.Assisted, Reason: reason, Unlock: customerGroup}
	}
	a := connector.Abilities{
		connector.KnowRoster:   unknowable("manual.reason.roster"),
		connector.KnowMoves:    unknowable("manual.reason.moves"),
		connector.KnowSpeed:    unknowable("manual.reason.speed"),
		connector.KnowMessages: byHand("manual.reason.messages"),
		connector.KnowTallies:  byHand("manual.reason.tallies"),
	}
	for _, kind := range effect.Outward {
		a[connector.Capability(kind)] = byHand("manual.reason.by_person")
	}
	a[connector.Capability(effect.StaffNotify)] = unknowable("manual.reason.no_notify")
	return a
}
