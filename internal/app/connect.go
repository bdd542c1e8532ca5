package app

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/qunzhu/qunzhu/internal/clock"
	"github.com/qunzhu/qunzhu/internal/connector"
	"github.com/qunzhu/qunzhu/internal/connectors/wecom"
	"github.com/qunzhu/qunzhu/internal/event"
	"github.com/qunzhu/qunzhu/internal/id"
)

type connectCmd struct {
	Wecom connectWecomCmd `cmd:"" help:"A WeCom corp with its app."`
}

type connectWecomCmd struct {
	Name          string `help:"What the connection is called." default:"企业微信"`
	CorpID        string `name:"corp-id" required:"" help:"Corp id (企业ID)."`
	AgentID       int    `name:"agent-id" required:"" help:"Agent id of the app."`
	Secret        string `required:"" help:"Secret of the app; @FILE or -."`
	Token         string `help:"Token of the callback; @FILE or -. Without it and --aes-key the platform is polled."`
	AESKey        string `name:"aes-key" help:"EncodingAESKey of the callback; @FILE or -."`
	ArchiveSecret string `name:"archive-secret" help:"Secret of the message archive; @FILE or -."`
	ArchiveKey    string `name:"archive-key" help:"RSA private key of the archive, a PEM file." type:"existingfile"`
	ArchiveKeyVer int    `name:"archive-key-version" help:"Version of that key in the admin console." default:"1"`
	ArchivePuller string `name:"archive-puller" help:"Path of the archive-puller program; the one beside qunzhu by default." type:"path"`
	ArchiveLib    string `name:"archive-library" help:"Path of libWeWorkFinanceSdk_C.so; the one beside qunzhu by default." type:"path"`
	APIBase       string `name:"api-base" help:"Address of the platform's API." default:"https://qyapi.weixin.qq.com"`
	Check         bool   `help:"Try the credentials at the platform."`
}

// Run adds the connection and prints where the platform is to call.
func (w connectWecomCmd) Run(ctx context.Context, c *cli, s streams) error {
	set, err := w.settings(&s)
	if err != nil {
		return err
	}
	connection, err := newWecomConnection(set, time.Now())
	if err != nil {
		return err
	}
	ws, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = ws.close() }()
	if err := w.alone(ctx, ws); err != nil {
		return err
	}
	if w.Check {
		if err := check(ctx, ws, connection); err != nil {
			return fmt.Errorf("the platform does not accept this connection, which was not added: %w", err)
		}
	}
	if err := ws.store.Put(ctx, ws.db, connection); err != nil {
		return err
	}
	return json.NewEncoder(s.out).Encode(struct {
		ID           string `json:"id"`
		CallbackPath string `json:"callback_path"`
	}{connection.ID, callbackPath(connection)})
}

// alone refuses an app that is connected already: every group would be there
// twice.
func (w connectWecomCmd) alone(ctx context.Context, ws *workspace) error {
	conns, err := ws.store.List(ctx, ws.db)
	for _, x := range conns {
		if cfg, perr := wecom.ParseConfig(x); x.Kind == wecom.Kind && perr == nil && cfg.CorpID == w.CorpID && cfg.AgentID == w.AgentID {
			return fmt.Errorf("app %d of corp %s is connected already as %s (%s); change that connection in the console", w.AgentID, w.CorpID, x.Name, x.ID)
		}
	}
	return err
}

func (w connectWecomCmd) settings(s *streams) (wecomSettings, error) {
	set := wecomSettings{
		Name: w.Name, CorpID: w.CorpID, AgentID: w.AgentID, APIBase: w.APIBase,
		Puller: w.ArchivePuller, Library: w.ArchiveLib, Callback: w.Token != "" || w.AESKey != "",
	}
	fromInput := false
	for _, f := range []struct {
		flag string
		into *string
	}{{w.Secret, &set.Secret}, {w.Token, &set.Token}, {w.AESKey, &set.AESKey}, {w.ArchiveSecret, &set.ArchiveSecret}} {
		if f.flag == "-" {
			if fromInput {
				return set, usagef("only one secret can come from standard input; give the others as @FILE")
			}
			fromInput = true
		}
		value, err := secretFlag(f.flag, s)
		if err != nil {
			return set, err
		}
		*f.into = value
	}
	if w.ArchiveKey != "" {
		pem, err := secretFlag("@"+w.ArchiveKey, nil)
		if err != nil {
			return set, err
		}
		set.ArchiveKeys = map[int]string{w.ArchiveKeyVer: pem}
	}
	return set, nil
}

// check asks the connector to try a connection's credentials.
func check(ctx context.Context, ws *workspace, c connector.Connection) error {
	for _, k := range connectors(ws, serverOptions{clock: clock.Real{}}) {
		if checker, ok := k.(connector.Checker); ok && k.Kind() == c.Kind {
			return checker.Check(ctx, c)
		}
	}
	return nil
}

func callbackPath(c connector.Connection) string { return "/hooks/" + c.Kind + "/" + c.ID }

// wecomSettings is what a WeCom connection is made of.
type wecomSettings struct {
	Name          string
	CorpID        string
	AgentID       int
	Secret        string
	Token         string
	AESKey        string
	Callback      bool
	ArchiveSecret string
	ArchiveKeys   map[int]string // PEM by version
	Puller        string
	Library       string
	APIBase       string
}

// newWecomConnection checks the settings and makes the connection. The error is
// an Invalid fault that names every wrong field.
func newWecomConnection(w wecomSettings, now time.Time) (connector.Connection, error) {
	cfg := wecom.Config{CorpID: w.CorpID, AgentID: w.AgentID, APIBase: w.APIBase, Callback: w.Callback}
	c := connector.Connection{
		ID: id.New(now), Kind: wecom.Kind, Name: w.Name, State: connector.Active, Created: now,
		Secrets: map[string]string{wecom.SecretApp: w.Secret, wecom.SecretToken: w.Token, wecom.SecretAESKey: w.AESKey},
	}
	if w.ArchiveSecret != "" || len(w.ArchiveKeys) > 0 {
		cfg.Archive = w.archive()
		c.Secrets[wecom.SecretArchive] = w.ArchiveSecret
		c.Secrets[wecom.SecretArchiveKeys] = wecom.EncodeArchiveKeys(w.ArchiveKeys)
	}
	c.Config = event.Encode(cfg)
	_, err := wecom.ParseConfig(c)
	return c, err
}

// archive chooses the way to the archive: the platform's library where the
// operator has named it, and the simulator's where another API answers.
func (w wecomSettings) archive() *wecom.ArchiveConfig {
	if w.Puller != "" || w.APIBase == "" || w.APIBase == wecom.DefaultBaseURL {
		return &wecom.ArchiveConfig{
			Mode:    wecom.ArchivePuller,
			Puller:  cmp.Or(w.Puller, besideProgram("archive-puller")),
			Library: cmp.Or(w.Library, besideProgram("libWeWorkFinanceSdk_C.so")),
		}
	}
	return &wecom.ArchiveConfig{Mode: wecom.ArchiveSandbox, URL: w.APIBase}
}

// besideProgram is the path of a file that lies in the folder of this program,
// "" when there is none.
func besideProgram(name string) string {
	program, err := os.Executable()
	if err != nil {
		return ""
	}
	path := filepath.Join(filepath.Dir(program), name)
	if _, err := os.Stat(path); err != nil {
		return ""
	}
	return path
}
