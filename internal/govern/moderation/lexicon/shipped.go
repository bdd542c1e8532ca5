package lexicon

import (
	_ "embed"
	"strings"
	"sync"
)

//go:embed shipped.csv
var shippedCSV string

// ShippedVersion changes with every change of the shipped list.
const ShippedVersion = "2026.1"

// Shipped returns the product's own list; the result is read-only.
var Shipped = sync.OnceValue(func() List {
	list, bad, err := ReadCSV("qunzhu", strings.NewReader(shippedCSV))
	if err != nil || len(bad) > 0 {
		// The list is part of the program and tested with it.
		panic("the shipped word list cannot be read")
	}
	list.Version = ShippedVersion
	return list
})
