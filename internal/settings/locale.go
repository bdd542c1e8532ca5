package settings

import "embed"

// Locale holds the words for the package's faults, as locale/<language>.json.
//
//go:embed locale
var Locale embed.FS
