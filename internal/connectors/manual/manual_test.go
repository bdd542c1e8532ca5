package manual_test

import (
	"testing"

	"github.com/qunzhu/qunzhu/internal/connector"
	"github.com/qunzhu/qunzhu/internal/connectors/manual"
	"github.com/qunzhu/qunzhu/internal/effect"
	"github.com/qunzhu/qunzhu/internal/i18n"
)

func TestEveryCapabilityIsDeclaredWithAReason(t *testing.T) {
	catalog, err := i18n.Load(manual.Locale)
	if err != nil {
		t.Fatal(err)
	}
	if gaps := catalog.Gaps(); len(gaps) > 0 {
		t.Errorf("not in every language: %v", gaps)
	}
	abilities := manual.Connector{}.Declare(connector.Connection{}, connector.Group{})
	for _, c := range connector.Capabilities() {
		a, ok := abilities[c]
		switch {
		case !ok:
			t.Errorf("%s is not declared", c)
		case a.Level == connector.Automatic:
			t.Errorf("%s: nothing is automatic without an API", c)
		case !catalog.Has(a.Reason) || !catalog.Has(a.Unlock):
			t.Errorf("%s: no words for %q or %q", c, a.Reason, a.Unlock)
		}
	}
}

func TestLevels(t *testing.T) {
	abilities := manual.Connector{}.Declare(connector.Connection{}, connector.Group{})
	for capability, want := range map[connector.Capability]connector.Level{
		connector.KnowRoster: connector.None, connector.KnowMoves: connector.None, connector.KnowSpeed: connector.None,
		connector.KnowMessages: connector.Assisted, connector.KnowTallies: connector.Assisted,
		connector.Capability(effect.MemberRemove): connector.Assisted,
		connector.Capability(effect.GroupPost):    connector.Assisted,
		connector.Capability(effect.StaffNotify):  connector.None,
	} {
		if got := abilities[capability].Level; got != want {
			t.Errorf("%s is %s, want %s", capability, got, want)
		}
	}
}
