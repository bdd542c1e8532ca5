// Command qunzhu runs WeChat groups for the people who own them.
package main

import (
	"os"

	"github.com/qunzhu/qunzhu/internal/app"
)

func main() {
	os.Exit(app.Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}
