package app

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"
)

// TestCommandLine holds the promises about exit codes and streams: results on
// stdout, and one line on stderr that says why and what to do.
func TestCommandLine(t *testing.T) {
	database := "--database=" + filepath.Join(t.TempDir(), "q.db")
	aes := strings.Repeat("a", 43)
	wecom := []string{"connect", "wecom", "--corp-id=ww1", "--agent-id=1"}
	for _, c := range []struct {
		name   string
		args   []string
		code   int
		stderr string
	}{
		{"no command", nil, 2, "qunzhu help"},
		{"unknown command", []string{"bogus"}, 2, "bogus"},
		{"help of an unknown command", []string{"help", "bogus"}, 2, "bogus"},
		{"help of a command", []string{"help", "connect", "wecom"}, 0, ""},
		{"help of a group of commands", []string{"help", "connect"}, 0, ""},
		{"unknown kind of database", []string{"--database=mysql://h/d", "migrate"}, 1, "postgres://"},
		{"an error of several lines", []string{"--database=postgres://u@127.0.0.1:1/d", "migrate"}, 1, "connect"},
		{"Chinese login", []string{database, "operator", "add", "--name=张三", "--role=manager"}, 0, ""},
		{"taken login", []string{database, "operator", "add", "--name=张三", "--role=manager"}, 1, "张三"},
		{"operator of an unknown community", []string{database, "operator", "add", "--name=x", "--role=editor", "--community=nope"}, 1, "nope"},
		{"token of an unknown community", []string{database, "token", "create", "--name=x", "--scope=read", "--community=nope"}, 1, "nope"},
		{"verify of an unknown community", []string{database, "verify", "--community=nope"}, 1, "nope"},
		{"wrong scope", []string{database, "token", "create", "--name=x", "--scope=all"}, 2, "scope"},
		{"two secrets from one stream", append(wecom, database, "--secret=-", "--token=-", "--aes-key="+aes), 2, "@FILE"},
		{"connected", append(wecom, database, "--secret=-", "--token=tok", "--aes-key="+aes), 0, ""},
		{"connected twice", append(wecom, database, "--secret=-"), 1, "already"},
		{"a file that is not there", []string{database, "import", "chat", "nofile"}, 1, "nofile"},
		{"no file", []string{database, "import", "chat"}, 2, "file"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var out, errOut bytes.Buffer
			code := run(t.Context(), c.args, streams{strings.NewReader("secret\n"), &out, &errOut})
			if code != c.code || !strings.Contains(errOut.String(), c.stderr) {
				t.Errorf("exit code %d, want %d; stderr: %s", code, c.code, errOut.String())
			}
			if code != 0 && (strings.Count(errOut.String(), "\n") != 1 || out.Len() > 0) {
				t.Errorf("want one line on stderr and nothing on stdout, got %q and %q", errOut.String(), out.String())
			}
			if code == 0 && (out.Len() == 0 || errOut.Len() > 0) {
				t.Errorf("want a result on stdout and nothing on stderr, got %q and %q", out.String(), errOut.String())
			}
		})
	}
}
