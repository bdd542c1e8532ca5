// Package manual is the operator's own hands as a connection: a personal WeChat
// group has no server API (docs/definitions.md §0.1), so what is known of it is what a
// person counts, pastes or imports, and what is done in it a person does.
//
// The connection "手工" exists once in a workspace. Nothing is pulled, received
// or performed; every measure becomes a task in the console, and nobody can be
// told outside of it.
package manual
