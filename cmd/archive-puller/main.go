//go:build linux

// Archive-puller reads the WeCom message archive through the platform's native
// library, libWeWorkFinanceSdk_C.so, for the server that started it. It is a
// program of its own so that the server stays a static binary and survives a
// crash inside the library.
//
// It takes no flags. Requests and responses are JSON lines on standard input and
// output (package pullwire); it ends when its input does.
package main

import (
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
)

func main() {
	// Native libraries may keep state by thread, and a crash report of this
	// process must not carry arguments of its calls.
	runtime.LockOSThread()
	debug.SetTraceback("none")
	if err := serve(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "archive-puller:", err)
		os.Exit(1)
	}
}
