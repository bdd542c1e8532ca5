package community

import (
	"embed"
	"time"

	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/id"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Migrations of communities, groups, members and spells.
func Migrations() db.Migrations { return db.Embedded("community", migrations) }

// The types of a community (群类型, article section 一).
const (
	Service    = "service"    // 服务型
	Interest   = "interest"   // 兴趣型
	Conversion = "conversion" // 转化型
)

// Types lists them in the article's order.
var Types = []string{Service, Interest, Conversion}

// The states of a group.
const (
	Live      = "active"
	Dismissed = "dismissed"
)

// Community is a 社群: groups that serve one purpose.
type Community struct {
	ID      string
	Name    string
	Type    string
	Created time.Time
}

// Group is a group chat.
type Group struct {
	Community    string
	ID           string
	Connection   string
	Platform     string
	External     string
	Name         string
	Owner        string   // member id, "" unknown
	Admins       []string // member ids; the owner is not one of them
	Notice       string
	Capacity     int // 0 unknown
	Archived     bool
	Status       string
	Members      int // present ones
	Launched     time.Time
	ObservedFrom time.Time // nothing before this is known
	Ended        time.Time
}

// Stage of a group derives from its launch (docs/definitions.md A4): cold_start [0,30) d,
// growing [30,90) d, steady [90,180) d, mature; "" when the launch is unknown.
func (g Group) Stage(now time.Time) string {
	if g.Launched.IsZero() {
		return ""
	}
	switch days := now.Sub(g.Launched).Hours() / 24; {
	case days < 30:
		return "cold_start"
	case days < 90:
		return "growing"
	case days < 180:
		return "steady"
	}
	return "mature"
}

// Member is a person in a community.
type Member struct {
	Community string
	ID        string
	External  string
	UnionID   string
	Name      string
	Kind      string // event.Staff, event.Member, event.Bot
	Tier      string // regular, active, koc (article section 二)
}

// Stay is a spell with whose and where it is.
type Stay struct {
	Group  string
	Member string
	Name   string
	Kind   string
	Ext    string
	Tier   string
	Spell
}

// GroupID is the id of a platform's group: the same on every node that sees it
// first.
func GroupID(connection, external string) string { return id.Of("group", connection, external) }

// MemberID is the id of a person of a connection in a community. One person in
// two communities is two members; who they are together is told by the external
// id.
func MemberID(community, connection, external string) string {
	return id.Of("member", community, connection, external)
}
