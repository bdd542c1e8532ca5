package app

import (
	"context"
	"database/sql"
	"net"
	"net/http"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/qunzhu/qunzhu/internal/clock"
	"github.com/qunzhu/qunzhu/internal/db"
	"github.com/qunzhu/qunzhu/internal/sandbox"
	"github.com/qunzhu/qunzhu/internal/sandbox/population"
	"github.com/qunzhu/qunzhu/internal/web/webtest"
)

// demonstration runs a demo's history of a few days, with everything real: the
// platform's HTTP, the callbacks' encryption, the archive's keys.
func demonstration(t *testing.T, days int) (*demo, credentials) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	c := &cli{Database: filepath.Join(t.TempDir(), "demo.db")}
	ws, err := c.open(ctx)
	if err != nil {
		t.Fatal(err)
	}
	m, err := demoCmd{Addr: freeAddr(t), Days: days}.prepare(ctx, ws, streams{strings.NewReader(""), t.Output(), t.Output()}, newLog(t.Output(), "error"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		m.running.Wait()
		m.server.hub.Close()
		if err := ws.close(); err != nil {
			t.Error(err)
		}
	})
	st, err := m.operator(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.history(ctx); err != nil {
		t.Fatal(err)
	}
	return m, st
}

func freeAddr(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

var (
	_ = clock.NewDomain
	_ = db.Open
	_ = sandbox.New
	_ = population.New
	_ sql.DB
	_ http.Handler
	_ = regexp.MustCompile
	_ time.Time
	_ = webtest.Start
)
