// Package app is the composition root: the only package that knows all others.
// It reads the command line, opens the database, puts the features together and
// runs them.
package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os/signal"
	"strings"
	"syscall"
	_ "time/tzdata" // zones on machines without them

	"github.com/alecthomas/kong"

	"github.com/qunzhu/qunzhu/internal/fault"
	"github.com/qunzhu/qunzhu/internal/feature"
	"github.com/qunzhu/qunzhu/internal/i18n"
)

// The exit codes, which scripts rely on.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
)

// streams are the program's standard streams: results on out, everything for
// people on err.
type streams struct {
	in  io.Reader
	out io.Writer
	err io.Writer
}

// cli is the command line.
type cli struct {
	Database  string `help:"SQLite file, or postgres://…" default:"qunzhu-data/qunzhu.db" env:"QUNZHU_DATABASE"`
	MasterKey string `help:"32 bytes in base64 that seal secrets at rest; @FILE reads a file. With SQLite it is made in the data folder." env:"QUNZHU_MASTER_KEY"`
	LogLevel  string `help:"debug, info, warn or error" default:"info" enum:"debug,info,warn,error" env:"QUNZHU_LOG_LEVEL"`

	Demo     demoCmd     `cmd:"" help:"Start the WeChat platform simulator and the server, filled with history."`
	Serve    serveCmd    `cmd:"" help:"Run the server."`
	Connect  connectCmd  `cmd:"" help:"Add a connection to a platform."`
	Import   importCmd   `cmd:"" help:"Import chat exports."`
	Moderate moderateCmd `cmd:"" help:"Judge messages from standard input, one a line."`
	Verify   verifyCmd   `cmd:"" help:"Rebuild every projection from the log and compare."`
	Operator operatorCmd `cmd:"" help:"Operators of the console."`
	Token    tokenCmd    `cmd:"" help:"API tokens."`
	Sandbox  sandboxCmd  `cmd:"" help:"The platform simulator alone."`
	Migrate  migrateCmd  `cmd:"" help:"Bring the database to this version."`
	Version  versionCmd  `cmd:"" help:"Print the version."`
	Help     helpCmd     `cmd:"" help:"Explain the commands."`
}

// Main runs the command line and returns the exit code.
func Main(args []string, in io.Reader, out, errOut io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	return run(ctx, args, streams{in, out, errOut})
}

func run(ctx context.Context, args []string, s streams) int {
	var c cli
	exited := -1
	parser, err := kong.New(&c, kong.Name("qunzhu"), kong.Writers(s.err, s.err),
		kong.Description("qunzhu (群主) runs WeChat groups for the people who own them."),
		kong.Exit(func(code int) { exited = code }), kong.UsageOnError(),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}))
	if err != nil {
		_, _ = fmt.Fprintln(s.err, "qunzhu:", err)
		return exitFailed
	}
	k, err := parser.Parse(args)
	if exited >= 0 {
		return exited
	}
	if err != nil {
		_, _ = fmt.Fprintf(s.err, "qunzhu: %s (qunzhu help explains the commands)\n", oneLine(err.Error()))
		return exitUsage
	}
	slog.SetDefault(newLog(s.err, c.LogLevel))
	k.BindTo(ctx, (*context.Context)(nil))
	if err := k.Run(&c, s, k); err != nil {
		return report(ctx, s, err)
	}
	return exitDone
}

func newLog(w io.Writer, level string) *slog.Logger {
	var l slog.Level
	if err := l.UnmarshalText([]byte(level)); err != nil {
		l = slog.LevelInfo
	}
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: l}))
}

// usageError is an error about what was asked, not about doing it.
type usageError struct{ error }

func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// report says in one line why a command failed and what to do.
func report(ctx context.Context, s streams, err error) int {
	if errors.Is(err, context.Canceled) && ctx.Err() != nil {
		return exitDone
	}
	var silent silentError
	if errors.As(err, &silent) {
		return exitFailed
	}
	var u usageError
	if errors.As(err, &u) {
		_, _ = fmt.Fprintln(s.err, "qunzhu:", oneLine(err.Error()))
		return exitUsage
	}
	_, _ = fmt.Fprintln(s.err, "qunzhu:", oneLine(explain(err)))
	return exitFailed
}

// oneLine joins the lines of a text: some drivers' errors have several.
func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

// silentError ends a command that has said everything already.
type silentError struct{}

func (silentError) Error() string { return "failed" }

// explain translates a fault for the terminal; other errors speak for
// themselves.
func explain(err error) string {
	var f *fault.Error
	if !errors.As(err, &f) {
		return err.Error()
	}
	catalog, lerr := i18n.Load(locales(features(&feature.Deps{}))...)
	if lerr != nil {
		return err.Error()
	}
	p := catalog.Printer(i18n.English, nil)
	text := p.Fault(err)
	for _, field := range p.Fields(err) {
		text += "; " + field.Name + ": " + field.Text
	}
	if f.Cause != nil {
		text += " (" + f.Cause.Error() + ")"
	}
	return text
}

type helpCmd struct {
	Command []string `arg:"" optional:"" help:"The command to explain."`
}

// Run prints the help of a command, or of all.
func (h helpCmd) Run(s streams, k *kong.Context) error {
	var c cli
	parser, err := kong.New(&c, kong.Name("qunzhu"), kong.Writers(s.out, s.err), kong.Exit(func(int) {}),
		kong.Description("qunzhu (群主) runs WeChat groups for the people who own them."))
	if err != nil {
		return err
	}
	if _, err := parser.Parse(append(h.Command, "--help")); len(h.Command) > 0 && unknownCommand(err) {
		return usagef("there is no command %q (qunzhu help lists them)", strings.Join(h.Command, " "))
	}
	return nil
}

// unknownCommand tells the wrong name of a command from what is missing behind
// a right one.
func unknownCommand(err error) bool {
	return err != nil && strings.HasPrefix(err.Error(), "unexpected argument")
}

// version is set by the linker for releases.
var version = "dev"

type versionCmd struct{}

// Run prints the version.
func (versionCmd) Run(s streams) error {
	_, err := fmt.Fprintln(s.out, "qunzhu", version)
	return err
}
