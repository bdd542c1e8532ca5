package app

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"time"

	"github.com/qunzhu/qunzhu/internal/clock"
	"github.com/qunzhu/qunzhu/internal/sandbox"
	"github.com/qunzhu/qunzhu/internal/sandbox/population"
	"github.com/qunzhu/qunzhu/internal/web"
)

type sandboxCmd struct {
	Addr   string `help:"Address to listen on." default:"127.0.0.1:8090"`
	Config string `help:"A JSON file with the corp, its people and groups, and faults; without it the demo's population lives here." type:"existingfile"`
}

// Run runs the platform simulator alone.
func (c sandboxCmd) Run(ctx context.Context, s streams) error {
	now := clock.NewDomain(time.Now())
	now.Run(1)
	var file sandbox.File
	if c.Config != "" {
		f, err := os.Open(c.Config)
		if err != nil {
			return err
		}
		defer func() { _ = f.Close() }()
		if file, err = sandbox.ReadFile(f); err != nil {
			return fmt.Errorf("%s: %w", c.Config, err)
		}
	}
	file.Corp.Clock = now
	world := sandbox.NewWorld(file.Corp)
	if c.Config != "" {
		if err := file.Populate(world); err != nil {
			return fmt.Errorf("%s: %w", c.Config, err)
		}
	} else {
		people := population.New(demoSeed, time.Now(), 1, world, now)
		people.Found()
		now.Set(time.Now())
		go live(ctx, people, now)
	}
	platform := sandbox.New(world, sandbox.Options{})
	if err := platform.SetFaults(file.Faults); err != nil {
		return err
	}
	listener, err := listen(ctx, c.Addr)
	if err != nil {
		return err
	}
	server := web.Server(c.Addr, platform.Handler())
	go func() {
		<-ctx.Done()
		_ = server.Close()
	}()
	go func() { _ = platform.Run(ctx) }()
	if file.Callback.URL != "" {
		go connectBack(ctx, platform, file.Callback, s)
	}
	_, _ = fmt.Fprintf(s.err, "The simulated WeCom platform answers at http://%s (people: http://%s/sandbox/)\n", listener.Addr(), listener.Addr())
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// connectBack sets the callback once the application answers the verification.
func connectBack(ctx context.Context, platform *sandbox.Server, cb sandbox.Callback, s streams) {
	for ctx.Err() == nil {
		err := platform.SetCallback(ctx, cb)
		if err == nil {
			return
		}
		_, _ = fmt.Fprintf(s.err, "the callback address does not verify yet: %v\n", err)
		select {
		case <-ctx.Done():
		case <-time.After(3 * time.Second):
		}
	}
}

// live lets the population act as its clock goes on.
func live(ctx context.Context, people *population.Population, now *clock.Domain) {
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			people.Boundary()
			people.RunUntil(now.Now())
		}
	}
}
