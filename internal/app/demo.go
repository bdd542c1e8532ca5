package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/qunzhu/qunzhu/internal/auth"
	"github.com/qunzhu/qunzhu/internal/clock"
	"github.com/qunzhu/qunzhu/internal/sandbox"
	"github.com/qunzhu/qunzhu/internal/sandbox/population"
	"github.com/qunzhu/qunzhu/internal/web"
)

// demoSeed is the seed of the demo's people: everybody sees the same story.
const demoSeed = 20261122

type demoCmd struct {
	Addr  string  `help:"Address of the server." default:"127.0.0.1:8080" env:"QUNZHU_ADDR"`
	Dir   string  `help:"Data folder; by default a temporary one that is deleted at the end." type:"path"`
	Days  int     `help:"Days of history." default:"90"`
	Speed float64 `help:"Domain seconds a real second, once it lives." default:"60"`
	Reset bool    `help:"Delete what is in the data folder first."`
}

// credentials are what somebody needs to look around.
type credentials struct {
	Login    string
	Password string
	Token    string
}

// Run fills a sandbox and a server with history over the real protocols, and
// lets both live.
func (d demoCmd) Run(ctx context.Context, c *cli, s streams) error {
	if d.Days < 1 || d.Days > 400 {
		return usagef("--days: %d is not between 1 and 400", d.Days)
	}
	if d.Speed < 0 || d.Speed > 100_000 {
		return usagef("--speed: %g is not between 0 and 100000", d.Speed)
	}
	dir, err := d.folder()
	if err != nil {
		return err
	}
	if d.Dir == "" {
		// Nobody asked to keep it, and its people are gone with the process.
		defer func() { _ = os.RemoveAll(dir) }()
	}
	c.Database = filepath.Join(dir, "demo.db")
	ws, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = ws.close() }()
	return d.live(ctx, c, ws, s)
}

// folder finds the data folder. The people of the sandbox live in memory, so
// what an earlier demo stored about them cannot be gone on with.
func (d demoCmd) folder() (string, error) {
	if d.Dir == "" {
		return os.MkdirTemp("", "qunzhu-demo-")
	}
	if err := os.MkdirAll(d.Dir, 0o700); err != nil {
		return "", fmt.Errorf("make the data folder: %w", err)
	}
	path := filepath.Join(d.Dir, "demo.db")
	_, err := os.Stat(path)
	if errors.Is(err, os.ErrNotExist) {
		return d.Dir, nil
	}
	if !d.Reset {
		return "", usagef("%s holds an earlier demo, whose people are gone: start again with --reset, or choose another --dir", d.Dir)
	}
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(path + suffix); err != nil && !errors.Is(err, os.ErrNotExist) {
			return "", fmt.Errorf("delete the earlier demo: %w", err)
		}
	}
	return d.Dir, nil
}

// demo is a running demonstration.
type demo struct {
	demoCmd
	s        streams
	now      *clock.Domain
	world    *sandbox.World
	platform *sandbox.Server
	people   *population.Population
	server   *server
	base     string // of the server
	api      string // of the platform
	start    time.Time
	running  sync.WaitGroup
	failed   chan error // what our server ended with
}

func (d demoCmd) live(ctx context.Context, c *cli, ws *workspace, s streams) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	log := newLog(s.err, demoLog(c.LogLevel))
	slog.SetDefault(log)
	m, err := d.prepare(ctx, ws, s, log)
	if err != nil {
		return err
	}
	// Everything ends with ctx, and the database is closed after that.
	defer m.running.Wait()
	defer cancel()
	who, err := m.operator(ctx)
	if err != nil {
		return err
	}
	if err := m.history(ctx); err != nil {
		return err
	}
	if err := m.announce(who); err != nil {
		return err
	}
	m.now.Run(d.Speed)
	m.running.Go(func() { _ = m.platform.Run(ctx) })
	m.running.Go(func() { live(ctx, m.people, m.now) })
	m.running.Go(func() { m.server.work(ctx) })
	return <-m.failed
}

// prepare founds the world and starts both servers: the platform, and ours,
// which knows it only by its address.
func (d demoCmd) prepare(ctx context.Context, ws *workspace, s streams, log *slog.Logger) (*demo, error) {
	zone, err := zoneOf(ctx, ws)
	if err != nil {
		return nil, err
	}
	today := time.Now().In(zone)
	start := time.Date(today.Year(), today.Month(), today.Day()-d.Days, 0, 0, 0, 0, zone)
	now := clock.NewDomain(start)
	m := &demo{demoCmd: d, s: s, now: now, base: "http://" + d.Addr, start: start, failed: make(chan error, 1)}
	// The history is long and nobody measures the network in it: messages name
	// few receivers and share keys, which the platform allows.
	m.world = sandbox.NewWorld(sandbox.Config{Clock: now, ArchiveToList: 5, ArchiveKeyReuse: 50})
	m.people = population.New(demoSeed, start, d.Days, m.world, now)
	m.people.Found()
	m.platform = sandbox.New(m.world, sandbox.Options{VerifyTimeout: 10 * time.Second})
	if m.api, err = m.servePlatform(ctx); err != nil {
		return nil, err
	}
	m.server, err = newServer(ctx, ws, serverOptions{
		clock: now, speed: func() float64 { return d.Speed }, zone: zone, baseURL: m.base, log: log,
	})
	if err != nil {
		return nil, err
	}
	ready := make(chan struct{})
	m.running.Go(func() { m.failed <- m.server.serve(ctx, d.Addr, func(net.Addr) { close(ready) }) })
	select {
	case <-ready:
		return m, nil
	case err := <-m.failed:
		return nil, err
	}
}

// demoLog keeps the history's warnings, which are part of its story, out of the
// way of the progress.
func demoLog(level string) string {
	if level == "info" {
		return "error"
	}
	return level
}

func (m *demo) servePlatform(ctx context.Context) (string, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("listen for the simulated platform: %w", err)
	}
	server := web.Server(listener.Addr().String(), m.platform.Handler())
	m.running.Go(func() { _ = server.Serve(listener) })
	m.running.Go(func() {
		<-ctx.Done()
		stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		if server.Shutdown(stop) != nil {
			_ = server.Close()
		}
	})
	return "http://" + listener.Addr().String(), nil
}

// operator makes the one who signs in, and the token.
func (m *demo) operator(ctx context.Context) (credentials, error) {
	st := credentials{Login: "demo", Password: auth.GeneratePassword()}
	by := auth.System("demo")
	_, err := m.server.deps.Auth.CreateOperator(ctx, by, auth.NewOperator{
		Login: st.Login, Name: "李敏", Password: st.Password, Grants: []auth.Grant{{Role: auth.Manager}},
	})
	if err != nil {
		return st, err
	}
	st.Token, _, err = m.server.deps.Auth.CreateToken(ctx, by, auth.NewToken{Name: "demo", Scope: "write"})
	return st, err
}

// announce prints where to go: one JSON line for programs, the same for people.
func (m *demo) announce(st credentials) error {
	line, err := json.Marshal(struct {
		URL      string `json:"url"`
		Login    string `json:"login"`
		Password string `json:"password"`
		Token    string `json:"token"`
	}{m.base, st.Login, st.Password, st.Token})
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintf(m.s.out, "%s\n", line); err != nil {
		return err
	}
	_, err = fmt.Fprintf(m.s.err, "\nOpen %s and sign in as %s with %s\nAPI token: %s\nThe simulated platform, with everybody's phone: %s/sandbox/\nIt lives at %g × real time. Stop it with Ctrl-C.\n",
		m.base, st.Login, st.Password, st.Token, m.api, m.Speed)
	return err
}
