// Package task is work for a person: what the platform lets nobody but a person
// do in the client. A task says what to do, for whom, in which group, until
// when, with the text ready to copy; it closes by itself when the platform
// reports that it happened, and otherwise when somebody says so.
//
// Tasks are a projection of task.opened and of what ends them: task.completed
// and task.cancelled, the member leaving, or the prepared words appearing in the
// group.
package task
