package chatimport

import "embed"

// Locale holds the words for the package's faults and row errors, as
// locale/<language>.json.
//
//go:embed locale
var Locale embed.FS
