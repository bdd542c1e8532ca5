package connector

import "github.com/qunzhu/qunzhu/internal/effect"

// Capability is a row of the ability matrix: an effect kind, or something that
// can be known.
type Capability string

// What can be known of a group (docs/definitions.md §0.1b).
const (
	KnowRoster   Capability = "know.roster"   // who is in the group
	KnowMoves    Capability = "know.moves"    // who joined and left, when and how
	KnowMessages Capability = "know.messages" // what was said
	KnowTallies  Capability = "know.tallies"  // how much was said
	KnowSpeed    Capability = "know.speed"    // how fast violations are answered
)

// Capabilities lists all rows of the matrix.
func Capabilities() []Capability {
	out := []Capability{KnowRoster, KnowMoves, KnowMessages, KnowTallies, KnowSpeed}
	for _, k := range effect.Outward {
		out = append(out, Capability(k))
	}
	return out
}

// Level says who can do it.
type Level int

// The levels: 不可, 人工, 自动.
const (
	None Level = iota
	Assisted
	Automatic
)

// String is the level as the API spells it.
func (l Level) String() string {
	return [...]string{"none", "assisted", "automatic"}[l]
}

// Ability is one cell of the matrix. Reason and Unlock are translation keys:
// why it is not automatic, and what would change that and cost.
type Ability struct {
	Level      Level
	Reason     string
	Unlock     string
	Idempotent bool // the platform promises that the same order twice acts once
}

// Abilities of one group.
type Abilities map[Capability]Ability

// For returns the ability for an effect kind; what is not declared is None.
func (a Abilities) For(k effect.Kind) Ability { return a[Capability(k)] }
