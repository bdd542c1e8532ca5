// Package rest is the spine as JSON resources: communities, groups with their
// members, spells, days and metrics, the log, tasks, imports and connections.
//
// External ids are the platform's own (chat_id, external_userid, userid); all
// other ids are ours. What a token may not see is not found. Words that people
// wrote appear only in the log, and only for who may read messages.
package rest
