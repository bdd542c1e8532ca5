// Package admin holds the pages around the work itself: signing in and the
// first set-up, the operator's own sessions and password, and 设置: workspace,
// operators and roles, API tokens, the described settings of all features, the
// audit, and what the program put aside (parked events, kept messages).
//
// Everything that changes something is checked again by the package that owns it
// (auth, settings, hub) and leaves an entry in the audit. Passwords, tokens and
// codes are shown once, in the answer to the form that made them, and are kept
// nowhere in readable form.
package admin
