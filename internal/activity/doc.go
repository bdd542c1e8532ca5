// Package activity is what happened in a group on a day: how much was said, by
// how many, who came and who went, and for how much of the day we were
// listening. Pages and metrics read these rows and never the messages.
//
// A message counts as 有效发言 (valid) when it was written by a member, was not
// recalled, is not low in information, and does not repeat what the same member
// wrote within the 60 seconds before it (docs/definitions.md §0.2.6). Each of these is
// decided by the message's own time, so the order of arrival does not matter:
// a message that arrives late can turn a later one into its repetition.
package activity
