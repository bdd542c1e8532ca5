package app

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/qunzhu/qunzhu/internal/clock"
	"github.com/qunzhu/qunzhu/internal/desk/importing"
	"github.com/qunzhu/qunzhu/internal/desk/imports"
)

type importCmd struct {
	Chat importChatCmd `cmd:"" help:"Import chat exports; the format is detected."`
}

type importChatCmd struct {
	Community string   `help:"Community (id) of a group that is made for the file."`
	Group     string   `help:"Name or id of the group; what the file says otherwise."`
	DryRun    bool     `help:"Read and compare, write nothing."`
	Files     []string `arg:"" name:"file" help:"Files to import." type:"path"`
}

// Run imports the files one after the other and prints a JSON line for each. A
// file that fails does not keep the next one from being imported.
func (i importChatCmd) Run(ctx context.Context, c *cli, s streams) error {
	ws, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = ws.close() }()
	zone, err := zoneOf(ctx, ws)
	if err != nil {
		return err
	}
	server, err := newServer(ctx, ws, serverOptions{clock: clock.Real{}, zone: zone, log: newLog(s.err, "warn")})
	if err != nil {
		return err
	}
	defer server.hub.Close()
	failed := false
	for _, path := range i.Files {
		if err := i.one(ctx, server, path, s); err != nil {
			if ctx.Err() != nil {
				return err
			}
			failed = true
			_, _ = fmt.Fprintf(s.err, "qunzhu: %s: %s\n", path, explain(err))
		}
	}
	if failed {
		return silentError{}
	}
	return nil
}

func (i importChatCmd) one(ctx context.Context, server *server, path string, s streams) error {
	shown := time.Now()
	result, err := imports.NewService(server.deps).ImportFile(ctx, importing.Request{
		Path: path, Community: i.Community, Group: i.Group, DryRun: i.DryRun, By: importing.Actor{Kind: "system", ID: "command line", Name: "command line"},
	}, func(p importing.Progress) {
		if time.Since(shown) > 500*time.Millisecond {
			shown = time.Now()
			_, _ = fmt.Fprintf(s.err, "%s: %d messages read, %d of %d MB\n", path, p.Messages, p.Done>>20, p.Total>>20)
		}
	})
	if err != nil {
		return err
	}
	line, err := json.Marshal(result)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(s.out, "%s\n", line)
	return err
}
