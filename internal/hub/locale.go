package hub

import "embed"

// Locale holds the words of the spine's faults, as locale/<language>.json.
//
//go:embed locale
var Locale embed.FS
