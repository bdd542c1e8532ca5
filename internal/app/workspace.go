package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/qunzhu/qunzhu/internal/connector"
	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/seal"
)

// workspace is an open and migrated database with the key to its secrets.
type workspace struct {
	db     *db.DB
	sealer *seal.Sealer
	store  *connector.Store
}

// open opens the database that the command line names, migrates it and finds
// the master key.
func (c *cli) open(ctx context.Context) (*workspace, error) {
	d, err := db.Open(ctx, c.Database)
	if err != nil {
		return nil, err
	}
	w, err := c.prepare(ctx, d)
	if err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return w, nil
}

func (c *cli) prepare(ctx context.Context, d *db.DB) (*workspace, error) {
	if err := d.Migrate(ctx, allMigrations()); err != nil {
		return nil, err
	}
	sealer, err := c.sealer(d)
	if err != nil {
		return nil, err
	}
	return &workspace{db: d, sealer: sealer, store: connector.NewStore(sealer)}, nil
}

// sealer reads the master key: from the command line or environment, and with
// SQLite from a file in the data folder that is made when it is missing.
func (c *cli) sealer(d *db.DB) (*seal.Sealer, error) {
	if c.MasterKey != "" {
		key, err := secretFlag(c.MasterKey, nil)
		if err != nil {
			return nil, err
		}
		return seal.New(key)
	}
	if d.Engine() == db.Postgres {
		return nil, usagef("with PostgreSQL the master key is required: set QUNZHU_MASTER_KEY to 32 random bytes in base64, for example from: openssl rand -base64 32")
	}
	return seal.LoadOrCreate(filepath.Join(filepath.Dir(d.Path()), "master.key"))
}

func (w *workspace) close() error { return w.db.Close() }

// knows checks the id of a community that was typed; "" is all of them.
func (w *workspace) knows(ctx context.Context, communityID string) error {
	if communityID == "" {
		return nil
	}
	var found int
	if err := w.db.QueryRow(ctx, "SELECT count(*) FROM communities WHERE community_id=$1", communityID).Scan(&found); err != nil {
		return err
	}
	if found == 0 {
		return fmt.Errorf("--community: there is no community %q; GET /api/v1/communities and the console show the ids", communityID)
	}
	return nil
}

// secretFlag reads a secret that may be given as @FILE or, where stdin is
// given, as "-".
func secretFlag(value string, in *streams) (string, error) {
	switch {
	case value == "-" && in != nil:
		data, err := io.ReadAll(io.LimitReader(in.in, 64<<10))
		if err != nil {
			return "", fmt.Errorf("read the secret from standard input: %w", err)
		}
		return strings.TrimSpace(string(data)), nil
	case strings.HasPrefix(value, "@"):
		data, err := os.ReadFile(value[1:])
		if err != nil {
			return "", fmt.Errorf("read the secret: %w", err)
		}
		return strings.TrimSpace(string(data)), nil
	}
	return value, nil
}

type migrateCmd struct{}

// Run migrates and says so.
func (migrateCmd) Run(ctx context.Context, c *cli, s streams) error {
	d, err := db.Open(ctx, c.Database)
	if err != nil {
		return err
	}
	defer func() { _ = d.Close() }()
	if err := d.Migrate(ctx, allMigrations()); err != nil {
		return err
	}
	_, err = fmt.Fprintln(s.out, "the database is up to date")
	return err
}
