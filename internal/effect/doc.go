// Package effect is the vocabulary of what is to be done, and the outbox that
// sees to it. A reactor returns effects as data. Those that some package applies
// locally take part in the reactor's transaction; the others wait in the outbox
// until the hub asks the group's connector what it can do: carry it out alone,
// leave it to a person (a task), or not at all.
//
// The outbox is a record, not a projection: its states come from what happened
// at the platform. That every effect a reactor asked for is in it is what verify
// checks.
package effect
