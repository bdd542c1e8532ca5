package web

import (
	"context"
	"io/fs"
	"log/slog"
	"net/http"
	"net/netip"
	"time"

	"github.com/qunzhu/qunzhu/internal/i18n"
)

// Options is everything a Router is made of.
type Options struct {
	Catalog   *i18n.Catalog
	Log       *slog.Logger
	Now       func() time.Time      // domain time, for "12 seconds ago"
	Speed     func() float64        // domain seconds a real second, for countdowns; nil is 1
	Zone      func() *time.Location // the workspace's time zone
	Sessions  Sessions
	Shell     Shell
	Nav       []NavItem
	Panels    []Panel
	Templates []Templates
	Live      *Live

	// Middleware wraps all routes but static files, the first one outermost.
	Middleware []func(http.Handler) http.Handler

	Secure         bool           // the base URL is https: HSTS and secure cookies
	TrustedOrigins []string       // other origins whose forms count as ours, "https://host"
	TrustedProxies []netip.Prefix // whose X-Forwarded-* headers count
	Limits         Limits         // zero fields have defaults

	// Observe, if set, is told of every finished request; route is the pattern.
	Observe func(route string, status int, took time.Duration)
}

// Limits are requests a second with a burst, for one client address (an IPv6
// client is its /64) and for one operator.
type Limits struct {
	AddressRate  float64
	AddressBurst int
	ActorRate    float64
	ActorBurst   int
}

func (l Limits) withDefaults() Limits {
	if l.AddressRate == 0 {
		// generous, because many phones share one address of their carrier
		l.AddressRate, l.AddressBurst = 200, 1000
	}
	if l.ActorRate == 0 {
		l.ActorRate, l.ActorBurst = 30, 200
	}
	return l
}

// Templates are the pages of one feature: the files templates/<name>.html in FS.
// Names lists exactly those files, so that a forgotten or misspelt one stops the
// start.
type Templates struct {
	Feature string
	FS      fs.FS
	Names   []string
}

// Shell is what the console's frame shows around every page. Nil functions show
// nothing.
type Shell struct {
	// Workspace is the name of the workspace.
	Workspace func(ctx context.Context) (string, error)
	// Communities lists, in the order of the picker, what the operator may see.
	Communities func(ctx context.Context, a Actor) ([]Community, error)
	// Freshness says how old the data of the connections is.
	Freshness func(ctx context.Context, p *i18n.Printer) (Freshness, error)
}

// Community is one entry of the community picker.
type Community struct {
	ID, Name string
}

// Freshness is the line in the top bar: "WeCom 12 s ago · archive 40 s ago".
type Freshness struct {
	Text  string
	Stale bool // something is later than it should be
	Href  string
}
