// Package event is the vocabulary of what happened in the groups, and the
// append-only log that keeps it. The log is the truth from which every
// projection can be rebuilt: reactors take ids from the event and time from the
// event, never from the machine.
//
// An event's id is made from the platform's own time of it and the key under
// which its source knows it, so the same thing reported twice has one id and is
// kept once. Sequence numbers are given by the dispatcher to committed rows:
// the order of commits is not the order of ids.
//
// Words that a person wrote and the names of persons are kept beside the log,
// in event_words, where they can be erased; the event itself keeps only the
// facts that were derived from them when they arrived.
package event
