package app

import (
	"context"
	"fmt"
	"net"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/qunzhu/qunzhu/internal/clock"
)

type serveCmd struct {
	Addr         string `help:"Address to listen on." default:"127.0.0.1:8080" env:"QUNZHU_ADDR"`
	BaseURL      string `name:"base-url" help:"Address under which people and platforms reach the server." env:"QUNZHU_BASE_URL"`
	Role         string `help:"all, web or worker." enum:"all,web,worker" default:"all" env:"QUNZHU_ROLE"`
	TrustedProxy string `name:"trusted-proxy" help:"Addresses and prefixes whose forwarded addresses count." env:"QUNZHU_TRUSTED_PROXY"`
}

// Run serves until it is told to stop.
func (v serveCmd) Run(ctx context.Context, c *cli, s streams) error {
	ws, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = ws.close() }()
	zone, err := zoneOf(ctx, ws)
	if err != nil {
		return err
	}
	base := strings.TrimSuffix(v.BaseURL, "/")
	if base == "" {
		base = "http://" + v.Addr
	}
	server, err := newServer(ctx, ws, serverOptions{
		clock: clock.Real{}, zone: zone, baseURL: base, proxies: v.TrustedProxy, log: newLog(s.err, c.LogLevel),
	})
	if err != nil {
		return err
	}
	if err := server.announceSetup(ctx, base, s); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var wg sync.WaitGroup
	if v.Role != "web" {
		wg.Go(func() { server.work(ctx) })
	}
	if v.Role == "worker" {
		<-ctx.Done()
	} else {
		err = server.serve(ctx, v.Addr, func(a net.Addr) { server.log.InfoContext(ctx, "serving", "address", a.String(), "base_url", base) })
	}
	cancel()
	wg.Wait()
	return err
}

// announceSetup prints the one-time code while no operator exists.
func (s *server) announceSetup(ctx context.Context, base string, out streams) error {
	code, err := s.deps.Auth.SetupCode(ctx)
	if err != nil || code == "" {
		return err
	}
	_, err = fmt.Fprintf(out.err, "There is no operator yet. Open %s/setup and enter this code, which works once: %s\n", base, code)
	return err
}

// zoneOf is the workspace's time zone.
func zoneOf(_ context.Context, _ *workspace) (*time.Location, error) {
	name := os.Getenv("QUNZHU_ZONE")
	if name == "" {
		name = "Asia/Shanghai"
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil, usagef("QUNZHU_ZONE: %q is not a time zone such as Asia/Shanghai", name)
	}
	return zone, nil
}
