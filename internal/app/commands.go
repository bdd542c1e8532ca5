package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/qunzhu/qunzhu/internal/auth"
	"github.com/qunzhu/qunzhu/internal/clock"
	"github.com/qunzhu/qunzhu/internal/govern/moderation/lexicon"
	"github.com/qunzhu/qunzhu/internal/govern/moderation/match"
	"github.com/qunzhu/qunzhu/internal/hub"
)

type moderateCmd struct {
	Lexicon []string `help:"A word list (txt, one word a line; or CSV word,category,level) used beside the shipped one." placeholder:"FILE"`
}

// Run judges standard input; it needs no database.
func (m moderateCmd) Run(ctx context.Context, s streams) error {
	lists := []lexicon.List{lexicon.Shipped()}
	for _, path := range m.Lexicon {
		list, rows, err := lexicon.Load(path)
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		for _, r := range rows {
			_, _ = fmt.Fprintf(s.err, "qunzhu: %s: %v\n", path, r)
		}
		lists = append(lists, list)
	}
	engine, err := match.NewEngine(lists...)
	if err != nil {
		return err
	}
	return match.Moderate(ctx, s.in, s.out, engine)
}

type operatorCmd struct {
	Add operatorAddCmd `cmd:"" help:"Add an operator; prints the one-time password."`
}

type operatorAddCmd struct {
	Name      string `required:"" help:"Login and name."`
	Login     string `help:"Login, when it differs from the name."`
	Role      string `required:"" enum:"manager,editor,moderator,analyst" help:"manager, editor, moderator or analyst"`
	Community string `help:"Only in this community (id); the whole workspace otherwise."`
}

// Run adds an operator and prints the password, once.
func (o operatorAddCmd) Run(ctx context.Context, c *cli, s streams) error {
	ws, service, err := c.openAuth(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = ws.close() }()
	if err := ws.knows(ctx, o.Community); err != nil {
		return err
	}
	login := o.Login
	if login == "" {
		login = o.Name
	}
	password := auth.GeneratePassword()
	_, err = service.CreateOperator(ctx, auth.System("command line"), auth.NewOperator{
		Login: login, Name: o.Name, Password: password, OneTime: true,
		Grants: []auth.Grant{{Role: auth.Role(o.Role), CommunityID: o.Community}},
	})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(s.out, password)
	return err
}

type tokenCmd struct {
	Create tokenCreateCmd `cmd:"" help:"Create a token; prints it, once."`
}

type tokenCreateCmd struct {
	Name      string        `required:"" help:"What it is for."`
	Scope     string        `required:"" enum:"read,write" help:"read or write"`
	Community string        `help:"Only in this community (id)."`
	Expires   time.Duration `help:"How long it works, for example 2160h; 0 is until revoked."`
}

// Run creates a token and prints it alone.
func (t tokenCreateCmd) Run(ctx context.Context, c *cli, s streams) error {
	ws, service, err := c.openAuth(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = ws.close() }()
	if err := ws.knows(ctx, t.Community); err != nil {
		return err
	}
	n := auth.NewToken{Name: t.Name, Scope: auth.TokenScope(t.Scope), CommunityID: t.Community}
	if t.Expires > 0 {
		n.ExpiresAt = time.Now().Add(t.Expires)
	}
	secret, _, err := service.CreateToken(ctx, auth.System("command line"), n)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(s.out, secret)
	return err
}

func (c *cli) openAuth(ctx context.Context) (*workspace, *auth.Service, error) {
	ws, err := c.open(ctx)
	if err != nil {
		return nil, nil, err
	}
	policy, err := policyOf()
	if err != nil {
		return nil, nil, errors.Join(err, ws.close())
	}
	return ws, auth.New(ws.db, policy), nil
}

type verifyCmd struct {
	Community string `help:"Only this community (id)."`
}

// Run rebuilds the projections and prints every difference as a JSON line, then
// a summary.
func (v verifyCmd) Run(ctx context.Context, c *cli, s streams) error {
	ws, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = ws.close() }()
	if err := ws.knows(ctx, v.Community); err != nil {
		return err
	}
	report, err := verify(ctx, ws, v.Community, s)
	if err != nil {
		return err
	}
	if report.Differences > 0 {
		return silentError{}
	}
	return nil
}

func verify(ctx context.Context, ws *workspace, community string, s streams) (hub.Report, error) {
	zone, err := zoneOf(ctx, ws)
	if err != nil {
		return hub.Report{}, err
	}
	server, err := newServer(ctx, ws, serverOptions{clock: clock.Real{}, zone: zone, log: newLog(s.err, "error")})
	if err != nil {
		return hub.Report{}, err
	}
	out := json.NewEncoder(s.out)
	out.SetEscapeHTML(false)
	v := hub.Verifier{Migrations: allMigrations(), Reactors: reactors(server.features), Projections: projections(server.features), Batch: 337}
	report, err := v.Verify(ctx, server.hub, community, func(d hub.Difference) { _ = out.Encode(d) })
	if err != nil {
		return report, err
	}
	return report, out.Encode(struct {
		Verified bool `json:"verified"`
		hub.Report
	}{report.Differences == 0, report})
}
