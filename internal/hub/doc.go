// Package hub is the one pump of the program. What a platform says goes in at
// Receive and the pulls, becomes durable in the inbox, is translated into events
// and appended to the log (Ingest); the dispatcher numbers committed events and
// gives them to the reactors, one community a transaction (Dispatch); the
// effects that come of it are carried out or become tasks (Perform); and what
// becomes of them is an event again. Nothing flows sideways.
//
//	platform → Receive/pull → inbox → translate → log → Dispatch → effects → Perform → platform or task → log
package hub
