package wecom

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"

	"github.com/qunzhu/qunzhu/internal/connectors/wecom/pullwire"
)

// pullerChild is one running archive-puller.
type pullerChild struct {
	cmd    *exec.Cmd
	stdin  io.WriteCloser
	stdout *bufio.Scanner
	stderr *stderrLog
}

func startPuller(cfg PullerConfig) (*pullerChild, error) {
	cmd := exec.Command(cfg.Program)
	cmd.Env = pullerEnvironment()
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	stderr, err := cmd.StderrPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	child := &pullerChild{cmd: cmd, stdin: stdin, stdout: bufio.NewScanner(stdout), stderr: &stderrLog{cfg: cfg}}
	child.stdout.Buffer(nil, pullwire.MaxLine)
	child.stderr.follow(stderr)
	return child, nil
}

// pullerEnvironment passes on what finding libraries and certificates needs, and
// nothing else: the server's environment may hold its master key, and a foreign
// library runs in the child.
func pullerEnvironment() []string {
	var env []string
	for _, name := range []string{"PATH", "HOME", "TZ", "TMPDIR", "LANG", "LD_LIBRARY_PATH", "SSL_CERT_FILE", "SSL_CERT_DIR"} {
		if value, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+value)
		}
	}
	return env
}

func (c *pullerChild) roundTrip(req pullwire.Request) (pullwire.Response, error) {
	line, err := json.Marshal(req)
	if err != nil {
		return pullwire.Response{}, err
	}
	if _, err := c.stdin.Write(append(line, '\n')); err != nil {
		return pullwire.Response{}, errors.New("the program ended")
	}
	if !c.stdout.Scan() {
		if err := c.stdout.Err(); err != nil {
			return pullwire.Response{}, fmt.Errorf("reading the answer: %w", err)
		}
		return pullwire.Response{}, errors.New("the program ended")
	}
	var resp pullwire.Response
	if err := json.Unmarshal(c.stdout.Bytes(), &resp); err != nil || resp.ID != req.ID {
		return pullwire.Response{}, errors.New("the program answered out of turn: " + clip(strings.TrimSpace(c.stdout.Text()), 40))
	}
	return resp, nil
}

// stop closes the program's input, on which it ends, and kills it if it has not
// ended after grace.
func (c *pullerChild) stop(grace time.Duration) {
	_ = c.stdin.Close()
	force := time.AfterFunc(grace, func() { _ = c.cmd.Process.Kill() })
	defer force.Stop()
	c.stderr.done.Wait()
	_ = c.cmd.Wait()
}

// stderrLog forwards what the program writes to standard error to the log, line
// by line, with secrets taken out.
type stderrLog struct {
	cfg  PullerConfig
	done sync.WaitGroup
}

func (l *stderrLog) follow(stderr io.Reader) {
	l.done.Go(func() {
		lines := bufio.NewScanner(stderr)
		for lines.Scan() {
			text := redact(lines.Text(), l.cfg.Secret, l.cfg.ProxyPassword)
			l.cfg.Log.Warn("archive-puller", "stderr", clip(text, maxErrorText))
		}
		_, _ = io.Copy(io.Discard, stderr) // after a line too long to log, or the program would block
	})
}
