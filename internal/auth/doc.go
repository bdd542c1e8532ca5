// Package auth knows who may do what.
//
// An operator is a person who runs groups. Operators hold roles, each in the
// whole workspace or in one community; slices declare which roles have which
// permission. An Actor is an operator, an API token or the program itself during
// one request, loaded anew for each, so that a changed role counts at once. The
// community "" means the workspace: what belongs to it needs a role held in it.
//
// Passwords are kept as argon2id hashes, sessions and tokens as hashes of their
// random values; links for phone pages are signed and name what they open.
package auth
