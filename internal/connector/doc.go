// Package connector is what the spine knows of a platform: how to hear what
// happened there, how to carry out what is to be done, and, group by group,
// which of that it can do alone, which only a person can do in the client, and
// which nobody can.
//
// A connector verifies and translates. It knows nothing of databases, pages or
// wings: the hub calls it, and stores what it says.
package connector
