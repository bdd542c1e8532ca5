// Package importing brings chat exports into a group's log (docs/definitions.md §0.1, S4).
//
// A batch is one file brought into one group. Batches, and what is kept beside
// them, are records: commands and jobs write them. What happened goes to the log
// through the hub: message.posted and member.joined with the batch's id, the
// stretch of time the file vouches for as coverage.observed, and
// import.recorded. Imported numbers stand beside those of the platform and never
// replace them (docs/definitions.md §0.2.9).
//
// The invariants:
//
//   - A message is in the log at most once, whatever files it comes in. Its key
//     (chatimport.Record.Key) does not depend on who the sender turned out to be.
//     It belongs to the batch that added it.
//   - Undoing a batch reverses what it added, by new events; the key becomes free
//     and its next generation may be added by another batch.
//   - A batch that was interrupted is continued by running it again: what it had
//     added is found again and counts as added, not as a duplicate.
//   - Each moment of a group is covered by one batch, because coverage is summed.
//   - A sender with an id is that id. A sender without one is the only present
//     member of exactly that name; if several have it, nobody is chosen silently:
//     the name is a person of its own and waits in the match queue. What was
//     decided for a name holds for later files.
package importing
