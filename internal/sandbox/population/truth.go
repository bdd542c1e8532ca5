package population

import (
	"maps"
	"slices"
	"time"
)

// Kind is what is wrong with a message.
type Kind string

const (
	KindAd       Kind = "ad"       // goods or an account to add, by a stranger or a member
	KindJob      Kind = "job"      // paid clicking, "part-time jobs"
	KindLoan     Kind = "loan"     // loans
	KindGamble   Kind = "gamble"   // games for money
	KindAbuse    Kind = "abuse"    // insults in a quarrel
	KindPrivacy  Kind = "privacy"  // one's own phone number and address
	KindLocation Kind = "location" // a shared location
)

// Violation is a message that breaks the rules.
type Violation struct {
	ChatID string
	Member string // external user id
	MsgID  string
	Kind   Kind
	Text   string // title for what is not text
	At     time.Time
	Seen   bool // the archive holds it: the group is archived and the member agrees
}

// Incident is a burst of complaints by several members.
type Incident struct {
	ChatID   string
	From, To time.Time
	Messages int // negative messages
	People   int // distinct senders
}

// Departure is a member who left by own decision.
type Departure struct {
	ChatID string
	Member string
	At     time.Time
	Reason string // as the member would put it, e.g. 广告多
}

// Outcome is what became of a card.
type Outcome string

// The outcomes of a card.
const (
	OutcomeDone    Outcome = "done"
	OutcomeLate    Outcome = "late"    // done, but long after
	OutcomeIgnored Outcome = "ignored" // read and forgotten
	OutcomeSpared  Outcome = "spared"  // a colleague had done it already
	OutcomeRefused Outcome = "refused" // the platform did not allow it, or the verb is unknown
)

// Action is what a member of staff did about a card.
type Action struct {
	Staff   string // user id
	Verb    string
	ChatID  string
	Member  string
	CardAt  time.Time
	At      time.Time
	Outcome Outcome
}

// GroupTruth is what happened to one group since the story started.
type GroupTruth struct {
	ChatID    string
	Name      string
	Community string // key of a [Community]
	Archived  bool
	Founders  int // customers when the story started
	Joins     int
	Leaves    int // own decision
	Kicks     int // removed by staff
	Members   int // customers now
	Messages  int // everything said, by staff too
	States    map[string]int
}

// Truth is what really happened, for holding the server's findings against.
type Truth struct {
	Violations []Violation
	Incidents  []Incident
	Departures []Departure
	Actions    []Action
	Groups     []GroupTruth
	Fakes      []string // accounts that came to advertise or in a batch, by external user id
	Scanned    int      // people who scanned a join way made over the API
	Refused    int      // acts that the world refused
}

// Truth returns a copy of what happened up to now.
func (p *Population) Truth() Truth {
	p.mu.Lock()
	defer p.mu.Unlock()
	t := p.truth
	t.Violations = slices.Clone(t.Violations)
	t.Incidents = slices.Clone(t.Incidents)
	t.Departures = slices.Clone(t.Departures)
	t.Actions = slices.Clone(t.Actions)
	t.Fakes = slices.Clone(t.Fakes)
	for _, g := range p.groups {
		g.tally.Members = len(g.members)
		tally := g.tally
		tally.States = maps.Clone(tally.States)
		t.Groups = append(t.Groups, tally)
	}
	return t
}
